"""Ordinary questions find their events through an index, and only in the days that they are about."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.query import Query
from cdp_bgservices.store.location import PostgresLocation, resolve_location
from cdp_bgservices.store.postgresql.connecting import Row
from cdp_bgservices.store.postgresql.database import StoreClock
from cdp_bgservices.store.postgresql.engine import PostgresEngine
from cdp_bgservices.store.values import EVERYTHING, HOUR
from tests.making import NOW, MovedClock, event
from tests.store.engines import PostgresHome
from tests.store.making import listed

COUNT = 12_000
"""Events, over three days: enough that PostgreSQL reads no table as a whole to find a few."""
TODAY = f"events_{NOW:%Y%m%d}"


class ExplainingEngine(PostgresEngine):
    """It keeps the plans of what it is asked."""

    def ask(self, sql: str, values: Sequence[object]) -> list[Row]:
        if "bgservices.events" in sql and sql.lstrip().startswith(("SELECT", "WITH")):
            plan = self.connection.execute(f"EXPLAIN {sql}", values, binary=False).fetchall()
            self.plans.append("\n".join(row[0] for row in plan))
        return super().ask(sql, values)

    plans: list[str]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExplainingEngine]:
    home = PostgresHome(tmp_path_factory.mktemp("plans"))
    home.shared.set_clock(NOW)
    place = resolve_location(home.shared.url)
    assert isinstance(place, PostgresLocation)
    ExplainingEngine.plans = []
    engine = ExplainingEngine(place, StoreClock(MovedClock()))
    try:
        first = to_microseconds(NOW) - 70 * HOUR
        engine.add(
            [
                event(
                    timestamp=first + number * 70 * HOUR // COUNT,
                    source=f"runner-{number % 50}",
                    service=("backgroundSync", "pushMessaging")[number % 2],
                    event_name=("Registered sync", "Sync event failed")[number % 10 == 0],
                    instance_id=f"tag-{number // 4}",
                )
                for number in range(COUNT)
            ]
        )
        home.shared.owner.execute("ANALYZE")
        yield engine
    finally:
        engine.close()


LAST_HOUR = Query(since=NOW - timedelta(hours=1))
ASKED: dict[str, tuple[Callable[[PostgresEngine], object], set[str] | None]] = {
    "newest": (lambda engine: list(engine.events(Query(limit=100))), None),
    "newest of a service": (lambda engine: list(engine.events(Query(services=("pushMessaging",), limit=100))), None),
    "newest of a source": (lambda engine: list(engine.events(Query(sources=("runner-7",), limit=100))), None),
    "newest of a time": (lambda engine: list(engine.events(Query(limit=100, since=LAST_HOUR.since))), {TODAY}),
    "all of an hour": (lambda engine: list(engine.events(LAST_HOUR)), {TODAY}),
    "nothing new": (lambda engine: engine.committed(EVERYTHING, engine.cursor()), None),
    "the first page of a listing": (lambda engine: first_page(engine), None),
    "a story": (lambda engine: story(engine), {TODAY}),
    "how far to look": (lambda engine: engine.reach(("pushMessaging",), NOW, 100), None),
    "values of an hour": (lambda engine: engine.values(LAST_HOUR, ("origin", "source"), 0, engine.cursor()), {TODAY}),
    "a histogram of an hour": (
        lambda engine: engine.histogram(LAST_HOUR, to_microseconds(NOW) - HOUR, 60_000_000, 60),
        {TODAY},
    ),
    "changed hours": (lambda engine: engine.changed_hours(engine.cursor() - 4096, engine.cursor()), None),
}


def first_page(engine: PostgresEngine) -> object:
    return engine.page(listed(engine, LAST_HOUR, "time", engine.cursor()), 0, 50, descending=True)


def story(engine: PostgresEngine) -> object:
    moment = NOW - timedelta(hours=1)
    since, before = moment - timedelta(minutes=10), moment + timedelta(minutes=10)
    return engine.nearest(
        Query(services=("backgroundSync",), sources=("runner-0",), since=since, before=before), moment, 100
    )


@pytest.mark.parametrize("name", ASKED)
def test_an_index_leads_to_them(engine: ExplainingEngine, name: str) -> None:
    ask, days = ASKED[name]
    engine.plans.clear()
    ask(engine)
    assert engine.plans
    for plan in engine.plans:
        assert not {day for day in re.findall(r"Seq Scan on (events_\d{8})", plan) if day <= TODAY}, plan
        # Those to come are empty.
        assert days is None or {day for day in re.findall(r" on (events_\d{8})", plan) if day <= TODAY} <= days, plan


def test_the_plans_of_a_search_are_seen(engine: ExplainingEngine) -> None:
    """No index has the origin: this is what the other tests would notice."""
    engine.plans.clear()
    assert list(engine.events(Query(origins=("https://nowhere.example",), text="x"))) == []
    assert any("Seq Scan on events" in plan for plan in engine.plans)
