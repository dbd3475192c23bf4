"""Rules over recorded events: what must occur, what must not, how often, in which order, how soon."""

from enum import StrEnum

import msgspec

from cdp_bgservices.events import Event


class Outcome(StrEnum):
    """The outcome of one rule."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    """The recording ended before it was decided."""
    NOT_APPLICABLE = "not applicable"
    """No event occurred that the rule is about: silence does not prove that it holds."""


class Kind(StrEnum):
    """Which kind of check a verdict is about."""

    RULE = "rule"
    FORBIDDEN = "--fail-on"
    EXPECTED = "--expect"
    UNTIL = "--until"
    COMMAND = "--run"
    RECORDING = "recording"
    """Whether what was recorded can prove anything."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, and what the events say of it."""

    rule: str
    """The rule's name: a sentence that is true when it holds."""
    outcome: Outcome
    kind: Kind = Kind.RULE
    message: str = ""
    """Why it did not pass, in one line; may be empty if it did."""
    events: tuple[Event, ...] = ()
    """The events that make it fail, or leave it undecided; oldest first."""


def has_failed(verdicts: "list[Verdict]") -> bool:
    return any(verdict.outcome is Outcome.FAILED for verdict in verdicts)


def is_proof(verdicts: "list[Verdict]") -> bool:
    """Whether any of the rules was applicable, or there are none."""
    return not verdicts or any(verdict.outcome is not Outcome.NOT_APPLICABLE for verdict in verdicts)
