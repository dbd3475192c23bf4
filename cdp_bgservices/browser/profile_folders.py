"""The profiles in a user data folder, by its files: which exist, which are open, until when each records."""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from cdp_bgservices.browser.context_list import Contexts
from cdp_bgservices.browser.profile import armed_until, browser_pid
from cdp_bgservices.coverage.values import OTHER
from cdp_bgservices.platforms import Platform, here

FIRST = "Default"
"""The folder of a browser's first profile."""
MARKS = ("Preferences", "README")
"""Each profile's folder has one of them; the second from its first moment (chrome/browser/profiles/)."""
WITHOUT_LOG = ("Guest Profile", "System Profile")
"""The folders of guest windows and of the profile picker, which keep no events."""


class LocalProfiles(msgspec.Struct, frozen=True):
    """``Local State``, what is used of it."""

    last_used: str = ""
    last_active_profiles: list[str] = []


class LocalState(msgspec.Struct, frozen=True):
    profile: LocalProfiles = LocalProfiles()


class Place(msgspec.Struct, frozen=True):
    """Where the events of a browser context are filed."""

    source: str
    kind: str = OTHER
    """``default``: a profile's own context, with its log on disk; ``other``: any other."""
    folder: str | None = None
    """The profile's folder, if it is known."""
    is_certain: bool = True
    """Whether the kind is known for certain."""


class ProfileFolders:
    """The profiles of a browser that runs on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def is_here(self) -> bool:
        """Whether the browser that has them open is on this machine, as far as the system shows that."""
        return here() is Platform.WINDOWS or browser_pid(self.root) is not None

    def names(self) -> list[str]:
        """The folders of all profiles; empty if they cannot be read."""
        try:
            return sorted(each.name for each in self.root.iterdir() if any((each / mark).is_file() for mark in MARKS))
        except OSError:
            return []

    def open_names(self) -> list[str] | None:
        """The profiles that the browser has open, by its open files; None if the system does not show them."""
        pid = browser_pid(self.root)
        if pid is None:
            return None
        found = set()
        root = os.path.realpath(self.root) + os.sep
        try:
            with os.scandir(f"/proc/{pid}/fd") as entries:
                for entry in entries:
                    try:
                        file = os.readlink(entry.path)
                    except OSError:
                        continue  # It has just been closed.
                    if file.startswith(root):
                        found.add(file[len(root) :].split(os.sep)[0])
        except OSError:
            return None
        return [name for name in self.names() if name in found]

    @property
    def has_no_profile(self) -> bool:
        """Whether only those of guests and of the profile picker are open."""
        opened = self.open_names()
        return bool(opened) and set(opened or ()) <= set(WITHOUT_LOG)

    def lapses(self, names: Iterable[str]) -> dict[str, dict[str, datetime]]:
        return {name: armed_until(self.root, name) for name in names}

    def windows(self, contexts: Contexts) -> dict[str, str]:
        """The profile's folder of each context, by which profile was used last and which have a window. The browser
        wrote this about ten seconds ago.
        """
        try:
            state = msgspec.json.decode((self.root / "Local State").read_bytes(), type=LocalState).profile
        except (OSError, ValueError):
            return {}
        names = self.names()
        if not contexts.default or state.last_used not in names:
            return {}
        found = {contexts.default: state.last_used}
        others = [name for name in state.last_active_profiles if name in names and name != state.last_used]
        if len(others) == len(contexts.others) == 1:
            found[contexts.others[0]] = others[0]
        return found


def profiles_shown(
    root: Path | None, contexts: Contexts, recording: Mapping[str, Mapping[str, bool]]
) -> dict[str, str]:
    """The profile's folder of each context for which the browser's files leave only one, without waiting.

    The files are about ten seconds old, so what a context records (by service) has to agree with them.
    """
    if root is None or not (folders := ProfileFolders(root)).is_here:
        return {}
    names = folders.open_names() or folders.names()
    if len(names) == 1 and len(contexts.shown) == 1:
        return {contexts.shown[0]: names[0]}
    return {
        context_id: name
        for context_id, name in folders.windows(contexts).items()
        if {service for service, on in recording.get(context_id, {}).items() if on} == set(armed_until(root, name))
    }


def source_of(base: str, folder: str | None) -> str:
    """The name of a profile in the store: the browser's own for the first profile, a name below it for others."""
    return base if folder in (None, FIRST) else f"{base}/{folder}"
