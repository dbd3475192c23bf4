"""How many, how many failed, and how long."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.events import Event
from cdp_bgservices.stories import State, make_lanes
from cdp_bgservices.stories.numbers import Measuring
from cdp_bgservices.vocabulary.event_names import EVENT_NAMES
from tests.stories.making import START, facts, notification, push, recorded, sync

SECOND = 1_000_000


def rows(events: list[Event]) -> dict[tuple[str, str | None], dict[str, Any]]:
    measuring = Measuring()
    measuring.add(facts(events))
    return {(row["service"], row["instance"]): row for row in measuring.rows()}


def run(at: int, tag: str, length: int, status: str = "succeeded") -> list[Event]:
    return [
        sync(at, "Registered sync", tag),
        sync(at + 1, "Dispatched sync event", tag),
        sync(at + length, "Sync completed", tag, metadata={"Status": status}),
    ]


def test_median_and_percentile_are_of_whole_runs() -> None:
    events = [event for number in range(100) for event in run(number * 1000, "tag", number + 2)]
    row = rows(events)["backgroundSync", "tag"]
    assert (row["runs"], row["median"], row["p95"], row["open"]) == (100, 51, 96, 0)
    assert sum(row["histogram"]["counts"]) == 100
    assert row["trend"][-1] == [101, False]


def failing(at: int, **others: str) -> list[Event]:
    """A run that waits for its retry."""
    announced = {"Failure Reason": "x", "Next Attempt Delay (ms)": "300000"}
    return [
        sync(at, "Registered sync", **others),
        sync(at + 1, "Dispatched sync event", **others),
        sync(at + 2, "sync event failed", **{"metadata": announced, **others}),  # type: ignore[arg-type]
    ]


def counted(events: list[Event], endings: dict[str, int] | None = None) -> list[int]:
    """Of one tag: runs, failed, succeeded, retries, open."""
    measuring = Measuring()
    measuring.add(facts(events))
    row = next(row for row in measuring.rows(endings) if row["instance"] == "tag")
    return [row[name] for name in ("runs", "failed", "succeeded", "retries", "open")]


def test_failures_and_runs_that_go_on() -> None:
    events = [*run(0, "tag", 10, "waitUntil rejected"), *run(100, "tag", 10), *failing(200)]
    assert counted(events) == [3, 1, 1, 0, 1]


def test_a_retry_is_one_that_was_dispatched() -> None:
    assert counted([*failing(0), sync(300 * SECOND + 2, "Dispatched sync event")]) == [1, 0, 0, 1, 1]
    triggered = [*failing(0), sync(100 * SECOND, "Dispatched sync event")]
    assert counted(triggered) == [1, 0, 0, 0, 1]
    ended = sync(301 * SECOND, "Sync completed", metadata={"Status": "waitUntil rejected"})
    assert counted([*triggered, sync(300 * SECOND + 2, "Dispatched sync event"), ended]) == [1, 1, 0, 1, 0]


def test_a_run_that_is_not_tried_again_has_failed() -> None:
    assert counted(failing(0), {"test A": START + 9}) == [1, 1, 0, 0, 0]
    assert counted(failing(0), {"test B": START + 9}) == [1, 0, 0, 0, 1]
    assert counted([*failing(0), *failing(100)]) == [2, 1, 0, 0, 1]
    assert counted([*failing(0), sync(400 * SECOND, "Dispatched sync event", "other")]) == [1, 1, 0, 0, 0]
    final = sync(2, "sync event failed", metadata={"Next Attempt Delay (ms)": "infinite"})
    assert counted([*failing(0)[:2], final]) == [1, 1, 0, 0, 0]


def test_a_notification_neither_succeeds_nor_fails() -> None:
    row = rows([notification(0, "Notification displayed"), notification(5, "Notification closed")])[
        "notifications", "news"
    ]
    assert [row[name] for name in ("runs", "succeeded", "failed", "ended", "open")] == [1, 0, 0, 1, 0]


def some_syncs() -> st.SearchStrategy[list[Event]]:
    """Any events of two tags, a minute apart."""
    one = st.tuples(
        st.sampled_from([name for name, words in EVENT_NAMES["backgroundSync"].items() if words.run]),
        st.sampled_from(["tag", "other"]),
        st.sampled_from([{}, {"Next Attempt Delay (ms)": "300000"}, {"Next Attempt Delay (ms)": "infinite"}]),
    )
    return st.lists(one, max_size=40).map(
        lambda items: [
            sync(60 * SECOND * at, name, tag, metadata=metadata if name == "sync event failed" else {})
            for at, (name, tag, metadata) in enumerate(items)
        ]
    )


@given(some_syncs())
def test_numbers_count_the_runs_of_the_lanes(events: list[Event]) -> None:
    runs = [run for lane in make_lanes(events) for run in lane.runs if run.counts]
    found = list(rows(events).values())
    states = Counter(run.state for run in runs)
    assert sum(row["runs"] for row in found) == len(runs)
    assert sum(row["failed"] for row in found) == states[State.FAILED]
    assert sum(row["succeeded"] for row in found) == states[State.SUCCEEDED]


def test_many_ids_that_come_once_share_a_row() -> None:
    events = [event for number in range(30) for event in run(number * 100, f"once-{number}", 10)]
    events += [event for number in range(5) for event in run(5000 + number * 100, "often", 20)]
    found = rows(events)
    assert set(found) == {("backgroundSync", "often"), ("backgroundSync", None)}
    assert [found["backgroundSync", None][name] for name in ("ids", "runs", "median")] == [30, 30, 10]


def test_a_message_that_is_not_decrypted_has_ended() -> None:
    row = rows([push(0, "Push message received", metadata={"Success": "No"})])["pushMessaging", "m1"]
    assert [row[name] for name in ("runs", "failed", "open", "median")] == [1, 1, 0, 0]


def test_an_end_without_a_beginning_has_no_length() -> None:
    row = rows(run(0, "tag", 10)[2:])["backgroundSync", "tag"]
    assert [row[name] for name in ("runs", "succeeded", "median", "p95", "histogram")] == [1, 1, None, None, None]


def test_pushes_without_an_id_may_run_together() -> None:
    events = [push(at, "Push event dispatched", "") for at in (0, 5)]
    events += [push(at, "Push event completed", "", metadata={"Status": "Success"}) for at in (8, 20)]
    row = rows(events)["pushMessaging", ""]
    assert [row[name] for name in ("runs", "succeeded", "open", "median", "p95")] == [2, 2, 0, 8, 15]


def test_two_contexts_with_one_tag_have_runs_of_their_own() -> None:
    events = [sync(at, "Registered sync", browser_context=context) for at, context in ((0, "A"), (10, "B"))]
    events += [sync(at, "Dispatched sync event", browser_context=context) for at, context in ((11, "B"), (12, "A"))]
    statuses = ((110, "B", "waitUntil rejected"), (112, "A", "succeeded"))
    events += [
        sync(at, "Sync completed", browser_context=context, metadata={"Status": status})
        for at, context, status in statuses
    ]
    row = rows(events)["backgroundSync", "tag"]
    assert [row[name] for name in ("runs", "failed", "open", "trend")] == [2, 1, 0, [[100, True], [112, False]]]


def test_a_context_does_not_end_what_another_one_began() -> None:
    events = [
        sync(0, "Registered sync", browser_context="A"),
        sync(5, "Registered sync", "other", browser_context="B"),
        sync(6, "Registered sync", "other", browser_context="A"),
        sync(7, "Sync completed", browser_context="B", metadata={"Status": "succeeded"}),
    ]
    row = rows(events)["backgroundSync", "tag"]
    assert [row[name] for name in ("runs", "succeeded", "open", "median")] == [2, 1, 1, None]


def test_a_run_continues_after_a_restart_of_the_browser() -> None:
    events = [
        sync(0, "Registered sync", browser_context="before"),
        sync(9, "Dispatched sync event", browser_context="after"),
        sync(10, "Sync completed", browser_context="after", metadata={"Status": "succeeded"}),
    ]
    row = rows(events)["backgroundSync", "tag"]
    assert [row[name] for name in ("runs", "open", "median")] == [1, 0, 10]


def test_the_numbers_of_the_demo() -> None:
    found = rows(recorded("demo"))
    assert found["backgroundFetch", "song"]["median"] == 3_750_162
    assert found["backgroundFetch", "missing-269695d0"]["failed"] == 1
    assert found["notifications", "message"]["median"] == 7_475
    assert found["paymentHandler", "order-ea0a6dbf"]["succeeded"] == 1
    assert (
        found["backgroundSync", "reject-message"]["retries"],
        found["backgroundSync", "reject-message"]["open"],
    ) == (0, 1)
