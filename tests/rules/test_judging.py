"""Each kind of rule, on events that were made for it."""

from datetime import timedelta

import pytest

from cdp_bgservices.events import Event, to_microseconds
from cdp_bgservices.identity import Contexts, context_of
from cdp_bgservices.rules import Outcome, has_failed
from cdp_bgservices.rules.judging import judge
from cdp_bgservices.rules.offences import MOST
from cdp_bgservices.rules.rule import forbid, is_like, require
from tests.making import ids
from tests.rules.making import START, at, outcome, rule, verdict

PASSED, FAILED, UNDECIDED = Outcome.PASSED, Outcome.FAILED, Outcome.UNDECIDED
NOT_APPLICABLE = Outcome.NOT_APPLICABLE
A, B, C = "backgroundSync:Registered sync", "backgroundSync:Dispatched sync event", "backgroundSync:Sync completed"
SEQUEL = f'after = "{A}"\nthen = "{C}"\n'
IN_TIME = f'{SEQUEL}within = "30s"\n'
ORDER = f'order = ["{A}", "{B}", "{C}"]\n'


def test_never() -> None:
    events = at(0, A), at(1, C), at(2, C)
    assert outcome(f'never = "{B}"', *events) is PASSED
    found = verdict(f'never = "{C}"', *events)
    assert (found.outcome, found.message, ids(found.events)) == (FAILED, "occurred 2 times", ids(events[1:]))
    assert outcome(f'never = ["{B}", "{C}"]', *events) is FAILED


@pytest.mark.parametrize(
    ("numbers", "count", "wanted"),
    [
        ("", 0, FAILED),
        ("", 1, PASSED),
        ("", 9, PASSED),
        ("at_least = 3", 2, FAILED),
        ("at_least = 3", 3, PASSED),
        ("at_most = 2", 0, FAILED),
        ("at_most = 2", 2, PASSED),
        ("at_most = 2", 3, FAILED),
        ("at_least = 0\nat_most = 2", 0, PASSED),
        ("at_least = 2\nat_most = 2", 1, FAILED),
        ("at_least = 2\nat_most = 2", 2, PASSED),
    ],
)
def test_expect(numbers: str, count: int, wanted: Outcome) -> None:
    events = [at(number, A) for number in range(count)]
    assert outcome(f'expect = "{A}"\n{numbers}', *events, at(20, B)) is wanted


def test_what_is_too_much_is_named_and_so_is_what_is_too_little() -> None:
    events = [at(number, A) for number in range(3)]
    assert ids(verdict(f'expect = "{A}"\nat_most = 1', *events).events) == ids(events[1:])
    assert ids(verdict(f'expect = "{A}"\nat_least = 4', *events).events) == ids(events)


def test_a_verdict_names_some_events_and_counts_all() -> None:
    found = verdict(f'never = "{A}"', *(at(number, A) for number in range(1000)))
    assert found.message == "occurred 1000 times"
    assert ids(found.events) == ids(at(number, A) for number in range(MOST))
    found = verdict(SEQUEL, *(at(number, A) for number in range(1000)))
    assert found.message == "1000 of 1000 not followed"
    assert ids(found.events) == ids(at(number, A) for number in range(MOST))


