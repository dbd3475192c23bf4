"""SKILL.md: its commands print what stands there, its test passes, and agents can read its front matter."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from cdp_bgservices.cli.running import run as run_here
from tests.browser.peers import free_port
from tests.docs.blocks import ROOT, Block, blocks
from tests.docs.consoles import PROMPT, commands, parsed
from tests.docs.runners import ADDRESS, Place, serve_messages, suites

PAGE = "cdp_bgservices/SKILL.md"
LONGEST = 150
"""Lines: an agent reads all of them."""
SAID = "@@@"
"""Before each command of the session."""
CHANGING = {
    r"(localhost|127\.0\.0\.1):\d+": r"\1:8000",
    r"\d{4}-\d\d-\d\dT": "",
    r"\d\d:\d\d:\d\d(\.\d+)?Z?": "TIME",
    r"\b[0-9a-fA-F]{8,32}\b": "ID",
    r"profile-\w+": "profile",
    r" +": " ",
}
"""What is other at each time. An ellipsis on the page stands for anything."""


def consoles() -> list[Block]:
    return [block for block in blocks(PAGE) if block.language == "console"]


def steps() -> list[tuple[str, list[str]]]:
    """Each command, and the lines that it prints."""
    found: list[tuple[str, list[str]]] = []
    for block in consoles():
        for line in block.text.splitlines():
            if line.startswith(PROMPT):
                found.append((line.removeprefix(PROMPT), []))
            else:
                found[-1][1].append(line)
    return found


def unchanging(line: str) -> str:
    for pattern, replacement in CHANGING.items():
        line = re.sub(pattern, replacement, line)
    return line.rstrip()


def fits(printed: str, shown: str) -> bool:
    pattern = ".*".join(map(re.escape, unchanging(shown).split("…")))
    return re.fullmatch(pattern, unchanging(printed)) is not None


def in_bash(script: str, folder: Path) -> str:
    """What it prints. The recorder that it leaves behind, if it is interrupted, ends."""
    with subprocess.Popen(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            return process.communicate(timeout=100)[0]
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


@pytest.mark.browser
def test_its_commands_print_what_stands_there(tmp_path: Path) -> None:
    """All of them in one bash, one after the other, with the application of examples/messages."""
    with serve_messages() as address:
        script = "\n".join(f"echo '{SAID}'\n{command}" for command, _ in steps())
        script = script.replace(ADDRESS.rstrip("/"), address.rstrip("/")).replace("9222", str(free_port()))
        out = in_bash(f"{script}\necho '{SAID}'\nkill %1; wait", tmp_path)
    printed = [line for line in out.splitlines() if "running as root" not in line]
    places = [number for number, line in enumerate(printed) if line == SAID]
    assert len(places) == len(steps()) + 1, out
    for (command, shown), (begin, end) in zip(steps(), pairwise(places), strict=True):
        lines = "\n".join(printed[begin + 1 : end]).strip().splitlines()
        expected = "\n".join(shown).strip().splitlines()
        assert len(lines) == len(expected), f"{command} printed:\n" + "\n".join(lines)
        for line, wanted in zip(lines, expected, strict=True):
            assert fits(line, wanted), f"{command} printed\n{line}\nand not\n{wanted}"


def test_other_lines_do_not_fit() -> None:
    assert fits("recording http://localhost:41234/ at 10:11:12.131", "recording http://localhost:8000/ at 01:02:03")
    assert fits("a 12 b", "a … b")
    assert not fits("a 12 c", "a … b")
    assert not fits("http://example.com:8000/", "http://localhost:8000/")


@pytest.mark.browser
async def test_its_python_runs(tmp_path: Path) -> None:
    await suites([block for block in blocks(PAGE) if block.language == "python"], Place(tmp_path, ""))


def test_its_typescript_is_that_of_the_package() -> None:
    """Whose tests run it."""
    shown = [block.text for block in blocks(PAGE) if block.language == "ts"]
    assert shown
    assert {*shown} <= {block.text for block in blocks("clients/playwright/README.md")}


def test_the_commands_in_its_text_are_right(tmp_path: Path) -> None:
    text = (ROOT / PAGE).read_text()
    shown = [line for block in consoles() for line in block.text.splitlines() if line.startswith(PROMPT)]
    named = re.findall(r"`(cdp-bgservices [^`]+)`", text)
    assert len(named) > 6
    for words in (words for line in named for words in commands(line)):
        parsed([word.replace("PORT", "9222") for word in words[1:]], tmp_path)
    assert any("cdp-bgservices wait " in line for line in shown)


def test_what_an_agent_needs() -> None:
    text = (ROOT / PAGE).read_text()
    _, front, _ = text.split("---\n", 2)
    matter = YAML(typ="safe").load(front)
    assert set(matter) == {"name", "description"}
    assert re.fullmatch(r"[a-z0-9-]{1,64}", matter["name"])
    assert 0 < len(matter["description"]) <= 1024
    assert len(text.splitlines()) <= LONGEST


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["skill"]) == 0
    assert capsys.readouterr().out == (ROOT / PAGE).read_text()
