"""A Chromium of our own: on a pipe or a port, with a profile, and gone afterwards with all of its children."""

import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
import trio
from msgspec import structs

from cdp_bgservices.browser.endpoint import find_endpoint
from cdp_bgservices.browser.launch import Launch, command_line, profile_folder
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.protocol import commands
from tests.browser.peers import free_port
from tests.browser.processes import listening_ports, processes_of, wait_gone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
DEADLINE = 60
Transport = Literal["pipe", "port"]
over_both = pytest.mark.parametrize("transport", ["pipe", "port"])


@pytest.mark.browser
async def test_it_talks_over_a_pipe_only_and_leaves_nothing_behind() -> None:
    with trio.fail_after(DEADLINE):
        async with open_browser() as browser:
            assert "Chrome/" in browser.product
            profile = browser.profile
            assert profile is not None
            assert browser.source == str(profile)
            assert processes_of(profile)
            assert listening_ports(processes_of(profile)) == set()
        assert not profile.exists()
        assert processes_of(profile) == []


@pytest.mark.browser
@pytest.mark.parametrize(
    "launch", [Launch(port=0), Launch(transport="port")], ids=["beside the pipe", "instead of the pipe"]
)
async def test_a_port_is_opened_and_a_profile_is_kept(launch: Launch, tmp_path: Path) -> None:
    profile = tmp_path / "new" / "profile"
    profile.mkdir(parents=True)
    (profile / "DevToolsActivePort").write_text("1\n/devtools/browser/of-a-run-that-is-over")
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=structs.replace(launch, profile=profile)) as browser:
            endpoint = await find_endpoint(str(profile))  # Others can attach as soon as it is open.
            assert browser.endpoint == endpoint.url
            async with open_browser(endpoint.url) as other:
                assert other.product == browser.product
                assert other.source == browser.source == str(profile)
                assert other.identity == browser.identity != ""
            assert len(listening_ports(processes_of(profile))) == 1
            await browser.root.call(commands.get_browser_contexts())
        assert (profile / "Local State").exists()
        assert processes_of(profile) == []
        assert browser.process is not None
        assert browser.process.process.returncode == 0, "it was asked to exit"


@pytest.mark.browser
async def test_over_a_port_that_is_given_it_leaves_nothing_behind() -> None:
    port = free_port()
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(transport="port", port=port)) as browser:
            profile = browser.profile
            assert profile is not None
            assert listening_ports(processes_of(profile)) == {port}
            assert not descriptors(browser) & {3, 4}, "it has no pipe of ours"
        assert not profile.exists()
        assert processes_of(profile) == []


def descriptors(browser: Browser) -> set[int]:
    """Those of its pipes that we have the other end of."""
    assert browser.process is not None
    ours = {pipe_of("self", int(number)) for number in os.listdir("/proc/self/fd")} - {None}
    pid = browser.process.process.pid
    return {int(number) for number in os.listdir(f"/proc/{pid}/fd") if pipe_of(pid, int(number)) in ours}


def pipe_of(pid: int | str, descriptor: int) -> str | None:
    try:
        name = os.readlink(f"/proc/{pid}/fd/{descriptor}")
    except OSError:
        return None
    return name if name.startswith("pipe:") else None


async def test_a_launch_is_not_an_address() -> None:
    with pytest.raises(InvalidInputError) as caught:
        async with open_browser(Launch(port=0)):  # type: ignore[arg-type]
            pass
    assert "and not Launch(" in str(caught.value)
    assert caught.value.remedy == "To start a browser: open_browser(launch=Launch(...))."


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
async def test_a_port_that_is_taken_is_refused(host: str, family: socket.AddressFamily) -> None:
    """At either address of loopback: Chromium would take the other one, and a client of the port either."""
    with trio.fail_after(DEADLINE), socket.create_server((host, free_port()), family=family) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInputError) as caught:
            async with open_browser(launch=Launch(port=port)):
                pass
    assert str(caught.value) == f"port {port} is already in use at {taken_at(host, port)}"
    assert "another port" in caught.value.remedy


