"""The viewer over a shared store: what takes seconds comes in parts, with its share, and adds up."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trio

from cdp_bgservices.coverage.values import DEFAULT, Series
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.failures import judge
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.values import HOUR, Account
from cdp_bgservices.web.facets import FACETS
from cdp_bgservices.web.server import serve_store
from tests.making import NOW, MovedClock, event
from tests.postgresql import Database, databases
from tests.store.engines import Home, PostgresHome
from tests.web.asking import Client, ask
from tests.web.test_live import listen, wait_for

HOURS = (1, 2, 3, 30, 50, 71)
BEGIN, END = to_microseconds(NOW - timedelta(days=3)), to_microseconds(NOW)
MINUTE = 60_000_000
ACCOUNT = Account(
    intervals=[],
    series=[Series(context_kind=DEFAULT, service="backgroundSync", seen_until=NOW, armed_until=NOW, is_over=True)],
)


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any engine is a shared one here; each answer has one hour more."""
    monkeypatch.setattr("cdp_bgservices.web.hours.SLICE", 0)
    monkeypatch.setattr(Engine, "is_shared", True)


def fill(engine: Engine) -> None:
    """Of each hour as many as its number among them."""
    engine.add(
        [
            event(
                number,
                age=timedelta(hours=hours),
                source=f"runner {hours}",
                service="backgroundSync" if number % 2 else "pushMessaging",
                event_name="Sync completed",
                metadata={"Status": "waitUntil rejected"} if number % 3 == 0 else {},
            )
            for place, hours in enumerate(HOURS)
            for number in range(place * 100, place * 100 + place + 1)
        ]
    )


@asynccontextmanager
async def open_shared(home: Home, clock: MovedClock) -> AsyncIterator[Client]:
    async with home.open_store(clock) as store, serve_store(store) as viewer, ask(viewer) as client:
        yield client


