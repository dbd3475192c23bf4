"""Listings against a plain model of them: filters, orders, offsets, cursors, and what comes and goes meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_bgservices.events import Event
from cdp_bgservices.failures import GOOD, NEITHER, REASONS, failure_of
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine, open_engine
from cdp_bgservices.store.sqlite import listing
from cdp_bgservices.store.sqlite.distinct_values import Words
from cdp_bgservices.store.sqlite.listing import SORTS, GoneError, Numbered
from cdp_bgservices.store.sqlite.rows import encode_json
from tests.making import NOW, MovedClock, event, events, ids

ORIGINS = ("https://a.example/", "https://b.example/", "http://localhost:8000/")
NAMES = ("Registered sync", "sync event failed", "Übung", "Sync completed")
LETTERS = 'aAbBeEnuU0:,{}"\\/%_\n\tüÜßẞſKKжЖ\0 '
TEXTS = st.text(LETTERS, max_size=6)


def made(number: int, **fields: Any) -> Event:
    """``age`` in seconds."""
    return event(number, age=timedelta(seconds=fields.pop("age")), **fields)


EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "age": st.integers(1, 4),  # Many at the same time.
            "service": st.sampled_from(("backgroundSync", "pushMessaging", "smellMessaging")),
            "event_name": st.sampled_from(NAMES),
            "origin": st.sampled_from(ORIGINS),
            "storage_key": TEXTS,
            "scope": st.none() | TEXTS,
            "instance_id": TEXTS,
            "metadata": st.dictionaries(st.sampled_from(("Status", "Reason", "k")) | TEXTS, TEXTS, max_size=2),
        }
    ),
    max_size=12,
).map(lambda fields: [made(number % 3, **each) for number, each in enumerate(fields)])

QUERIES = st.builds(
    Query,
    services=st.sets(st.sampled_from(("backgroundSync", "pushMessaging", "smellMessaging"))).map(tuple),
    event_names=st.sampled_from(((), (), NAMES[:1], NAMES[1:])),
    origins=st.sampled_from(((), (), ("https://a.example",), ORIGINS)),
    since=st.sampled_from((None, None, NOW - timedelta(seconds=3))),
    before=st.sampled_from((None, None, NOW - timedelta(seconds=1))),
    text=st.just("") | TEXTS,
    failed=st.sampled_from((False, False, True)),
)


def lower(text: str) -> str:
    """Of ASCII only."""
    return text.encode().lower().decode()


def has_text(item: Event, text: str) -> bool:
    fold = lower if text.isascii() else str.casefold
    texts = [item.service, item.event_name, item.origin, item.storage_key, item.scope or "", item.instance_id]
    texts += [item.source, *item.metadata, *item.metadata.values()]
    return any(fold(text) in fold(each) for each in texts)


def takes(query: Query, item: Event) -> bool:
    origins = [origin.rstrip("/") for origin in query.origins]
    return (
        (not query.services or item.service in query.services)
        and (not query.event_names or item.event_name in query.event_names)
        and (not origins or item.origin.rstrip("/") in origins)
        and (query.since is None or item.timestamp >= query.since)
        and (query.before is None or item.timestamp < query.before)
        and (not query.text or has_text(item, query.text))
        and (not query.failed or bool(failure_of(item)))
    )


def expected(database: Engine, query: Query, cursor: int, sort: str, *, descending: bool) -> list[str]:
    """By Python, from what the store has."""
    items, _, more = listing.committed(database, Query(), 0, 10_000)
    assert not more
    wanted = [(seq, item) for seq, item in items if seq <= cursor and takes(query, item)]

    def key(numbered: Numbered) -> tuple[Any, ...]:
        seq, item = numbered
        value = getattr(item, SORTS[sort])
        return (value is not None, value or "" if sort != "time" else value, item.timestamp, seq)

    return ids(item for _, item in sorted(wanted, key=key, reverse=descending))


@contextmanager
def open_some(items: list[Event]) -> Iterator[Engine]:
    with TemporaryDirectory() as folder, open_engine(Path(folder) / "events.db", clock=MovedClock()) as database:
        database.add(items)
        yield database


@settings(max_examples=60, deadline=None)
@given(EVENTS, QUERIES, st.booleans(), st.integers(0, 14), st.integers(0, 14), st.integers(1, 14), st.booleans())
def test_pages_by_time(
    items: list[Event], query: Query, descending: bool, cursor: int, offset: int, limit: int, has_words: bool
) -> None:
    with open_some(items) as database:
        words = Words().extend(database, database.cursor()) if has_words else None
        wanted = expected(database, query, cursor, "time", descending=descending)
        page = listing.page(database, query, cursor, offset, limit, descending=descending, words=words)
        assert ids(item for _, item in page) == wanted[offset : offset + limit]
        assert listing.count(database, query, cursor, words) == len(wanted)
        assert ids(database.events(query, until=cursor)) == expected(database, query, cursor, "time", descending=False)
        for numbered in page[:3]:
            place = listing.offset_of(database, query, cursor, numbered, descending=descending)
            assert place == wanted.index(numbered[1].id)


@settings(max_examples=60, deadline=None)
@given(EVENTS, QUERIES, st.sampled_from(list(SORTS)), st.booleans(), st.integers(0, 14), st.integers(0, 14))
def test_whole_listings_and_what_is_new(
    items: list[Event], query: Query, sort: str, descending: bool, first: int, then: int
) -> None:
    first, then = sorted((first, then))
    with open_some(items) as database:
        found = listing.fill(database, query, sort, first)
        assert read_all(database, found, descending=descending) == expected(
            database, query, first, sort, descending=descending
        )
        found = listing.extend(database, found, then)
        assert read_all(database, found, descending=descending) == expected(
            database, query, then, sort, descending=descending
        )
        assert found == listing.fill(database, query, sort, then)


def read_all(database: Engine, found: listing.Listing, *, descending: bool) -> list[str]:
    """In pages of seven."""
    read: list[str] = []
    for offset in range(0, len(found.seqs), 7):
        seqs = listing.cut(found, offset, 7, descending=descending)
        read += ids(item for _, item in listing.read(database, seqs))
    return read


OLD = ("service", "event_name", "origin", "storage_key", "scope", "instance_id", "source")


def old_containing(text: str) -> tuple[str, list[str]]:
    """As text was looked for before it was made quick: what it means."""
    needle, name = (text.lower(), "lower") if text.isascii() else (text.casefold(), "casefold")
    clauses = [f"instr({name}({column}), ?)" for column in OLD]
    clauses.append(
        f"(instr({name}(metadata), ?) AND EXISTS (SELECT 1 FROM json_each(metadata) "
        f"WHERE instr({name}(key), ?) OR instr({name}(value), ?)))"
    )
    return " OR ".join(clauses), [needle] * 7 + [encode_json(needle).decode()[1:-1], needle, needle]


@settings(max_examples=80, deadline=None)
@given(EVENTS, st.text(LETTERS, min_size=1, max_size=4), st.booleans())
def test_text_means_what_it_meant(items: list[Event], text: str, has_words: bool) -> None:
    with open_some(items) as database:
        sql, values = old_containing(text)
        wanted = {row[0] for row in database.rows(f"SELECT seq FROM events WHERE {sql}", values)}
        words = Words().extend(database, database.cursor()) if has_words else None
        page = listing.page(database, Query(text=text), database.cursor(), 0, 1000, words=words)
        assert {seq for seq, _ in page} == wanted


@pytest.mark.parametrize("text", ["x" * 6000, "\1" * 5000, "ж" * 30_000, "ß" * 20_000, "%" * 5000, "\\" * 5000])
def test_text_may_be_very_long(text: str) -> None:
    long = [event(1, instance_id=f"a{text}b"), event(2, metadata={"k": f"a{text}b"}), event(3)]
    with open_some(long) as database:
        words = Words().extend(database, 3)
        for known in (words, None):
            assert listing.count(database, Query(text=text), 3, known) == 2


KEYS = [*GOOD, *REASONS, "Response Status", 'x"Success', "x,Success", "Status "]
VALUES = [value for good in GOOD.values() for value in good]
VALUES += [*NEITHER, "", "NONE", "No", "200", "404", "1200", "X::Success", "a::b::NONE", ',"Status":"Success"', "Error"]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from((*NAMES, "Request failedly", "an ERROR", "terror", "failed_")),
            st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=4),
        ),
        max_size=20,
    )
)
def test_no_failure_is_lost(told: list[tuple[str, dict[str, str]]]) -> None:
    items = [event(number, event_name=name, metadata=metadata) for number, (name, metadata) in enumerate(told)]
    with open_some(items) as database:
        for words in (None, Words().extend(database, database.cursor())):
            page = listing.page(database, Query(failed=True), database.cursor(), 0, 1000, words=words)
            assert ids(item for _, item in page) == ids(item for item in items if failure_of(item))


def test_a_listing_notices_that_an_event_is_gone(tmp_path: Path) -> None:
    clock = MovedClock()
    with open_engine(tmp_path / "events.db", clock=clock) as database:
        database.add(events(20))
        found = listing.fill(database, Query(), "event", 20)
        clock.move(database.retention - timedelta(hours=1) + timedelta(microseconds=5))
        assert listing.read(database, listing.cut(found, 10, 5))
        with pytest.raises(GoneError):
            listing.read(database, listing.cut(found, 2, 5))
        database.clear()
        database.add([event(100)])
        with pytest.raises(GoneError):
            listing.extend(database, found, database.cursor())


def test_many_new_events_are_not_put_in_one_by_one(tmp_path: Path) -> None:
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add(events(5))
        found = listing.fill(database, Query(), "event", 5)
        database.add(events(1000, source="other"))
        with pytest.raises(GoneError):
            listing.extend(database, found, database.cursor())


def test_very_large_events_make_a_short_page(tmp_path: Path) -> None:
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add([event(number, metadata={"Payload": "x" * 5_000_000}) for number in range(4)])
        seqs = listing.cut(listing.fill(database, Query(), "event", 4), 0, 4)
        for page in (listing.read(database, seqs), listing.page(database, Query(), 4, 0, 4)):
            assert 1 <= len(page) < 4
            assert page[0][1].metadata["Payload"]


def test_too_many_words_are_not_kept(tmp_path: Path) -> None:
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add(events(10))
        words = Words().extend(database, database.cursor())
        assert words
        assert words.texts["event_name"] == {"Registered sync"}
        database.add([event(number, scope=f"https://x.example/{number}") for number in range(100, 6000)])
        assert words.extend(database, database.cursor()) is None


def test_an_event_by_its_id(tmp_path: Path) -> None:
    clock = MovedClock()
    with open_engine(tmp_path / "events.db", clock=clock) as database:
        given_events = events(5)
        database.add(given_events)
        for seq in (0, 1, 3, 99):  # Where it may be, or not.
            found = listing.by_id(database, given_events[2].id, seq)
            assert found
            assert (found[0], found[1].id) == (3, given_events[2].id)
        assert listing.by_id(database, "0" * 32) is None
        assert listing.seqs_of(database, given_events[1:3]) == {given_events[1].id: 2, given_events[2].id: 3}
        clock.move(database.retention)
        assert listing.by_id(database, given_events[2].id) is None
