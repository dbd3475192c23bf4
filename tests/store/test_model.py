"""Every engine against the model, over random histories: whatever is asked of both, they answer alike."""

import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_bgservices.events import to_microseconds
from cdp_bgservices.notification_details import NOTIFICATION
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.values import SORTS, FactPlace, Numbered
from cdp_bgservices.thrown import THREW, as_detail
from tests.making import NOW, MovedClock, ids
from tests.store.engines import HOMES, ModelHome
from tests.store.making import EVENTS, QUERIES, SERVICES, completed, detail, listed, option_values, thrown

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), EVENTS),
        st.tuples(st.just("throw"), st.integers(0, 3), st.integers(0, 3)),
        st.tuples(st.just("learn"), st.integers(0, 3), st.sampled_from(["notification", "threw", "more\0"])),
        st.tuples(st.just("import"), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([1, 2, 3600, 3 * 86_400 - 2])),
        st.tuples(st.just("clear"), st.sampled_from([(), *((name,) for name in SERVICES)])),
        st.tuples(st.just("remove"), QUERIES),
        st.tuples(st.just("redact"), st.booleans()),
        st.tuples(st.just("keep"), st.sampled_from([1, 2, 3])),
        st.tuples(st.just("prune")),
        st.tuples(st.just("prepare")),
    ),
    max_size=6,
)
FIELDS = ("event_name", "origin", "scope", "source", "browser_context")
BEGIN, SECOND = to_microseconds(NOW) - 5_000_000, 1_000_000


def act(engine: Engine, clock: MovedClock, step: Any) -> object:
    match step:
        case "add", items:
            return engine.add(items)
        case "throw", number, owner:
            return engine.add([completed(owner)], [thrown(number, completed(owner))])
        case "learn", number, key:
            value = [as_detail(thrown(9))] if key == THREW else option_values()
            return engine.add([completed(0)], [detail(completed(number), key, value)])
        case "import", number, bool(has_thrown):
            errors = {THREW: [as_detail(thrown(8))]} if has_thrown else {}
            details = {**errors, NOTIFICATION: option_values(dir="ltr")}
            return engine.add([msgspec.structs.replace(completed(number), details=details)])
        case "clear", services:
            return engine.clear(services)
        case "remove", query:
            return engine.clear_matching(query)
        case "redact", bool(on):
            return engine.set_redaction(on)
        case "keep", int(days):
            return engine.set_retention(timedelta(days=days))
        case ("prune",):
            return engine.prune().events
        case ("prepare",):
            engine.prepare(lambda: None)
    return None


def facts_of(engine: Engine, query: Query, *, by_time: bool) -> tuple[object, ...]:
    place = FactPlace(engine.oldest_kept(), engine.cursor(), (-1, 0) if by_time else None)
    facts, place = engine.facts(query, place)
    return facts, place.position, place.until >= engine.cursor() or by_time


def answers(engine: Engine, query: Query, sort: str, cursor: int, part: tuple[int, int, bool]) -> dict[str, object]:
    """To everything that can be asked. Seqs are in the same order, and not the same."""
    offset, limit, descending = part

    listing = listed(engine, query, sort, cursor)
    rows = engine.page(listing, offset, limit, descending=descending)
    everything = engine.committed(query, cursor)
    return {
        "total": (listing.total, listing.is_all),
        "page": plain(rows),
        "places": [engine.place(listing, row, descending=descending) for row in rows],
        "events until": ids(engine.events(query, until=cursor)),
        "events after": ids(engine.events(query, after=cursor)),
        "newest": ids(engine.events(Query(services=query.services, limit=limit))),
        "details": [event.details for event in engine.events()],
        "committed": plain(engine.committed(query, cursor, limit).events),
        "all committed": (plain(everything.events), everything.cursor == engine.cursor(), everything.more),
        "changed hours": engine.changed_hours(cursor, engine.cursor()),
        "detailed": ids(engine.detailed(query, cursor, engine.cursor())),
        "nearest": plain(engine.nearest(query, NOW - timedelta(seconds=limit % 5), limit)),
        "reach": engine.reach(SERVICES, NOW - timedelta(seconds=2), limit % 4),
        "up to": (found := engine.up_to(query, limit)) and ids(found),
        "count": engine.count(query, limit),
        "values": engine.values(query, FIELDS, 0, cursor),
        "new values": engine.values(query, FIELDS[:1], cursor, engine.cursor()),
        "histogram": engine.histogram(query, BEGIN, SECOND, 7),
        "facts by time": facts_of(engine, query, by_time=True),
        "facts": facts_of(engine, query, by_time=False),
        "thrown": engine.thrown(query),
        "statistics": counts(engine),
    }


def plain(rows: Sequence[Numbered]) -> list[str]:
    return [event.id for _, event in rows]


def counts(engine: Engine) -> object:
    found = engine.statistics()
    return found.events, found.oldest, found.newest, found.retention, found.redacts


@pytest.mark.parametrize("kind", [name for name, home in HOMES.items() if home is not ModelHome])
@settings(max_examples=50, deadline=None)
@given(
    steps=STEPS,
    asked=st.lists(
        st.tuples(
            QUERIES,
            st.sampled_from(list(SORTS)),
            st.tuples(st.integers(0, 14), st.integers(1, 14), st.booleans()),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_an_engine_answers_as_the_model(kind: str, steps: list[Any], asked: list[Any]) -> None:
    clock = MovedClock()
    with TemporaryDirectory() as folder:
        home, modelled = HOMES[kind](Path(folder)), ModelHome(Path(folder))
        modelled.data.prunes_days = home.prunes_days
        with home.open(clock) as engine, modelled.open(clock) as model:
            cursors = [(0, 0)]
            chance = random.Random(len(steps))
            for step in steps:
                if step[0] == "wait":
                    clock.move(timedelta(seconds=step[1]))
                assert act(engine, clock, step) == act(model, clock, step), step
                if modelled.data.redactor:
                    modelled.data.redactor = home.redactor()
                cursors.append((engine.cursor(), model.cursor()))
                query, sort, part = chance.choice(asked)
                cursor = chance.choice(cursors)
                assert answers(engine, query, sort, cursor[0], part) == answers(model, query, sort, cursor[1], part)
            for query, sort, part in asked:
                cursor = cursors[-1]
                assert answers(engine, query, sort, cursor[0], part) == answers(model, query, sort, cursor[1], part)
