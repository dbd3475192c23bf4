"""What a recorder vouches for, minute by minute."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.coverage.ledger import Ledger
from cdp_bgservices.coverage.values import DEFAULT, OTHER, Interruption, Interval, Series, Sighting, State

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
SYNC = "backgroundSync"
Reported = tuple[str, State, float, float]


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def off(begin: float, end: float | None, state: State = State.SWITCHED_OFF) -> Interruption:
    return Interruption(begin=at(begin), end=None if end is None else at(end), state=state)


def sighting(
    *interruptions: Interruption,
    context: str = "default",
    kind: str = DEFAULT,
    was_recording: bool = True,
    since: float | None = 0,
    armed: float | None = 4320,
    is_observed: bool = True,
) -> Sighting:
    return Sighting(
        browser_context=context,
        context_kind=kind,
        service=SYNC,
        was_recording=was_recording,
        recording_since=None if since is None else at(since),
        armed_until=None if armed is None else at(armed),
        is_observed=is_observed,
        interruptions=interruptions,
    )


def reported(intervals: Iterable[Interval]) -> list[Reported]:
    """In minutes since the start."""
    minute = timedelta(minutes=1)
    return [
        (interval.context_kind, interval.state, (interval.begin - START) / minute, (interval.end - START) / minute)
        for interval in intervals
    ]


def kept(*notes: tuple[float, list[Sighting]], before: Iterable[Series] = ()) -> list[Reported]:
    """As a store has it in the end: of spans with the same begin and state the longest."""
    ledger = Ledger(before, at(0))
    found: dict[tuple[str, State, float], float] = {}
    for minutes, sightings in notes:
        for kind, state, begin, end in reported(ledger.note(sightings, at(minutes))):
            found[kind, state, begin] = max(end, found.get((kind, state, begin), end))
    return sorted((kind, state, begin, end) for (kind, state, begin), end in found.items())


def test_a_live_span_grows() -> None:
    assert kept((1, [sighting()]), (2, [sighting()])) == [(DEFAULT, State.LIVE, 0, 2)]


def test_nothing_is_vouched_for_before_it_was_switched_on() -> None:
    assert kept((1, [sighting(since=0.5, was_recording=False)])) == [(DEFAULT, State.LIVE, 0.5, 1)]
    assert kept((1, [sighting(since=None, armed=None)])) == []


def test_what_is_not_observed_is_vouched_for_when_it_was_replayed() -> None:
    unobserved = (2.0, [sighting(is_observed=False)])
    assert kept((1, [sighting()]), unobserved) == [(DEFAULT, State.LIVE, 0, 1)]
    assert kept((1, [sighting()]), unobserved, (3, [sighting()])) == [(DEFAULT, State.LIVE, 0, 3)]


def test_an_interruption_parts_what_is_live() -> None:
    assert kept((1, [sighting()]), (4, [sighting(off(2, 3))]), (5, [sighting()])) == [
        (DEFAULT, State.LIVE, 0, 2),
        (DEFAULT, State.LIVE, 3, 5),
        (DEFAULT, State.SWITCHED_OFF, 2, 3),
    ]


def test_an_interruption_that_goes_on_grows_until_it_ends() -> None:
    notes = (
        (3.0, [sighting(off(2, None), armed=None)]),
        (4.0, [sighting(off(2, None), armed=None)]),
        (6.0, [sighting(off(2, 5))]),
    )
    assert kept(*notes) == [
        (DEFAULT, State.LIVE, 0, 2),
        (DEFAULT, State.LIVE, 5, 6),
        (DEFAULT, State.SWITCHED_OFF, 2, 5),
    ]


def test_a_computer_that_slept_until_recording_had_lapsed() -> None:
    """Nothing is certain past the moment at which recording lapses, even without a report of it."""
    notes = ((1.0, [sighting(armed=3)]), (5.0, [sighting(armed=3)]), (6.0, [sighting(off(3, 5.5, State.LAPSED))]))
    assert kept(*notes) == [
        (DEFAULT, State.LAPSED, 3, 5.5),
        (DEFAULT, State.LIVE, 0, 3),
        (DEFAULT, State.LIVE, 5.5, 6),
    ]


def test_contexts_that_come_and_go_share_a_lane() -> None:
    def made(name: str, *interruptions: Interruption, **fields: object) -> Sighting:
        return sighting(*interruptions, context=name, kind=OTHER, **fields)  # type: ignore[arg-type]

    assert kept((1, []), (2, [made("a")]), (3, [made("b")]), (4, [])) == [(OTHER, State.LIVE, 0, 4)]
    # One that was there before, and was not recorded.
    assert kept((1, [made("a", was_recording=False, since=0.5)]), (2, [made("a", was_recording=False)])) == [
        (OTHER, State.LIVE, 0.5, 2),
        (OTHER, State.NEVER_RECORDED, 0, 0.5),
    ]
    # One was not read in time, another one was switched off in between.
    missed = made("a", off(1.5, 2.5, State.CONTEXT_ENDED), armed=None)
    assert kept((1, [made("b")]), (4, [missed, made("b", off(2, 3))])) == [
        (OTHER, State.CONTEXT_ENDED, 1.5, 2.5),
        (OTHER, State.LIVE, 0, 1.5),
        (OTHER, State.LIVE, 3, 4),
        (OTHER, State.SWITCHED_OFF, 2, 3),
    ]


def test_other_contexts_of_an_earlier_recorder_are_vouched_for_again() -> None:
    before = [Series(context_kind=OTHER, service=SYNC, seen_until=at(-10), armed_until=None)]
    assert kept((1, [sighting()]), (2, [sighting()]), before=before) == [
        (DEFAULT, State.LIVE, 0, 2),
        (OTHER, State.CONTEXT_ENDED, -10, 0),
        (OTHER, State.LIVE, 0, 2),
    ]


def test_what_an_earlier_recorder_recorded_and_this_one_leaves_off_is_a_gap_until_it_is_on() -> None:
    before = Series(context_kind=DEFAULT, service=SYNC, seen_until=at(-10), armed_until=None)
    left_off = [sighting(since=None, armed=None, was_recording=False)]
    unobserved = [sighting(since=None, armed=None, was_recording=False, is_observed=False)]
    switched_on = [sighting(since=5, was_recording=False)]
    notes = ((0.0, left_off), (1.0, left_off), (2.0, unobserved), (4.0, left_off), (6.0, switched_on))
    assert kept(*notes, before=[before]) == [
        (DEFAULT, State.LIVE, 5, 6),
        (DEFAULT, State.SWITCHED_OFF, -10, 5),
    ]
    assert kept((1, unobserved), before=[before]) == [], "it may be on"
    over = Series(context_kind=DEFAULT, service=SYNC, seen_until=at(-10), armed_until=None, is_over=True)
    assert kept((1, left_off), before=[over]) == []
    ledger = Ledger([before], at(0))
    for minutes in (0, 1, 2):
        ledger.note(left_off, at(minutes))
    assert ledger.gaps == 1
    assert (ledger.series()[0].seen_until, ledger.series()[0].armed_until) == (at(2), None)


def test_an_interruption_that_ends_while_nothing_is_observed_is_no_longer_than_it_was() -> None:
    notes = (
        (3.0, [sighting(off(2, None), armed=None, is_observed=False)]),
        (6.0, [sighting(off(2, 5))]),
    )
    assert kept(*notes) == [
        (DEFAULT, State.LIVE, 0, 2),
        (DEFAULT, State.LIVE, 5, 6),
        (DEFAULT, State.SWITCHED_OFF, 2, 5),
    ]


def test_what_is_left_for_the_next_recorder() -> None:
    ledger = Ledger([], at(0))
    ledger.note([sighting()], at(1))
    series = Series(context_kind=DEFAULT, service=SYNC, seen_until=at(1), armed_until=at(4320))
    assert ledger.series() == [series]
    ledger.note([sighting(off(2, None), armed=None)], at(3))
    (left,) = ledger.series()
    assert (left.seen_until, left.armed_until) == (at(3), None)


times = st.lists(st.integers(1, 200), min_size=1, max_size=12, unique=True).map(sorted)
switches = st.lists(st.integers(1, 199), max_size=8, unique=True).map(sorted)


@given(times, switches)
def test_every_moment_has_one_state_and_the_right_one(moments: list[int], switched: list[int]) -> None:
    """Recording is switched off and on in turn; the ledger is looked at now and then."""
    ledger = Ledger([], at(0))
    found: dict[tuple[State, float], float] = {}
    reported_until = 0
    for moment in moments:
        known = [when for when in switched if when <= moment]
        pairs = [(begin, known[i + 1] if i + 1 < len(known) else None) for i, begin in enumerate(known) if i % 2 == 0]
        new = [off(begin, end) for begin, end in pairs if end is None or end > reported_until]
        is_off = bool(pairs) and pairs[-1][1] is None
        for _, state, begin, end in reported(ledger.note([sighting(*new, armed=None if is_off else 4320)], at(moment))):
            found[state, begin] = max(end, found.get((state, begin), end))
        reported_until = moment
    for minute in range(moments[-1]):
        is_off = sum(when <= minute for when in switched) % 2 == 1
        covering = [state for (state, begin), end in found.items() if begin <= minute and end >= minute + 1]
        assert covering == [State.SWITCHED_OFF if is_off else State.LIVE], minute
