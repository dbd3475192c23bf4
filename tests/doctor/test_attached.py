"""A browser that lacks something, and what that means."""

from pathlib import Path

import pytest

from cdp_bgservices.browser.each_context import BrowserRecordings, ContextRecordings, ServiceState
from cdp_bgservices.doctor.attached import attached, commands_check, recording_check
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import State
from cdp_bgservices.protocol.needed import NEEDED
from tests.browser.devices import Device, open_bridge
from tests.browser.peers import free_port, open_peer

DEADLINE = 30.0


def test_commands_that_a_browser_lacks() -> None:
    assert commands_check(NEEDED).state is State.OK
    check = commands_check(set(NEEDED) - {"Browser.setPermission", "ServiceWorker.dispatchSyncEvent"})
    assert (check.state, check.exit_status) == (State.MISSING, 0)
    assert check.found == "lacks ServiceWorker.dispatchSyncEvent, Browser.setPermission"
    assert check.stops == "triggers, --grant in this browser"
    check = commands_check(set(NEEDED) - {"BackgroundService.setRecording"})
    assert (check.state, check.exit_status, check.stops) == (State.MISSING, 3, "recording in this browser")


def test_what_it_records() -> None:
    states = {"a": ServiceState(recording=True, armed_until=None), "b": ServiceState(recording=False, armed_until=None)}
    contexts = [ContextRecordings("1", True, states), ContextRecordings("2", False, states)]
    check = recording_check(BrowserRecordings("Chrome/156", None, contexts))
    assert check.found == "2 of 4 services in 2 browser contexts are being recorded by the browser"


async def test_a_browser_that_is_not_there() -> None:
    (check,) = await attached(Asked(attach=str(free_port()), deadline=DEADLINE))
    assert (check.name, check.state, check.exit_status) == ("reached", State.MISSING, 3)
    assert "--remote-debugging-port" in check.remedy


@pytest.mark.parametrize(
    ("states", "found", "remedy"),
    [
        ({"R5CT10": "unauthorized"}, "the device DEVICE has not authorised this computer", "Unlock it"),
        ({"R5CT10": "device", "R5CT10X": "device"}, "2 devices are connected", "android:DEVICE, android:DEVICE"),
    ],
)
async def test_devices_are_not_named(
    states: dict[str, str], found: str, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bridge(tmp_path) as bridge:
        bridge.devices = {serial: Device(state) for serial, state in states.items()}
        monkeypatch.setenv("ADB", str(bridge.program))
        (check,) = await attached(Asked(attach="android", deadline=DEADLINE))
    assert (check.found, check.state) == (found, State.MISSING)
    assert remedy in check.remedy


async def test_one_that_does_not_answer() -> None:
    async with open_peer(None) as port:
        (check,) = await attached(Asked(attach=str(port), deadline=0.2))
    assert (check.name, check.state) == ("reached", State.UNKNOWN)


async def test_without_a_browser_to_attach_to_nothing_is_said() -> None:
    assert await attached(Asked()) == []
