"""The view command, as a user runs it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import trio

from cdp_bgservices.store import open_engine
from tests.cli.running import COMMAND, Running, environment, open_command, run, run_here
from tests.making import event


def make_store(folder: Path) -> Path:
    with open_engine(folder / "events.db") as database:
        database.add([event(1, age=-database.retention)])
    return folder / "events.db"


async def read_address(running: Running) -> tuple[str, str]:
    """The server's, and the token."""
    with trio.fail_after(60):
        await running.wait_said("\n", "out")
        await running.wait_said("Ctrl-C")
    address, _, token = running.out.decode().strip().partition("/#token=")
    return address, token


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_serves_until_it_is_stopped(tmp_path: Path, number: int) -> None:
    async with open_command(make_store(tmp_path), "view") as running:
        address, token = await read_address(running)
        async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as http:
            assert "<html" in (await http.get("/")).text
            assert (await http.get("/api/state")).status_code == 403
            headers = {"Authorization": f"Bearer {token}"}
            assert (await http.get("/api/state", headers=headers)).json()["browser"] is None
            async with http.stream("GET", "/api/live", params={"token": token}) as response:
                assert response.status_code == 200
                with trio.fail_after(60):
                    result = await running.stop(number)
        assert result.status == 0
        assert result.out == f"{address}/#token={token}\n"
        assert "Traceback" not in result.err


async def test_only_this_machine_is_listened_to(tmp_path: Path) -> None:
    async with open_command(make_store(tmp_path), "view") as running:
        address, _ = await read_address(running)
        assert address.startswith("http://127.0.0.1:")
        with pytest.raises(OSError, match="all attempts to connect"):
            await trio.open_tcp_stream("127.0.0.2", int(address.rpartition(":")[2]))


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = await run(make_store(tmp_path), "view", "--port", str(port))
    assert result.status == 2
    assert f"port {port} is already in use" in result.err
    assert "--port" in result.err
    assert result.err.count("\n") == 2
    assert result.out == ""


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_an_invalid_port(tmp_path: Path, port: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = run_here(capsys, make_store(tmp_path), "view", "--port", port)
    assert result.status == 2
    assert "--port" in result.err


TOKEN = "one-that-was-chosen-here"


@pytest.mark.parametrize("way", ["--token", "--token-file", "CDP_BGSERVICES_TOKEN"])
async def test_a_token_that_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    if way.isupper():
        monkeypatch.setenv(way, TOKEN)
    arguments = {"--token": [way, TOKEN], "--token-file": [way, str(file)]}.get(way, [])
    async with open_command(make_store(tmp_path), "view", *arguments) as running:
        assert (await read_address(running))[1] == TOKEN


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--token", ""], "22 to 256 characters"),
        (["--token", "too-short-to-be-secret"[:21]], "22 to 256 characters"),
        (["--token", "with a space and long enough"], "letters, digits"),
        (["--token", TOKEN, "--token-file", "token"], "give one of them"),
        (["--token-file", "not-there"], "cannot be read"),
    ],
)
def test_a_token_that_cannot_be_one(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_here(capsys, make_store(tmp_path), "view", *arguments)
    assert result.status == 2
    assert said in result.err
    assert "space" not in result.err
    assert "too-short" not in result.err


def test_a_store_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = run_here(capsys, tmp_path / "nothing.db", "view")
    assert result.status == 4
    assert "No store at" in result.err
    assert not (tmp_path / "nothing.db").exists()


def test_what_is_not_installed_is_said_so(tmp_path: Path) -> None:
    """Starlette is hidden from the process."""
    hide = "import sys; sys.modules['starlette'] = None; sys.modules['hypercorn'] = None; "
    code = hide + "from cdp_bgservices.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "view"],
        env=environment(make_store(tmp_path)),
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'cdp-bgservices[view]'" in done.stderr
    assert done.stderr.count("\n") == 2


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the browser")
async def test_open_starts_the_browser_with_the_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    async with open_command(make_store(tmp_path), "view", "--open") as running:
        address, token = await read_address(running)
        with trio.fail_after(60):
            while not opened.exists():  # noqa: ASYNC110
                await trio.sleep(0.02)
        assert opened.read_text().strip() == f"{address}/#token={token}"


async def test_without_a_browser_to_open_the_address_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", str(tmp_path / "nothing"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("DISPLAY", raising=False)
    async with open_command(make_store(tmp_path), "view", "--open") as running:
        await read_address(running)
        with trio.fail_after(60):
            await running.wait_said("open the address yourself")
        assert (await running.stop(signal.SIGINT)).status == 0


def test_help_is_quick_and_says_what_it_is() -> None:
    done = subprocess.run([*COMMAND, "view", "--help"], capture_output=True, encoding="utf-8", check=True)
    for text in ("--port", "--open", "--store", "--debug", "token"):
        assert text in done.stdout
