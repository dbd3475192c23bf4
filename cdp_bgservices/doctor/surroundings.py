"""What a Chromium needs around it: its sandbox, shared memory, a folder for its profile, a screen."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import trio

from cdp_bgservices.browser.systems import is_root
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import BROWSER_MISSING, Check, State
from cdp_bgservices.export.sizes import format_size
from cdp_bgservices.lab.network.forbidden import how_to_allow
from cdp_bgservices.platforms import Platform

GROUP = "browser"
LAUNCHING = "launching a browser"
SHARED_MEMORY = Path("/dev/shm")
LEAST_SHARED = 100_000_000
"""Bytes. Docker gives 64 MB, with which tabs crash on large pages, unless Chromium keeps its memory elsewhere: 156 was
seen to do so (memfd), and Debian's start script asks others for it."""
LEAST_PROFILE = 100_000_000
"""Bytes for a profile: a new one has 10 MB, and grows with what pages keep."""
USER_NAMESPACE = ["unshare", "--user", "--map-current-user", "true"]
"""Chromium's sandbox begins with one, too (sandbox/linux/services/credentials.cc)."""
HELPERS = (
    "/usr/lib/chromium/chrome-sandbox",
    "/opt/google/chrome/chrome-sandbox",
    "/opt/microsoft/msedge/msedge-sandbox",
)
"""Programs that make the sandbox with root's rights, where the kernel allows it to no one else."""


async def sandbox(asked: Asked) -> list[Check]:
    if asked.platform is not Platform.LINUX:
        return []
    if is_root():
        return [
            Check(
                group=GROUP,
                name="sandbox",
                state=State.WARNING,
                found="root: a Chromium is started with --no-sandbox",
                remedy="Run it as an ordinary user where pages are not your own.",
                stops="Chromium's sandbox",
            )
        ]
    if shutil.which(USER_NAMESPACE[0]) is None:
        return [
            Check(
                group=GROUP,
                name="sandbox",
                state=State.UNKNOWN,
                found="whether user namespaces are allowed is not known without the program unshare",
                remedy="Install the package util-linux.",
            )
        ]
    done = await trio.run_process(USER_NAMESPACE, capture_stderr=True, stdin=subprocess.DEVNULL, check=False)
    if not done.returncode:
        return [Check(group=GROUP, name="sandbox", found="user namespaces are allowed")]
    return [without_namespaces(done.stderr.decode(errors="replace").strip().partition("\n")[0])]


def without_namespaces(said: str) -> Check:
    """``said``: why they are not allowed."""
    helper = next((path for path in HELPERS if has_root_s_rights(path)), None)
    if helper:
        return Check(group=GROUP, name="sandbox", found=f"by {helper}: user namespaces are not allowed ({said})")
    return Check(
        group=GROUP,
        name="sandbox",
        state=State.WARNING,
        found=f"user namespaces are not allowed ({said}): a Chromium does not start without --no-sandbox",
        remedy=f"{how_to_allow()} Or install Debian's package chromium-sandbox, or, where pages are your own, add "
        "--chromium-arg=--no-sandbox.",
        stops="Chromium's sandbox",
    )


def has_root_s_rights(path: str) -> bool:
    try:
        status = os.stat(path)
    except OSError:
        return False
    return status.st_uid == 0 and bool(status.st_mode & 0o4000)


def shared_memory(asked: Asked) -> list[Check]:
    if asked.platform is not Platform.LINUX:
        return []
    return [shared_memory_check(SHARED_MEMORY)]


def shared_memory_check(folder: Path) -> Check:
    name = "shared-memory"
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(
            group=GROUP,
            name=name,
            state=State.WARNING,
            found=f"{folder} is not there, or not writable: a Chromium that keeps its memory there crashes",
            remedy="Mount it (docker run --shm-size=1g), or add --chromium-arg=--disable-dev-shm-usage.",
            stops="pages in a Chromium that needs /dev/shm",
        )
    size = shutil.disk_usage(folder).total
    if size < LEAST_SHARED:
        return Check(
            group=GROUP,
            name=name,
            state=State.WARNING,
            found=f"{folder} has only {format_size(size)}: a tab with a large page may crash",
            remedy="Give it more (docker run --shm-size=1g), or add --chromium-arg=--disable-dev-shm-usage.",
            stops="large pages in a Chromium that needs /dev/shm",
        )
    return Check(group=GROUP, name=name, found=f"{folder} has {format_size(size)}")


def temporary(asked: Asked) -> list[Check]:
    """Where a temporary profile is made, and Chromium's sockets: Chromium takes no other folder than $TMPDIR."""
    status = 0 if asked.attach else BROWSER_MISSING
    named = asked.environ.get("TMPDIR")
    if named and asked.platform is not Platform.WINDOWS and not os.access(named, os.W_OK | os.X_OK):
        return [no_folder("the folder that TMPDIR names is not there, or not writable", status)]
    try:
        folder = tempfile.gettempdir()
    except FileNotFoundError as error:
        return [no_folder(error.strerror or str(error), status)]
    free = shutil.disk_usage(folder).free
    if free < LEAST_PROFILE:
        return [
            Check(
                group=GROUP,
                name="temporary",
                state=State.WARNING,
                found=f"{folder} has only {format_size(free)} left for a profile",
                remedy="Free some space, or set TMPDIR.",
                stops="a browser with a temporary profile",
            )
        ]
    return [Check(group=GROUP, name="temporary", found=f"{folder} has {format_size(free)} left for profiles")]


def no_folder(found: str, status: int) -> Check:
    return Check(
        group=GROUP,
        name="temporary",
        state=State.MISSING,
        found=found,
        remedy="Set TMPDIR to a folder that is there and writable.",
        stops=LAUNCHING,
        exit_status=status,
    )


def display(asked: Asked) -> list[Check]:
    if asked.platform is not Platform.LINUX:
        return []
    if asked.environ.get("DISPLAY") or asked.environ.get("WAYLAND_DISPLAY"):
        return [Check(group=GROUP, name="display", found="there is one, by DISPLAY or WAYLAND_DISPLAY")]
    return [
        Check(
            group=GROUP,
            name="display",
            state=State.MISSING,
            found="neither DISPLAY nor WAYLAND_DISPLAY is set",
            remedy="Headless needs none. For --headed: xvfb-run cdp-bgservices record --headed …",
            stops="--headed",
        )
    ]
