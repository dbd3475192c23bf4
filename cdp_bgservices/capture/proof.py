"""Silence that would count as proof: misspelt names, rules without any matching event, no event at all."""

from collections.abc import Iterable, Sequence

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.notices import Notice, Say
from cdp_bgservices.rules import Kind, Outcome, Verdict, is_proof

NO_PROOF = "no event matches any rule: nothing is proved"


def warn(doubts: Iterable[str], say: Say, *, strict: bool) -> None:
    """Of names that may be misspelt. Raises InvalidInputError if that is an error (``--strict``)."""
    found = list(doubts)
    if strict and found:
        raise InvalidInputError("\n".join(found), "--strict refuses it: correct it, or leave out --strict.")
    for doubt in found:
        say(Notice("doubt", doubt, level="warning"))


def no_proof(verdicts: Sequence[Verdict], say: Say, *, strict: bool) -> list[Verdict]:
    """Warn if no rule is applicable; with ``--strict`` that is a failure, which is returned."""
    if is_proof(list(verdicts)):
        return []
    if not strict:
        say(Notice("doubt", NO_PROOF, level="warning"))
        return []
    return [Verdict(rule="a rule is applicable", kind=Kind.RECORDING, outcome=Outcome.FAILED, message=NO_PROOF)]


def no_events(reason: str) -> Verdict:
    """The verdict on a check of nothing."""
    return Verdict(
        rule="there are events to judge",
        kind=Kind.RECORDING,
        outcome=Outcome.FAILED,
        message=f"{reason}; give --allow-idle if that is intended",
    )
