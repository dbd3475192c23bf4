"""Which profile each browser context is: by what the browser writes to its files.

The protocol does not report it. But the services that a context is armed with are written to its own profile's
``Preferences``, and to no other's, within about ten seconds (``devtools.backgroundserviceexpiration``, in whole
minutes). Each context first leaves another set of services unarmed, so that two profiles that are armed at the same
time differ. If all of this was already written in the same minute, ``Local State`` decides. It has the profile that was
used last and those with a window, and counts once these have stayed the same for as long as writing takes. The arming
of an incognito window is not written anywhere.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from logging import getLogger

import trio

from cdp_bgservices.browser.context_list import Contexts, read_contexts
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.profile_folders import WITHOUT_LOG, Place, ProfileFolders, source_of
from cdp_bgservices.coverage.values import DEFAULT
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.protocol.arming import RECORDING_LAPSES

log = getLogger(__name__)

LONG_AGO = datetime.min.replace(tzinfo=UTC)

LOOK_EVERY = 0.25
"""Seconds between two looks at the files."""
WRITTEN = 12.0
"""Seconds after which the files show what was armed: Chromium writes them ten seconds after a change."""
SILENT = 2.0
"""Seconds after which a warning says that this takes a while."""
UNWRITTEN = 20.0
"""The same, if it is unknown which profiles are open."""
PATIENCE = 180.0
"""Seconds in which a profile must be found. After a full minute it differs from one armed in the same minute."""


class Matching:
    """Of one browser. ``source`` is the name of its first profile in the store."""

    def __init__(self, browser: Browser, source: str) -> None:
        self.browser = browser
        self.source = source
        self.waiting: dict[str, Observer] = {}
        """The observers of contexts with an unknown profile, by context."""
        self.since: dict[str, float] = {}
        """Since when they wait, in trio's time."""
        self.contexts: Contexts | None = None
        self.unchanged_since = 0.0
        """Since when the contexts, and the default one among them, have not changed, in trio's time."""
        self.is_announced = False
        self.before: dict[str, dict[str, dict[str, datetime]]] = {}
        """What each folder showed before a context was armed here, by context: another client may have armed it."""
        self.taken: dict[str, str] = {}
        """The profile's folder of each context, if it is known."""
        self.added = trio.Event()
        self.numbers = 0
        """How many contexts have waited so far. Even the first leaves a service unarmed: a recorder before this one may
        have armed them all in the same minute."""
        self.warned = False

    def place_at_once(self, context_id: str, contexts: Contexts) -> Place | None:
        """Where a context belongs, if that is known without its files; else None."""
        if context_id in contexts.made:
            return Place(self.source)
        folders = self.folders
        if folders is None or not (names := folders.names()):
            return self.place_blindly(contexts)
        is_only_one = not self.waiting and not self.taken and set(contexts.shown) <= {context_id}
        candidates = folders.open_names() or names
        if is_only_one and len(candidates) == 1:
            return self.take(context_id, candidates[0])
        return None

    @property
    def folders(self) -> ProfileFolders | None:
        """None if they are not on this machine."""
        folders = None if self.browser.profile is None else ProfileFolders(self.browser.profile)
        return folders if folders is not None and folders.is_here else None

    def place_blindly(self, contexts: Contexts) -> Place:
        """Without the profile's folders: a single context is the profile; several cannot be distinguished."""
        if len(contexts.shown) == 1 and (contexts.default is not None or self.browser.profile is not None):
            return Place(self.source, DEFAULT)
        if len(contexts.shown) > 1 and not self.warned:
            self.warned = True
            log.warning(
                "%d profiles or windows of this browser cannot be distinguished from here: all are stored as %s",
                len(contexts.shown),
                self.source,
            )
        return Place(self.source, is_certain=False)

    def take(self, context_id: str, folder: str) -> Place:
        self.taken[context_id] = folder
        if folder in WITHOUT_LOG:
            return Place(self.source, folder=folder)
        return Place(source_of(self.source, folder), DEFAULT, folder)

    def release(self, context_id: str) -> None:
        """The context has ended: another may be the profile from now on."""
        self.taken.pop(context_id, None)
        self.waiting.pop(context_id, None)

    def watch(self, observer: Observer) -> None:
        """Find its profile once it is armed. Each context leaves another set of services unarmed."""
        services = observer.settings.services
        self.numbers = number = self.numbers + 1
        observer.switching.withheld = {service for bit, service in enumerate(reversed(services)) if number >> bit & 1}
        self.waiting[observer.context_id] = observer
        self.remember(observer.context_id)
        self.since[observer.context_id] = trio.current_time()
        self.added.set()

    def remember(self, context_id: str) -> None:
        folders = self.folders
        self.before[context_id] = folders.lapses(folders.names()) if folders else {}

    async def run(self) -> None:
        while True:
            while not self.waiting:
                self.added = trio.Event()
                await self.added.wait()
            await trio.sleep(LOOK_EVERY)
            try:
                self.note_contexts(await read_contexts(self.browser))
            except BrowserError as error:  # The observers that wait get the error themselves.
                log.debug("the browser contexts are unknown: %s", error)
            self.look()

    def note_contexts(self, contexts: Contexts) -> None:
        """Note the contexts that exist now. Once they have not changed for a while, the files show them, too."""
        if contexts != self.contexts:
            self.contexts, self.unchanged_since = contexts, trio.current_time()

    def look(self) -> None:
        folders = self.folders
        if folders is None:
            return  # The browser has ended, or is about to.
        opened = folders.open_names()
        names = folders.names() if opened is None else opened
        free = folders.lapses(name for name in names if name not in self.taken.values())
        fitting = {context_id: self.fitting(observer, free) for context_id, observer in self.waiting.items()}
        every = [name for found in fitting.values() for name in found]
        for context_id, found in fitting.items():
            if len(found) == 1 and every.count(found[0]) == 1:
                self.settle(context_id, self.take(context_id, found[0]))
                del free[found[0]]
        if self.contexts is not None and trio.current_time() - self.unchanged_since > WRITTEN:
            for context_id, name in folders.windows(self.contexts).items():
                if context_id in self.waiting and name in free and may_be(self.waiting[context_id], free[name]):
                    self.settle(context_id, self.take(context_id, name))
                    del free[name]
        for context_id, observer in list(self.waiting.items()):
            since = seconds_since_armed(observer)
            nowhere = not any(may_be(observer, lapses) for lapses in free.values())
            if nowhere and (
                (since > WRITTEN and opened is not None and not free) or (since > UNWRITTEN and self.taken)
            ):
                self.settle(context_id, Place(self.source))
            elif trio.current_time() - self.since[context_id] > PATIENCE:
                self.give_up(context_id)
        self.announce()
        self.challenge()

    def fitting(self, observer: Observer, free: Mapping[str, Mapping[str, datetime]]) -> list[str]:
        """The folders that show what it was armed with, and did not show it before."""
        before = self.before[observer.context_id]
        return [
            name for name, lapses in free.items() if fits(observer, lapses) and not fits(observer, before.get(name, {}))
        ]

    def settle(self, context_id: str, place: Place) -> None:
        self.waiting.pop(context_id).placing.place_at(place)

    def give_up(self, context_id: str) -> None:
        self.waiting.pop(context_id).fail(
            BrowserError(
                "its profile cannot be found: no profile's Preferences show its recording",
                "Check whether the browser can write to its folder; record again with one window open.",
            )
        )

    def announce(self) -> None:
        if not self.is_announced and any(trio.current_time() - self.since[each] > SILENT for each in self.waiting):
            self.is_announced = True
            log.warning("finding out which profile each window belongs to; this may take a minute")

    def challenge(self) -> None:
        """Contexts that cannot be distinguished were armed in the same minute: arm one of them again in another."""
        waiting = [observer for observer in self.waiting.values() if observer.armed.is_set()]
        waiting.sort(key=lambda observer: newest_arming(observer) or LONG_AGO)
        if not waiting or any(
            seconds_since_armed(observer) < WRITTEN for observer in waiting if newest_arming(observer)
        ):
            return
        armed = [moment for observer in waiting if (moment := newest_arming(observer))]
        if not armed or minute(datetime.now(UTC)) > minute(max(armed)):
            self.remember(waiting[0].context_id)
            waiting[0].switching.arm_again()