@pytest.mark.parametrize(
    ("condition", "metadata", "wanted"),
    [
        ('where = { Status = "failed" }', {"Status": "failed"}, FAILED),
        ('where = { Status = "failed" }', {"Status": "succeeded"}, PASSED),
        ('where = { Status = "failed" }', {}, PASSED),
        ('where = { Status = ["timeout", "failed"] }', {"Status": "failed"}, FAILED),
        ('where = { Status = "failed", Other = "x" }', {"Status": "failed"}, PASSED),
        ('where = { Status = "failed", Other = "x" }', {"Status": "failed", "Other": "x"}, FAILED),
        ('where_not = { Status = "succeeded" }', {"Status": "failed"}, FAILED),
        ('where_not = { Status = "succeeded" }', {"Status": "succeeded"}, PASSED),
        ('where_not = { Status = ["succeeded", "failed"] }', {"Status": "failed"}, PASSED),
        ('where_not = { Status = "succeeded" }', {}, PASSED),
        ('where = { a = "1" }\nwhere_not = { b = "2" }', {"a": "1", "b": "3"}, FAILED),
        ('where = { a = "1" }\nwhere_not = { b = "2" }', {"a": "1", "b": "2"}, PASSED),
        ('where = { Reason = "BAD_STATUS" }', {"Reason": "BackgroundFetchFailureReason::BAD_STATUS"}, FAILED),
        ('where_not = { Reason = "BAD_STATUS" }', {"Reason": "BackgroundFetchFailureReason::BAD_STATUS"}, PASSED),
        ('where = { Payload = "x" }', {"Payload": "some text::x"}, PASSED),
    ],
)
def test_metadata(condition: str, metadata: dict[str, str], wanted: Outcome) -> None:
    assert outcome(f'never = "{C}"\n{condition}', at(0, C, metadata=metadata)) is wanted


def test_metadata_of_one_of_several_events() -> None:
    text = f'after = {{ event = "{A}", where = {{ a = "1" }} }}\n'
    text += f'then = [{{ event = "{C}", where_not = {{ b = "2" }} }}, "{B}"]'
    one, two = {"a": "1"}, {"b": "2"}
    assert outcome(text, at(0, A), at(1, A, metadata={"a": "2"})) is NOT_APPLICABLE
    assert outcome(text, at(0, A, metadata=one), at(1, C, metadata=two)) is FAILED
    assert outcome(text, at(0, A, metadata=one), at(1, C, metadata=two), at(2, B)) is PASSED


@pytest.mark.parametrize(
    ("condition", "fields", "wanted"),
    [
        ('origin = "http://localhost:8000"', {}, FAILED),
        ('origin = "http://localhost:8000/"', {}, FAILED),
        ('origin = "http://localhost"', {}, NOT_APPLICABLE),
        ('origin = ["http://localhost", "http://localhost:*"]', {}, FAILED),
        ('scope = "http://localhost:8000/"', {}, FAILED),
        ('scope = "http://localhost:8000/"', {"scope": None}, NOT_APPLICABLE),
        ('scope = "*/shop/"', {"scope": "http://localhost:8000/shop/"}, FAILED),
        ('instance = "send-*"', {"instance_id": "send-message"}, FAILED),
        ('instance = "send-*"', {"instance_id": "resend-message"}, NOT_APPLICABLE),
        ('instance = ""', {"instance_id": ""}, FAILED),
        ('instance = ""', {}, NOT_APPLICABLE),
    ],
)
def test_filters(condition: str, fields: dict[str, object], wanted: Outcome) -> None:
    assert outcome(f'never = "{A}"\n{condition}', at(0, A, **fields)) is wanted


@pytest.mark.parametrize(
    ("text", "wanted", "like"),
    [
        ("abc", "abc", True),
        ("abc", "ab", False),
        ("abc", "a*", True),
        ("abc", "*c", True),
        ("abc", "*", True),
        ("", "*", True),
        ("abc", "a*c", True),
        ("a", "a*a", False),
        ("aba", "a*b*a", True),
        ("ab", "a*b*b", False),
        ("a[b]?", "a[b]*", True),
        ("ab", "a?", False),
        ("aXbXc", "*X*X*", True),
        ("aXc", "*X*X*", False),
    ],
)
def test_a_star_is_any_text_and_nothing_else_is(text: str, wanted: str, like: bool) -> None:
    assert is_like(text, wanted) is like


def test_what_has_to_follow() -> None:
    assert outcome(SEQUEL, at(0, A), at(9999, C)) is PASSED
    assert outcome(SEQUEL, at(0, A)) is FAILED
    assert outcome(SEQUEL, at(0, C), at(1, A)) is FAILED


