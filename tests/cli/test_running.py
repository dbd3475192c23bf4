"""Errors become exit statuses in one place, and no traceback reaches a user."""

import importlib.metadata
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cdp_bgservices.cli.commands import COMMANDS, cli
from cdp_bgservices.cli.running import report
from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.errors import BrowserLostError, CommandError, InvalidInputError, StoreError, TriggerError
from cdp_bgservices.store import open_engine
from tests.cli.command import COMMAND, environment, run
from tests.cli.test_event_commands import recent
from tests.docs.consoles import understand


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TriggerError("no worker takes it", "Look."), 1),
        (InvalidInputError("no time", "Write one."), 2),
        (BrowserLostError("gone", "Start it."), 3),
        (CommandError("Page.enable", -32601, "not found"), 3),
        (StoreError("full", "Free some."), 4),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (BrokenPipeError(), 0),
        (OSError(28, "No space left on device"), 1),
        (ZeroDivisionError("division by zero"), 1),
        (click.UsageError("No such option: -x"), 2),
        (BaseExceptionGroup("", [ExceptionGroup("", [StoreError("full", "Free some.")])]), 4),
        (BaseExceptionGroup("", [KeyboardInterrupt(), StoreError("full")]), 130),
        (ExceptionGroup("", [ValueError("x"), StoreError("full")]), 4),
    ],
)
def test_statuses(error: BaseException, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(error) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) <= 2
    assert (err == "") == (status in (0, 130))


def test_an_error_is_what_is_wrong_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    report(StoreError("the store \x1b[2J is full", "Free some space."))
    assert capsys.readouterr().err == "error: the store \\x1b[2J is full\nFree some space.\n"


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    for arguments in (["--debug", "events"], ["events", "--debug"]):
        result = run(*arguments, "--store", tmp_path / "x.db")
        assert result.returncode == 4
        assert "Traceback" in result.stderr
        assert result.stderr.rstrip().endswith("--store.")


def test_help_is_the_list_of_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["--help"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for name in COMMANDS:
        assert re.search(rf"^  {name} +\w", out, re.MULTILINE)
    assert run_here([]) == 2
    assert "Commands:" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_the_common_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert "--store" in out
    assert "--debug" in out
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name


def commands_of(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Each command, those of a group of its own too, by the words that call it."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{context.info_name} {name}", command
        if isinstance(command, click.Group):
            yield from commands_of(
                command, click.Context(command, parent=context, info_name=f"{context.info_name} {name}")
            )


ALL = dict(commands_of(cli, click.Context(cli, info_name="cdp-bgservices")))
NEEDS_NO_BROWSER = ("events", "show", "check", "coverage", "status", "export", "import", "clear", "numbers", "prune")


def examples_of(words: str) -> list[str]:
    return re.findall(r"(?:Example: |^ +)(cdp-bgservices .+)", str(ALL[words].help), re.MULTILINE)


@pytest.mark.parametrize("words", ALL)
def test_help_has_an_example_that_is_understood(words: str, tmp_path: Path) -> None:
    examples = examples_of(words)
    assert examples
    for example in examples:
        assert example.startswith(words)
        understand(shlex.split(example), tmp_path)


@pytest.mark.parametrize("name", NEEDS_NO_BROWSER)
def test_an_example_without_a_browser_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "events.db"
    with open_engine(store) as engine:
        engine.add([recent(0)])
    monkeypatch.setenv("CDP_BGSERVICES_STORE", str(store))
    assert run_here(["export", "events.jsonl"]) == 0
    for example in examples_of(f"cdp-bgservices {name}"):
        given = [
            recent(0).id if word == "1a2b3c" else word for word in shlex.split(example.replace("--attach 9222", ""))
        ]
        assert run_here(given[1:]) == 0


def test_help_does_not_break_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ALL:
        assert run_here([*words.split()[1:], "--help"]) == 0
        shown = capsys.readouterr().out
        assert all(example in shown for example in examples_of(words))
        assert max(map(len, shown.splitlines())) <= 80


def test_the_options_of_record_are_in_groups(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here(["record", "--help"]) == 0
    sections = re.split(r"^(\w.*):$", capsys.readouterr().out, flags=re.MULTILINE)
    titles = sections[1::2]
    assert len(titles) >= 6
    assert titles[-1] == "Options"
    assert re.findall(r"--[\w-]+", sections[-1]) == ["--debug", "--help"]


def test_the_version() -> None:
    assert run("--version").stdout == f"cdp-bgservices {importlib.metadata.version('cdp-bgservices')}\n"


def test_closed_streams_are_not_an_error(tmp_path: Path) -> None:
    line = " ".join([*COMMAND, "events", "--store", str(tmp_path / "x.db"), ">&-", "2>&-"])
    assert subprocess.run(line, shell=True, env=environment(), check=False).returncode == 4
