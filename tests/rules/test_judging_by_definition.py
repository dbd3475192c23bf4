"""The judge goes through the events once; here each verdict is also made by its definition, which asks all pairs."""

from collections import Counter
from datetime import timedelta
from itertools import accumulate

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp_bgservices.events import Event
from cdp_bgservices.identity import SAME as GETTERS
from cdp_bgservices.rules import Outcome
from cdp_bgservices.rules.judging import judge
from cdp_bgservices.rules.rule import Count, Order, Pattern, Rule, Sequel
from tests.making import ids
from tests.rules.making import START, at

NAMES = ["a", "b", "c", "d"]
PATTERNS = {name: Pattern(service="backgroundSync", event_name=name) for name in NAMES}
SECONDS = st.sampled_from([0, 0, 1, 1, 2, 5])


@st.composite
def recordings(draw: st.DrawFn) -> list[Event]:
    """Oldest first; many at the same moment, of a few instances in a few contexts."""
    steps = draw(
        st.lists(st.tuples(SECONDS, st.sampled_from(NAMES), st.integers(0, 1), st.integers(0, 2)), max_size=25)
    )
    moments = accumulate(step[0] for step in steps)
    return [
        at(
            moment,
            f"backgroundSync:{name}",
            instance_id=f"tag-{instance}",
            browser_context=f"CONTEXT-{context}",
            metadata={"number": str(number)},
        )
        for number, (moment, (_, name, instance, context)) in enumerate(zip(moments, steps, strict=True))
    ]


def patterns(least: int = 1) -> st.SearchStrategy[tuple[Pattern, ...]]:
    return st.lists(st.sampled_from(NAMES), min_size=least, max_size=3, unique=True).map(
        lambda names: tuple(PATTERNS[name] for name in names)
    )


SAME = st.sampled_from(["instance", "registration"])
WITHIN = st.one_of(st.none(), st.integers(0, 6).map(lambda seconds: timedelta(seconds=seconds)))
SEQUELS = st.builds(
    Sequel, name=st.just(""), after=patterns(), then=patterns(), within=WITHIN, same=SAME, shared=st.booleans()
)
ORDERS = st.builds(Order, name=st.just(""), order=patterns(2), same=SAME)
COUNTS = st.builds(
    Count, name=st.just(""), counted=patterns(), at_least=st.integers(0, 3), at_most=st.none() | st.integers(0, 3)
)


def is_any(event: Event, named: tuple[Pattern, ...]) -> bool:
    return any(pattern.matches(event) for pattern in named)


def went_on(rule: Sequel, events: list[Event], former: int, later: int) -> bool:
    """Whether nothing came of the former's context since that of the later one began, as far as was known when the
    next event came that the rule names."""
    moment = events[later].timestamp
    named = (number for number, event in enumerate(events, 1) if is_any(event, rule.after + rule.then))
    seen = events[: next((number for number in named if events[number - 1].timestamp > moment), len(events))]
    last = max(event.timestamp for event in seen if event.browser_context == events[former].browser_context)
    first = min(event.timestamp for event in seen if event.browser_context == events[later].browser_context)
    return last <= first


def may_follow(rule: Sequel, events: list[Event], first: int, second: int) -> int | None:
    """How good an answer it is: 0 the best; ``None`` for none at all."""
    one, other = events[first], events[second]
    if first == second or not is_any(one, rule.after) or not is_any(other, rule.then):
        return None
    if GETTERS[rule.same](one) != GETTERS[rule.same](other) or one.timestamp > other.timestamp:
        return None
    if rule.within is not None and other.timestamp - one.timestamp > rule.within:
        return None
    if one.browser_context == other.browser_context:
        return 0
    return 1 if one.timestamp < other.timestamp and went_on(rule, events, first, second) else None


def followed(rule: Sequel, events: list[Event]) -> set[int]:
    answered: set[int] = set()
    for second in range(len(events)):
        ranks = {first: may_follow(rule, events, first, second) for first in range(len(events))}
        able = [(rank, first) for first, rank in ranks.items() if rank is not None]
        if rule.shared:
            answered |= {first for _, first in able}
        elif able := [found for found in able if found[1] not in answered]:
            answered.add(min(able)[1])
    return answered


def sequel_by_definition(rule: Sequel, events: list[Event], ended: Event) -> tuple[Outcome, list[Event]]:
    answered = followed(rule, events)
    left = [event for place, event in enumerate(events) if is_any(event, rule.after) and place not in answered]
    late = [event for event in left if rule.within is None or ended.timestamp - event.timestamp > rule.within]
    return (Outcome.FAILED, late) if late else (Outcome.UNDECIDED, left) if left else (Outcome.PASSED, [])