@pytest.mark.parametrize(
    ("completed", "ended", "wanted"),
    [
        (29.0, None, PASSED),
        (30.0, None, PASSED),
        (30.000001, None, FAILED),
        (31.0, None, FAILED),
        (None, None, UNDECIDED),
        (None, 29.0, UNDECIDED),
        (None, 30.0, UNDECIDED),
        (None, 30.000001, FAILED),
    ],
)
def test_in_time(completed: float | None, ended: float | None, wanted: Outcome) -> None:
    events = [at(0, A), *([] if completed is None else [at(completed, C)])]
    found = verdict(IN_TIME, *events, ended=ended)
    assert found.outcome is wanted
    assert ids(found.events) == ([] if wanted is PASSED else ids(events[:1]))
    assert bool(found.message) is (wanted is not PASSED)


def test_the_last_event_of_all_ends_the_time() -> None:
    assert outcome(IN_TIME, at(0, A), at(31, "notifications:Notification closed")) is FAILED


def test_failed_comes_before_undecided() -> None:
    found = verdict(IN_TIME, at(0, A), at(40, A))
    assert (found.outcome, found.message) == (FAILED, "1 of 2 not followed within 30s")
    assert ids(found.events) == ids([at(0, A)])


D = "notifications:Notification closed"


@pytest.mark.parametrize(
    ("text", "events", "message"),
    [
        (f'never = "{B}"', [], "no event of backgroundSync occurred"),
        (f'never = "{B}"', [at(0, D)], "no event of backgroundSync occurred"),
        (f'never = ["{B}", "pushMessaging:x"]', [at(0, D)], "no event of backgroundSync or pushMessaging occurred"),
        (
            f'never = "{B}"\norigin = "http://other"',
            [at(0, A), at(1, B)],
            "no event of backgroundSync occurred that passes its filters",
        ),
        (f'expect = "{B}"\nat_least = 0\nat_most = 1', [at(0, D)], "no event of backgroundSync occurred"),
        (SEQUEL, [], f"no {A} occurred"),
        (SEQUEL, [at(0, B), at(1, C)], f"no {A} occurred"),
        (f'{SEQUEL}instance = "x"', [at(0, A), at(1, C)], f"no {A} occurred that passes its filters"),
        (IN_TIME, [at(0, D)], f"no {A} occurred"),
        (ORDER, [], "no two of these occurred in one instance"),
        (ORDER, [at(0, A), at(1, A)], "no two of these occurred in one instance"),
        (ORDER, [at(0, C), at(1, A)], "no two of these occurred in one instance"),
        (ORDER, [at(0, A), at(1, C, instance_id="x")], "no two of these occurred in one instance"),
        (f'{ORDER}same = "origin"', [at(0, B)], "no two of these occurred in one origin"),
    ],
)
def test_a_rule_about_which_nothing_came_is_not_applicable(text: str, events: list[Event], message: str) -> None:
    found = verdict(text, *events)
    assert (found.outcome, found.message, found.events) == (NOT_APPLICABLE, message, ())


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (f'never = "{B}"', [at(0, A)]),
        (f'never = "{B}"\nwhere = {{ x = "y" }}', [at(0, B)]),
        (f'never = ["{B}", "pushMessaging:x"]', [at(0, A)]),
        (f'never = "{B}"\ninstance = "tag"', [at(0, A)]),
        (f'expect = "{B}"\nat_least = 0\nat_most = 1', [at(0, A)]),
        (SEQUEL, [at(0, A), at(1, C)]),
        (ORDER, [at(0, B), at(1, C)]),
        (ORDER, [at(0, C), at(1, A), at(2, B)]),
    ],
)
def test_a_rule_that_was_put_to_the_test_passes(text: str, events: list[Event]) -> None:
    found = verdict(text, *events)
    assert (found.outcome, found.message) == (PASSED, "")


def test_what_is_expected_is_always_applicable() -> None:
    assert outcome(f'expect = "{B}"') is FAILED


def test_what_began_before_the_recording_is_not_a_failure() -> None:
    assert outcome(SEQUEL, at(0, C), at(1, B), at(2, C)) is NOT_APPLICABLE
    assert outcome(ORDER, at(0, B), at(1, C), at(2, A), at(3, B), at(4, C)) is PASSED