async def until_counted(client: Client, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """All answers until one has all."""
    answers = [await client.get(path, **parameters)]
    while answers[-1]["share"] < 1:
        answers.append(await client.get(path, **parameters))
    return answers


async def test_counts_come_in_parts_and_add_up(home: Home, clock: MovedClock) -> None:
    with home.open(clock) as engine:
        fill(engine)
        async with open_shared(home, clock) as client:
            states = await until_counted(client, "state")
            counts = {each["name"]: each["events"] for each in states[-1]["services"] if each["events"]}
            assert counts == engine.statistics().events
            assert [sum(each["events"] for each in state["services"]) for state in states][-2:] == [15, 21]
            assert states[-1]["store"]["oldest"] == "2026-11-18T13:00:00.123957Z"
            assert states[-1]["store"]["newest"] == "2026-11-21T11:00:00.123457Z"

            facets = await until_counted(client, "facets", name="source")
            assert [len(answer["source"]) for answer in facets] == [1, 2, 3, 4, 5, 6]
            assert facets[0]["source"] == [["runner 1", 1]]
            assert dict(facets[-1]["source"]) == engine.values(Query(), ["source"], 0, engine.cursor())["source"]
            assert set((await until_counted(client, "facets", failed=1))[-1]) == {*FACETS, "share", "left_out"}


@pytest.mark.parametrize("filters", [{}, {"failed": 1}, {"service": "backgroundSync", "since": "40h"}])
async def test_the_strip_comes_in_parts_and_adds_up(home: Home, clock: MovedClock, filters: dict[str, Any]) -> None:
    """Its buckets are whole minutes."""
    with home.open(clock) as engine:
        fill(engine)
        async with open_shared(home, clock) as client:
            span = {"begin": BEGIN + 12_345, "end": END, "buckets": 37}
            answers = await until_counted(client, "overview", **span, **filters)
            last = answers[-1]
            assert (last["begin"] % MINUTE, last["width"] % MINUTE) == (0, 0)
            query = Query(
                services=tuple(filter(None, [filters.get("service")])),
                failed="failed" in filters,
                since=NOW - timedelta(hours=40) if "since" in filters else None,
            )
            counts, failed = engine.histogram(query, last["begin"], last["width"], len(last["failed"]))
            assert last["counts"] == counts
            assert last["failed"] == [sum(column) for column in zip(*failed.values(), strict=True)]
            assert len(answers) >= (4 if "since" in filters else 5)  # The viewer may have begun with all.


async def test_a_short_time_is_counted_at_once(home: Home, clock: MovedClock) -> None:
    with home.open(clock) as engine:
        fill(engine)
        async with open_shared(home, clock) as client:
            begin = to_microseconds(NOW - timedelta(hours=2, minutes=30))
            answer = await client.get("overview", begin=begin, end=begin + 3_600_000_000, buckets=7)
            assert (answer["share"], answer["begin"], sum(map(sum, answer["counts"].values()))) == (1, begin, 2)


async def test_the_strips_of_a_timeline_come_in_parts(
    home: Home, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdp_bgservices.web.timeline_answers.MOST_EVENTS", 20)
    with home.open(clock) as engine:
        fill(engine)
        async with open_shared(home, clock) as client:
            answers = await until_counted(client, "timeline", begin=BEGIN, end=END)
            assert [answer["events"] for answer in answers][-4:] == [6, 10, 15, 21]
            assert not answers[-1]["complete"]


async def test_gaps_of_very_many_sources_are_left_out(
    home: Home, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdp_bgservices.web.gaps.MOST_SOURCES", 2)
    with home.open(clock) as engine:
        for number in range(3):
            engine.account(f"runner {number}", ACCOUNT)
        async with open_shared(home, clock) as client:
            assert await client.get("coverage") == {"gaps": [], "spans": [], "left_out": 3}
            some = {"source": ["runner 0", "runner 2"]}
            answer = await client.get("coverage", **some)
            assert ({gap["source"] for gap in answer["gaps"]}, answer["left_out"]) == ({*some["source"]}, 0)
            span = {"begin": BEGIN, "end": END}
            for path in ("overview", "timeline"):
                everything = await client.get(path, **span)
                assert (everything["gaps"], everything["left_out"]) == ([], 3)
                answer = await client.get(path, **span, **some)
                assert ({gap["source"] for gap in answer["gaps"]}, answer["left_out"]) == ({*some["source"]}, 0)


async def test_the_state_goes_on_by_itself_and_follows(
    home: Home, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes late, too, for an hour long past."""
    monkeypatch.setattr("cdp_bgservices.web.feed.SHARED_STATE", 0.01)

    async def wait_counted(events: int) -> dict[str, Any]:
        while True:
            state: dict[str, Any] = (await wait_for(received, "state")).data
            if state["share"] == 1 and sum(each["events"] for each in state["services"]) == events:
                return state

    with home.open(clock) as engine:
        fill(engine)
        with trio.fail_after(60):
            async with open_shared(home, clock) as client, trio.open_nursery() as nursery:
                received = await listen(client, nursery)
                await wait_counted(21)
                engine.add([event(9_000, age=timedelta(hours=60)), event(9_001, age=timedelta(minutes=1))])
                await wait_counted(23)
                engine.clear(["pushMessaging"])
                await wait_counted(engine.statistics().events["backgroundSync"])
                nursery.cancel_scope.cancel()


@contextmanager
def closed(database: Database) -> Iterator[None]:
    """As while its server starts again: the connections that were open end, and it takes no others."""
    import psycopg

    with psycopg.connect(databases().server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false")
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s AND pid <> %s",
                [database.name, database.owner.info.backend_pid],
            )
            yield
        finally:
            connection.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS true")


async def test_a_page_hears_that_the_store_does_not_answer_and_that_it_does(tmp_path: Path) -> None:
    home = PostgresHome(tmp_path)
    with trio.fail_after(60), home.open() as engine:
        async with open_shared(home, MovedClock()) as client, trio.open_nursery() as nursery:
            received = await listen(client, nursery)
            await wait_for(received, "state")
            with closed(home.shared):
                assert home.shared.name in (await wait_for(received, "trouble")).data["error"]
                assert home.shared.name in (await client.refused("events"))[1]
            while trouble := (await wait_for(received, "trouble")).data:
                assert home.shared.name in trouble["error"]  # The same in other words, while it is closed.
            engine.add([event(1)])
            assert len((await wait_for(received, "rows")).data["rows"]) == 1
            assert (await client.get("events"))["total"] == 1
            nursery.cancel_scope.cancel()


async def test_a_listing_has_the_newest_of_very_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdp_bgservices.store.postgresql.listings.MOST", 12)
    home, clock = PostgresHome(tmp_path), MovedClock()
    with home.open(clock) as engine:
        fill(engine)
        newest = sorted(engine.events(), key=lambda each: each.timestamp)[-12:]
        async with open_shared(home, clock) as client:
            for parameters in ({}, {"sort": "instance"}):
                answer = await client.get("events", **parameters)
                assert {row["id"] for row in answer["rows"]} == {each.id for each in newest}
                assert (answer["total"], answer["is_all"], answer["reached"]) == (12, False, None)
            last = await client.get("events", order="desc", limit=1)
            assert last["rows"][0]["id"] == newest[-1].id
            some = await client.get("events", failed=1, limit=1)
            assert (some["total"], some["is_all"]) == (sum(bool(judge(each).reason) for each in engine.events()), True)


async def test_a_listing_goes_on_looking_when_it_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time an hour further back, until it has all."""
    monkeypatch.setattr("cdp_bgservices.store.postgresql.listings.SLICE", 0.001)
    monkeypatch.setattr("cdp_bgservices.store.postgresql.listings.LONGER", 1)
    monkeypatch.setattr("cdp_bgservices.store.postgresql.listings.AT_ONCE", 0.001)
    monkeypatch.setattr("cdp_bgservices.store.postgresql.listings.SHORT", HOUR)
    home, clock = PostgresHome(tmp_path), MovedClock()
    with trio.fail_after(60), home.open(clock) as engine:
        fill(engine)
        async with open_shared(home, clock) as client:
            answers = [await client.get("events")]
            while answers[-1]["reached"] is not None:
                answers.append(await client.get("events", cursor=answers[0]["cursor"]))
            totals = [answer["total"] for answer in answers]
            assert (totals[0] < 21, totals[-1], totals) == (True, 21, sorted(totals))
            assert [answer["is_all"] for answer in answers] == [False] * (len(answers) - 1) + [True]
            reached = [answer["reached"] for answer in answers[:-1]]
            assert reached == sorted(reached, reverse=True)


async def test_what_commits_late_is_in_the_table_and_in_every_count(tmp_path: Path) -> None:
    """Its transaction began before another one that has ended: neither is shown until both have."""
    home, clock = PostgresHome(tmp_path), MovedClock()
    from cdp_bgservices.store.postgresql.engine import PostgresEngine

    async def counted() -> set[int]:
        state = (await until_counted(client, "state"))[-1]
        facets = (await until_counted(client, "facets", name="source"))[-1]
        overview = (await until_counted(client, "overview", begin=BEGIN, end=END))[-1]
        return {
            (await client.get("events"))["total"],
            sum(each["events"] for each in state["services"]),
            sum(number for _, number in facets["source"]),
            sum(map(sum, overview["counts"].values())),
        }

    with home.open(clock) as slow, home.open(clock) as quick:
        assert isinstance(slow, PostgresEngine)
        fill(quick)
        async with open_shared(home, clock) as client:
            assert await counted() == {21}
            with slow.transaction():
                slow.add([event(9_000, age=timedelta(hours=60))])
                quick.add([event(9_001, age=timedelta(minutes=1))])
                assert await counted() == {21}
            assert await counted() == {23}
