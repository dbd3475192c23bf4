"""Browsers and the bus come and go, in this order and in others."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio

from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.notifications import open_notification_center
from cdp_bgservices.lab.notifications.bus import open_bus
from cdp_bgservices.lab.notifications.center import NotificationCenter
from cdp_bgservices.lab.start import Start
from tests.lab.notifications.lab import open_chromium


def folder_of(address: str) -> Path:
    return Path(address.removeprefix("unix:path=").partition(",")[0]).parent


def daemons(folder: Path) -> list[int]:
    """The processes that have it in their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in line:
                found.append(int(entry.name))
    return found


@pytest.mark.browser
async def test_a_browser_within_the_body_ends_well_and_takes_its_notifications_with_it(tmp_path: Path) -> None:
    with trio.fail_after(90):
        async with open_notification_center() as center:
            folder = folder_of(center.address)
            assert folder.stat().st_mode & 0o777 == 0o700
            assert len(daemons(folder)) == 2, "the bus, and what keeps it"
            for number in range(2):
                async with open_chromium(center.start, tmp_path / f"{number}.db") as lab:
                    await lab.show(f"Of {number}")
                    shown = await center.wait(f"Of {number}")
                    assert center.notifications == [shown]
                    process = lab.browser.process
                assert process is not None
                assert process.process.returncode == 0
                await center.wait_closed(shown.id)
        assert not folder.exists()
        assert daemons(folder) == []


@pytest.mark.browser
async def test_a_browser_goes_down_with_its_bus(tmp_path: Path) -> None:
    """Why it is opened within the body. Chromium aborts, or ends with one status or another."""
    with trio.fail_after(60):
        async with open_notification_center() as center:
            async with open_chromium(center.start, tmp_path / "events.db") as lab:
                await lab.show("On the bus")
                await center.wait("On the bus")
                assert lab.browser.process is not None
                kill_bus(center)
                await lab.browser.process.process.wait()
            while not center.service.ended:
                await center.service.changed.wait()


@pytest.mark.browser
async def test_two_centers_know_nothing_of_each_other(tmp_path: Path) -> None:
    with trio.fail_after(60):
        async with open_notification_center() as one, open_notification_center() as other:
            assert one.address != other.address
            async with open_chromium(one.start, tmp_path / "events.db") as lab:
                await lab.show("Here")
                await one.wait("Here")
                assert other.notifications == []


async def test_a_bus_that_is_killed_fails_the_waits() -> None:
    with trio.fail_after(30):
        async with open_notification_center() as center:
            kill_bus(center)
            with pytest.raises(BrowserError, match="session bus of the notification center ended"):
                await center.wait("Never shown")
            assert center.notifications == []
        assert not folder_of(center.address).exists()


def kill_bus(center: NotificationCenter) -> None:
    for pid in daemons(folder_of(center.address)):
        if "dbus-daemon" in Path(f"/proc/{pid}/comm").read_text():
            os.kill(pid, signal.SIGKILL)


HOLDER = """
import sys
from pathlib import Path
import trio
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.lab.notifications import open_notification_center

async def main():
    async with open_notification_center() as center:
        async with open_browser(launch=Launch(
            environment=center.start.environment, profile=Path(sys.argv[1])
        )) as browser:
            print(center.address, browser.process.process.pid, flush=True)
            await trio.sleep_forever()

trio.run(main)
"""


