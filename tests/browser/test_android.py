"""A browser on an Android device, as adb shows one; the adb is scripted, the browsers behind it are not."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.android import adb
from cdp_bgservices.browser.android.adb import INSTALL, Adb, find_adb
from cdp_bgservices.browser.android.device import (
    SWITCH_ON,
    choose_device,
    choose_socket,
    is_on_device,
    open_place,
    parse_place,
)
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.errors import BrowserError, InvalidInputError
from tests.acting import open_site
from tests.browser.devices import CHROME_SOCKET, App, Bridge, Device, open_bridge
from tests.cli.running import open_command, run
from tests.scripted import open_scripted_browser

DEADLINE = 40
ONE, TWO = "emulator-5554", "R58N12ABCDE"


@pytest.fixture
async def bridge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bridge]:
    with trio.fail_after(100):
        async with open_bridge(tmp_path) as opened:
            monkeypatch.setenv("ADB", str(opened.program))
            yield opened


# What is meant.


@pytest.mark.parametrize(
    ("text", "serial", "socket"),
    [
        ("android", "", ""),
        ("Android:", "", ""),
        (f" android:{ONE} ", ONE, ""),
        ("android:192.168.1.5:5555", "192.168.1.5:5555", ""),
        ("android:5554", "5554", ""),
        (f"android:{ONE}/{CHROME_SOCKET}", ONE, CHROME_SOCKET),
        ("android:/webview_devtools_remote", "", "webview_devtools_remote"),
    ],
)
def test_a_place_on_a_device(text: str, serial: str, socket: str) -> None:
    assert is_on_device(text)
    place = parse_place(text)
    assert (place.serial, place.socket) == (serial, socket)
    assert parse_place(str(place)) == place


@pytest.mark.parametrize("text", ["android.example:9222", "http://android:5555", "androids", "./android", "9222"])
def test_other_places(text: str) -> None:
    assert not is_on_device(text)


@pytest.mark.parametrize("text", ["android:-s", "android:one two", f"android:{ONE}/", f"android:{ONE}/a b"])
async def test_what_is_not_a_device(text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a valid device") as refused:
        async with open_browser(text):
            pass
    assert refused.value.remedy == "Write android, android:SERIAL or android:SERIAL/SOCKET."


@pytest.mark.parametrize(
    ("devices", "wanted", "said", "remedy"),
    [
        ({}, "", "adb finds no device", SWITCH_ON),
        ({}, ONE, "adb finds no device", SWITCH_ON),
        ({TWO: "device"}, ONE, f"adb finds no device {ONE}: it finds {TWO}", SWITCH_ON),
        (
            {ONE: "device", TWO: "device"},
            "",
            "2 devices are connected",
            f"Choose one: android:{ONE}, android:{TWO}.",
        ),
        (
            {TWO: "unauthorized"},
            "",
            f"the device {TWO} has not authorised this computer",
            "Unlock it, and accept the USB debugging of this computer.",
        ),
        ({ONE: "offline"}, ONE, f"the device {ONE} is offline for adb", "Reconnect it, or run: adb reconnect."),
        (
            {TWO: "no permissions (user in plugdev group; are your udev rules wrong?); see [http://x]"},
            "",
            f"the device {TWO} may not be used by this user",
            "Install udev's rules for it, and reconnect it.",
        ),
        ({TWO: "recovery"}, "", f"the device {TWO} is not ready for adb (recovery)", SWITCH_ON),
    ],
)
def test_no_device_that_could_be_meant(devices: dict[str, str], wanted: str, said: str, remedy: str) -> None:
    with pytest.raises(BrowserError) as refused:
        choose_device(devices, wanted)
    assert (str(refused.value), refused.value.remedy) == (said, remedy)


def test_the_only_device_that_is_ready_is_meant() -> None:
    assert choose_device({TWO: "unauthorized", ONE: "device"}, "") == ONE
    assert choose_device({TWO: "device", ONE: "device"}, TWO) == TWO


SOCKETS = {
    CHROME_SOCKET: "",
    "webview_devtools_remote_77": "com.example.mail",
    "webview_devtools_remote_78": "com.example.shop:web",
    "Terrace_devtools_remote": "",
}


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("", CHROME_SOCKET),
        ("Terrace_devtools_remote", "Terrace_devtools_remote"),
        ("webview_devtools_remote_78", "webview_devtools_remote_78"),
        ("com.example.shop", "webview_devtools_remote_78"),
    ],
)
def test_the_socket_that_is_meant(wanted: str, chosen: str) -> None:
    assert choose_socket(SOCKETS, parse_place(f"android:{ONE}/{wanted}" if wanted else f"android:{ONE}")) == chosen


def test_a_socket_is_found_again_when_its_process_is_another() -> None:
    place = parse_place(f"android:{ONE}/webview_devtools_remote")
    assert choose_socket({"webview_devtools_remote_99": ""}, place) == "webview_devtools_remote_99"


OTHERS = (
    f"android:{ONE}/webview_devtools_remote_77 (com.example.mail), "
    f"android:{ONE}/webview_devtools_remote_78 (com.example.shop:web)"
)
WEBVIEWS = {name: process for name, process in SOCKETS.items() if "webview" in name}


@pytest.mark.parametrize(
    ("sockets", "wanted", "said", "remedy"),
    [
        (
            {},
            "",
            f"no Chrome runs that can be debugged on {ONE}",
            "Start the browser there, with USB debugging switched on.",
        ),
        (
            WEBVIEWS,
            "",
            f"no Chrome runs that can be debugged on {ONE}",
            f"Start the browser there, with USB debugging switched on. Others that are open: {OTHERS}.",
        ),
        (
            WEBVIEWS,
            "/Terrace_devtools_remote",
            f"no debugger's socket Terrace_devtools_remote is open on {ONE}",
            f"Start the browser there, with USB debugging switched on. Others that are open: {OTHERS}.",
        ),
        (
            WEBVIEWS,
            "/webview_devtools_remote",
            f"2 sockets on {ONE} match webview_devtools_remote",
            f"Choose one: {OTHERS}.",
        ),
        (
            {CHROME_SOCKET: "", f"{CHROME_SOCKET}_9": "com.chrome.beta"},
            "",
            f"2 sockets on {ONE} match {CHROME_SOCKET}",
            f"Choose one: android:{ONE}/{CHROME_SOCKET}, android:{ONE}/{CHROME_SOCKET}_9 (com.chrome.beta).",
        ),
    ],
)
def test_no_socket_that_could_be_meant(sockets: dict[str, str], wanted: str, said: str, remedy: str) -> None:
    with pytest.raises(BrowserError) as refused:
        choose_socket(sockets, parse_place(f"android:{ONE}{wanted}"))
    assert (str(refused.value), refused.value.remedy) == (said, remedy)


# The program.


def test_adb_is_found(tmp_path: Path) -> None:
    named, path, sdk = (
        tmp_path / "named" / "mine",
        tmp_path / "bin" / "adb",
        tmp_path / "sdk" / "platform-tools" / "adb",
    )
    for program in (named, path, sdk):
        program.parent.mkdir(parents=True)
        program.touch(0o755)
    everything = {"ADB": str(named), "ANDROID_HOME": str(tmp_path / "sdk"), "PATH": str(path.parent)}
    assert find_adb(everything) == named
    assert find_adb({**everything, "ADB": ""}) == sdk
    assert find_adb({"ANDROID_SDK_ROOT": str(tmp_path / "sdk"), "PATH": ""}) == sdk
    assert find_adb({"PATH": str(path.parent)}) == path


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "adb was not found, which reaches a browser on a device"),
        ({"ADB": "/nowhere/adb"}, "/nowhere/adb (ADB) is not a program that can be run"),
    ],
)
async def test_without_adb_one_line_says_so(
    environ: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ADB", "ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"PATH": str(tmp_path), **environ}.items():
        monkeypatch.setenv(name, value)
    result = await run(tmp_path / "events.db", "status", "--attach", "android")
    assert (result.status, result.err) == (3, f"error: {said}\n{INSTALL}\n")


async def test_a_command_of_adb_that_fails_is_one_line(bridge: Bridge) -> None:
    bridge.failures["devices"] = "cannot connect to daemon"
    with pytest.raises(BrowserError, match=r"^adb failed: cannot connect to daemon"):
        await Adb(bridge.program).devices()


async def test_a_command_of_adb_that_does_not_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adb, "DEADLINE", 0.2)
    program = tmp_path / "adb"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    with trio.fail_after(DEADLINE):
        with pytest.raises(BrowserError, match=r"^adb devices did not end within 0\.2 s") as refused:
            await Adb(program).devices()
    assert refused.value.remedy == "Restart its server: adb kill-server."


async def test_its_sockets_are_those_of_debuggers_that_listen(bridge: Bridge) -> None:
    bridge.devices[ONE] = Device(sockets=dict.fromkeys(SOCKETS, App()), processes={"77": "com.example.mail"})
    assert await Adb(bridge.program).sockets(ONE) == {
        **dict.fromkeys(SOCKETS, ""),
        "webview_devtools_remote_77": "com.example.mail",
    }


# The forward.


async def test_it_is_removed_with_the_browser(bridge: Bridge) -> None:
    async with open_scripted_browser() as scripted:
        bridge.plug(TWO, scripted.url)
        async with open_browser("android") as browser:
            assert (browser.source, browser.identity) == (f"android:{TWO}", f"android:{TWO}")
            assert not browser.is_here
            assert [(each.serial, each.socket) for each in bridge.forwards] == [(TWO, CHROME_SOCKET)]
            assert browser.endpoint == f"ws://127.0.0.1:{bridge.forwards[0].port}/devtools/browser"
    assert not bridge.forwards
    assert not bridge.failures


async def test_it_is_removed_when_the_caller_is_cancelled(bridge: Bridge) -> None:
    async with open_scripted_browser() as scripted:
        bridge.plug(ONE, scripted.url)
        with trio.CancelScope() as scope:
            async with open_browser("android"):
                scope.cancel()
                await trio.sleep_forever()
    assert not bridge.forwards


async def test_it_is_removed_when_the_caller_is_cancelled_while_it_is_made(bridge: Bridge) -> None:
    async with open_scripted_browser() as scripted:
        bridge.plug(ONE, scripted.url)
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:

                @nursery.start_soon
                async def cancel() -> None:
                    while not any("forward" in call for call in bridge.calls):
                        await bridge.called.wait()
                    scope.cancel()

                async with open_browser("android"):
                    await trio.sleep_forever()
    assert not bridge.forwards


@pytest.mark.parametrize(
    ("app", "deadline", "said"),
    [
        (App(hangs=True), 0.5, f"android:{ONE} did not answer within 0.5 s"),
        (App(), DEADLINE, f"what listens at android:{ONE} does not speak HTTP"),
    ],
    ids=["hangs", "closes"],
)
async def test_a_socket_that_does_not_answer(bridge: Bridge, app: App, deadline: float, said: str) -> None:
    bridge.devices[ONE] = Device(sockets={CHROME_SOCKET: app})
    with pytest.raises(BrowserError) as refused:
        async with open_place("android", deadline=deadline):
            pass
    assert str(refused.value) == f"{said} (socket {CHROME_SOCKET})"
    assert refused.value.remedy.startswith("Unlock the device")
    assert not bridge.forwards


async def test_another_browser_has_a_source_of_its_own(bridge: Bridge) -> None:
    async with open_scripted_browser() as scripted:
        bridge.devices[ONE] = Device(
            sockets={"webview_devtools_remote_7": App(scripted.url, "com.example.shop")},
            processes={"7": "com.example.shop:web"},
        )
        async with open_browser(f"android:{ONE}/webview_devtools_remote") as browser:
            assert browser.source == f"android:{ONE}/com.example.shop"
            assert browser.is_here, "an emulator is a program of this machine"
            assert browser.device is not None
            assert browser.device.place == f"android:{ONE}/com.example.shop"


# With a real browser behind it, as a user types the commands.


@pytest.mark.browser
async def test_it_is_recorded_and_the_port_is_removed_after_ctrl_c(bridge: Bridge, site: str, tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    async with open_browser(launch=Launch(profile=tmp_path / "profile", port=0)) as browser:
        assert browser.endpoint is not None
        bridge.plug(TWO, browser.endpoint)
        async with open_command(store, "record", "--attach", "android") as command:
            await command.wait_said("recording 1 browser context of")
            await (await open_site(browser, site)).evaluate("site.sync('tag')")
            await command.wait_said("Sync completed", "out")
            workers = await run(store, "workers", "--attach", f"android:{TWO}", "--format", "json")
            assert (workers.status, len(bridge.forwards)) == (0, 1), workers.err
            assert site in workers.out
            result = await command.stop(signal.SIGINT)
        assert result.status == 0, result.err
        assert not bridge.forwards
        pushed = await run(store, "push", "hello", "--attach", f"android:{TWO}/{CHROME_SOCKET}")
        assert pushed.status == 0, pushed.err
    events = (await run(store, "events", "--format", "jsonl")).events
    assert {event.source for event in events} == {f"android:{TWO}"}
    assert {"Sync completed", "Push event completed"} <= {event.event_name for event in events}
    assert not bridge.forwards


@pytest.mark.browser
async def test_a_device_that_comes_back_is_recorded_again(bridge: Bridge, site: str, tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    async with open_browser(launch=Launch(profile=tmp_path / "profile", port=0)) as browser:
        assert browser.endpoint is not None
        bridge.plug(TWO, browser.endpoint)
        async with open_command(store, "record", "--attach", "android") as command:
            await command.wait_said("recording 1 browser context of")
            bridge.unplug(TWO)
            await command.wait_said("the browser at android went away: waiting for it to come back")
            page = await open_site(browser, site)
            await page.evaluate("site.sync('unseen')")
            bridge.calls.clear()
            bridge.devices[ONE] = Device()
            await bridge.wait_called("devices")
            bridge.plug(TWO, browser.endpoint)  # Another device is there, too: it is this one that is waited for.
            await command.wait_said("recording 1 browser context again of")
            await command.wait_said("Sync completed", "out")
            result = await command.stop(signal.SIGTERM)
    assert result.status == 0, result.err
    assert {(event.source, event.instance_id) for event in result.events} == {(f"android:{TWO}", "unseen")}
    assert not bridge.forwards
