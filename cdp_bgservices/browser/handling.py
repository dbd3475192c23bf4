"""What a worker's handler did with an event: whether there is one, and what it threw.

Chromium logs ``Success`` for a handler that throws before it calls ``waitUntil``, and where there is none. The worker's
own DevTools session knows better: ``getEventListeners`` of the command line API counts the handlers, and
``Runtime.exceptionThrown`` reports what is thrown; ``Runtime.enable`` first repeats what was thrown since the worker
started, and only then answers (v8/src/inspector/v8-runtime-agent-impl.cc).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

import msgspec
import trio
from cdp import runtime

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.browser.observer import Observer
from cdp_bgservices.browser.opening import note_all, note_each, open_session
from cdp_bgservices.browser.subscriptions import running_target
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol.messages import Message, decode_params
from cdp_bgservices.protocol.registrations import ExceptionThrown, WorkerError, error_of
from cdp_bgservices.protocol.workers import Worker
from cdp_bgservices.tasks import open_tasks

LIMIT = 1.0
"""Seconds for a worker to answer. A worker that computes, or is paused in a debugger, does not answer."""

MARGIN = 0.1
"""Seconds by which Chromium may log a dispatch too late. What was thrown earlier belongs to another event."""

NEXT_TASK = "new Promise(resolve => setTimeout(resolve))"
"""Settled after the tasks that are queued in the worker now: an unhandled rejection is reported in its own task."""


class Handling(msgspec.Struct, frozen=True):
    """What a worker did with an event."""

    has_handler: bool | None
    """None if the worker could not be asked."""
    errors: tuple[WorkerError, ...]
    """What the worker threw from the trigger on, oldest first."""


class HandlerWatch:
    """Made by :func:`watch_handler`."""

    def __init__(self, observer: Observer, worker: Worker, event_type: str, tasks: trio.Nursery) -> None:
        self.observer = observer
        self.worker = worker
        self.event_type = event_type
        self.tasks = tasks
        self.session: Session | None = None
        self.thrown: list[ExceptionThrown] = []
        self.known = observer.registrations.errors
        """What the browser reported before the watch."""
        self.changed = trio.Event()

    @property
    def errors(self) -> tuple[WorkerError, ...]:
        """What the worker threw since the watch began. If the worker cannot be asked, what the browser reports."""
        if self.session is not None:  # The browser's own report of an earlier event may be late.
            return tuple(error_of(each.exception_details, self.worker.registration_id) for each in self.thrown)
        return tuple(
            error
            for error in self.observer.registrations.errors
            if error.registration_id == self.worker.registration_id and not any(error is known for known in self.known)
        )

    async def begin(self) -> None:
        """Set aside what a running worker threw before."""
        with trio.move_on_after(LIMIT), suppress(CommandError, BrowserLostError):
            if (target := running_target(self.observer.registrations, self.worker)) is not None:
                await self.attach(target)
                assert self.session is not None
                await self.wait_tasks(self.session)
        self.thrown.clear()

    async def look(self, dispatched: datetime, linger: float) -> Handling:
        """What is known about the handler, after the event was dispatched at this time of the browser's clock.

        It includes what the handler throws at once. ``linger``: seconds in which it may still throw.
        """
        has_handler = None
        with trio.move_on_after(LIMIT), suppress(CommandError, BrowserLostError):
            if self.session is None or self.session.ended.is_set():
                await self.attach(await self.wait_running())
                self.thrown = [
                    thrown for thrown in self.thrown if thrown.timestamp / 1000 > dispatched.timestamp() - MARGIN
                ]
            assert self.session is not None
            has_handler = await ask_handler(self.session, self.event_type)
            await self.wait_tasks(self.session)
        with trio.move_on_after(0.0 if has_handler is False else linger):
            while not self.errors:
                await self.changed.wait()
        return Handling(has_handler, self.errors)

    async def wait_running(self) -> str:
        """The target of a worker that runs or starts. Raises BrowserLostError where it cannot be attached to."""
        while (target := running_target(self.observer.registrations, self.worker)) is None:
            version = self.observer.registrations.versions.get(self.worker.version_id)
            if version is None or version.running_status == "running" or self.observer.over.is_set():
                raise BrowserLostError("the worker has no target")
            await self.observer.reception.progress.wait()
        return target

    async def attach(self, target: str) -> None:
        """Raises CommandError, BrowserLostError."""
        session = await self.observer.browser.attach(target)
        session.listen()
        self.tasks.start_soon(note_each, session, self.note)
        self.session = session
        await session.call(runtime.enable())
        note_all(session, session.take(), self.note)

    def note(self, message: Message) -> None:
        if message.method == "Runtime.exceptionThrown":
            self.thrown.append(decode_params(message.params, ExceptionThrown))
            self.changed.set()

    async def wait_tasks(self, session: Session) -> None:
        """Wait until everything that the worker has thrown is reported. Raises CommandError, BrowserLostError."""
        await session.call(runtime.evaluate(NEXT_TASK, await_promise=True, silent=True))
        note_all(session, session.take(), self.note)

    async def end(self) -> None:
        if self.session is not None:
            await self.observer.browser.detach(self.session)


@asynccontextmanager
async def watch_handler(observer: Observer, worker: Worker, event_type: str) -> AsyncIterator[HandlerWatch]:
    """Watch what a worker does with an event of this type, from before it is dispatched to the end of the body."""
    async with open_tasks() as tasks:
        watch = HandlerWatch(observer, worker, event_type, tasks)
        await watch.begin()
        try:
            yield watch
        finally:
            await watch.end()


async def ask_handler(session: Session, event_type: str) -> bool | None:
    """Whether the worker of this session handles events of a type; None if that is unknown.

    Raises CommandError, BrowserLostError.
    """
    # A worker may define a function with this name, which hides the console's.
    is_ours = "String(getEventListeners).includes('[Command Line API]')"
    expression = f"{is_ours} ? getEventListeners(self)[{event_type!r}]?.length ?? 0 : null"
    asked = runtime.evaluate(expression, include_command_line_api=True, silent=True, return_by_value=True)
    answer, _ = await session.call(asked)
    return answer.value > 0 if isinstance(answer.value, int) else None


async def has_handler(observer: Observer, worker: Worker, event_type: str) -> bool | None:
    """The same for a running worker; None if it cannot be asked."""
    target = running_target(observer.registrations, worker)
    if target is None:
        return None
    with trio.move_on_after(LIMIT), suppress(CommandError, BrowserLostError):
        async with open_session(observer.browser, target) as session:
            return await ask_handler(session, event_type)
    return None
