"""Rules over recorded events: what must come, what must not, how often, in which order, how soon."""

from enum import StrEnum

import msgspec

from cdp_bgservices.events import Event


class Outcome(StrEnum):
    """What became of one rule."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    """The recording ended before it could be told."""
    NOT_APPLICABLE = "not applicable"
    """Nothing came that the rule is about: silence is no proof that it holds."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, and what the events say of it."""

    rule: str
    """The rule's name: a sentence that is true when it holds."""
    outcome: Outcome
    message: str = ""
    """Why it is not passed, one line; may be empty where it is."""
    events: tuple[Event, ...] = ()
    """The events that make it fail, or leave it undecided; oldest first."""


def has_failed(verdicts: "list[Verdict]") -> bool:
    return any(verdict.outcome is Outcome.FAILED for verdict in verdicts)


def is_proof(verdicts: "list[Verdict]") -> bool:
    """Whether any of the rules was put to the test, or there is none."""
    return not verdicts or any(verdict.outcome is not Outcome.NOT_APPLICABLE for verdict in verdicts)
