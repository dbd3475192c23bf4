"""The browser contexts of all of Playwright's browsers, and the test, or the fixture of several tests, of each."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

import pytest
import trio

from cdp_bgservices.browser.emulated_network import EmulatedNetwork
from cdp_bgservices.browser.targets import ContextGoneError
from cdp_bgservices.errors import BackgroundServicesError, BrowserLostError
from cdp_bgservices.pytest_plugin.marker import Marker
from cdp_bgservices.testing.captures import Capture, Captures

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab

__tracebackhide__ = True  # pytest does not show the frames of this module.

SETTLE_DEADLINE = 5.0
"""Seconds for a browser that hangs to report what occurred in a context that is about to be closed."""


class RunningTest:
    """One test, from its setup to its teardown."""

    def __init__(self, item: pytest.Item, marker: Marker) -> None:
        self.item = item
        self.marker = marker
        self.after = 0
        """The store's cursor at its start."""
        self.request: pytest.FixtureRequest | None = None
        self.folder: Path | None = None
        """The folder for its events; None if they are not kept."""
        self.asked: list[OwnedContext] = []
        """Contexts that it asked for with ``of``."""
        self.granted: set[OwnedContext] = set()
        self.services: dict[Any, Any] = {}
        """The services that it was given, by Playwright context; by None those of all its own contexts."""

    @property
    def fixtures(self) -> Collection[str]:
        names = getattr(self.item, "fixturenames", ())
        return names if self.request is None else {*names, *self.request.fixturenames}


Maker = RunningTest | pytest.FixtureDef[Any] | None
"""Which test, or which fixture of several tests, made a browser or a context; None after the fixture is torn down."""