def test_a_tag_that_is_registered_again_needs_another_completion() -> None:
    again = at(0, A), at(1, C), at(2, A)
    assert ids(verdict(SEQUEL, *again).events) == ids(again[2:])
    assert outcome(SEQUEL, *again, at(3, C)) is PASSED
    twice = at(0, A), at(1, A), at(2, C)
    assert ids(verdict(SEQUEL, *twice).events) == ids(twice[1:2])
    assert outcome(f"{SEQUEL}shared = true", *twice) is PASSED


def test_retries() -> None:
    failed = "backgroundSync:sync event failed"
    events = at(0, A), at(1, B), at(2, failed), at(300, B), at(301, failed), at(900, B), at(901, C)
    assert outcome(SEQUEL, *events) is PASSED
    assert outcome(ORDER, *events) is PASSED
    assert outcome(f'after = "{failed}"\nthen = "{C}"', *events) is FAILED
    assert outcome(f'after = "{failed}"\nthen = "{C}"\nshared = true', *events) is PASSED
    assert outcome(f'after = "{failed}"\nthen = "{B}"\nwithin = "10m"', *events) is PASSED
    assert outcome(f'after = "{failed}"\nthen = "{B}"\nwithin = "5m"', *events) is FAILED


OTHERS = {
    "source": "other",
    "origin": "http://localhost:9000/",
    "storage_key": "http://localhost:8000/^0other",
    "registration_id": "1",
    "instance_id": "other",
}


@pytest.mark.parametrize("field", OTHERS)
def test_an_instance_is_all_that_names_it(field: str) -> None:
    other = {field: OTHERS[field]}
    assert outcome(SEQUEL, at(0, A), at(1, C, **other)) is FAILED
    assert outcome(ORDER, at(0, A), at(1, C), at(2, B, **other)) is PASSED
    assert outcome(ORDER, at(0, A), at(1, C), at(2, B)) is FAILED


@pytest.mark.parametrize(
    ("same", "shared_fields"),
    [
        ("instance", set()),
        ("registration", {"instance_id"}),
        ("origin", {"instance_id", "registration_id", "storage_key"}),
    ],
)
def test_what_is_the_same(same: str, shared_fields: set[str]) -> None:
    for field, value in OTHERS.items():
        wanted = PASSED if field in shared_fields else FAILED
        assert outcome(f'{SEQUEL}same = "{same}"', at(0, A), at(1, C, **{field: value})) is wanted, field


ONCE = f"{IN_TIME}exactly = 1\n"


@pytest.mark.parametrize(
    ("seconds", "ended", "wanted", "blamed"),
    [
        ([1], 40, PASSED, []),
        ([1], None, PASSED, []),
        ([], None, UNDECIDED, [0]),
        ([], 40, FAILED, [0]),
        ([1, 2], None, FAILED, [2]),
        ([1, 30, 30.000001], None, FAILED, [2]),
        ([1, 31], None, PASSED, []),
        ([31], None, FAILED, [0]),
    ],
)
def test_exactly_one_in_time(seconds: list[float], ended: float | None, wanted: Outcome, blamed: list[int]) -> None:
    events = [at(0, A), *(at(second, C) for second in seconds)]
    found = verdict(ONCE, *events, ended=ended)
    assert found.outcome is wanted
    assert ids(found.events) == ids(events[place] for place in blamed)


def test_which_of_several_it_belongs_to() -> None:
    """The oldest that still lacks one; what came before any of them means nothing."""
    once = f"{SEQUEL}exactly = 1"
    assert outcome(once, at(0, C), at(1, A), at(2, C)) is PASSED
    assert outcome(once, at(0, A), at(1, A), at(2, C), at(3, C)) is PASSED
    assert ids(verdict(once, at(0, A), at(1, C), at(2, C), at(3, A), at(4, C)).events) == ids([at(2, C)])
    assert ids(verdict(once, at(0, A), at(1, A), at(2, C)).events) == ids([at(1, A)])
    assert outcome(once, at(0, A), at(1, C, instance_id="other"), at(2, C)) is PASSED
    assert outcome(f"{once}\nshared = true", at(0, A), at(1, A), at(2, C)) is PASSED
    assert outcome(f"{SEQUEL}at_least = 1\nat_most = 2", at(0, A), at(1, C), at(2, C), at(3, C)) is FAILED
    assert outcome(once, at(0, C), at(0, A)) is PASSED
    assert outcome(f'after = "{A}"\nthen = "{A}"\nexactly = 0', at(0, A)) is PASSED


