"""Events to lanes: what goes together, what does not, and what is true of any events."""

import random
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.events import Event, from_microseconds
from cdp_bgservices.stories import Mark, Span, State, assign, make_lanes
from cdp_bgservices.vocabulary.event_names import EVENT_NAMES
from tests.stories.making import START, event, names, notification, phases, push, sync

SECOND = 1_000_000


def test_a_tag_that_is_registered_again_continues_in_its_lane() -> None:
    run = ["Registered sync", "Dispatched sync event", "sync event failed", "Dispatched sync event", "Sync completed"]
    (lane,) = make_lanes([sync(at, name) for at, name in enumerate(run * 2)])
    assert [name for name, _ in phases(lane)] == [
        "waiting",
        "dispatched",
        "waiting for retry",
        "dispatched, attempt 2",
    ] * 2


def test_contexts_that_are_there_together_have_lanes_of_their_own() -> None:
    both = [sync(at, name, browser_context=context) for at, name in enumerate(["Registered sync"]) for context in "AB"]
    ends = [sync(5 + at, "Dispatched sync event", browser_context=context) for at, context in enumerate("BA")]
    lanes = make_lanes(both + ends)
    assert [[mark.event.browser_context for mark in lane.marks] for lane in lanes] == [["A", "A"], ["B", "B"]]


def test_a_restart_of_the_browser_does_not_end_a_lane() -> None:
    (lane,) = make_lanes(
        [
            sync(0, "Registered sync", browser_context="before"),
            sync(9, "Dispatched sync event", browser_context="after"),
            sync(10, "Sync completed", browser_context="after", metadata={"Status": "succeeded"}),
        ]
    )
    assert (lane.state, lane.head.context, len(lane.marks)) == (State.SUCCEEDED, "before", 3)


def test_a_beginning_does_not_continue_another_contexts_lane() -> None:
    lanes = make_lanes([sync(at, "Registered sync", browser_context=context) for at, context in enumerate("AB")])
    assert len(lanes) == 2


def test_a_dispatch_that_devtools_triggered_has_no_end() -> None:
    events = [sync(0, "Dispatched sync event")]
    later = from_microseconds(START) + timedelta(hours=1)
    (still,) = make_lanes(events, from_microseconds(START + SECOND))
    (lane,) = make_lanes(events, later)
    assert still.spans[0].end is None
    assert (lane.spans[0].begin, lane.spans[0].name) == (lane.spans[0].end, "dispatched, its end was not recorded")


def test_two_pushes_at_a_time_have_a_notification_each() -> None:
    lanes = make_lanes(
        [
            push(0, "Push event dispatched", "m1"),
            push(1, "Push event dispatched", "m2"),
            notification(2, "Notification displayed", "n1"),
            notification(3, "Notification displayed", "n2"),
            push(4, "Push event completed", "m1", metadata={"Status": "Success"}),
            push(5, "Push event completed", "m2", metadata={"Status": "Success"}),
            notification(6, "Notification clicked", "n2"),
            notification(7, "Notification closed", "n1"),
            notification(8, "Notification displayed", "n3"),
        ]
    )
    found = {lane.head.label: [mark.event.instance_id for mark in lane.marks] for lane in lanes}
    assert found == {"m1": ["m1", "n1", "m1", "n1"], "m2": ["m2", "n2", "m2", "n2"], "n3": ["n3"]}


def test_another_registrations_push_has_nothing_to_do_with_a_notification() -> None:
    lanes = make_lanes(
        [push(0, "Push event dispatched"), notification(1, "Notification displayed", registration_id="7")]
    )
    assert [len(lane.marks) for lane in lanes] == [1, 1]


def test_a_notification_with_the_tag_of_another_replaces_it() -> None:
    lanes = make_lanes(
        [
            push(0, "Push event dispatched"),
            notification(1, "Notification displayed", "news"),
            push(2, "Push event completed", metadata={"Status": "Success"}),
            notification(3, "Notification displayed", "news"),
            notification(4, "Notification closed", "news"),
        ]
    )
    assert [names(lane) for lane in lanes] == [
        ["Push event dispatched", "Notification displayed", "Push event completed"],
        ["Notification displayed", "Notification closed"],
    ]
    assert lanes[0].end == START + 3


def test_what_is_not_known_has_a_lane_of_marks() -> None:
    lanes = make_lanes([event(at, "contentIndex", "Content added", "page", metadata={"Error": "no"}) for at in (0, 5)])
    assert [(lane.state, lane.spans, len(lane.marks)) for lane in lanes] == [(State.FAILED, (), 2)]


