"""Which recorders are at work, as the store has it."""

from datetime import timedelta

import pytest

from cdp_bgservices.coverage.values import DEFAULT, Coverage, Series, State
from cdp_bgservices.store import Account
from cdp_bgservices.store.presence import Presence, doubles
from tests.making import NOW, MovedClock
from tests.store.engines import Home

MINUTE = timedelta(minutes=1)


def presence(run: str = "one", *, since: float = 0, seen: float = 0, **fields: object) -> Presence:
    """In minutes after NOW."""
    known: dict[str, object] = {"source": "shop", "host": "kiosk", "browser": run, "version": "0.1.0"}
    values = {**known, "run": run, "since": NOW + since * MINUTE, "seen": NOW + seen * MINUTE, **fields}
    return Presence(**values)  # type: ignore[arg-type]


def series(source_seen: float, *, armed: float = 0) -> Series:
    seen, until = NOW + source_seen * MINUTE, NOW + armed * MINUTE
    return Series(context_kind=DEFAULT, service="notifications", seen_until=seen, armed_until=until)


def test_those_that_were_seen_since_a_moment(home: Home) -> None:
    with home.open() as database:
        assert database.recorders(NOW) == []
        late, odd = presence("b", since=-1, seen=2), presence("a", since=-5, seen=1, source="' \x1b", browser="")
        database.keep_recorders([late, odd, presence("c", since=-9, seen=-1)])
        assert database.recorders(NOW) == [odd, late]
        assert database.recorders(NOW, ["' \x1b", "none"]) == [odd]


def test_each_says_it_again_and_again(home: Home) -> None:
    with home.open() as database:
        database.keep_recorders([presence(seen=1), presence(seen=1, source="shop/Profile 1")])
        database.keep_recorders([presence(seen=3, is_over=True)])
        database.keep_recorders([presence(seen=2)])
        assert database.recorders(NOW) == [
            presence(seen=3, is_over=True),
            presence(seen=1, source="shop/Profile 1"),
        ]


def test_the_last_one_s_machine_is_known_with_the_coverage(home: Home) -> None:
    with home.open() as database:
        known = series(0)
        whole = known.interval(NOW - MINUTE, NOW, State.LIVE)
        for source, intervals in {"shop": [whole], "unknown": []}.items():
            database.account(source, Account(intervals=intervals, series=[known]))
        database.keep_recorders([presence("a", seen=2, host="here"), presence("b", seen=1, host="there")])
        assert database.coverage() == [
            Coverage(source="shop", intervals=[whole], series=[known], host="here"),
            Coverage(source="unknown", intervals=[], series=[known]),
        ]
        assert database.covered_sources() == ["shop", "unknown"]
        assert [each.source for each in database.coverage(["unknown", "other"])] == ["unknown"]
        assert [each.intervals for each in database.coverage(["shop"])] == [[whole]]


def test_the_last_of_a_source_stays_while_anything_is_known_of_it(home: Home) -> None:
    clock = MovedClock()
    with home.open(clock) as database:
        database.account("shop", Account(intervals=[], series=[series(0, armed=3 * 24 * 60)]))
        last = presence("b", since=1, seen=2)
        database.keep_recorders([presence("a", seen=1), last, presence("c", seen=2, source="other")])
        clock.move(timedelta(days=3, minutes=10) - 10 * MINUTE)
        database.prune()
        assert len(database.recorders(NOW)) == 3
        clock.move(10 * MINUTE)
        database.prune()
        assert database.recorders(NOW) == [last]
        clock.move(timedelta(days=3))
        database.prune()
        assert database.coverage() == []
        assert database.recorders(NOW) == []


@pytest.mark.parametrize(
    ("other", "is_double"),
    [
        pytest.param({}, True, id="two browsers at once"),
        pytest.param({"browser": "one"}, False, id="two recorders of one browser"),
        pytest.param({"browser": "one", "host": "elsewhere"}, False, id="a browser that is recorded from two machines"),
        pytest.param({"source": "another"}, False, id="each has its own name"),
        pytest.param({"since": 4.5}, False, id="the first was killed before"),
        pytest.param({"browser": ""}, False, id="it is unknown whether they are two"),
        pytest.param({"browser": "", "host": "elsewhere"}, True, id="on two machines"),
    ],
)
def test_two_browsers_under_one_name(other: dict[str, object], is_double: bool) -> None:
    first, second = presence("one", since=0, seen=4), presence("two", **{"since": 2, "seen": 4, **other})  # type: ignore[arg-type]
    assert doubles([second, first]) == ([(first, second)] if is_double else [])


def test_one_that_has_ended_is_none() -> None:
    assert doubles([presence("one", seen=4, is_over=True), presence("two", since=2, seen=3)]) == []