def test_a_number_goes_on_after_a_restart() -> None:
    before, after = {"browser_context": "BEFORE"}, {"browser_context": "AFTER"}
    once = f"{SEQUEL}exactly = 1"
    assert outcome(once, at(0, A, **before), at(1, B, **after), at(2, C, **after)) is PASSED
    assert outcome(once, at(0, A, **before), at(1, C, **before), at(2, C, **after)) is FAILED
    alive = at(3, "notifications:Notification closed", **before)
    assert outcome(once, at(0, A, **before), at(1, C, **before), at(2, C, **after), alive, at(4, B)) is PASSED


def test_events_of_several_services_have_a_registration_in_common() -> None:
    text = 'after = "pushMessaging:Push event dispatched"\nthen = "notifications:Notification displayed"'
    push, note = at(0, "pushMessaging:Push event dispatched", instance_id=""), "notifications:Notification displayed"
    assert outcome(text, push, at(1, note, instance_id="message")) is PASSED
    assert outcome(text, push, at(1, note, instance_id="message", registration_id="1")) is FAILED


def test_two_contexts_at_once_have_nothing_in_common() -> None:
    one, two = {"browser_context": "ONE"}, {"browser_context": "TWO"}
    first, second = at(0, A, **one), at(1, A, **two)
    # The second one's completion is not the first one's, though the first one has waited for longer.
    assert ids(verdict(SEQUEL, first, second, at(2, C, **two)).events) == ids([first])
    still_there = at(4, "notifications:Notification closed", **one)
    assert outcome(SEQUEL, first, at(1, B, **two), still_there, at(5, C, **two)) is FAILED


def test_a_restart_goes_on_in_another_context() -> None:
    before, after = {"browser_context": "BEFORE"}, {"browser_context": "AFTER"}
    assert outcome(SEQUEL, at(0, A, **before), at(1, B, **before), at(2, B, **after), at(3, C, **after)) is PASSED
    assert outcome(ORDER, at(0, A, **before), at(1, C, **before), at(2, B, **after)) is PASSED
    # The one of its own context comes first, and then the oldest one of any that are over.
    events = at(0, A, browser_context="FIRST"), at(1, A, **before), at(2, A, **after)
    completions = [at(3 + number, C, **after) for number in range(3)]
    for count, left in enumerate(([0, 1, 2], [0, 1], [1], [])):
        assert ids(verdict(SEQUEL, *events, *completions[:count]).events) == ids(events[place] for place in left)


def test_equal_timestamps_are_in_no_order() -> None:
    assert outcome(SEQUEL, at(0, C), at(0, A)) is PASSED
    assert outcome(SEQUEL, at(0, C), at(0, A), at(0, A, metadata={"n": "2"})) is FAILED
    assert outcome(f"{SEQUEL}shared = true", at(0, C), at(0, A), at(0, A, metadata={"n": "2"})) is PASSED
    assert outcome(SEQUEL, at(0, C), at(0, B), at(1, A)) is FAILED
    assert outcome(ORDER, at(0, A), at(1, C), at(1, B)) is PASSED
    assert outcome(ORDER, at(0, A), at(1, C), at(1, B), at(2, B)) is FAILED
    assert outcome(ORDER, at(0, A), at(1, C), at(2, A), at(2, B)) is PASSED


def test_no_event_follows_itself() -> None:
    text = f'after = "{A}"\nthen = "{A}"'
    assert outcome(text, at(0, A)) is FAILED
    found = verdict(text, at(0, A), at(1, A), at(2, A))
    assert ids(found.events) == ids([at(2, A)])
    assert outcome(f"{text}\nshared = true", at(0, A)) is FAILED


