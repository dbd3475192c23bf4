"""A store for a recorder whose events go to a shared store: it writes the spool, and a task beside it ships that."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from logging import getLogger
from pathlib import Path
from typing import TypeVar

import msgspec
import trio

from cdp_bgservices.errors import StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.notices import Notice, Say
from cdp_bgservices.shipping.link import Link
from cdp_bgservices.shipping.messages import Messages, counted
from cdp_bgservices.shipping.progress import note_progress, read_progress
from cdp_bgservices.shipping.report import SpoolReport, read_report
from cdp_bgservices.shipping.shipper import Shipper
from cdp_bgservices.shipping.spool import locate_spool, open_spool
from cdp_bgservices.shipping.terms import Asked
from cdp_bgservices.store import connect_engine, require_driver
from cdp_bgservices.store.location import resolve_location
from cdp_bgservices.store.presence import Presence, by_clock
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.spool_engine import SpoolEngine
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import Account, Clock, Known, utc_now
from cdp_bgservices.tasks import open_tasks

log = getLogger(__name__)

T = TypeVar("T")

ANSWER = 5.0
"""Seconds for which the beginning waits for the shared store."""
LEAVE = 30.0
"""Seconds for which the end waits for it."""


class SpooledStore(Store):
    """Made by :func:`open_spooled`. What is read from it is what is in the spool."""

    shipper: Shipper

    def __init__(self, engine: Engine, name: str, url: str) -> None:
        super().__init__(engine)
        self.spool = engine.name
        self.name, self.url, self.is_shared = name, url, True
        self.leaving = trio.CancelScope()
        self.patience = LEAVE

    async def known(self, source: str) -> Known:
        """What the spool knows; of a source that it does not know, what the shared store does: the profile may have
        come from another machine.
        """
        known = await super().known(source)
        if known.series or known.tails:
            return known
        found = await self.ask_shared(lambda far: far.known(source))
        if found is None or not (found.series or found.tails):
            return known
        await self.account(source, Account(intervals=(), series=found.series, tails=found.tails))
        return found

    async def recorders(self, since: datetime, sources: Collection[str] = ()) -> list[Presence]:
        """Those of all machines, as far as the shared store can be asked."""
        here = await super().recorders(since, sources)
        skew = timedelta(seconds=self.shipper.progress.skew)
        there = by_clock(await self.ask_shared(lambda far: far.recorders(since + skew, sources)) or [], -skew)
        runs = {each.run for each in here}
        return sorted([*here, *(each for each in there if each.run not in runs)], key=lambda each: each.since)

    async def ask_shared(self, question: Callable[[Engine], T]) -> T | None:
        """None where there is not a connection, or not an answer in time."""
        link = self.shipper.link
        if link is None:
            return None
        with trio.move_on_after(ANSWER):
            try:
                return await link.ask(question)
            except StoreError as error:
                log.debug("the shared store does not answer: %s", error)
        return None

    async def stored(self, event: Event) -> Event | None:
        """Who looks into the shared store then finds it there, unless that is away."""
        with trio.move_on_after(ANSWER):
            await self.wait_shipped()
        return await super().stored(event)

    async def wait_shipped(self) -> None:
        """Until everything that is in the spool by now is answered."""
        cursor = await self.cursor()
        while self.shipper.progress.place < cursor:
            await self.shipper.moved.wait()

    async def clear(self, services: Collection[str] = ()) -> int:
        """In the shared store first, whose owner alone may do that; then in the spool.

        What is in the spool by now is sent before. Where the shared store goes away by then, nothing is deleted:
        raises StoreError.
        """
        cursor = await self.cursor()
        while (link := self.present_link()) and self.shipper.progress.place < cursor:
            await self.shipper.moved.wait()
        if link is None:
            raise StoreError(f"{self.name} cannot be reached: nothing is deleted", "Try again when it is there.")
        count = await link.ask(lambda far: far.clear(services))
        await super().clear(services)
        return count

    def present_link(self) -> Link | None:
        """None while the shared store is away: for this process, or for another one that ships this spool."""
        is_away = self.shipper.progress.error and not self.shipper.lock.is_held
        return None if is_away else self.shipper.link

    async def report(self) -> SpoolReport:
        """The spool's notes may be a second older, unless another process ships it."""
        # As it is now: it changes while the spool is read.
        progress = msgspec.structs.replace(self.shipper.progress) if self.shipper.lock.is_held else None
        return await self.ask(partial(read_report, progress=progress))

    def hurry(self) -> None:
        self.leaving.cancel()

    async def leave(self) -> str:
        """Wait until everything is sent. Where it is not, what is left, in one line."""
        report = await self.report()
        if report.waiting and self.shipper.link is None:
            self.shipper.messages.wait(report.waiting)
        if report.waiting or self.shipper.link is not None:
            with self.leaving:
                await self.shipper.finish(self.patience)
            report = await self.report()
        if self.shipper.is_level.is_set() or not report.waiting:
            return ""
        verb = "is" if report.waiting == 1 else "are"
        return f"{counted(report.waiting)} {verb} in {self.spool} and not in {self.name} yet"


@asynccontextmanager
async def open_spooled(
    location: str | Path | None,
    spool: str | Path | None = None,
    *,
    retention: timedelta | None = None,
    redact: bool | None = None,
    clock: Clock = utc_now,
    say: Say = log.info,
    connect: Callable[[], Engine] | None = None,
    patience: float = LEAVE,
) -> AsyncIterator[SpooledStore]:
    """A store whose events are recorded into a spool, and shipped to the store at ``location`` from there.

    ``retention`` and ``redact`` are settings of the shared store. ``connect`` is how it is opened.

    Resource handling: at the end, what is in the spool is sent; that takes ``patience`` seconds at most.

    Error handling: InvalidInputError and StoreError where this can never work. A shared store that is not there is a
    warning. At the end, StoreError where something is left in the spool, unless there is another error.
    """
    shared = resolve_location(location)
    place = locate_spool(shared, spool)
    await trio.to_thread.run_sync(require_driver, shared)
    engine = await trio.to_thread.run_sync(open_spool, place, clock)
    store = SpooledStore(engine, shared.name, shared.url)
    store.patience = patience
    try:
        await store.write(partial(settle, url=shared.url, retention=retention, redact=redact))
        store.shipper = Shipper(
            store,
            place.path,
            connect or partial(connect_engine, location, None, clock),
            Asked(retention=retention, redact=redact),
            Messages(say, place.name, shared.name),
        )
        async with open_tasks() as tasks:
            tasks.start_soon(store.shipper.run)
            with trio.move_on_after(ANSWER):
                await store.shipper.attempted.wait()
            store.shipper.check()
            try:
                yield store
            except Exception:
                if left := await store.leave():
                    say(Notice("shipping", left, level="warning"))
                raise
            if left := await store.leave():
                remedy = f"The next recording sends them, or: cdp-bgservices ship {store.spool} --store {store.url}"
                if not store.leaving.cancel_called:
                    raise StoreError(left, remedy)
                say(Notice("shipping", f"{left}: {remedy}", level="warning"))
    finally:
        await store.aclose()


def settle(spool: Engine, url: str, retention: timedelta | None, redact: bool | None) -> None:
    """What holds until the shared store says something else: for its first recorder, as that one wants it."""
    assert isinstance(spool, SpoolEngine)
    progress = read_progress(spool)
    is_new = not progress.store
    if is_new and progress.url != url:
        progress.url = url
        note_progress(spool, progress)
    if is_new and retention is not None:
        spool.set_retention(retention)
    if redact or (is_new and redact is not None):
        spool.set_redaction(bool(redact))