async def find_source(observer: Observer, limit: float = WRITTEN + 8) -> str | None:
    """The source of a context that is observed and armed outside of an observation of the whole browser; None if it is
    not found within ``limit`` seconds. Raises BrowserError.
    """
    matching = Matching(observer.browser, observer.settings.source)
    place = matching.place_at_once(observer.context_id, await read_contexts(observer.browser))
    if place is None:
        matching.watch(observer)
        observer.switching.withheld = ()
        with trio.move_on_after(limit):
            while observer.placing.found is None:
                matching.note_contexts(await read_contexts(observer.browser))
                matching.look()
                await trio.sleep(LOOK_EVERY)
        place = observer.placing.found
    return None if place is None else place.source


def newest_arming(observer: Observer) -> datetime | None:
    """When one of its services was last switched on here."""
    return max((end for _, end in observer.arming.armed_between.values()), default=None)


def seconds_since_armed(observer: Observer) -> float:
    """0 if nothing is armed yet."""
    newest = newest_arming(observer)
    return 0.0 if newest is None else (datetime.now(UTC) - newest).total_seconds()


def may_be(observer: Observer, lapses: Mapping[str, datetime]) -> bool:
    """Whether a profile's Preferences show everything this context was armed with, even if it was armed again later."""
    armed = observer.arming.armed_between
    return all(
        service in lapses and lapses[service] - RECORDING_LAPSES >= minute(begin)
        for service, (begin, _) in armed.items()
    )


def fits(observer: Observer, lapses: Mapping[str, datetime]) -> bool:
    """Whether a profile's Preferences show what this context was armed with, and nothing else."""
    armed = observer.arming.armed_between
    if not armed:
        return False
    first = min(begin for begin, _ in armed.values())
    return all(
        service in lapses and minute(begin) <= lapses[service] - RECORDING_LAPSES <= minute(end)
        for service, (begin, end) in armed.items()
    ) and not any(
        service in lapses and lapses[service] - RECORDING_LAPSES >= minute(first)
        for service in observer.switching.withheld
    )


def minute(moment: datetime) -> datetime:
    """As the file has it."""
    return moment - timedelta(seconds=moment.second, microseconds=moment.microsecond)
