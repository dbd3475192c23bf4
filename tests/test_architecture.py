"""Imports point down only, and heavy ones are made only where they are needed."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cdp_bgservices
from cdp_bgservices.site import site_folder

PACKAGE = Path(cdp_bgservices.__file__).parent
LAYERS = [
    {"errors", "protobuf"},
    {"events", "tasks", "coverage", "statistics"},
    {"thrown"},
    {"query", "redaction", "failures"},
    {"delays", "protocol"},
    {"browser", "store", "site", "rules", "stories"},
    {"accountant", "backlog"},
    {"writer", "accounts"},
    {"recorder", "export"},
    {"lab"},
    {"testing", "web", "demo"},
    {"pytest_plugin"},
    {"cli"},
    {"__main__"},
]
"""What imports what: only from a layer above to one below, or within one part."""
HEAVY = {"trio", "cdp", "trio_websocket", "rich", "asyncio"}


def part_of(module: str) -> str:
    return [*module.split("."), ""][1]


def imports_of(path: Path) -> set[str]:
    """Every module of ours that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "cdp_bgservices":
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "cdp_bgservices" else []
            found |= set(names or [node.module])
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "cdp_bgservices"}
    return found


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    height = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    assert part in height, f"{part} has no place in the house: give it one in LAYERS"
    for module in imports_of(path):
        imported = part_of(module)
        if imported not in ("", part) and imported[0].islower():
            assert height[imported] < height[part], f"{part} imports {imported}"


def test_browser_and_store_do_not_know_each_other() -> None:
    for path in modules():
        imported = {part_of(module) for module in imports_of(path)}
        if path.relative_to(PACKAGE).parts[0] not in (
            "recorder.py",
            "testing",
            "pytest_plugin",
            "web",
            "cli",
            "demo.py",
        ):
            assert not {"browser", "store"} <= imported, path


@pytest.mark.parametrize("path", sorted((PACKAGE / "protocol").glob("*.py")), ids=lambda path: path.name)
def test_the_protocol_does_no_input_and_no_output(path: Path) -> None:
    """Bytes in, values out: it is tested without a socket and without a clock of trio's."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert not imported & {"trio", "trio_websocket", "socket", "ssl", "asyncio", "threading", "subprocess"}


def loaded_by(statement: str) -> set[str]:
    script = f"import sys; {statement}; print(' '.join(sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in result.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["events"], ["status"], ["prune"], ["show", "ab"], ["check", "--rules", "recommended"]]
)
def test_commands_without_a_browser_import_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    from cdp_bgservices.store import open_engine

    with open_engine(tmp_path / "events.db"):
        pass
    line = [*arguments, *(["--store", str(tmp_path / "events.db")] if arguments != ["--help"] else [])]
    run = f"""
from cdp_bgservices.cli import main
sys.argv = ["cdp-bgservices", *{line!r}]
try:
    main()
except SystemExit:
    pass
"""
    assert not loaded_by(f"exec({run!r})") & HEAVY


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not loaded_by("import cdp_bgservices") & HEAVY


def test_every_public_name_is_there() -> None:
    for name in cdp_bgservices.__all__:
        assert getattr(cdp_bgservices, name) is not None


def test_unknown_names_are_missing_as_usual() -> None:
    with pytest.raises(AttributeError):
        cdp_bgservices.no_such_name  # noqa: B018


def test_tox_tests_what_a_user_installs() -> None:
    """The wheel, with the bundled site and the store's schema in it, and not the checkout."""
    if environment := os.environ.get("TOX_ENV_DIR"):
        assert PACKAGE.is_relative_to(environment)
        assert site_folder().is_relative_to(PACKAGE)
    assert (site_folder() / "worker.js").is_file()
    assert list((PACKAGE / "store" / "sqlite" / "schema").glob("*.sql"))


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.rglob("test_*.py")), ids=lambda path: path.name)
def test_no_mark_replaces_another(path: Path) -> None:
    """A second ``pytestmark`` of a module takes away what the first one said, such as ``browser``."""
    assert path.read_text().count("\npytestmark = ") <= 1
