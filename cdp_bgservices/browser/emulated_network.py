"""Pages and workers without a network, by DevTools' emulation. Chromium itself stays online: for pushes, for background
fetches. It holds back the syncs of a worker that was switched off while it was running
(content/browser/background_sync/background_sync_manager.cc, ``EmulateServiceWorkerOffline``).

A session of our own attaches to each page and worker, also to those that come later: a new one waits until it has been
switched off. The emulation ends with that session.
"""

import math
from collections.abc import Collection
from contextlib import suppress
from logging import getLogger

import msgspec
import trio
from cdp import network, runtime
from cdp import target as target_domain

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.opening import Browser, note_all
from cdp_bgservices.errors import BrowserError, BrowserLostError, CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.messages import Message, SessionParams, TargetAttached, decode_params

log = getLogger(__name__)

PAGE = "page"
TYPES = (PAGE, "service_worker", "shared_worker")
UNKNOWN = -32601
"""The code of a command that a browser does not know."""
LIMIT = 1.0
"""Seconds for a page or a worker to answer. A worker that has stopped answers when it runs again."""
LIMITS = (
    "emulated: their requests fail, and Chromium holds back their syncs until they are online again; but Chromium "
    "itself is online, so it delivers pushes, and goes on with background fetches"
)


class EmulatedState(msgspec.Struct, frozen=True):
    """What is offline by emulation now."""

    pages: int
    workers: int
    emulated: str = LIMITS
    """What this is not."""

    def __str__(self) -> str:
        return f"{self.pages} pages and {self.workers} workers are offline; {self.emulated}"


class EmulatedNetwork:
    """Of one browser. ``tasks`` is for its later targets."""

    def __init__(self, browser: Browser, tasks: trio.Nursery) -> None:
        self.browser = browser
        self.tasks = tasks
        self.offline: set[str] = set()
        """Browser contexts."""
        self.session: Session | None = None
        """It is attached to the browser while any context is offline."""
        self.targets: dict[str, TargetAttached] = {}
        """By their session's id."""
        self.changing = trio.Lock()

    async def switch(self, contexts: Collection[str], *, offline: bool) -> EmulatedState:
        """Switch these contexts off, or on again. Raises BrowserError where the browser does not know how."""
        async with self.changing:
            changed = set(contexts) - self.offline if offline else set(contexts) & self.offline
            self.offline ^= changed
            try:
                if self.session is None and self.offline:
                    await self.begin()
                for target in list(self.targets.values()):
                    if target.target_info.browser_context_id in changed:
                        await self.apply(target)
            except BaseException:
                self.offline ^= changed
                raise
            finally:
                if not self.offline:
                    await self.end()
        off = [each.target_info.type for each in self.targets.values() if self.is_offline(each)]
        return EmulatedState(off.count(PAGE), len(off) - off.count(PAGE))

    def is_offline(self, target: TargetAttached) -> bool:
        return target.target_info.browser_context_id in self.offline

    async def begin(self) -> None:
        try:
            attached = await self.browser.root.call(target_domain.attach_to_browser_target())
            self.session = session = self.browser.connection.attached(str(attached))
            session.listen()
            await session.call(commands.attach_to_all(TYPES))  # The targets that there are come before the answer.
        except CommandError as error:
            raise unable(error) from error
        note_all(session, session.take(), self.note)
        for target in self.targets.values():
            if target.waiting_for_debugger:
                self.tasks.start_soon(self.take_up, target)
        self.tasks.start_soon(self.follow, session)

    async def end(self) -> None:
        """All targets are online when their sessions have ended; but only the command fires the syncs."""
        session, self.session = self.session, None
        if session is not None:
            await self.browser.detach(session)
        for session_id in self.targets:
            self.browser.connection.sessions.pop(session_id, None)
        self.targets.clear()

    async def follow(self, session: Session) -> None:
        """Take up new targets until the session ends."""
        with suppress(BrowserLostError):
            while True:
                known = set(self.targets)
                note_all(session, await session.notifications(), self.note)
                for session_id in set(self.targets) - known:
                    self.tasks.start_soon(self.take_up, self.targets[session_id])

    def note(self, message: Message) -> None:
        if message.method == "Target.attachedToTarget":
            target = decode_params(message.params, TargetAttached)
            self.targets[target.session_id] = target
        elif message.method == "Target.detachedFromTarget":
            self.targets.pop(decode_params(message.params, SessionParams).session_id, None)

    async def take_up(self, target: TargetAttached) -> None:
        """A new target waits until it is switched off, if its context is."""
        try:
            if self.is_offline(target):
                await self.apply(target)
        except BrowserError as error:
            log.warning("%s stays online: %s", target.target_info.url, error)
        finally:
            with trio.move_on_after(1, shield=True), suppress(CommandError, BrowserLostError):
                await self.session_of(target).call(runtime.run_if_waiting_for_debugger())

    async def apply(self, target: TargetAttached) -> None:
        """Raises BrowserError where the browser does not know the commands."""
        session, offline = self.session_of(target), self.is_offline(target)
        try:
            # Without the first, requests pass. They take effect in this order, even before they are answered.
            sent = [
                await session.send(command, limit=math.inf)
                for command in (
                    network.enable(),
                    commands.emulate_network(offline=offline),
                    commands.override_network_state(offline=offline),
                )
            ]
            with trio.move_on_after(LIMIT):
                for call in sent:
                    await call.result()
        except CommandError as error:
            if error.code == UNKNOWN:
                raise unable(error) from error
            log.debug("%s has gone: %s", target.target_info.url, error)
        except BrowserLostError:
            if self.browser.is_lost:
                raise

    def session_of(self, target: TargetAttached) -> Session:
        return self.browser.connection.attached(target.session_id)


def unable(reason: CommandError) -> BrowserError:
    return BrowserError(f"this browser cannot emulate that it is offline ({reason})", "Use Chromium 156 or later.")