@pytest.mark.browser
async def test_nothing_is_left_when_we_are_killed(tmp_path: Path) -> None:
    with trio.fail_after(60):
        holder = await trio.lowlevel.open_process(
            [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert holder.stdout is not None
        reported = b""
        while not reported.endswith(b"\n"):
            reported += await holder.stdout.receive_some()
        address, browser = reported.decode().split()
        folder = folder_of(address)
        holder.kill()
        await holder.wait()
        while folder.exists() or daemons(folder) or is_running(int(browser)):  # noqa: ASYNC110 they notify no one
            await trio.sleep(0.05)


def is_running(pid: int) -> bool:
    """A zombie whose parent does not ask for it has ended."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.browser
async def test_nothing_is_left_when_it_is_cancelled_at_any_moment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened, milliseconds = 0, 0.0
    while milliseconds < 60 or not opened:  # On a busy machine even the longest of these is not long enough.
        with trio.move_on_after(milliseconds / 1000):
            async with open_notification_center():
                opened += 1
                await trio.sleep_forever()
        assert os.listdir(tmp_path) == []
        assert daemons(tmp_path) == []
        milliseconds = max(milliseconds + 2, milliseconds * 1.03)


async def test_ten_side_by_side() -> None:
    async with AsyncExitStack() as stack:
        centers = [await stack.enter_async_context(open_notification_center()) for _ in range(10)]
        folders = [folder_of(center.address) for center in centers]
        assert len(set(folders)) == 10
    assert not [folder for folder in folders if folder.exists() or daemons(folder)]


@pytest.mark.browser
async def test_a_browser_in_a_user_namespace_reaches_it(tmp_path: Path) -> None:
    """It has another user id there than the bus sees."""
    prefix = ("unshare", "--user", f"--map-user={os.getuid() + 1}", f"--map-group={os.getgid() + 1}")
    if subprocess.run([*prefix, "true"], capture_output=True).returncode:  # noqa: ASYNC221 it takes a millisecond
        pytest.skip("this system allows no user namespace")
    with trio.fail_after(60):
        async with open_notification_center() as center:
            start = center.start + Start(prefix=prefix)
            async with open_chromium(start, tmp_path / "events.db") as lab:
                await lab.show("From elsewhere")
                await center.click((await center.wait("From elsewhere")).id)
                assert (await lab.tells(0))["type"] == "click"


async def test_without_dbus_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserError, match="needs the program dbus-daemon") as caught:
        async with open_notification_center():
            pass
    assert caught.value.remedy == "Install the package dbus."


NO_ACCOUNT = ("unshare", "--user", "--map-user=54321")
"""A user whom the system does not know, as a container's may be."""


@pytest.mark.skipif(
    subprocess.run([*NO_ACCOUNT, "true"], capture_output=True, check=False).returncode != 0,
    reason="takes a user namespace to be such a user in",
)
@pytest.mark.usefixtures("lab_programs")
def test_a_user_whom_the_bus_does_not_accept() -> None:
    script = """
import trio
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.notifications import open_notification_center
async def main():
    try:
        async with open_notification_center():
            pass
    except BrowserError as error:
        print(error, error.remedy, sep="\\n")
trio.run(main)
"""
    done = subprocess.run([*NO_ACCOUNT, sys.executable, "-c", script], capture_output=True, text=True, check=True)
    message, remedy = done.stdout.splitlines()
    assert message.startswith("dbus-daemon does not accept this user, 54321 (")
    assert "/etc/passwd" in remedy


async def test_a_daemon_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "dbus-daemon"
    broken.write_text("#!/bin/sh\necho 'it has no leg to stand on' >&2\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with trio.fail_after(30):
        with pytest.raises(BrowserError, match="dbus-daemon did not start: it has no leg to stand on"):
            async with open_notification_center():
                pass


@pytest.mark.parametrize(
    ("name", "is_used"),
    [("plain", True), ("x" * 120, False), ("a & b, ü=%20<~", False)],
    ids=["plain", "too long for a socket", "characters that have a meaning"],
)
async def test_a_temporary_folder_of_any_name(monkeypatch: pytest.MonkeyPatch, name: str, is_used: bool) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as base, trio.fail_after(30):  # pytest's is too long for any name.
        folder = Path(base, name)
        folder.mkdir()  # noqa: ASYNC240
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        async with open_notification_center() as center:
            assert not center.service.ended
            assert bool(os.listdir(folder)) is is_used
        assert os.listdir(folder) == []


async def test_a_temporary_folder_of_any_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """D-Bus takes 99 bytes for a socket's path, the system 107."""
    with tempfile.TemporaryDirectory(dir="/tmp") as base, trio.fail_after(60):
        for length in range(45, 75):
            folder = Path(base, "x" * (length - len(base)))
            folder.mkdir()  # noqa: ASYNC240
            monkeypatch.setattr("tempfile.tempdir", str(folder))
            async with open_bus() as address:
                assert address


async def test_what_breaks_within_the_body_comes_out_as_it_is() -> None:
    with trio.fail_after(30):
        with pytest.raises(ValueError, match="mine"):
            async with open_notification_center():
                raise ValueError("mine")