def test_a_push_that_is_not_decrypted_waits_for_nothing() -> None:
    (lane,) = make_lanes([push(0, "Push message received", metadata={"Success": "No", "Error Reason": "INVALID"})])
    assert (lane.state, lane.spans, lane.marks[0].failure) == (State.FAILED, (), "INVALID")


def test_names_of_a_page_are_cut() -> None:
    (lane,) = make_lanes([notification(0, "Notification displayed", metadata={"Title": "x" * 100_000, "Body": ""})])
    assert len(lane.spans[0].name) == 160


def some_events() -> st.SearchStrategy[list[Event]]:
    kinds = [(service, name) for service, names in EVENT_NAMES.items() for name in names] + [("new", "Something")]
    one = st.builds(
        make,
        st.sampled_from(kinds),
        st.integers(0, 30),
        st.sampled_from(["", "a", "b"]),
        st.sampled_from(["0", "1"]),
        st.sampled_from(["A", "B"]),
        st.sampled_from([{}, {"Status": "failed"}, {"URL": "u", "Request Index": "0"}, {"Success": "No"}]),
    )
    return st.lists(one, max_size=60, unique_by=lambda made: made.id).map(in_time)


def make(
    kind: tuple[str, str], at: int, instance: str, registration: str, context: str, metadata: dict[str, str]
) -> Event:
    service, name = kind
    return event(at, service, name, instance, registration_id=registration, browser_context=context, metadata=metadata)


def in_time(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda made: made.timestamp)


@given(some_events())
def test_every_event_is_in_one_lane(events: list[Event]) -> None:
    lanes = make_lanes(events)
    assert sorted(mark.event.id for lane in lanes for mark in lane.marks) == sorted(made.id for made in events)
    assert len({lane.head.key for lane in lanes}) == len(lanes)


@given(some_events(), st.randoms())
def test_the_order_of_one_microsecond_does_not_matter(events: list[Event], chance: random.Random) -> None:
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert make_lanes(in_time(shuffled)) == make_lanes(events)


@given(some_events())
def test_phases_of_one_row_do_not_overlap(events: list[Event]) -> None:
    for lane in make_lanes(events):
        ids = {mark.event.id for mark in lane.marks}
        assert {span.id for span in lane.spans} <= ids
        for row in {span.row for span in lane.spans}:
            spans = [span for span in lane.spans if span.row == row]
            times = sorted((span.begin, START + 31 if span.end is None else span.end) for span in spans)
            assert all(before[1] <= after[0] for before, after in pairwise(times))


@given(some_events(), st.integers(0, 30))
def test_a_stream_gives_what_it_has_before_it_reads_on(events: list[Event], moment: int) -> None:
    """What is known at a moment is the same whether or not more comes."""
    early = [made for made in events if made.timestamp < from_microseconds(START + moment)]
    whole = list(assign(events))
    marks = [(head.key, part) for head, part in whole if isinstance(part, Mark)]
    ended = {part for _, part in whole if isinstance(part, Span) and part.end is not None}
    early_parts = list(assign(early))
    assert [(head.key, part) for head, part in early_parts if isinstance(part, Mark)] == marks[: len(early)]
    assert {part for _, part in early_parts if isinstance(part, Span) and part.end is not None} <= ended


def many(number: int) -> Iterator[Event]:
    """Runs that end, and as many that never do."""
    for at in range(0, number, 4):
        yield sync(at * SECOND, "Registered sync", f"done-{at}")
        yield sync(at * SECOND + 1, "Sync completed", f"done-{at}")
        yield sync(at * SECOND + 2, "Dispatched sync event", "emulated")
        yield notification(at * SECOND + 3, "Notification displayed", "")


def peak(number: int) -> int:
    tracemalloc.start()
    for _ in assign(many(number)):
        pass
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_events() -> None:
    peak(1000)  # What is made once.
    assert peak(60_000) < 1.5 * peak(6_000)


def test_lanes_that_never_end_are_let_go() -> None:
    def endless(number: int) -> Iterator[Event]:
        return (sync(at, "Registered sync", f"tag-{at}") for at in range(number))

    part = [part for _, part in assign(endless(25_000)) if isinstance(part, Span)]
    assert len(part) == 25_000
    assert {span.end for span in part} == {None}
