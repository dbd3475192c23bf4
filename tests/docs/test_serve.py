"""docs/serve.md: its session is what is printed, its table is that of the methods, its programs run."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import trio

from cdp_bgservices.rpc.messages import CODES, OTHER
from cdp_bgservices.testing.expected import Criteria
from cdp_bgservices.testing.methods import METHODS
from cdp_bgservices.testing.methods.table import VIEW, Method
from cdp_bgservices.testing.methods.wire import camel
from tests.cli.serving import open_served
from tests.docs.blocks import ROOT, blocks
from tests.npm import program

PAGE = "docs/serve.md"
ADDRESS = "http://localhost:8000"
CRITERIA = [camel(name) for name in Criteria.__annotations__ if name != "predicate" and name not in VIEW]


def parameters(method: Method) -> str:
    """In Markdown; criteria are described together."""
    fields = method.parameters.__struct_encode_fields__
    required = len(fields) - len(method.parameters.__struct_defaults__)
    shown = [f"`{name}`" if number < required else f"`{name}?`" for number, name in enumerate(fields)]
    bare = [f"`{name}?`" for name in CRITERIA]
    if not set(bare) <= set(shown):
        return ", ".join(shown)
    place = shown.index(bare[0])
    rest = [name for name in shown if name not in bare]
    return ", ".join([*rest[:place], "*criteria*", *rest[place:]])


def row(method: Method) -> str:
    text = method.summary.rstrip(".").replace("``", "`").replace("|", "\\|")
    return f"| `{method.name}` | {parameters(method)} | {text} |"


def test_the_page_has_every_method() -> None:
    assert "\n".join(["|---|---|---|", *map(row, METHODS.values()), ""]) in (ROOT / PAGE).read_text()


def test_the_page_has_every_code() -> None:
    found = dict(re.findall(r"^\| (-\d+) \| `(\w+)`", (ROOT / PAGE).read_text(), re.MULTILINE))
    assert found == {str(code): kind.__name__ for kind, code in CODES.items()}
    assert f"| {OTHER} | |" in (ROOT / PAGE).read_text()


def text_of(language: str, site: str) -> str:
    (block,) = [block for block in blocks(PAGE) if block.language == language]
    return block.text.replace(ADDRESS, site.rstrip("/"))


@pytest.mark.browser
async def test_the_session_is_what_is_printed(site: str) -> None:
    command, *lines = text_of("text", site).splitlines()
    mark = ""
    async with open_served(*command.split()[3:]) as served:
        for line in lines:
            direction, text = line[0], line[2:]
            if direction == "→":
                await served.write(json.loads(text.replace("mark-…", mark)))
                continue
            if '"ready"' not in text:
                await served.read()
            expected = re.escape(text).replace("…", ".*")
            assert re.fullmatch(expected, served.line), f"{served.line}\n{text}"
            mark = mark or "".join(re.findall(r"mark-[0-9a-f-]+", served.line))
        await served.end()


@pytest.fixture
def variables() -> dict[str, str]:
    """With this package's command on the path."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


async def lines_of(command: list[str | Path], variables: dict[str, str]) -> list[str]:
    done = await trio.run_process(command, env=variables, capture_stdout=True, capture_stderr=True)
    return done.stdout.decode().splitlines()


@pytest.mark.browser
async def test_the_program_in_node_runs(site: str, tmp_path: Path, variables: dict[str, str]) -> None:
    script = tmp_path / "client.mjs"
    script.write_text(text_of("js", site))
    with trio.fail_after(60):
        driver, completed, *failed = await lines_of([program("node"), script], variables)
    assert driver.startswith("a driver connects to ws://127.0.0.1:")
    assert completed == "Push event completed { Status: 'Success' }"
    assert failed[0] == "expected pushMessaging 'Push event complete': it did not occur within 100ms"


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("java") is None, reason="there is no java")
async def test_the_program_in_java_runs(site: str, tmp_path: Path, variables: dict[str, str]) -> None:
    source = tmp_path / "Client.java"
    source.write_text(text_of("java", site))
    with trio.fail_after(60):
        ready, synced = await lines_of(["java", source], variables)
    assert '"method":"ready"' in ready
    assert '"event_name":"Dispatched sync event"' in synced
