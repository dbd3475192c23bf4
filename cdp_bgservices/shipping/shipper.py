"""The task that sends what is in a spool to the shared store, for as long as a recorder runs."""

from collections.abc import Callable
from functools import partial
from logging import getLogger
from pathlib import Path

import trio

from cdp_bgservices.errors import InvalidInputError, NoRightError, StoreError
from cdp_bgservices.shipping.link import Link, open_link
from cdp_bgservices.shipping.messages import Messages
from cdp_bgservices.shipping.progress import Progress, note_progress, read_progress
from cdp_bgservices.shipping.shipment import TICK, ReconnectedError, Shipment, last_commit
from cdp_bgservices.shipping.spool import SpoolLock
from cdp_bgservices.shipping.terms import (
    Asked,
    DeniedError,
    Terms,
    WrongSpoolError,
    change_settings,
    check_belongs,
    lay_terms,
    read_terms,
)
from cdp_bgservices.store.pool import ask_interruptibly
from cdp_bgservices.store.protocol import Engine
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.tasks import pauses, wait_any

log = getLogger(__name__)

LONGEST = 60.0
"""Seconds between two attempts to reach the shared store."""
TERMS_EVERY = 60.0
"""Seconds between two looks at the settings of the shared store."""


class Shipper:
    """Of one spool. Nothing that it meets stops the recorder."""

    def __init__(
        self, spool: Store, path: Path, connect: Callable[[], Engine], asked: Asked, messages: Messages
    ) -> None:
        self.spool = spool
        self.connect = connect
        self.asked = asked
        self.messages = messages
        self.lock = SpoolLock(path)
        self.progress = Progress()
        self.link: Link | None = None
        """While there is a connection."""
        self.attempted = trio.Event()
        """Set once it is known whether the shared store is there."""
        self.refusal: StoreError | InvalidInputError | None = None
        """Why this spool is not shipped, whatever is waited for."""
        self.is_checked = False
        """Whether the beginning is over: a refusal is an error of it, and later a warning."""
        self.moved = trio.Event()
        """Set when more was sent, or the connection ended, and then replaced."""
        self.hurried = trio.Event()
        """Set when nothing more is added to the spool: all that is in it is to be sent now."""
        self.is_level = trio.Event()
        """Set when that is done."""
        self.ended = trio.Event()
        """Set when nothing more is sent."""
        self.pauses = pauses(LONGEST)
        self.shipped = 0
        """Events that were new over there, by all connections that have ended."""
        self.shipment: Shipment | None = None
        """The present one."""

    @property
    def sent(self) -> int:
        """Events that this process has sent, and that were new."""
        return self.shipped + (self.shipment.shipped if self.shipment else 0)

    async def run(self) -> None:
        """Until it is cancelled, or the spool is refused. Raises StoreError where the spool cannot be read."""
        try:
            async with self.spool.open_reader() as reader:
                self.progress = await ask_interruptibly(reader, read_progress)
                while self.refusal is None:
                    await self.attempt(reader)
                    with trio.move_on_after(next(self.pauses)):
                        await self.hurried.wait()
                        await trio.sleep(TICK)
        finally:
            self.lock.release()
            self.ended.set()

    def check(self) -> None:
        """At the beginning: raises the refusal, if there is one. Where the shared store is not there, its URL tells
        whether the spool is its own.
        """
        self.is_checked = True
        if self.refusal is not None:
            raise self.refusal
        if self.link is None:
            check_belongs(self.progress, self.spool.engine.name, self.spool.url, None)

    async def attempt(self, reader: Engine) -> None:
        """Over one connection, until it fails."""
        try:
            self.lock.take()
            async with open_link(self.connect) as link:
                terms = await self.agree(link)
                self.link = link
                self.attempted.set()
                await self.wait_lock(reader)
                self.shipment = Shipment(self.spool, reader, link, self.progress, self.messages)
                self.shipment.begin(terms)
                await self.ship(self.shipment)
        except (WrongSpoolError, DeniedError, InvalidInputError) as error:
            self.refusal = error
            if self.is_checked:
                self.messages.refuse_spool(error)
        except NoRightError as error:
            if self.is_checked:
                await self.fail(error)
            else:  # Nothing is recorded yet: it is a mistake, such as a reader's role.
                self.refusal = error
        except StoreError as error:
            await self.fail(error)
        except ReconnectedError:
            self.pauses = pauses(LONGEST)
        except Exception as error:
            # A fault of ours, or of a shared store of another version: it does not end the recording either.
            log.debug("shipping failed", exc_info=True)
            await self.fail(StoreError(f"Sending to {self.spool.name} failed ({type(error).__name__}: {error})"))
        finally:
            self.link = None
            self.note_moved()
            if self.shipment is not None:
                self.shipped += self.shipment.shipped
                self.shipment = None
            self.attempted.set()

    async def agree(self, link: Link) -> Terms:
        """What the shared store decides is laid on the spool, before anything is sent."""
        if self.asked != Asked():
            try:
                await link.ask(partial(change_settings, asked=self.asked))
            except DeniedError as error:
                if not self.attempted.is_set():
                    raise
                so = "this recorder alone leaves payloads out" if self.asked.redact else "it stays as it is"
                self.messages.once("denied", f"{error}: {so}")
            # Until its owner agrees, a recorder may leave out more than it has to.
            self.asked = Asked(redact=True) if self.asked.redact and not link.engine.redacts else Asked()
        await link.ask(lambda far: far.check_adding())
        terms = await self.look_at_terms(link)
        check_belongs(self.progress, self.spool.engine.name, self.spool.url, terms.identity)
        if self.progress.store not in ("", terms.identity):
            self.progress = Progress()
        return terms

    async def look_at_terms(self, link: Link) -> Terms:
        self.looked_at = trio.current_time()
        terms = await link.ask(partial(read_terms, spool=self.spool.engine))
        await self.spool.write(partial(lay_terms, terms=terms, redact=bool(self.asked.redact)))
        return terms

    async def wait_lock(self, reader: Engine) -> None:
        """Another recorder of the same spool ships what this one adds, until it ends."""
        if self.lock.is_held:
            return
        last: int | None = None
        while not self.lock.take():
            self.progress = await ask_interruptibly(reader, read_progress)
            self.note_moved()
            if self.hurried.is_set():
                if last is None:  # What the others add after that is not waited for.
                    last = await ask_interruptibly(reader, last_commit)
                if self.progress.place >= last:
                    self.is_level.set()
            with trio.move_on_after(TICK):
                await self.hurried.wait()
                await trio.sleep(TICK / 10)
        self.progress = await ask_interruptibly(reader, read_progress)

    async def ship(self, shipment: Shipment) -> None:
        """Again and again: when this process has committed something, and every second."""
        while True:
            committed, is_last = self.spool.news.committed, self.hurried.is_set()
            await shipment.send(everything=is_last)
            self.note_moved()
            if self.progress.error:
                self.progress.error, self.progress.error_at = "", None
                shipment.noted = -1
            self.pauses = pauses(LONGEST)
            self.messages.go_on()
            await shipment.note(0.0 if is_last else TICK)
            if is_last:
                self.is_level.set()
            if trio.current_time() >= self.looked_at + TERMS_EVERY:
                shipment.follow_terms(await self.look_at_terms(shipment.link))
            await shipment.prune()
            with trio.move_on_after(TICK):
                await committed.wait()

    def note_moved(self) -> None:
        moved, self.moved = self.moved, trio.Event()
        moved.set()

    async def fail(self, error: StoreError) -> None:
        """Say it once; `status` shows it."""
        self.messages.fail(error)
        self.progress.error, self.progress.error_at = str(error), self.spool.clock()
        if self.lock.is_held:
            await self.spool.write(partial(note_progress, progress=self.progress))

    async def finish(self, seconds: float) -> None:
        """Send all that is there; it takes no longer than that. ``is_level`` says whether it succeeded."""
        self.hurried.set()
        self.spool.news.note()
        with trio.move_on_after(seconds):
            await wait_any(self.is_level.wait, self.ended.wait)