class BrowserRecording:
    """The recording of one of Playwright's browsers, or the reason why there is none."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.started = datetime.now(UTC)
        self.capture: Capture | None = None
        self.failure: BackgroundServicesError | None = None
        self.options: Mapping[str, Any] | None = None
        """The options that it was launched with; None if it was not launched for its contexts."""
        self.made: dict[Any, Callable[[], Any]] = {}
        """Contexts that were made in it, but are in a lab, each in a browser of its own: how to close each."""
        self.lab: Lab | None = None
        """The lab that it was started in."""
        self.accepting: WeakSet[Any] = WeakSet()
        """Contexts that ignore https errors,"""
        self.accepts_all = False
        """and whether the whole browser does, for their service workers."""

    def recorded(self) -> Capture:
        """Raises the reason if there is no recording, or it has ended."""
        if failure := self.failure or (self.capture and self.capture.failure):
            raise failure
        assert self.capture is not None
        return self.capture

    @property
    def is_running(self) -> bool:
        return self.capture is not None and not self.failure and not self.capture.failure and not self.is_lost

    @property
    def is_lost(self) -> bool:
        return self.capture is not None and self.capture.recorder.browser.is_lost


class OwnedContext:
    """A browser context, as the DevTools protocol knows it."""

    def __init__(self, recording: BrowserRecording, context_id: str, maker: Maker) -> None:
        self.recording = recording
        self.context_id = context_id
        self.maker = maker
        self.since: datetime | None = None
        """Since when its events count: a context that is older than the recording has events from before."""
        self.is_used = True
        """False for the default context of a browser that is launched for its contexts: no test uses it."""
        self.closed = False

    @property
    def is_over(self) -> bool:
        return self.closed or self.recording.is_lost

    @property
    def is_gone(self) -> bool:
        """Whether its recorder has also noticed that it has ended."""
        return self.is_over and (
            self.recording.capture is None or self.context_id not in self.recording.capture.recorder.contexts
        )


class Contexts:
    def __init__(self, open_captures: Callable[[], Captures]) -> None:
        self.open_captures = open_captures
        self.opened: Captures | None = None
        self.recordings: WeakKeyDictionary[Any, BrowserRecording] = WeakKeyDictionary()
        """By Playwright browser."""
        self.owned: WeakKeyDictionary[Any, OwnedContext] = WeakKeyDictionary()
        """By Playwright context."""
        self.timeouts: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self.known: dict[str, OwnedContext] = {}
        """By the browser's id of the context."""
        self.test: RunningTest | None = None
        """The one that is running."""
        self.making: list[pytest.FixtureDef[Any]] = []
        """The fixtures of several tests that are being set up, the innermost last."""

    @property
    def captures(self) -> Captures:
        """Opened when they are first needed. Raises StoreError."""
        if self.opened is None:
            self.opened = self.open_captures()
        return self.opened

    @property
    def maker(self) -> Maker:
        """The owner of a context that is made now."""
        return self.making[-1] if self.making else self.test

    def note(self, recording: BrowserRecording, context_ids: Iterable[str]) -> list[OwnedContext]:
        """Note contexts that exist, and return the new ones."""
        new = [OwnedContext(recording, each, self.maker) for each in context_ids if each not in self.known]
        self.known.update({context.context_id: context for context in new})
        return new

    def note_all(self) -> None:
        """Contexts that were not made by one of Playwright's methods are seen once they have a page."""
        for recording in list(self.recordings.values()):
            if recording.capture is not None:
                self.note(recording, recording.capture.recorder.contexts)

    def is_of(self, maker: Maker, test: RunningTest) -> bool:
        """Whether a test is the maker, or uses the fixture that is."""
        return maker is test or (isinstance(maker, pytest.FixtureDef) and maker.argname in test.fixtures)

    def check(self, test: RunningTest) -> None:
        """Raises the reason if a browser of the test is not recorded."""
        for recording in list(self.recordings.values()):
            if recording.failure is not None and self.is_of(recording.maker, test):
                raise recording.failure

    def own(self, test: RunningTest) -> list[OwnedContext]:
        self.note_all()
        return [context for context in list(self.known.values()) if self.is_of(context.maker, test)]

    def checked(self, test: RunningTest) -> list[OwnedContext]:
        """The same. Raises the reason if a browser of the test is not recorded."""
        self.check(test)
        return self.own(test)

    def every(self, test: RunningTest) -> list[OwnedContext]:
        """The contexts of a test, and those that it asked for."""
        return list(dict.fromkeys([*self.own(test), *test.asked]))

    def start(self, test: RunningTest, *, is_concerned: bool) -> None:
        """From now on the test sees events. Its marker also applies to the shared contexts that it uses."""
        self.test = test
        if is_concerned and self.opened is not None:
            self.opened.portal.call(self.mark, test, self.opened)

    async def mark(self, test: RunningTest, captures: Captures) -> None:
        for recording in list(self.recordings.values()):
            if recording.capture is not None and not recording.is_lost:
                await recording.capture.recorder.settle()
        test.after = await captures.store.cursor()
        await self.grant(test, [context for context in self.known.values() if self.is_of(context.maker, test)])

    async def settle(self, capture: Capture, context: OwnedContext | None) -> None:
        """Wait until the events of a context are stored; those of each, where it is unknown which one it is."""
        with trio.move_on_after(SETTLE_DEADLINE):
            await capture.recorder.settle(None if context is None else [context.context_id])

    async def grant(self, test: RunningTest, contexts: Sequence[OwnedContext]) -> None:
        """Set each context's permissions as the test's marker says, once. Raises BrowserError."""
        for context in contexts:
            if context not in test.granted and not context.is_over:
                test.granted.add(context)
                browser = context.recording.recorded().recorder.browser
                try:
                    await test.marker.apply(browser, context.context_id)
                except ContextGoneError:
                    context.closed = True

    async def name(self, contexts: Sequence[OwnedContext]) -> None:
        """In the store, after the test or the fixture that made them."""
        for context in contexts:
            name, capture = name_of(context.maker), context.recording.capture
            if name and capture is not None and capture.failure is None:
                await capture.recorder.name_context(context.context_id, name)

    def end(self) -> None:
        """The test has ended: contexts that it has left open do not belong to a test any more."""
        self.note_all()
        self.known = {each: context for each, context in self.known.items() if not context.is_gone}
        self.test = None
        if self.opened is not None and (offline := [each for each in self.emulations if each.offline]):
            self.opened.portal.call(self.put_online, offline)

    @property
    def emulations(self) -> list[EmulatedNetwork]:
        captures = [recording.capture for recording in list(self.recordings.values()) if not recording.is_lost]
        observations = [capture.recorder.observation for capture in captures if capture is not None]
        return [each.emulation for each in observations if each is not None]

    async def put_online(self, emulations: Sequence[EmulatedNetwork]) -> None:
        """A context that several tests share is online at the beginning of each."""
        for emulation in emulations:
            with suppress(BrowserLostError):
                await emulation.switch(emulation.offline, offline=False)

    def forget_fixture(self, fixture: "pytest.FixtureDef[Any]") -> None:
        """It is torn down: contexts that it has left open do not belong to a test any more."""
        for context in list(self.known.values()):
            if context.maker is fixture:
                context.maker = None


def name_of(maker: Maker) -> str:
    """What people call a context of it."""
    if isinstance(maker, RunningTest):
        return maker.item.name
    return f"fixture {maker.argname}" if maker is not None else ""
