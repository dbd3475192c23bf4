"""Text and failures are found by SQLite as they are by Python."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_bgservices.events import Event
from cdp_bgservices.failures import GOOD, NEITHER, REASONS, Kind, judge
from cdp_bgservices.query import Query
from cdp_bgservices.store.sqlite.engine import SqliteEngine
from cdp_bgservices.store.sqlite.rows import encode_json
from tests.making import MovedClock, event, events, ids
from tests.store.making import EVENTS, LETTERS, NAMES
from tests.store.sqlite.opening import open_sqlite


@contextmanager
def open_some(items: list[Event]) -> Iterator[SqliteEngine]:
    with TemporaryDirectory() as folder, open_sqlite(Path(folder) / "events.db", MovedClock()) as database:
        database.add(items)
        yield database


def found_by(database: SqliteEngine, query: Query) -> set[int]:
    listing = database.listing(query, "event", database.cursor())
    return {seq for seq, _ in database.page(listing, 0, 1000)}


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
@given(EVENTS, st.text(LETTERS, min_size=1, max_size=4))
def test_text_means_what_it_meant(items: list[Event], text: str) -> None:
    with open_some(items) as database:
        sql, values = old_containing(text)
        wanted = {row[0] for row in database.rows(f"SELECT seq FROM events WHERE {sql}", values)}
        assert found_by(database, Query(text=text)) == wanted


@pytest.mark.parametrize("text", ["x" * 6000, "\1" * 5000, "ж" * 30_000, "ß" * 20_000, "%" * 5000, "\\" * 5000])
def test_text_may_be_very_long(text: str) -> None:
    long = [event(1, instance_id=f"a{text}b"), event(2, metadata={"k": f"a{text}b"}), event(3)]
    with open_some(long) as database:
        assert len(found_by(database, Query(text=text))) == 2


KEYS = [*GOOD, *REASONS, "Response Status", 'x"Success', "x,Success", "Status "]
VALUES = [value for values in GOOD.values() for value in values]
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
def test_no_failure_is_lost(given_fields: list[tuple[str, dict[str, str]]]) -> None:
    items = [event(number, event_name=name, metadata=metadata) for number, (name, metadata) in enumerate(given_fields)]
    with open_some(items) as database:
        found = list(database.events(Query(failed=True)))
        assert ids(found) == ids(item for item in items if judge(item).reason)
        assert ids(found) == ids(item for item in items if judge(item).kind is Kind.FAILED)
        assert len(found_by(database, Query(failed=True))) == len(found)


def test_a_text_in_very_many_kinds() -> None:
    with open_some(events(10)) as database:
        database.add([event(number, scope=f"https://x.example/{number}") for number in range(100, 6000)])
        assert len(found_by(database, Query(text="x.example/42"))) == 110
