"""A made-up service, trigger, filter and export format, added to a copy of the package as CONTRIBUTING says."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import cdp_bgservices
from cdp_bgservices.events import to_microseconds
from tests.making import event

PACKAGE = Path(cdp_bgservices.__file__).parent

LINES = {
    "vocabulary/services.py": {
        '    PUSH_MESSAGING = "pushMessaging"\n': '    TIDYING = "backgroundTidying"\n',
        "    Service.PUSH_MESSAGING: ServiceWords(\n": """    Service.TIDYING: ServiceWords(
        title="Background tidying", short="Tidying", icon="M0 0", colours=("#123456", "#abcdef"), number=8,
        handlers=("tidy",),
    ),
""",
    },
    "vocabulary/event_names.py": {
        "    Service.BACKGROUND_FETCH: {\n": '    Service.TIDYING: {"Tidied up": EventWords(run=BEGIN)},\n'
    },
    "vocabulary/triggers.py": {
        '    "sync": TriggerWords(\n': """    "tidy": TriggerWords(
        title="Tidy", summary="Tidy a worker up.", usual="attic", memory="tidy-tag-name"
    ),
"""
    },
    "browser/triggers.py": {
        "MAKERS: dict": "def tidy(tag: str) -> Trigger:\n    return sync(tag)\n\n\n",
        '"push": push, ': '"tidy": tidy, ',
    },
    "query.py": {
        "    limit: int | None = None\n": "    storage_keys: tuple[str, ...] = ()\n",
        '    Filter("limit", ': """    Filter("storage_keys", "storage_key", "This key", "Key", column="storage_key"),
""",
    },
    "export/__init__.py": {
        '    "html": Document(\n': """    "shouts": Document(
        "shouts.pieces", "ears", "Shouts", (".aaah",)
    ),
"""
    },
}
"""What is written before a line of a module."""
SHOUTS = """
def pieces(pages, about):
    for page in pages:
        for event in page:
            yield f"{event.event_name}!\\n".upper().encode()
"""
ASKING = """
import json
import sys
from starlette.datastructures import QueryParams
from cdp_bgservices.export.html import pieces
from cdp_bgservices.export.documents import About
from cdp_bgservices.export.page_values import page_words
from cdp_bgservices.browser.triggers import make_trigger
from cdp_bgservices.store import open_engine
from cdp_bgservices.web.api import Ages, read_query

query = read_query(QueryParams("service=backgroundTidying&storage_key=attic"), Ages(None))
with open_engine(sys.argv[1]) as engine:
    found = [event.event_name for event in engine.events(query)]
    page = b"".join(pieces(engine.pages(), About())).decode()
words, trigger = page_words(), make_trigger("tidy", "attic").service
print(json.dumps({"found": found, "words": json.loads(words), "page": words in page, "trigger": trigger}))
"""

Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The changed package's own interpreter, with a store that has two events of the service."""
    folder = tmp_path_factory.mktemp("changed")
    shutil.copytree(PACKAGE, folder / "cdp_bgservices", ignore=shutil.ignore_patterns("__pycache__"))
    for name, lines in LINES.items():
        path = folder / "cdp_bgservices" / name
        text = path.read_text(encoding="utf-8")
        for before, line in lines.items():
            assert text.count(before) == 1, before
            text = text.replace(before, line + before)
        path.write_text(text, encoding="utf-8")
    (folder / "cdp_bgservices" / "export" / "shouts.py").write_text(SHOUTS, encoding="utf-8")

    def running(*arguments: str) -> str:
        settings = {**os.environ, "PYTHONPATH": str(folder), "CDP_BGSERVICES_STORE": str(folder / "events.db")}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=folder, env=settings, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    now = to_microseconds(datetime.now(UTC))
    fields: dict[str, Any] = {"service": "backgroundTidying", "event_name": "Tidied up", "timestamp": now}
    events = [event(number, **fields, storage_key=key) for number, key in enumerate(("attic", "cellar"))]
    (folder / "events.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, events)))
    running("-m", "cdp_bgservices", "import", "events.jsonl")
    return running


def test_the_command_line_has_them(run: Run) -> None:
    assert "--storage_key NAME" in run("-m", "cdp_bgservices", "events", "--help")
    assert "Tidy a worker up." in run("-m", "cdp_bgservices", "--help")
    assert "tidy [OPTIONS] TAG" in run("-m", "cdp_bgservices", "tidy", "--help")
    help_text = " ".join(run("-m", "cdp_bgservices", "export", "--help").split())
    assert "perfetto|shouts|html" in help_text
    assert "shouts: ears" in help_text
    options = ("--service", "backgroundtidying", "--storage_key", "cellar", "--format", "jsonl")
    assert "Tidied up" in run("-m", "cdp_bgservices", "events", *options)
    assert '"backgroundTidying":2' in "".join(run("-m", "cdp_bgservices", "status", "--format", "json").split())


def test_the_format_is_known_by_its_suffix(run: Run, tmp_path: Path) -> None:
    run("-m", "cdp_bgservices", "export", str(tmp_path / "loud.aaah"), "--storage_key", "attic")
    assert (tmp_path / "loud.aaah").read_text() == "TIDIED UP!\n"


def test_the_server_and_the_page_have_them(run: Run) -> None:
    answer = msgspec.json.decode(run("-c", ASKING, "events.db"))
    assert answer["found"] == ["Tidied up"]
    assert answer["page"]
    assert answer["trigger"] == "backgroundSync"
    words = answer["words"]
    assert {"backgroundTidying": "Background tidying"}.items() <= {
        service["name"]: service["title"] for service in words["services"]
    }.items()
    assert "storage_key" in [each["name"] for each in words["filters"]]
    assert "Tidy" in [each["title"] for each in words["triggers"]]
    assert {"name": "shouts", "title": "Shouts"} in words["formats"]
    assert words["runs"]["backgroundTidying"] == {"Tidied up": "begin"}
