"""Browser contexts, as the store has them."""

from datetime import timedelta
from pathlib import Path

from cdp_bgservices.contexts import DEFAULT, OTHER, BrowserContext
from cdp_bgservices.coverage.hosts import this_host
from cdp_bgservices.coverage.report import report_sources
from cdp_bgservices.coverage.values import Series, State
from cdp_bgservices.store import Account
from cdp_bgservices.store.presence import Presence
from tests.making import NOW, MovedClock
from tests.store.engines import Home

MINUTE = timedelta(minutes=1)


def context(context: str = "A", *, since: float = 0, noted: float = 0, **fields: object) -> BrowserContext:
    """In minutes after NOW."""
    known: dict[str, object] = {"source": "shop", "kind": OTHER, "host": "kiosk", "profile": "/profile"}
    values = {**known, "context": context, "since": NOW + since * MINUTE, "noted": NOW + noted * MINUTE, **fields}
    return BrowserContext(**values)  # type: ignore[arg-type]


def over(minute: float, **fields: object) -> BrowserContext:
    return context(noted=minute, **{"ended": NOW + minute * MINUTE, "why": "it was closed"} | fields)  # type: ignore[arg-type]


def test_those_of_a_source_stand_in_the_order_in_which_they_were_first_seen(home: Home) -> None:
    with home.open() as database:
        assert database.contexts() == []
        own = context("", kind=DEFAULT, since=-1)
        odd = context("' \0", source="a\1", name="tests/test_cart.py::test [\x1b]", profile="", host="")
        database.keep_contexts([context("B"), context("A"), own, odd])
        assert database.contexts() == [odd, own, context("A"), context("B")]
        assert database.contexts(["shop", "none"]) == [own, context("A"), context("B")]
        assert database.contexts(limit=2) == [context("A"), context("B")]


def test_what_was_noted_later_is_right(home: Home) -> None:
    with home.open() as database:
        database.keep_contexts([context(noted=1, since=1)])
        database.keep_contexts([over(3)])
        database.keep_contexts([context(noted=2)])
        assert database.contexts() == [over(3)]
        database.keep_contexts([context(noted=4)])  # A window of the same profile was opened again.
        assert database.contexts() == [context(noted=4)]


def test_a_name_stays_until_there_is_another(home: Home) -> None:
    with home.open() as database:
        database.keep_contexts([context(), context(name="test_cart"), context(noted=1)])
        assert database.contexts() == [context(name="test_cart", noted=1)]
        database.keep_contexts([context(noted=1, number=5)])
        assert database.contexts() == [context(name="test_cart", noted=1)], "its number stays, too"
        database.keep_contexts([over(2, name="test_pay")])
        assert database.contexts() == [over(2, name="test_pay")]


def test_all_of_a_profile_that_was_deleted_are_over(home: Home, tmp_path: Path) -> None:
    gone, here = str(tmp_path / "gone"), this_host()
    with home.open() as database:
        database.keep_contexts(
            [
                context("A", kind=DEFAULT, noted=1, host=here, profile=gone),
                context("B", source=f"{here}:{gone}", noted=1, host=here, profile=""),
                context("C", host=here, profile=str(tmp_path)),
                context("D", profile=gone),
                over(3, context="E", host=here, profile=gone),
            ]
        )
        ended = {each.context: (each.ended, each.why) for each in database.contexts()}
        assert ended["A"] == ended["B"] == (NOW + MINUTE, "its profile was deleted")
        assert ended["C"] == ended["D"] == (None, "")
        assert ended["E"] == (NOW + 3 * MINUTE, "it was closed")
        assert [each.context for each in database.kept_contexts() if each.ended] == ["E"]


def test_they_go_with_their_events(home: Home) -> None:
    clock = MovedClock()
    with home.open(clock) as database:
        database.keep_contexts([over(0), context("B", noted=20)])
        clock.move(timedelta(days=3) + 10 * MINUTE)
        database.prune()
        assert database.contexts() == [context("B", noted=20)]


def test_the_profile_is_known_with_the_coverage(home: Home, tmp_path: Path) -> None:
    """So that it is over for its readers, whatever its source is called."""
    gone, here = str(tmp_path / "gone"), this_host()
    series = Series(context_kind=DEFAULT, service="notifications", seen_until=NOW, armed_until=NOW + 9 * MINUTE)
    presence = Presence(source="shop", run="1", host=here, browser="", version="", since=NOW, seen=NOW)
    with home.open() as database:
        database.account("shop", Account(intervals=[], series=[series]))
        database.keep_recorders([presence])
        own, made = context("A", kind=DEFAULT, profile=gone), context("B", since=1, profile="another")
        database.keep_contexts([context("C", kind=DEFAULT, since=-1, profile="before"), own, made])
        (coverage,) = database.coverage(["shop"])
        assert coverage.profile == gone
        (reported,) = report_sources([coverage], NOW, NOW + 8 * MINUTE)["shop"]
        assert [interval.state for interval in reported.intervals] == [State.OVER]
