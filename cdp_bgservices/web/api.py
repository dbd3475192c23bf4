"""The questions that a store answers by itself."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

import trio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cdp_bgservices.errors import InvalidInputError, StoreError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.sqlite import listing
from cdp_bgservices.store.sqlite.distinct_values import Words
from cdp_bgservices.web.answers import NotFoundError, Row, answer, to_row
from cdp_bgservices.web.disconnect import while_connected
from cdp_bgservices.web.download import Download
from cdp_bgservices.web.facets import Facets
from cdp_bgservices.web.feed import Feed
from cdp_bgservices.web.listings import Listings
from cdp_bgservices.web.live import LiveStream
from cdp_bgservices.web.parameters import Ages, read_listing, read_query, whole
from cdp_bgservices.web.readers import Readers
from cdp_bgservices.web.run_numbers import Numbers

MOST_BUCKETS = 2_000
MOST_KNOWN = 20_000
PATIENCE = 3.0
"""Seconds for which a page is waited for, before anything is prepared for it."""
LATEST = 2**53
"""Microseconds since the epoch: the year 2255, and what JavaScript counts exactly."""

NOBODY = 499
"""A status that nobody sees: nginx has it for a client that left."""

Answering = Callable[[Request], Awaitable[Response]]


class Api:
    """Each method is a route; what goes wrong is raised, as the package's own errors."""

    def __init__(self, readers: Readers, feed: Feed) -> None:
        self.readers = readers
        self.feed = feed
        self.listings = Listings(readers, feed.census)
        self.values = Facets(readers, feed.census)
        self.counted = Numbers(readers, feed.census)
        self.begun = trio.Event()
        """Set when the first rows have gone out."""
        self.seqs = Seqs()
        self.ages = Ages(readers.clock)

    def routes(self) -> list[Route]:
        return [
            Route("/api/state", given_up(self.state)),
            Route("/api/events", given_up(self.events)),
            Route("/api/find", given_up(self.find)),
            Route("/api/facets", given_up(self.facets)),
            Route("/api/event/{id}", given_up(self.event)),
            Route("/api/timeline", given_up(self.timeline)),
            Route("/api/overview", given_up(self.overview)),
            Route("/api/numbers", given_up(self.numbers)),
            Route("/api/coverage", given_up(self.coverage)),
            Route("/api/live", self.live),
            Route("/api/export", self.export),
        ]

    async def prepare(self) -> None:
        """What would have to be waited for later, behind the first rows; an error is told to whoever asks."""
        from cdp_bgservices.web.failure_times import failure_times

        with trio.move_on_after(PATIENCE):
            await self.begun.wait()
        with suppress(StoreError):
            await self.readers.run(lambda database: failure_times(database, self.readers.wait_quiet))
            cursor = await self.cursor()
            await self.listings.vocabulary.until(cursor)
            await self.values.answer(Query(), cursor, None)

    async def state(self, request: Request) -> Response:
        return answer(await self.feed.state())

    async def events(self, request: Request) -> Response:
        asked = read_listing(request.query_params, self.ages, await self.cursor())
        page = await self.listings.page(asked)
        rows = [to_row(seq, event) for seq, event in page.rows]
        self.seqs.note(rows)
        self.begun.set()
        return answer({"rows": rows, "total": page.total, "cursor": asked.cursor})

    async def find(self, request: Request) -> Response:
        asked = read_listing(request.query_params, self.ages, await self.cursor())
        id_ = request.query_params.get("id", "")
        seq = self.seqs.of(id_)
        found = await self.readers.run(lambda database: listing.by_id(database, id_, seq))
        return answer({"offset": found and await self.listings.find(asked, found)})

    async def facets(self, request: Request) -> Response:
        query, cursor = await self.query(request), await self.cursor()
        words = await self.words(query, cursor)
        return answer(await self.values.answer(query, cursor, words))

    async def event(self, request: Request) -> Response:
        from cdp_bgservices.web.event_story import story

        id_ = request.path_params["id"]
        seq = self.seqs.of(id_)
        is_whole = bool(whole(request.query_params, "whole", 0, 0, 1))

        def read(database: Engine) -> tuple[listing.Numbered | None, Any, Any]:
            found = listing.by_id(database, id_, seq)
            if found is None:
                return None, None, None
            return found, story(database, found[1], whole=is_whole), database.thrown_after(found[1])

        found, told, near = await self.readers.run(read)
        if found is None:
            raise NotFoundError(f"no event has the id {id_}", "It may be past retention, or have been deleted.")
        rows = await self.rows(told.events)
        self.seqs.note(rows)
        return answer({"event": to_row(*found), "story": rows, "whole": told.whole, "near": near})

    async def timeline(self, request: Request) -> Response:
        from cdp_bgservices.web.timeline_answers import timeline

        begin, end = stretch(request)
        return await self.shaped(request, lambda database, query, words: timeline(database, query, begin, end, words))

    async def overview(self, request: Request) -> Response:
        from cdp_bgservices.web.timeline_answers import overview

        begin, end = stretch(request)
        buckets = whole(request.query_params, "buckets", 200, 1, MOST_BUCKETS)
        return await self.shaped(
            request, lambda database, query, words: overview(database, query, begin, end, buckets, words)
        )

    async def numbers(self, request: Request) -> Response:
        query = await self.query(request)
        return answer(await self.counted.answer(query, await self.words(query, await self.cursor())))

    async def coverage(self, request: Request) -> Response:
        from cdp_bgservices.web.completeness import completeness

        return answer(await self.readers.run(completeness))

    async def live(self, request: Request) -> ASGIApp:
        last = await self.cursor()
        after = whole(request.query_params, "after", last)
        came_back = request.headers.get("last-event-id", "")
        if came_back.isascii() and came_back.isdigit():
            after = int(came_back[:18])
        return LiveStream(self.feed, await self.query(request), min(after, last))

    async def export(self, request: Request) -> ASGIApp:
        return Download(self.readers, await self.query(request), request.query_params.get("format", ""))

    async def shaped(self, request: Request, shape: Callable[[Engine, Query, Words | None], Any]) -> Response:
        query = await self.query(request)
        words = await self.words(query, await self.cursor())
        return answer(await self.readers.run(lambda database: shape(database, query, words)))

    async def words(self, query: Query, cursor: int) -> Words | None:
        """Only where they make it quicker."""
        return await self.listings.vocabulary.until(cursor) if query.text or query.failed else None

    async def query(self, request: Request) -> Query:
        return read_query(request.query_params, self.ages)

    async def cursor(self) -> int:
        return await self.readers.run(Engine.cursor)

    async def row(self, event: Event) -> Row:
        """Of an event that is stored."""
        return (await self.rows([event]))[0]

    async def rows(self, events: list[Event]) -> list[Row]:
        """Of those that are stored, in their order."""
        seqs = await self.readers.run(lambda database: listing.seqs_of(database, events))
        return [to_row(seqs[event.id], event) for event in events if event.id in seqs]


class Seqs:
    """Where the events are that pages got last: what is clicked is among them, and need not be looked for."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def note(self, rows: Iterable[Row]) -> None:
        self.known.update((row.id, row.seq) for row in rows)
        while len(self.known) > MOST_KNOWN:
            del self.known[next(iter(self.known))]

    def of(self, id_: str) -> int:
        """0, which no event has, where it is not known."""
        return self.known.get(id_, 0)


def given_up(route: Answering) -> Answering:
    """The same, until whoever asked goes away."""

    async def work(request: Request) -> Response:
        async with while_connected(request.receive):
            return await route(request)
        return Response(status_code=NOBODY)

    return work


def stretch(request: Request) -> tuple[int, int]:
    """``begin`` and ``end``. Raises InvalidInputError."""
    begin, end = (whole(request.query_params, name, None, -LATEST, LATEST) for name in ("begin", "end"))
    if begin >= end:
        raise InvalidInputError(f"begin={begin} is not before end={end}", "Both are microseconds since the epoch.")
    return begin, end
