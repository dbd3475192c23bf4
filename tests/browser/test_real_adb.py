"""The real adb, with a device that is scripted and a browser that is: what it prints is understood."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.android.adb import Adb, find_adb
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.errors import BrowserError
from tests.browser.adbd import open_daemon
from tests.browser.devices import CHROME_SOCKET, App, Device
from tests.browser.peers import free_port
from tests.debian import ensure_program
from tests.scripted import open_scripted_browser
from tests.waiting import look_again

DEADLINE = 60
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is installed from Debian's packages")


@pytest.fixture
async def adb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Adb]:
    """With a server of its own, which makes its key in a folder of its own."""
    try:
        program = find_adb()  # An SDK's, where there is one.
    except BrowserError:
        program = ensure_program("adb", "adb")
    for name, value in {"ADB": program, "ANDROID_ADB_SERVER_PORT": free_port(), "HOME": tmp_path}.items():
        monkeypatch.setenv(name, str(value))
    opened = Adb(program)
    with trio.fail_after(DEADLINE):
        try:
            yield opened
        finally:
            with trio.CancelScope(shield=True):
                await opened.run("kill-server")


async def wait_state(adb: Adb, serial: str, state: str) -> None:
    while (await adb.devices()).get(serial) != state:
        await look_again()


async def test_a_browser_is_attached_to_and_nothing_is_left_forwarded(adb: Adb) -> None:
    device = Device(processes={"7": "com.example.shop:web"})
    async with open_scripted_browser() as scripted, open_daemon(device) as serial:
        device.sockets = {
            CHROME_SOCKET: App(scripted.url),
            "webview_devtools_remote_7": App(scripted.url, "com.example.shop"),
            "webview_devtools_remote_8": App(),
        }
        with pytest.raises(BrowserError, match=r"^adb finds no device"):
            async with open_browser("android"):
                pass
        await adb.run("connect", serial)
        await wait_state(adb, serial, "device")
        assert (await adb.sockets(serial))["webview_devtools_remote_8"] == "", "its process has ended"
        for place, source in {"android": "", f"android:{serial}/com.example.shop": "/com.example.shop"}.items():
            async with open_browser(place) as browser:
                assert browser.source == f"android:{serial}{source}"
                assert serial in await adb.run("forward", "--list")
            assert serial not in await adb.run("forward", "--list")


async def test_a_device_that_goes_away_takes_the_browser_with_it(adb: Adb, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        open_scripted_browser() as scripted,
        open_daemon(Device(sockets={CHROME_SOCKET: App(scripted.url)})) as serial,
    ):
        await adb.run("connect", serial)
        await wait_state(adb, serial, "device")
        async with open_browser(f"android:{serial}") as browser:
            await adb.run("disconnect", serial)
            await browser.wait_lost()
    assert serial not in await adb.run("forward", "--list")
    assert not caplog.records
    with pytest.raises(BrowserError, match=r"^adb finds no device"):
        async with open_browser(f"android:{serial}"):
            pass


async def test_a_device_that_has_not_authorised_this_computer(adb: Adb) -> None:
    async with open_daemon(Device(state="unauthorized")) as serial:
        await adb.run("connect", serial)
        await wait_state(adb, serial, "unauthorized")
        with pytest.raises(BrowserError, match=f"^the device {serial} has not authorised this computer"):
            async with open_browser("android"):
                pass
