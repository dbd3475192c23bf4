"""What each system can do. A part that a system lacks asks this table before it refuses; docs/platforms.md shows it."""

import shutil
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from cdp_bgservices.errors import BrowserError


class Platform(StrEnum):
    """A system on which this package runs; for :attr:`ANDROID` the browser runs there, and this package does not."""

    LINUX = "Linux"
    MACOS = "macOS"
    WINDOWS = "Windows"
    ANDROID = "Android, attached"
    OTHER = "another system"


class Ability(StrEnum):
    """What a system may be able to do. The value is its name in docs/platforms.md."""

    LAUNCH_PIPE = "launch over a pipe"
    LAUNCH_PORT = "launch over a port"
    ATTACH_PORT = "attach by port"
    ATTACH_PROFILE = "attach by profile folder"
    ATTACH_WEBSOCKET = "attach by WebSocket address"
    ATTACH_ANDROID = "attach to a device: `android`"
    EMULATED_CLICK = "emulated click on a notification"
    EMULATED_OFFLINE = "emulated offline"
    LAB_PUSH = "lab: push"
    LAB_NOTIFICATIONS = "lab: notifications"
    LAB_CLOCK = "lab: clock"
    LAB_NETWORK = "lab: network"
    LAB_CONTROL = "lab of another process, `record --lab`"
    VIEWER = "viewer"
    SERVE = "serve"
    SHARED_STORE = "shared store"
    PYTEST = "pytest plugin"
    PLAYWRIGHT = "Playwright client"


class State(StrEnum):
    """The value is the text of a cell in docs/platforms.md."""

    TRIED = "yes"
    """A test of this project has seen it there."""
    UNTRIED = "not tried"
    """Nothing that is known is against it."""
    IMPOSSIBLE = "no"


class Refusal(NamedTuple):
    """Why a system cannot do it, and what the user can do instead."""

    reason: str
    remedy: str


HERE = (Platform.LINUX, Platform.MACOS, Platform.WINDOWS, Platform.OTHER)
"""Where this package runs."""


def only_linux(subject: str, remedy: str) -> dict[Platform, Refusal]:
    refusal = Refusal(f"{subject} works on Linux only", remedy)
    return {platform: refusal for platform in HERE if platform is not Platform.LINUX}


WITHOUT_IT = "Open the lab without it."
ON_DEVICE = {
    **dict.fromkeys(
        (Ability.LAUNCH_PIPE, Ability.LAUNCH_PORT),
        Refusal("a browser on a device cannot be started from here", "Start it on the device, and --attach android."),
    ),
    **dict.fromkeys(
        (Ability.LAB_PUSH, Ability.LAB_NOTIFICATIONS, Ability.LAB_CLOCK, Ability.LAB_NETWORK, Ability.LAB_CONTROL),
        Refusal("the lab starts its browser on this machine", "Trigger pushes and syncs, and emulate offline."),
    ),
    **dict.fromkeys(
        (Ability.PYTEST, Ability.PLAYWRIGHT),
        Refusal("it starts its browsers on this machine", "Use `record`, `serve` or the library with --attach."),
    ),
    Ability.ATTACH_PROFILE: Refusal("the profile is on the device, where only its app can read it", "--attach android"),
}
"""What an attached device cannot do."""

IMPOSSIBLE: Mapping[Ability, Mapping[Platform, Refusal]] = {
    Ability.LAUNCH_PIPE: {
        Platform.WINDOWS: Refusal(
            "a browser cannot be driven over a pipe on Windows", "Use --over port (transport='port'), or leave it out."
        )
    },
    Ability.LAB_NOTIFICATIONS: only_linux("the notification center", WITHOUT_IT),
    Ability.LAB_NETWORK: only_linux("the network switch", WITHOUT_IT),
    Ability.LAB_CONTROL: {
        Platform.WINDOWS: Refusal("on Windows a lab cannot be controlled from another process", "Use it from Python.")
    },
}
"""What each system on which this package runs cannot do."""

TRIED = {Platform.LINUX: frozenset(Ability) - {Ability.ATTACH_ANDROID}}
"""What tests have seen where. A scripted device is not a device."""

PROGRAMS: Mapping[Ability, tuple[str, Mapping[str, str]]] = {
    Ability.LAB_NOTIFICATIONS: ("the notification center", {"dbus-daemon": "dbus"}),
    Ability.LAB_NETWORK: ("the network switch", {"unshare": "util-linux", "nsenter": "util-linux", "ip": "iproute2"}),
}
"""What needs programs besides this package: its name in a sentence, and the package of each program."""


def here() -> Platform:
    """The system of this process."""
    names = {"linux": Platform.LINUX, "darwin": Platform.MACOS, "win32": Platform.WINDOWS}
    return names.get(sys.platform, Platform.OTHER)


def refusal(ability: Ability, platform: Platform) -> Refusal | None:
    """None if nothing is known that is against it."""
    if platform is Platform.ANDROID:
        return ON_DEVICE.get(ability)
    return IMPOSSIBLE.get(ability, {}).get(platform)


def state(ability: Ability, platform: Platform) -> State:
    if refusal(ability, platform) is not None:
        return State.IMPOSSIBLE
    return State.TRIED if ability in TRIED.get(platform, ()) else State.UNTRIED


def available(ability: Ability, platform: Platform | None = None) -> bool:
    """Whether a system can do it; by default the system of this process. :func:`refusal` has the reason."""
    return refusal(ability, platform or here()) is None


def missing_program(ability: Ability) -> Refusal | None:
    """The first program that this machine lacks for it."""
    for program, package in missing_programs(ability).items():
        return Refusal(f"{PROGRAMS[ability][0]} needs the program {program}", f"Install the package {package}.")
    return None


def missing_programs(ability: Ability) -> dict[str, str]:
    """Those that this machine lacks for it, and the package of each."""
    packages = PROGRAMS[ability][1] if ability in PROGRAMS else {}
    return {program: package for program, package in packages.items() if shutil.which(program) is None}


def require(ability: Ability) -> None:
    """Raises BrowserError if this system cannot do it, or this machine lacks a program for it."""
    if found := refusal(ability, here()) or missing_program(ability):
        raise BrowserError(found.reason, found.remedy)