def taken_at(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@pytest.mark.browser
async def test_it_is_gone_after_an_exception_which_comes_out_bare() -> None:
    with trio.fail_after(DEADLINE), pytest.raises(KeyError, match="mine"):
        async with open_browser() as browser:
            raise KeyError("mine")
    assert browser.profile is not None
    assert processes_of(browser.profile) == []
    assert not browser.profile.exists()


@pytest.mark.browser
@over_both
async def test_it_is_gone_after_a_cancellation(transport: Transport) -> None:
    with trio.fail_after(DEADLINE):
        with trio.CancelScope() as scope:
            async with open_browser(launch=Launch(transport=transport)) as browser:
                scope.cancel()
                await trio.sleep_forever()
        assert browser.process is not None
        assert browser.process.process.returncode == 0, "it was asked to exit"
        assert browser.profile is not None
        assert processes_of(browser.profile) == []
        assert not browser.profile.exists()


KILLED = """
import sys, trio
from pathlib import Path
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser

async def main():
    async with open_browser(launch=Launch(profile=Path(sys.argv[1]), transport=sys.argv[2])):
        sys.stdout.write("ready")
        sys.stdout.flush()
        await trio.sleep_forever()

trio.run(main)
"""


@pytest.mark.browser
@over_both
async def test_it_is_gone_after_we_are_killed(transport: Transport, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        process = await trio.lowlevel.open_process(
            [sys.executable, "-c", KILLED, str(tmp_path), transport],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert process.stdout is not None
        async with process.stdout:
            assert await process.stdout.receive_some() == b"ready"
            assert len(processes_of(tmp_path)) > 1
            process.kill()
            await process.wait()
        await wait_gone(tmp_path)


@pytest.mark.browser
@over_both
async def test_a_killed_browser_is_a_lost_connection_at_once(transport: Transport) -> None:
    with trio.fail_after(DEADLINE):
        async with open_browser(launch=Launch(transport=transport)) as browser:
            assert browser.process is not None
            os.kill(browser.process.process.pid, signal.SIGKILL)
            await browser.wait_lost()
            assert str(await browser.process.death()).startswith("the browser was killed by signal 9")


@pytest.mark.browser
@over_both
async def test_a_profile_that_another_browser_has_open_is_refused_before_a_start(
    transport: Transport, running: Path, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    chromium = script(tmp_path, f"touch {started}")
    error = await failure(Launch(profile=running, chromium=chromium, transport=transport))
    assert str(error) == f"another browser has the profile {running} open"
    assert "--attach" in error.remedy
    assert not started.exists()


def script(folder: Path, text: str) -> str:
    """A program that poses as a Chromium."""
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


async def failure(launch: Launch, *, deadline: float = DEADLINE / 2) -> BrowserError:
    with trio.fail_after(DEADLINE), pytest.raises(BrowserError) as caught:
        async with open_browser(launch=launch, deadline=deadline):
            raise AssertionError("it was started")
    return caught.value


@over_both
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "echo 'ERROR:dbus/bus.cc noise' >&2; echo 'cannot open display' >&2; exit 7",
            "the browser ended with status 7. Its last output:\n  cannot open display",
        ),
        ("exit 7", "the browser ended with status 7"),
        ("kill -9 $$", "the browser was killed by signal 9"),
        ("echo 'on a closed pipe' >&2; exec 4>&- 3<&-; exit 0", "on a closed pipe"),
        ("exit 21", "another browser has the profile"),
        ("echo 'Failed to create a ProcessSingleton for your profile directory' >&2; exit 1", "another browser has"),
    ],
)
async def test_a_browser_that_dies_while_starting_has_its_last_words(
    transport: Transport, text: str, said: str, tmp_path: Path
) -> None:
    error = await failure(Launch(chromium=script(tmp_path, text), transport=transport))
    assert said in str(error)
    assert "dbus" not in str(error)


async def test_a_profile_of_a_user_who_is_not_there(tmp_path: Path) -> None:
    error = await failure(Launch(chromium=script(tmp_path, "exit 1"), profile=Path("~no-such-user/profile")))
    assert str(error).startswith("the profile folder ~no-such-user/profile is not known")
    assert error.remedy


async def test_the_remedy_for_a_browser_that_dies_depends_on_its_words(tmp_path: Path) -> None:
    screen = "echo 'ozone_platform_x11.cc:257] Missing X server or $DISPLAY' >&2; exit 1"
    error = await failure(Launch(chromium=script(tmp_path, screen), headed=True))
    assert "xvfb-run" in error.remedy
    error = await failure(Launch(chromium=script(tmp_path, "exit 1")))
    assert "cdp-bgservices doctor" in error.remedy
    assert "--chromium-arg=--no-sandbox" in error.remedy


async def test_a_browser_that_cannot_make_its_sockets_is_not_taken_for_two(tmp_path: Path) -> None:
    """As it ends where $TMPDIR is not there."""
    words = "Failed to create socket directory.\\nFailed to create a ProcessSingleton for your profile directory."
    error = await failure(Launch(chromium=script(tmp_path, f"printf '{words}' >&2; exit 21")))
    assert str(error) == "the browser cannot make a folder for its sockets"
    assert "TMPDIR" in error.remedy


async def test_only_the_last_of_many_words_are_kept(tmp_path: Path) -> None:
    error = await failure(Launch(chromium=script(tmp_path, "seq 100000 >&2; exit 1")))
    assert str(error).splitlines()[1:] == [f"  {number}" for number in range(99995, 100001)]


async def test_a_browser_that_never_answers_is_given_up(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    error = await failure(Launch(chromium=script(tmp_path, "exec cat <&3 >/dev/null"), profile=profile), deadline=0.1)
    assert "did not answer on its pipe within 0.1 s" in str(error)
    assert "--profile" in error.remedy
    assert processes_of(profile) == []
    error = await failure(Launch(chromium=script(tmp_path, "exec cat <&3 >/dev/null")), deadline=0.1)
    assert "cdp-bgservices doctor" in error.remedy


async def test_a_browser_that_opens_no_port_is_given_up(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    launch = Launch(chromium=script(tmp_path, "exec sleep 60"), profile=profile, transport="port")
    error = await failure(launch, deadline=0.1)
    assert str(error) == "the browser did not open a debugging port within 0.1 s"
    assert "--remote-debugging-port" in error.remedy
    assert processes_of(profile) == []


@over_both
@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (
            "DevTools remote debugging requires a non-default data directory. Specify this using --user-data-dir.",
            "--profile",
        ),
        ("DevTools remote debugging is disallowed by the system admin.", "RemoteDebuggingAllowed"),
    ],
)
async def test_a_port_or_pipe_that_the_browser_ignores_is_said_at_once(
    transport: Transport, words: str, remedy: str, tmp_path: Path
) -> None:
    goes_on = "exec sleep 60" if transport == "port" else "exec cat <&3 >/dev/null"
    chromium = script(tmp_path, f"echo '{words}' >&2; {goes_on}")
    error = await failure(Launch(chromium=chromium, transport=transport), deadline=DEADLINE)
    assert str(error) == f"the browser ignores what it is to be driven by: {words}"
    assert remedy in error.remedy


async def test_an_invalid_program_is_an_error(tmp_path: Path) -> None:
    path = script(tmp_path, "")
    os.chmod(path, 0o644)
    error = await failure(Launch(chromium=path))
    assert str(error) == f"{path} (--chromium) is not a program that can be run"


def test_a_profile_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "under"):
        with pytest.raises(BrowserError, match="cannot be made"), profile_folder(folder):
            raise AssertionError("it was made")


