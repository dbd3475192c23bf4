"""The facts of a browser with what a store has of it, and those of a store alone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp_bgservices.coverage.hosts import this_host
from cdp_bgservices.coverage.values import DEFAULT, MEANINGS, Series, State
from cdp_bgservices.explanation.chosen import Chosen
from cdp_bgservices.explanation.looking import Looked
from cdp_bgservices.explanation.stored import look_at_store, with_store
from cdp_bgservices.store import Engine
from cdp_bgservices.store.presence import Presence
from cdp_bgservices.store.values import Account
from cdp_bgservices.why.values import BrowserFacts, Facts, GapFacts, RecorderFacts, SiteFacts, Unknown, WorkerFacts
from tests.making import NOW, MovedClock, event
from tests.store.engines import HOMES
from tests.store.making import thrown

ORIGIN = "http://localhost:8000"
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=list(HOMES))
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with HOMES[request.param](tmp_path).open(MovedClock()) as opened:
        yield opened


def looked(scope: str | None = f"{ORIGIN}/", **changes: object) -> Looked:
    facts = Facts(service="", moment=NOW, site=SiteFacts(origin=ORIGIN, scope=scope), events=(), **changes)  # type: ignore[arg-type]
    return Looked(facts=[facts], source="test", identity="BROWSER", is_here=False)


def presence(**fields: object) -> Presence:
    values = {"source": "test", "run": "1", "host": "here", "browser": "BROWSER", "version": "", "since": NOW - MINUTE}
    return Presence(**{**values, "seen": NOW, **fields})  # type: ignore[arg-type]


def test_events_of_the_store_and_of_the_browser_s_log_are_there_once(engine: Engine) -> None:
    stored, logged = event(1), event(2, source="profile")
    engine.add([stored, event(2), event(3, source="other"), event(4, scope=f"{ORIGIN}/other/")])

    (facts,) = with_store(engine, with_events(logged))

    assert not isinstance(facts.events, Unknown)
    assert [each.instance_id for each in facts.events] == ["tag-1", "tag-2"]


def with_events(*events: object) -> Looked:
    found = looked()
    return msgspec.structs.replace(found, facts=[msgspec.structs.replace(found.facts[0], events=events)])


def test_a_made_context_has_only_its_own_events(engine: Engine) -> None:
    engine.add([event(1), event(2, browser_context="MADE")])
    made = BrowserFacts(browser_context="MADE", is_off_the_record=True)

    (facts,) = with_store(engine, looked(browser=made))

    assert [each.instance_id for each in facts.events] == ["tag-2"]  # type: ignore[union-attr]


def test_the_source_is_that_of_the_recorder_of_this_browser(engine: Engine) -> None:
    engine.keep_recorders([presence(source="shop"), presence(source="test", browser="ANOTHER", run="2")])
    engine.add([event(1, source="shop"), event(2)])

    (facts,) = with_store(engine, looked())

    assert [each.instance_id for each in facts.events] == ["tag-1"]  # type: ignore[union-attr]
    assert facts.recordings["backgroundSync"].recorders == (RecorderFacts(host="here", since=NOW - MINUTE),)


def test_a_browser_of_this_machine_has_the_name_that_its_recorder_gives_it(engine: Engine) -> None:
    name = f"{this_host()}:test" if engine.is_shared else "test"
    engine.add([event(1, source=name), event(2, source="elsewhere:test")])

    (facts,) = with_store(engine, msgspec.structs.replace(looked(), is_here=True))

    assert [each.instance_id for each in facts.events] == ["tag-1"]  # type: ignore[union-attr]


def test_a_recorder_that_is_over_does_not_count(engine: Engine) -> None:
    engine.keep_recorders([presence(is_over=True)])

    (facts,) = with_store(engine, looked())

    assert facts.recordings["backgroundSync"].recorders == ()


def test_what_the_worker_threw_before_stands_before_what_it_throws_now(engine: Engine) -> None:
    engine.add([event(1)], [thrown(1, message="Uncaught Error: before"), thrown(2, message="Uncaught Error: now")])

    (known,) = with_store(engine, looked(worker=WorkerFacts(errors=("Uncaught Error: now",))))
    (unknown,) = with_store(engine, looked(worker=WorkerFacts(errors=Unknown("it is not running"))))

    assert known.worker.errors == ("Uncaught Error: before", "Uncaught Error: now")
    assert unknown.worker.errors == ("Uncaught Error: before", "Uncaught Error: now")


def test_gaps_are_those_of_the_service_but_what_the_browser_keeps_is_none(engine: Engine) -> None:
    def series(service: str) -> Series:
        return Series(
            context_kind=DEFAULT, service=service, seen_until=NOW - 5 * MINUTE, armed_until=NOW + timedelta(days=1)
        )

    sync, push = series("backgroundSync"), series("pushMessaging")
    begin, end = NOW - 20 * MINUTE, NOW - 10 * MINUTE
    gap = sync.interval(begin, end, State.SWITCHED_OFF, "in the viewer")
    live = [each.interval(end, NOW - 5 * MINUTE, State.LIVE) for each in (sync, push)]
    engine.account("test", Account(intervals=[gap, *live], series=[sync, push]))

    (facts,) = with_store(engine, looked())

    why = f"{MEANINGS[State.SWITCHED_OFF]}: in the viewer"
    assert facts.recordings["backgroundSync"].gaps == (GapFacts(begin=begin, end=end, why=why),)
    assert facts.recordings["pushMessaging"].gaps == ()


def test_the_store_alone_has_its_sites_and_says_that_the_rest_is_unknown(engine: Engine) -> None:
    second: dict[str, Any] = {"origin": "http://localhost:9000/", "scope": "http://localhost:9000/app/"}
    engine.add([event(1), event(2, **second), event(3, **second, source="kiosk")])

    found = look_at_store(engine, Chosen())

    assert [each.site.scope for each in found] == [f"{ORIGIN}/", second["scope"], second["scope"]]
    assert all(isinstance(each.worker.handlers, Unknown) for each in found)
    assert all(isinstance(each.site.missing, Unknown) for each in found)
    (chosen,) = look_at_store(engine, Chosen(scope=f"{ORIGIN}"))
    assert chosen.site.origin == ORIGIN
    assert look_at_store(engine, Chosen(origin="http://localhost:1")) == []