def order_by_definition(rule: Order, events: list[Event]) -> list[Event]:
    """Those after one that should come later, if the first did not begin again in between."""
    places = [next((at for at, step in enumerate(rule.order) if step.matches(event)), -1) for event in events]
    lanes = [(GETTERS[rule.same](event), event.browser_context) for event in events]
    return [
        events[second]
        for second in range(len(events))
        if places[second] > 0
        and any(
            lanes[first] == lanes[second]
            and places[first] > places[second]
            and events[first].timestamp < events[second].timestamp
            and not any(
                places[between] == 0 and lanes[between] == lanes[second] for between in range(first + 1, second)
            )
            for first in range(second)
        )
    ]


def is_in_order(rule: Order, events: list[Event]) -> bool:
    """Whether two different steps came of one instance in one context, the first one not last."""
    places = [next((at for at, step in enumerate(rule.order) if step.matches(event)), -1) for event in events]
    lanes = [(GETTERS[rule.same](event), event.browser_context) for event in events]
    pairs = ((first, second) for second in range(len(events)) for first in range(second))
    return any(
        lanes[first] == lanes[second] and 0 <= places[first] != places[second] > 0
        for first, second in pairs
        if not any(
            places[between] == 0 and lanes[between] == lanes[second] and places[first] > 0
            for between in range(first + 1, second)
        )
    )


def judged(rule: Rule, events: list[Event]) -> tuple[Outcome, list[str]]:
    (found,) = judge([rule], events)
    return found.outcome, ids(found.events)


@given(SEQUELS, recordings())
@settings(max_examples=500)
def test_what_has_to_follow(rule: Sequel, events: list[Event]) -> None:
    outcome, offences = sequel_by_definition(rule, events, events[-1]) if events else (Outcome.PASSED, [])
    if not any(is_any(event, rule.after) for event in events):
        outcome = Outcome.NOT_APPLICABLE
    assert judged(rule, events) == (outcome, ids(offences)[:20])


NUMBERED = st.tuples(st.integers(0, 2), st.none() | st.integers(0, 3)).filter(
    lambda numbers: numbers[1] is None or numbers[1] >= numbers[0]
)


def numbers_by_definition(rule: Sequel, events: list[Event]) -> tuple[list[Event], list[Event]]:
    """Which lack some, and which are one too many: each event looks for its place among all that it may follow."""
    counts = {first: 0 for first, event in enumerate(events) if is_any(event, rule.after)}
    surplus = []
    for second, event in enumerate(events):
        able = [first for first in counts if may_follow(rule, events, first, second) is not None]
        full = [first for first in able if rule.at_most is not None and counts[first] >= rule.at_most]
        lacking = [first for first in able if counts[first] < rule.at_least]
        spare = [first for first in able if first not in full]
        for first in able if rule.shared else (lacking or spare or able[-1:])[:1]:
            counts[first] += 1
            if first in full and event not in surplus:
                surplus.append(event)
    return [events[first] for first, count in counts.items() if count < rule.at_least], surplus


@given(SEQUELS, NUMBERED, recordings())
@settings(max_examples=500)
def test_how_many_have_to_follow(rule: Sequel, numbers: tuple[int, int | None], recorded: list[Event]) -> None:
    """Of one browser context."""
    rule = msgspec.structs.replace(rule, at_least=numbers[0], at_most=numbers[1])
    events = [msgspec.structs.replace(event, browser_context="ONE") for event in recorded]
    (found,) = judge([rule], events, ended_at=START + timedelta(days=1))
    lacking, surplus = numbers_by_definition(rule, events)
    blamed = sorted(lacking + surplus, key=lambda event: event.timestamp)
    if not any(is_any(event, rule.after) for event in events):
        assert found.outcome is Outcome.NOT_APPLICABLE
    else:
        assert found.outcome is (Outcome.FAILED if blamed else Outcome.PASSED)
    assert Counter(ids(found.events)) == Counter(ids(blamed)[:20])


@given(ORDERS, recordings())
@settings(max_examples=300)
def test_order(rule: Order, events: list[Event]) -> None:
    late = order_by_definition(rule, events)
    passed = Outcome.PASSED if is_in_order(rule, events) else Outcome.NOT_APPLICABLE
    assert judged(rule, events) == (Outcome.FAILED if late else passed, ids(late)[:20])


@given(COUNTS, recordings())
def test_count(rule: Count, events: list[Event]) -> None:
    count = sum(is_any(event, rule.counted) for event in events)
    holds = rule.at_least <= count and (rule.at_most is None or count <= rule.at_most)
    passed = Outcome.PASSED if events else Outcome.NOT_APPLICABLE
    assert judged(rule, events)[0] is (passed if holds else Outcome.FAILED)


@given(SEQUELS, recordings(), st.integers(0, 10))
def test_more_time_after_the_end_decides_and_never_saves(rule: Sequel, events: list[Event], more: int) -> None:
    (short,) = judge([rule], events)
    end = (events[-1].timestamp if events else START) + timedelta(seconds=more)
    (long,) = judge([rule], events, ended_at=end)
    assert short.outcome in (long.outcome, Outcome.UNDECIDED)
    if more > 6:
        assert long.outcome is not Outcome.UNDECIDED
