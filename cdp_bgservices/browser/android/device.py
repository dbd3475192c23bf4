"""A browser on an Android device: ``android[:SERIAL[/SOCKET]]``, over adb."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec

from cdp_bgservices.browser.address import is_loopback
from cdp_bgservices.browser.android.adb import Adb, find_adb
from cdp_bgservices.browser.endpoint import Device, Endpoint
from cdp_bgservices.browser.version import HTTP_DEADLINE, ask_at
from cdp_bgservices.errors import BrowserError, InvalidInputError

SCHEME = "android"
CHROME_SOCKET = "chrome_devtools_remote"
"""Of Chrome, Chrome Beta, …: the first that runs; a further one has its process in the name
(chrome/browser/android/devtools_server.cc)."""
CHROME = "com.android.chrome"
SWITCH_ON = "Connect it by USB, and switch on USB debugging in its developer options; `adb devices` has to list it."
STATES = {
    "unauthorized": ("has not authorised this computer", "Unlock it, and accept the USB debugging of this computer."),
    "authorizing": ("is about to authorise this computer", "Try again."),
    "offline": ("is offline for adb", "Reconnect it, or run: adb reconnect."),
    "no permissions": ("may not be used by this user", "Install udev's rules for it, and reconnect it."),
}
"""What a device's state means, and what to do about it."""


class Place(msgspec.Struct, frozen=True):
    """Where a browser on a device is."""

    serial: str = ""
    """Empty for the only device."""
    socket: str = ""
    """The socket's name, with or without the process at its end, or an app's package; empty for Chrome's."""

    def __str__(self) -> str:
        device = f"{SCHEME}:{self.serial}" if self.serial or self.socket else SCHEME
        return f"{device}/{self.socket}" if self.socket else device

    @property
    def is_emulator(self) -> bool:
        """Whether the device is a program on this machine. Two machines may have one of the same serial."""
        return self.serial.startswith("emulator-") or is_loopback(self.serial.rpartition(":")[0])


def is_on_device(text: str) -> bool:
    return text.strip().partition(":")[0].lower() == SCHEME and "://" not in text


def parse_place(text: str) -> Place:
    """Raises InvalidInputError."""
    serial, slash, socket = text.strip().partition(":")[2].partition("/")
    if serial.startswith("-") or (slash and not socket) or any(set(part) & set(" \t\n\0") for part in (serial, socket)):
        raise InvalidInputError(
            f"{text!r} is not a valid device", "Write android, android:SERIAL or android:SERIAL/SOCKET."
        )
    return Place(serial, socket)


def choose_device(devices: Mapping[str, str], wanted: str) -> str:
    """The serial of the device that was asked for, or of the only one that is ready. Raises BrowserError."""
    if not devices:
        raise BrowserError("adb finds no device", SWITCH_ON)
    if wanted and wanted not in devices:
        raise BrowserError(f"adb finds no device {wanted}: it finds {', '.join(devices)}", SWITCH_ON)
    ready = [serial for serial, state in devices.items() if state == "device"]
    if not wanted and len(ready) > 1:
        named = ", ".join(f"{SCHEME}:{serial}" for serial in ready)
        raise BrowserError(f"{len(ready)} devices are connected", f"Choose one: {named}.")
    chosen = wanted or next(iter(ready or devices))
    if chosen not in ready:
        state = devices[chosen]
        what, remedy = STATES.get(state.partition(" (")[0], (f"is not ready for adb ({state})", SWITCH_ON))
        raise BrowserError(f"the device {chosen} {what}", remedy)
    return chosen


def choose_socket(sockets: Mapping[str, str], place: Place) -> str:
    """The socket that was asked for, or Chrome's. Raises BrowserError."""
    wanted = place.socket or CHROME_SOCKET
    found = [wanted] if place.socket in sockets else [name for name in sockets if wanted in names(name, sockets[name])]
    if len(found) == 1:
        return found[0]
    serial = place.serial
    others = ", ".join(
        f"{SCHEME}:{serial}/{name}" + (f" ({process})" if process else "") for name, process in sockets.items()
    )
    if found:
        raise BrowserError(f"{len(found)} sockets on {serial} match {wanted}", f"Choose one: {others}.")
    what = f"no debugger's socket {wanted} is open" if place.socket else "no Chrome runs that can be debugged"
    instead = f" Others that are open: {others}." if others else ""
    raise BrowserError(f"{what} on {serial}", f"Start the browser there, with USB debugging switched on.{instead}")


def names(socket: str, process: str) -> tuple[str, str]:
    """By what a socket is found after its process has been started again: its name without the process, the app."""
    stem, _, pid = socket.rpartition("_")
    return stem if pid.isdigit() else socket, process.partition(":")[0]


@asynccontextmanager
async def open_place(text: str, *, deadline: float = HTTP_DEADLINE) -> AsyncIterator[Endpoint]:
    """The endpoint at a port that is forwarded to the browser on a device, until the body ends.

    Raises InvalidInputError for what is not such a place, and BrowserError, which says what is missing.
    """
    given = parse_place(text)
    adb = Adb(find_adb())
    serial = choose_device(await adb.devices(), given.serial)
    given = msgspec.structs.replace(given, serial=serial)
    sockets = await adb.sockets(serial)
    socket = choose_socket(sockets, given)
    async with adb.open_forward(serial, socket) as port:
        try:
            answer = await ask_at(urlsplit(f"http://127.0.0.1:{port}"), str(given), deadline)
        except BrowserError as error:
            raise BrowserError(
                f"{error} (socket {socket})",
                "Unlock the device, and bring the browser to the front: Android suspends it in the background.",
            ) from error
        stem, app = names(socket, sockets[socket])
        name = answer.android_package or stem
        device = Device(
            place=str(Place(serial, app or stem)),
            source=str(Place(serial, "" if name in (CHROME, CHROME_SOCKET) else name)),
            is_emulator=given.is_emulator,
        )
        yield Endpoint(answer.web_socket_debugger_url, str(given), device=device)
