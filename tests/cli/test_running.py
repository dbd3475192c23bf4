"""Errors become exit statuses in one place, and no traceback reaches a user."""

import importlib.metadata
import re
import subprocess
from pathlib import Path

import click
import pytest

from cdp_bgservices.cli.commands import COMMANDS, cli
from cdp_bgservices.cli.running import report
from cdp_bgservices.cli.running import run as run_here
from cdp_bgservices.errors import BrowserLostError, CommandError, InvalidInputError, StoreError, TriggerError
from tests.cli.command import COMMAND, environment, run


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


def test_the_version() -> None:
    assert run("--version").stdout == f"cdp-bgservices {importlib.metadata.version('cdp-bgservices')}\n"


def test_closed_streams_are_not_an_error(tmp_path: Path) -> None:
    line = " ".join([*COMMAND, "events", "--store", str(tmp_path / "x.db"), ">&-", "2>&-"])
    assert subprocess.run(line, shell=True, env=environment(), check=False).returncode == 4