def arguments(launch: Launch) -> list[str]:
    return command_line(Path("chromium"), launch, Path("/profile"))


def test_the_command_line_is_what_was_asked_for() -> None:
    plain = arguments(Launch(profile=Path("/profile")))
    assert plain[0] == "chromium"
    assert {"--remote-debugging-pipe", "--headless=new", "--user-data-dir=/profile"} <= set(plain)
    assert not [argument for argument in plain if argument.startswith("--remote-debugging-port")]
    assert "--headless=new" not in arguments(Launch(headed=True))
    assert "--remote-debugging-port=9222" in arguments(Launch(port=9222))
    over_port = arguments(Launch(transport="port"))
    assert "--remote-debugging-port=0" in over_port
    assert "--remote-debugging-pipe" not in over_port
    assert "--remote-debugging-port=9222" in arguments(Launch(transport="port", port=9222))
    assert arguments(Launch(arguments=("--lang=de", "--x")))[-3:-1] == ["--lang=de", "--x"]


def test_where_there_is_no_pipe_it_is_driven_over_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Launch().is_over_port
    monkeypatch.setattr(sys, "platform", "win32")
    assert Launch().is_over_port
    assert "--remote-debugging-port=0" in arguments(Launch())


async def test_a_transport_that_does_not_exist(tmp_path: Path) -> None:
    """It is not a pipe in secret."""
    launch = Launch(transport="fax", chromium=script(tmp_path, "exit 1"))  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="'fax' is not a transport"):
        async with open_browser(launch=launch):
            raise AssertionError("it was started")


def test_a_kept_profile_keeps_the_users_keyring() -> None:
    assert "--password-store=basic" in arguments(Launch())
    assert "--password-store=basic" not in arguments(Launch(profile=Path("/profile")))


@pytest.mark.parametrize(("user", "count"), [(0, 1), (1000, 0)])
def test_the_sandbox_is_switched_off_for_root_only_and_that_is_said(
    user: int, count: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with caplog.at_level(logging.WARNING):
        assert arguments(Launch()).count("--no-sandbox") == count
        assert caplog.text.count("--no-sandbox") == count
        assert arguments(Launch(arguments=("--no-sandbox",))).count("--no-sandbox") == 1
        assert caplog.text.count("--no-sandbox") == count
