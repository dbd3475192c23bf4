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
from cdp_bgservices.events import MICROSECOND, Event
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.related import thrown_after
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.store.values import PAGE
from cdp_bgservices.web.answers import NotFoundError, Row, answer, to_row, while_connected
from cdp_bgservices.web.download import Download
from cdp_bgservices.web.facets import COUNTED, FACETS, Facets
from cdp_bgservices.web.feed import Feed
from cdp_bgservices.web.histograms import Histograms
from cdp_bgservices.web.listings import Listings
from cdp_bgservices.web.live import LiveStream
from cdp_bgservices.web.parameters import Ages, choice, read_listing, read_query, whole
from cdp_bgservices.web.run_numbers import Numbers

MOST_BUCKETS = 2_000
MOST_KNOWN = 20_000
PATIENCE = 3.0
"""Seconds for which a page is waited for, before anything is prepared for it."""
LATEST = 2**53
"""Microseconds since the epoch: the year 2255, and what JavaScript counts exactly."""

CLIENT_LEFT = 499
"""nginx's status for a client that left; it is never sent."""

Answering = Callable[[Request], Awaitable[Response]]


class Api:
    """Each method is a route; what goes wrong is raised, as the package's own errors."""

    def __init__(self, store: Store, feed: Feed, histograms: Histograms) -> None:
        self.store = store
        self.feed = feed
        self.histograms = histograms
        self.listings = Listings(store)
        self.values = Facets(store)
        self.counted = Numbers(store)
        self.begun = trio.Event()
        """Set when the first rows have gone out."""
        self.seqs: dict[str, int] = {}
        """Of the events that pages got last: what is clicked is among them, and need not be looked for."""
        self.ages = Ages(store.clock)

    def routes(self) -> list[Route]:
        return [
            Route("/api/state", cancellable(self.state)),
            Route("/api/events", cancellable(self.events)),
            Route("/api/find", cancellable(self.find)),
            Route("/api/facets", cancellable(self.facets)),
            Route("/api/event/{id}", cancellable(self.event)),
            Route("/api/timeline", cancellable(self.timeline)),
            Route("/api/overview", cancellable(self.overview)),
            Route("/api/numbers", cancellable(self.numbers)),
            Route("/api/coverage", cancellable(self.coverage)),
            Route("/api/live", self.live),
            Route("/api/export", self.export),
        ]

    async def prepare(self) -> None:
        """Prepare what would delay later requests, after the first rows. A request reports the error."""
        with trio.move_on_after(PATIENCE):
            await self.begun.wait()
        with suppress(StoreError):
            await self.store.prepare()

    async def state(self, request: Request) -> Response:
        return answer(await self.feed.state())

    async def events(self, request: Request) -> Response:
        wanted = read_listing(request.query_params, self.ages, await self.store.cursor())
        found, listing = await self.listings.page(wanted)
        rows = [to_row(*each) for each in found]
        self.note(rows)
        self.begun.set()
        about = {"total": listing.total, "is_all": listing.is_all, "reached": listing.reached}
        return answer({"rows": rows, **about, "cursor": wanted.cursor})

    async def find(self, request: Request) -> Response:
        wanted = read_listing(request.query_params, self.ages, await self.store.cursor())
        id_ = request.query_params.get("id", "")
        seq = self.seqs.get(id_, 0)
        found = await self.store.ask(lambda engine: engine.by_id(id_, seq))
        return answer({"offset": found and await self.listings.find(wanted, found)})

    async def facets(self, request: Request) -> Response:
        """``name``: of one filter only, of which ``find`` may be a part of the values."""
        names = choice(request.query_params, "name", ("", *COUNTED))
        find = request.query_params.get("find", "")
        chosen = (names,) if names else tuple(FACETS)
        return answer(await self.values.answer(self.query(request), await self.store.cursor(), chosen, find))

    async def event(self, request: Request) -> Response:
        from cdp_bgservices.web.event_story import story

        id_ = request.path_params["id"]
        seq = self.seqs.get(id_, 0)
        is_whole = bool(whole(request.query_params, "whole", 0, 0, 1))

        def read(engine: Engine) -> dict[str, Any] | None:
            row = engine.by_id(id_, seq)
            if row is None:
                return None
            found = story(engine, row, whole=is_whole)
            rows = [to_row(*each) for each in found.rows]
            near = thrown_after(engine, row[1])
            event = to_row(*row)
            return {"event": event, "story": rows, "standing": found.standing, "whole": found.whole, "near": near}

        found = await self.store.ask(read)
        if found is None:
            raise NotFoundError(f"no event has the id {id_}", "It may be past retention, or have been deleted.")
        self.note(found["story"])
        return answer(found)

    async def timeline(self, request: Request) -> Response:
        from cdp_bgservices.web.timeline_answers import BUCKETS, gaps_and_lanes, strips_of

        query, (begin, end) = self.query(request), stretch(request)
        gaps, found = await self.store.ask(lambda engine: gaps_and_lanes(engine, query, begin, end))
        if found is None:
            found = strips_of(await self.histograms.answer(query, begin, end, BUCKETS), gaps)
        return answer(found)

    async def overview(self, request: Request) -> Response:
        from cdp_bgservices.web.gaps import gaps_between
        from cdp_bgservices.web.timeline_answers import overview_of

        query, (begin, end) = self.query(request), stretch(request)
        buckets = whole(request.query_params, "buckets", 200, 1, MOST_BUCKETS)
        counted = await self.histograms.answer(query, begin, end, buckets)
        gaps = await self.store.ask(lambda engine: gaps_between(engine, query, begin, end))
        return answer(overview_of(counted, gaps))

    async def numbers(self, request: Request) -> Response:
        return answer(await self.counted.answer(self.query(request)))

    async def coverage(self, request: Request) -> Response:
        from cdp_bgservices.web.gaps import coverage_answer

        query = self.query(request)
        return answer(await self.store.ask(lambda engine: coverage_answer(engine, query)))

    async def live(self, request: Request) -> ASGIApp:
        last = await self.store.cursor()
        after = whole(request.query_params, "after", last)
        came_back = request.headers.get("last-event-id", "")
        if came_back.isascii() and came_back.isdigit():
            after = int(came_back[:18])
        return LiveStream(self.feed, self.query(request), min(after, last))

    async def export(self, request: Request) -> ASGIApp:
        return Download(self.store, self.query(request), request.query_params.get("format", ""))

    def query(self, request: Request) -> Query:
        return read_query(request.query_params, self.ages)

    def note(self, rows: Iterable[Row]) -> None:
        self.seqs.update((row.id, row.seq) for row in rows)
        while len(self.seqs) > MOST_KNOWN:
            del self.seqs[next(iter(self.seqs))]

    async def row(self, event: Event) -> Row:
        """Of an event that is stored. Its time finds it sooner than its id."""
        query = Query(services=(event.service,), since=event.timestamp, before=event.timestamp + MICROSECOND)
        rows = await self.store.ask(lambda engine: engine.nearest(query, event.timestamp, PAGE))
        # What is recorded on this machine may not be in a shared store yet.
        return next((to_row(*row) for row in rows if row[1].id == event.id), to_row(0, event))


def cancellable(route: Answering) -> Answering:
    """The same route, cancelled when the client goes away."""

    async def work(request: Request) -> Response:
        async with while_connected(request.receive):
            return await route(request)
        return Response(status_code=CLIENT_LEFT)

    return work


def stretch(request: Request) -> tuple[int, int]:
    """``begin`` and ``end``. Raises InvalidInputError."""
    begin, end = (whole(request.query_params, name, None, -LATEST, LATEST) for name in ("begin", "end"))
    if begin >= end:
        raise InvalidInputError(f"begin={begin} is not before end={end}", "Both are microseconds since the epoch.")
    return begin, end
