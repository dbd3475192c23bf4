"""What recorders of a source are certain of, as the store has it."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from cdp_bgservices.coverage.report import gaps_of
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Coverage, Interval, Series, State, Tail
from cdp_bgservices.store import Account
from tests.making import NOW, MovedClock
from tests.store.engines import HOMES, Home, ModelHome

MINUTE = timedelta(minutes=1)


def interval(begin: float, end: float, state: State = State.LIVE, **fields: str) -> Interval:
    """In minutes after NOW."""
    names = {"context_kind": DEFAULT, "service": "backgroundSync", **fields}
    return Interval(begin=NOW + begin * MINUTE, end=NOW + end * MINUTE, state=state, **names)


def series(seen: float, *, armed: float | None = None, service: str = "backgroundSync") -> Series:
    until = None if armed is None else NOW + armed * MINUTE
    return Series(context_kind=DEFAULT, service=service, seen_until=NOW + seen * MINUTE, armed_until=until)


def tail(registration_id: str, moment: float, **fields: str) -> Tail:
    names = {"service": "backgroundSync", "scope": "http://localhost/", **fields}
    return Tail(registration_id=registration_id, timestamp=NOW + moment * MINUTE, **names)


def test_intervals_grow_and_stand_in_order_of_the_kind_the_service_and_their_begin(home: Home) -> None:
    made = interval(0, 1, context_kind=OTHER, detail="a \0 \\ detail")
    with home.open() as database:
        database.account("shop", Account(intervals=[made, interval(2, 3), interval(0, 1)], series=[series(3)]))
        database.account("shop", Account(intervals=[interval(0, 2), interval(2, 2.5)], series=[series(2)]))
        database.account("kiosk", Account(intervals=[interval(1, 2, State.LAPSED)], series=[]))
        shop = Coverage(source="shop", intervals=[interval(0, 2), interval(2, 3), made], series=[series(3)])
        kiosk = Coverage(source="kiosk", intervals=[interval(1, 2, State.LAPSED)], series=[])
        assert database.coverage() == [kiosk, shop]
        assert database.coverage(["shop"]) == [shop]
        assert database.coverage(["kiosk", "none"]) == [kiosk]


@pytest.mark.parametrize("kind", [name for name, home in HOMES.items() if home is not ModelHome])
def test_an_account_that_is_made_while_coverage_is_read_leaves_none_of_its_time_out(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, numbers = HOMES[kind](tmp_path), count(1)
    with home.open() as recorder, home.open() as database:
        rows = database.rows  # type: ignore[attr-defined]

        def rows_and_account(sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
            found: list[tuple[object, ...]] = rows(sql, values)
            until = next(numbers) / 60
            recorder.account("shop", Account(intervals=[interval(0, until)], series=[series(until, armed=90)]))
            return found

        monkeypatch.setattr(database, "rows", rows_and_account)
        for _ in range(2):
            coverage = database.coverage()
            assert gaps_of(coverage, NOW, NOW + MINUTE) == []
        assert [each.source for each in coverage] == ["shop"]


def test_intervals_that_ended_before_the_oldest_event_are_left_out(home: Home) -> None:
    clock = MovedClock()
    with home.open(clock) as database:
        database.account("shop", Account(intervals=[interval(0, 1), interval(1, 9)], series=[series(9)]))
        clock.move(timedelta(days=3) + 5 * MINUTE)
        assert database.coverage() == [Coverage(source="shop", intervals=[interval(1, 9)], series=[series(9)])]


def test_the_next_recorder_finds_series_and_tails(home: Home) -> None:
    with home.open() as database:
        notifications = series(1, armed=9, service="notifications")
        tails = [tail("1", 1), tail("2", 1), tail("1", 1, service="notifications")]
        database.account("shop", Account(intervals=[], series=[series(2), notifications], tails=tails))
        database.account("other", Account(intervals=[], series=[], tails=[tail("1", 5)]))
        database.account("shop", Account(intervals=[], series=[series(1, armed=5)], tails=[tail("2", 3)]))
        known = database.known("shop")
        assert known.series == [series(2), notifications]
        assert sorted(known.tails, key=str) == sorted([tail("1", 1), tail("2", 3), tails[2]], key=str)
        database.account("shop", Account(intervals=[], series=[], gone=["1"]))
        assert database.known("shop").tails == [tail("2", 3)]
        assert database.known("other").tails == [tail("1", 5)]
