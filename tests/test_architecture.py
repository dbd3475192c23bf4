"""Imports point down only, and heavy ones are made only where they are needed."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import cdp_bgservices
from cdp_bgservices.site import site_folder
from tests.house import HOUSE, WORDS, rows

PACKAGE = Path(cdp_bgservices.__file__).parent
IMPORTED = re.compile(r"""(?:from|import)\s*\(?\s*['"](\.{1,2}/[^'"]+)['"]""")
"""A module of the page, in an import of JavaScript."""
HEAVY = {"trio", "cdp", "trio_websocket", "asyncio", "psycopg"}


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


def module_name(path: Path) -> str:
    return ".".join(("cdp_bgservices", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def modules_imported(path: Path) -> Iterator[str]:
    """As ``imports_of``, and where a name is imported that is a module itself, that module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if (PACKAGE.parent / Path(*inner.split(".")).with_suffix(".py")).is_file() else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


PART_OF = {module: name for name, part in HOUSE.items() for module in part.modules}


def parts_imported(path: Path) -> set[str]:
    """The modules and folders of the package that a file imports from, but for its own."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return {part_of(module) for module in imports_of(path)} - {own, ""}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_part_imports_what_the_house_lets_it(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert own in PART_OF, f"{own} has no place in the house: give it one in tests/house.py"
    for imported in parts_imported(path):
        assert PART_OF[imported] in (PART_OF[own], *HOUSE[PART_OF[own]].may_import), f"{own} imports {imported}"


def test_the_house_has_no_more_than_is_needed() -> None:
    """Every module and every permission of the table is used, and each permission leads down."""
    heights = {name: number for number, name in enumerate(HOUSE)}
    used: dict[str, set[str]] = {name: set() for name in HOUSE}
    for path in modules():
        name = PART_OF[path.relative_to(PACKAGE).parts[0].removesuffix(".py")]
        used[name] |= {PART_OF[imported] for imported in parts_imported(path)} - {name}
    assert {name: set(part.may_import) for name, part in HOUSE.items()} == used
    assert all(heights[lower] > heights[name] for name, part in HOUSE.items() for lower in part.may_import)
    assert set(PART_OF) == {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}


def test_contributing_prints_the_house() -> None:
    assert "\n".join(rows()) in (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text()


def test_the_words_import_those_after_them() -> None:
    words = HOUSE[WORDS].modules
    for number, word in enumerate(words):
        for path in (PACKAGE / word).glob("*.py") if (PACKAGE / word).is_dir() else [PACKAGE / f"{word}.py"]:
            assert parts_imported(path) <= set(words[number + 1 :]), word


def test_no_circle_among_imports() -> None:
    """Of modules, with what is imported in functions and for types alone."""
    names = {module_name(path): path for path in modules()}
    TopologicalSorter({name: {*modules_imported(path)} & {*names} - {name} for name, path in names.items()}).prepare()


def test_no_circle_among_the_modules_of_the_page() -> None:
    page = PACKAGE / "web" / "page"
    scripts = {path for path in page.rglob("*.js") if "vendor" not in path.parts}
    graph = {path: {(path.parent / name).resolve() for name in IMPORTED.findall(path.read_text())} for path in scripts}
    TopologicalSorter({path: imported & scripts for path, imported in graph.items()}).prepare()


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


SQL = re.compile(r"\b(SELECT|INSERT (INTO|OR)|UPDATE \w+ SET|DELETE FROM|CREATE (TEMP )?TABLE|PRAGMA)\b")
OTHER_DATABASES = ("lab/push/",)
"""A push service keeps a queue of its own."""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_but_an_engine_knows_sql(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    if name.startswith(("store/sqlite/", "store/postgresql/", *OTHER_DATABASES)):
        return
    nodes = list(ast.walk(ast.parse(path.read_text())))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [text for text in texts if SQL.search(text)] == []
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)} | {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }
    assert not imported & {"sqlite3", "psycopg"}
    if name != "store/__init__.py":  # It opens an engine, by the scheme of a URL.
        engines = ("cdp_bgservices.store.sqlite", "cdp_bgservices.store.postgresql")
        assert not [module for module in imported if module and module.startswith(engines)]


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


def test_a_shared_store_says_what_it_needs() -> None:
    script = "import sys; sys.modules['psycopg'] = None; from cdp_bgservices.cli import main; main()"
    line = [sys.executable, "-c", script, "events", "--store", "postgresql://db.example/events"]
    result = subprocess.run(line, capture_output=True, text=True)
    assert result.returncode == 4
    message, remedy = result.stderr.splitlines()
    assert message.startswith("error: A shared store needs psycopg")
    assert remedy == "Install it: pip install 'cdp-bgservices[postgresql]'"


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
    for engine in ("sqlite", "postgresql"):
        assert list((PACKAGE / "store" / engine / "schema").glob("*.sql"))


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.rglob("test_*.py")), ids=lambda path: path.name)
def test_no_mark_replaces_another(path: Path) -> None:
    """A second ``pytestmark`` of a module takes away what the first one said, such as ``browser``."""
    assert path.read_text().count("\npytestmark = ") <= 1
