"""A profile folder: which browser has it open, and until when it records."""

import os
import re
import socket
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from cdp_bgservices.events import EPOCH
from cdp_bgservices.vocabulary.services import SERVICES, Service

SINCE_1601 = timedelta(days=134774)
"""From Chromium's epoch to Unix's."""

SERVICE_NUMBERS = {str(words.number): Service(service) for service, words in SERVICES.items()}


class DevToolsPreferences(msgspec.Struct, frozen=True):
    """Minutes since 1601, by service number; 0 is off."""

    backgroundserviceexpiration: dict[str, int] = {}


class Preferences(msgspec.Struct, frozen=True):
    """What is used of a profile's ``Preferences``."""

    devtools: DevToolsPreferences = DevToolsPreferences()


def read_lock(profile: Path) -> tuple[str, str]:
    """``SingletonLock`` links to HOST-PID (chrome/browser/process_singleton_posix.cc). Raises OSError without one."""
    host, _, pid = os.readlink(profile / "SingletonLock").rpartition("-")
    return host, pid


def browser_pid(profile: Path) -> int | None:
    """The process that has the profile open; None if there is none, or it is on another machine.

    The lock may remain after the process has ended, and the number may be another browser's by now.
    """
    try:
        host, number = read_lock(profile)
        pid = int(number)
        if host != os.uname().nodename:
            return None
        os.kill(pid, 0)
    except PermissionError:
        return pid
    except (OSError, ValueError, OverflowError, AttributeError):
        return None
    return None if has_another(pid, profile) else pid


def is_open(profile: Path) -> bool:
    """Whether a browser on this machine has the profile open, as far as the system shows that."""
    if browser_pid(profile) is not None:
        return True
    try:
        # On Windows no other process can open its lock for writing (chrome/browser/process_singleton_win.cc).
        os.close(os.open(profile / "lockfile", os.O_RDWR))
    except PermissionError:
        return True
    except OSError:
        pass
    return False


def has_another(pid: int, profile: Path) -> bool:
    named = named_profile(pid)
    try:
        if named is not None:
            return not os.path.samefile(named, profile)
    except OSError:
        return False
    # A browser with the user's own profile need not name it. But in a container that is started again after a kill, the
    # lock's number is soon that of any other program; the folder of the browser's socket is gone then.
    socket_link, program = profile / "SingletonSocket", command_line(pid).split(b"\0")[0]
    return bool(program) and b"chrom" not in program and socket_link.is_symlink() and not socket_link.exists()


def command_line(pid: int) -> bytes:
    """With NUL bytes between its arguments; empty if the system does not show it (Linux does)."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def named_profile(pid: int) -> Path | None:
    """The profile on a process's command line, as a path that we can open, if the system shows it."""
    named = re.search(rb"(?:^|\0)--user-data-dir=([^\0]+)", command_line(pid))
    if named is None:
        return None
    base = "root" if named[1].startswith(b"/") else "cwd"  # It may be in a container, with another root.
    return Path(os.fsdecode(f"/proc/{pid}/{base}/".encode() + named[1]))


def profile_of(pid: int) -> Path | None:
    """The folder that a browser has open, by its command line; None unless the folder's lock names the same process:
    the number may be that of a process on another machine.
    """
    named = named_profile(pid)
    folder = None if named is None else Path(os.path.realpath(named))
    return folder if folder is not None and browser_pid(folder) == pid else None


def locked_elsewhere(profile: Path) -> tuple[str, str] | None:
    """The other machine whose browser has locked the profile, and that browser's pid there; None if there is none.

    The lock stays after the machine has gone, like a container after its run, and Chromium then refuses the profile.
    """
    try:
        host, pid = read_lock(profile)
    except (OSError, ValueError):
        return None
    return (host, pid) if host and host != socket.gethostname() else None


def processes_of(profile: Path) -> list[int]:
    """A browser's processes, by the profile on their command line, if the system shows it (Linux)."""
    named = re.compile(rb"--(user-data-dir|database)=" + re.escape(os.fsencode(profile)) + rb"(?![^/ \0])")
    pids = [int(each.name) for each in Path("/proc").glob("[0-9]*")]
    # Children of the zygote have blanks instead of NUL bytes.
    return [pid for pid in pids if named.search(command_line(pid))]


def debugging_port(pid: int) -> int | None:
    """The port on a browser's command line, if the system shows it.

    A browser that was given a port does not write it to ``DevToolsActivePort``; one that chose its port does.
    """
    match = re.search(rb"--remote-debugging-port=(\d+)", command_line(pid))
    return int(match[1]) or None if match else None


def armed_until(profile: Path, name: str = "Default") -> dict[str, datetime]:
    """When each service of one profile of a user data folder stops recording, as the browser has written it down.

    It can be read nowhere else. The browser writes it some seconds late, in whole minutes. Empty if it cannot be read.
    """
    try:
        text = (profile / name / "Preferences").read_bytes()
        preferences = msgspec.json.decode(text, type=Preferences)
        return {
            SERVICE_NUMBERS[number]: EPOCH + timedelta(minutes=minutes) - SINCE_1601
            for number, minutes in preferences.devtools.backgroundserviceexpiration.items()
            if minutes and number in SERVICE_NUMBERS
        }
    except (OSError, ValueError, OverflowError):
        return {}
