"""A password in a store's URL is shown nowhere, whatever a command does."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cdp_bgservices.cli.commands import COMMANDS, cli
from cdp_bgservices.cli.running import run
from cdp_bgservices.store import open_engine

PASSWORD = "geheim"
WARNING = "warning: others on this machine can see the password in the store's URL: put it into ~/.pgpass"
ARGUMENTS = {
    "show": ["1234"],
    "wait": ["backgroundSync:Sync completed"],
    "check": ["--rules", "recommended"],
    "export": ["-", "--format", "jsonl"],
    "import": [os.devnull],
    "ship": ["events.db"],
    "push": ["--attach", "1", "data"],
    "sync": ["--attach", "1", "tag"],
    "periodic-sync": ["--attach", "1", "tag"],
}
"""What these commands need beside the store."""
WITHOUT = ("record", "serve", "demo", "workers", "doctor")
"""A recording goes on without the shared store; `workers` opens none; `doctor` leaves more out than the password."""


def with_store() -> list[str]:
    with click.Context(cli) as ctx:
        commands = {name: cli.get_command(ctx, name) for name in COMMANDS}
    return [
        name
        for name, command in commands.items()
        if command and name not in WITHOUT
        # A command that needs no store does not take its value.
        if any(param.name == "store" and param.expose_value for param in command.params)
    ]


@pytest.fixture
def refusing() -> Iterator[int]:
    """A port that is in use, and at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize("name", with_store())
def test_of_a_server_that_refuses(
    refusing: int,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_engine("events.db"):
        pass
    url = f"postgresql://ci:{PASSWORD}@127.0.0.1:{refusing}/events"
    caplog.set_level("DEBUG")
    assert run([name, *ARGUMENTS.get(name, []), "--store", url, "--debug"]) == 4
    out, err = capsys.readouterr()
    assert err.count(WARNING) == 1
    assert f"127.0.0.1:{refusing}/events cannot be reached" in err
    assert PASSWORD not in out + err + caplog.text


def test_in_the_environment_it_is_not_handed_on(
    refusing: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = f"127.0.0.1:{refusing}/events"
    monkeypatch.setenv("CDP_BGSERVICES_STORE", f"postgresql://ci:{PASSWORD}@{place}?sslmode=require")
    assert run(["events"]) == 4
    assert capsys.readouterr().err.count(WARNING) == 1
    assert os.environ["CDP_BGSERVICES_STORE"] == f"postgresql://ci@{place}?sslmode=require"


def test_of_a_url_that_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["events", "--store"], ["check", "--rules", "recommended"]):
        assert run([*arguments, f"postgresql://ci:a/{PASSWORD}@h/events"]) == 4
        assert capsys.readouterr().err == (
            "error: The store's URL cannot be read\nWrite postgresql://USER@HOST:PORT/DATABASE?OPTION=VALUE, and in a "
            "password %2F for /, %3F for ?, %40 for @.\n"
        )
