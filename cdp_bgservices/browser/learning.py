"""What the browser's record lacks of displayed notifications, asked of their workers while these run.

A worker that is stopped is not started for it, and nothing waits for the answer but its own event's details.
"""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import trio
from cdp import runtime

from cdp_bgservices.browser.opening import Browser, open_session
from cdp_bgservices.browser.reception import LearnedSink, Reception
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.events import Event
from cdp_bgservices.learned import Detail
from cdp_bgservices.notification_details import NOTIFICATION
from cdp_bgservices.protocol.notification_script import script
from cdp_bgservices.protocol.notifications import Displays, Shown, choose_all, missing
from cdp_bgservices.tasks import open_tasks

LIMIT = 1.0
"""Seconds for a worker to answer. A worker that computes, or is paused in a debugger, does not answer."""
BATCH = 50
"""Notifications that a worker is asked for at once."""
RECENT = timedelta(seconds=10)
"""The age up to which a replayed one is read: a browser context that has just been made is observed a little later."""
QUIET = 0.05
"""Seconds without another notification before they are read: to read them disturbs those that are on their way to the
screen, see :mod:`cdp_bgservices.protocol.notification_script`."""
PATIENCE = 2.0
"""Seconds to wait for that."""

NOT_RUNNING = "its service worker was not running"
STOPPED = "its service worker stopped before it could be asked"
SILENT = f"its service worker did not answer within {LIMIT:g} s"
REFUSED = "its service worker could not read its notifications"
CHANGED = "the code of its service worker replaces getNotifications"
NOT_QUIET = "notifications were displayed one after the other without a pause"
SHOWN_LATE = "a browser with windows on macOS or Windows forgets a notification that is read so soon"
ENDED = "the recording ended before it could be read"


class Learning:
    """Of one browser context."""

    def __init__(self, browser: Browser, reception: Reception) -> None:
        self.browser = browser
        self.reception = reception
        self.displays = Displays()
        self.waiting: dict[str, deque[Shown]] = {}
        """By registration id. A registration that has an entry is being read."""
        self.noted = 0
        self.done = 0
        self.changed = trio.Event()
        """Set when one was noted, or some were handed on, and then replaced."""
        self.begun: deque[str] = deque()
        """Registrations that nothing is read of yet."""

    @property
    def sink(self) -> LearnedSink | None:
        return self.reception.learned_sink

    def note(self, event: Event, is_replayed: bool) -> None:
        """Note a displayed notification, and read it unless it is an old one, which is replayed."""
        is_old = is_replayed and (self.displays.is_known(event) or datetime.now(UTC) - event.timestamp > RECENT)
        shown = self.displays.note(event)
        if is_old or self.sink is None:
            return
        self.noted += 1
        if event.registration_id not in self.waiting:
            self.waiting[event.registration_id] = deque()
            self.begun.append(event.registration_id)
        self.waiting[event.registration_id].append(shown)
        self.wake()

    def wake(self) -> None:
        self.changed.set()
        self.changed = trio.Event()

    async def run(self) -> None:
        """Read until cancelled. What is not read by then is handed on as missing."""
        try:
            async with open_tasks() as tasks:
                while True:
                    while self.begun:
                        tasks.start_soon(self.read_registration, self.begun.popleft())
                    await self.changed.wait()
        finally:
            while self.begun:  # More of them may come in the meantime.
                await self.give_up(self.begun.popleft())

    async def wait_read(self) -> None:
        """Wait until all that was noted so far is handed on."""
        due = self.noted
        while self.done < due:
            await self.changed.wait()

    async def read_registration(self, registration_id: str) -> None:
        """Until nothing more waits."""
        waiting = self.waiting[registration_id]
        try:
            while waiting:
                is_quiet = await self.wait_quiet(waiting)
                shown = [*waiting][:BATCH]
                if is_quiet:
                    values = await self.read(registration_id, shown)
                else:
                    values = [missing(NOT_QUIET)] * len(shown)
                for _ in shown:
                    waiting.popleft()
                await self.hand_on(shown, values)
        finally:
            await self.give_up(registration_id)

    async def wait_quiet(self, waiting: deque[Shown]) -> bool:
        """Wait until the registration has displayed nothing for a moment. False if that does not happen soon."""
        with trio.move_on_after(PATIENCE):
            count = 0
            while count != len(waiting):
                count = len(waiting)
                await trio.sleep(QUIET)
            return True
        return False

    async def give_up(self, registration_id: str) -> None:
        """What still waits is not read any more."""
        if waiting := self.waiting.pop(registration_id):
            await self.hand_on(waiting, [missing(ENDED)] * len(waiting))

    async def hand_on(self, shown: Sequence[Shown], values: Sequence[dict[str, Any]]) -> None:
        """After their events. It is not cancelled in the middle."""
        details = [
            Detail(event_id=each.event.id, event_timestamp=each.event.timestamp, key=NOTIFICATION, value=value)
            for each, value in zip(shown, values, strict=True)
        ]
        with trio.CancelScope(shield=True):
            await self.reception.wait_handed_on()
            if self.sink is not None:
                await self.sink(details)
        self.done += len(details)
        self.wake()

    async def read(self, registration_id: str, shown: Sequence[Shown]) -> list[dict[str, Any]]:
        """The details of each, or why there are none."""
        if self.browser.shows_late:
            return [missing(SHOWN_LATE)] * len(shown)
        why, text = SILENT, None
        with trio.move_on_after(LIMIT):
            try:
                target = await self.wait_target(registration_id)
                why, text = (NOT_RUNNING, None) if target is None else await self.ask(target, shown)
            except (CommandError, BrowserLostError):
                why = STOPPED
        if text is None:
            return [missing(why)] * len(shown)
        # Events that were reported before the answer tell which notifications were replaced since.
        await self.reception.wait_handed_on()
        return choose_all(self.displays, shown, text)

    async def wait_target(self, registration_id: str) -> str | None:
        """The target of a worker that runs or starts; None if none does."""
        session, registrations = self.reception.session, self.reception.registrations
        while session is not None and not session.ended.is_set():
            versions = registrations.versions_of(registration_id)
            running = [each for each in versions if each.running_status == "running" and each.target_id]
            if running:
                return max(running, key=lambda version: version.status.startswith("activat")).target_id
            if all(version.running_status != "starting" for version in versions):
                return None
            await self.reception.progress.wait()
        return None

    async def ask(self, target: str, shown: Sequence[Shown]) -> tuple[str, str | None]:
        """Why there is no answer, or the answer. Raises CommandError, BrowserLostError."""
        evaluate = partial(runtime.evaluate, return_by_value=True, await_promise=True, silent=True)
        async with open_session(self.browser, target) as session:
            answer, thrown = await session.call(evaluate(script([each.wanted for each in shown])))
        if thrown is not None:
            return REFUSED, None
        return (CHANGED, None) if answer.value is None else ("", str(answer.value))
