"""What follows from checks."""

import pytest

from cdp_bgservices.doctor.values import Check, State, exit_status, report, summary


def check(name: str, state: State = State.OK, stops: str = "", exit_status: int = 0) -> Check:
    return Check(group="g", name=name, state=state, found="", stops=stops, exit_status=exit_status)


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ([], 0),
        ([check("a"), check("b", State.WARNING, exit_status=3)], 0),
        ([check("a", State.MISSING, "the viewer")], 0),
        ([check("a", State.UNKNOWN, exit_status=4)], 0),
        ([check("a", State.MISSING, exit_status=4)], 4),
        ([check("a", State.MISSING, exit_status=4), check("b", State.MISSING, exit_status=3)], 3),
    ],
)
def test_only_what_a_recording_needs_fails(checks: list[Check], expected: int) -> None:
    assert exit_status(checks) == report(checks).exit_status == expected


def test_the_summary_says_each_thing_once() -> None:
    checks = [
        check("a", State.MISSING, "the viewer"),
        check("b", State.MISSING, "the viewer"),
        check("c", State.MISSING, "--headed"),
        check("d", State.WARNING, "large pages"),
        check("e", State.UNKNOWN, "not said"),
        check("f", State.OK, "not said"),
        check("h", State.WARNING),
    ]
    assert summary(checks) == "Does not work here: the viewer; --headed. Limited: large pages. Not known: g e."


def test_where_nothing_is_missing_that_is_said() -> None:
    assert summary([check("a", stops="the viewer")]) == "Everything that was looked at works here."