@pytest.mark.parametrize(
    ("names", "late"),
    [
        ([A, B, C], []),
        ([A, C], []),
        ([A, B], []),
        ([A, B, B, C, C], []),
        ([A, B, A, B, C], []),
        ([A, B, C, A, B, C], []),
        ([A, C, B], [2]),
        ([A, C, B, B, C], [2, 3]),
        ([B, C, B], [2]),
        ([C, A, B], []),
        ([A, C, B, A, C, B], [2, 5]),
    ],
)
def test_order(names: list[str], late: list[int]) -> None:
    events = [at(number, name) for number, name in enumerate(names)]
    found = verdict(ORDER, *events)
    assert found.outcome is (FAILED if late else PASSED)
    assert ids(found.events) == ids(events[place] for place in late)


def test_fail_on_and_expect() -> None:
    rules = [forbid("backgroundSync", "sync event failed"), require("backgroundSync", "Sync completed")]
    assert [rule.name for rule in rules] == [
        "no backgroundSync:sync event failed",
        "backgroundSync:Sync completed occurs",
    ]
    failed, completed = at(0, "backgroundSync:sync event failed"), at(1, C)
    for events, wanted in (
        ([], [NOT_APPLICABLE, FAILED]),
        ([failed], [FAILED, FAILED]),
        ([completed], [PASSED, PASSED]),
        ([failed, completed], [FAILED, PASSED]),
    ):
        verdicts = judge(rules, events)
        assert [verdict.outcome for verdict in verdicts] == wanted
        assert has_failed(verdicts) is (FAILED in wanted)


def test_the_verdicts_are_in_the_order_of_the_rules_and_one_pass_is_enough() -> None:
    texts = [f'never = "{C}"', SEQUEL, f'expect = "{B}"', IN_TIME, ORDER]
    events = iter([at(0, A), at(1, C)])
    verdicts = judge([rule(text) for text in texts], events)
    assert [verdict.outcome for verdict in verdicts] == [FAILED, PASSED, FAILED, PASSED, PASSED]
    assert next(events, None) is None


def test_what_is_answered_or_late_is_kept_no_longer() -> None:
    """Half of these syncs never complete: what is kept are those of the last 30 s."""

    from cdp_bgservices.rules.following import Following
    from cdp_bgservices.rules.rule import Sequel

    sequel = rule(IN_TIME)
    assert isinstance(sequel, Sequel)
    contexts = Contexts()
    state = Following(sequel, contexts)
    most = 0
    for number in range(2000):
        item = at(number, A if number % 2 else C, instance_id=f"tag-{number // 4}")
        contexts.see(context_of(item), to_microseconds(item.timestamp))
        state.see(item)
        most = max(most, len(state.open), len(state.queues))
    assert 5 <= most <= 9


@pytest.mark.parametrize(("text", "most"), [(f"{IN_TIME}exactly = 1", 31), (f"{SEQUEL}exactly = 1", 1)])
def test_what_was_counted_is_kept_no_longer_than_it_is_needed(text: str, most: int) -> None:
    """Of one instance: for as long as the time is, or else the latest one."""

    from cdp_bgservices.rules.following import Following
    from cdp_bgservices.rules.rule import Sequel

    sequel = rule(text)
    assert isinstance(sequel, Sequel)
    contexts = Contexts()
    state = Following(sequel, contexts)
    kept = 0
    for number in range(1000):
        for item in (at(number, A), at(number + 0.5, C)):
            contexts.see(context_of(item), to_microseconds(item.timestamp))
            state.see(item)
        kept = max(
            kept, sum(len(queue) for queues in state.queues.values() for queue in queues.values()), len(state.open)
        )
    assert kept == most
    assert state.verdict(START).outcome is PASSED


def test_an_event_that_is_given_twice_does_no_harm() -> None:
    item: Event = at(0, A)
    assert outcome(SEQUEL, item, item, at(1, C), at(1, C)) is PASSED


def test_a_recording_ends_with_its_last_event_at_the_earliest() -> None:
    (found,) = judge([rule(IN_TIME)], [at(0, A), at(40, B)], ended_at=START + timedelta(seconds=1))
    assert found.outcome is FAILED
