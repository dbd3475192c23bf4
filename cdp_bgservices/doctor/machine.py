"""The machine itself: our release, Python, the system."""

import os
import platform

from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import Check, State
from cdp_bgservices.lab.network.forbidden import in_container
from cdp_bgservices.platforms import Ability, Platform, here
from cdp_bgservices.platforms import State as Tried
from cdp_bgservices.platforms import state as tried
from cdp_bgservices.release import package_version

GROUP = "machine"
NAMED = (
    "ADB",
    "ANDROID_HOME",
    "CHROMIUM",
    "PLAYWRIGHT_BROWSERS_PATH",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
)
BEGINNINGS = ("CDP_BGSERVICES_", "PG")
ENDINGS = ("_PROXY",)
"""Variables that change what happens."""


def version(asked: Asked) -> list[Check]:
    found = package_version()
    implementation = f"{platform.python_implementation()} {platform.python_version()}"
    ours = (
        Check(group=GROUP, name="version", found=f"cdp-bgservices {found}")
        if found
        else Check(
            group=GROUP,
            name="version",
            state=State.WARNING,
            found="a folder that is not installed",
            remedy="Install it: pip install cdp-bgservices",
        )
    )
    return [ours, Check(group=GROUP, name="python", found=implementation)]


def system(asked: Asked) -> list[Check]:
    parts = [system_name(), platform.machine(), *(["in a container"] if in_container() else [])]
    if getattr(os, "geteuid", lambda: 1)() == 0:
        parts.append("as root")
    found = ", ".join(filter(None, parts))
    if tried(Ability.LAUNCH_PORT, here()) is Tried.TRIED:
        return [Check(group=GROUP, name="system", found=found)]
    return [
        Check(
            group=GROUP,
            name="system",
            state=State.WARNING,
            found=f"{found}: this package was tried on {Platform.LINUX} only",
            remedy="See docs/platforms.md.",
        )
    ]


def system_name() -> str:
    """The distribution with its version, and the kernel; without the machine's name."""
    kernel = f"{platform.system()} {platform.release()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"
    except (OSError, KeyError):
        return f"macOS {platform.mac_ver()[0]}, {kernel}" if platform.mac_ver()[0] else kernel


def variables(asked: Asked) -> list[Check]:
    """Names only."""
    names = sorted(
        name
        for name, value in asked.environ.items()
        if value and (name in NAMED or name.startswith(BEGINNINGS) or name.upper().endswith(ENDINGS))
    )
    found = f"set: {', '.join(names)}" if names else "none that this package reads is set"
    return [Check(group=GROUP, name="variables", found=found)]
