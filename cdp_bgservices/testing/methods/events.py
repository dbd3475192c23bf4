"""Events: wait for them, read them, follow them."""

from collections.abc import Sequence
from typing import Annotated, Unpack

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.store.values import PAGE_SIZE, Committed
from cdp_bgservices.testing.expected import Criteria, Expected, Text, expected
from cdp_bgservices.testing.methods.session import Session, read_mark, write_mark
from cdp_bgservices.testing.methods.table import InContext, Methods, Seen
from cdp_bgservices.testing.scope import Scope
from cdp_bgservices.testing.services import BackgroundServices

methods = Methods()

Limit = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class EventPage(msgspec.Struct, frozen=True):
    events: Sequence[Event]
    next: str | None
    """A mark, ``since`` which there are more; null behind the last one."""


class Subscribed(msgspec.Struct, frozen=True):
    subscription: str
    """Each notification ``event`` has it."""


class SubscribedEvents(msgspec.Struct, frozen=True):
    """The parameters of the notification ``event``."""

    subscription: str
    events: Sequence[Event]
    """In the order in which they were stored."""


@methods
async def mark(test: InContext, name: str | None = None) -> str:
    """A mark after everything that the browser reported before this call, for ``since``.

    ``name``: what the context is called from now on, in the viewer and in reports, such as the test that begins in it.
    """
    if name is not None:
        await name_contexts(test.scope, name)
    return await write_mark(test.scope.store, await test.mark())


async def name_contexts(scope: Scope, name: str) -> None:
    """Raises InvalidInputError where no context is chosen."""
    if scope.contexts is None:
        raise InvalidInputError("mark: a name is that of a context", "Give the context, too.")
    for recorder in scope.recorders:
        for context_id in scope.contexts:
            await recorder.name_context(context_id, name)


methods.of(BackgroundServices.wait_for, Seen, "wait")


@methods
async def events(
    test: Seen,
    service: str | None = None,
    event: Text | None = None,
    limit: Limit = 1000,
    **criteria: Unpack[Criteria],
) -> EventPage:
    """The events that have occurred by now and match, a page of them, oldest first.

    A page is a part of the events in the order in which they were stored. Ask for the next one with ``next`` as
    ``since``, until that is null.
    """
    wanted = expected(service, event, criteria)
    await test.scope.settle()
    await test.scope.wait_learned()
    page = await read_page(test, wanted, limit)
    for doubt in () if page.events else wanted.doubts():
        test.scope.warn(doubt)
    return page


async def read_page(test: BackgroundServices, wanted: Expected, limit: int) -> EventPage:
    store, sees = test.scope.store, test.scope.seeing()
    query, after, last = test.scope.query(wanted.query), test.after, await store.cursor()
    found: list[Event] = []
    size = 0
    while after < last:
        page: Committed = await store.ask(lambda engine, after=after: engine.committed(query, after))  # type: ignore[misc]
        for number, event in page.events:
            if sees(event) and wanted.matches(event):
                found.append(event)
                size += sum(map(len, event.metadata.values()))
                if len(found) == limit or size > PAGE_SIZE:
                    return EventPage(in_time(found), await write_mark(store, number))
        after = page.cursor
        if not page.more:
            break
    return EventPage(in_time(found), None)


def in_time(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.timestamp)


@methods
async def subscribe(
    test: InContext,
    session: Session,
    service: str | None = None,
    event: Text | None = None,
    since: str | None = None,
    **criteria: Unpack[Criteria],
) -> Subscribed:
    """Be notified of events that match as they are stored, from now on or from ``since`` on.

    The notification ``event`` has ``subscription`` and ``events``. A client that reads slowly loses nothing.
    """
    wanted = expected(service, event, criteria)
    store = test.scope.store
    after = await test.mark() if since is None else await read_mark(store, since)
    follower = test.scope.follower(wanted.query, after=after)

    async def follow(name: str) -> None:
        while True:
            page, sees = await follower.next_page(), test.scope.seeing()
            fitting = [await test.complete(event) for event in page if sees(event) and wanted.fits(event)]
            if found := [event for event in fitting if wanted.matches(event)]:
                await session.notify("event", SubscribedEvents(name, found))

    return Subscribed(session.subscribe(follow))


@methods
async def unsubscribe(test: BackgroundServices, session: Session, subscription: str) -> None:
    """End a subscription."""
    session.unsubscribe(subscription)


methods.of(BackgroundServices.errors, Seen)
