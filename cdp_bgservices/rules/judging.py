"""Rules and events in, verdicts out: one pass, in memory that holds only what is still open."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec.structs import replace

from cdp_bgservices.events import EPOCH, Event, to_microseconds
from cdp_bgservices.identity import Contexts, context_of
from cdp_bgservices.rules import Verdict
from cdp_bgservices.rules.counting import Counting
from cdp_bgservices.rules.following import Following
from cdp_bgservices.rules.ordering import Ordering
from cdp_bgservices.rules.rule import Count, Order, Rule, Sequel


class State(Protocol):
    """One rule, and where it stands."""

    def see(self, event: Event) -> None:
        """The next event that the rule names and is about."""

    def verdict(self, ended_at: datetime) -> Verdict:
        """After the last one."""


def judge(rules: Sequence[Rule], events: Iterable[Event], *, ended_at: datetime | None = None) -> list[Verdict]:
    """One verdict a rule, in their order. ``events`` come oldest first, and are gone through once.

    ``ended_at`` is when the recording ended, where that was after its last event: what had not run out of
    time by then is undecided.
    """
    contexts = Contexts()
    states = [make_state(rule, contexts) for rule in rules]
    concerned: dict[tuple[str, str], list[tuple[Rule, State]]] = defaultdict(list)
    for rule, state in zip(rules, states, strict=True):
        for named in dict.fromkeys((pattern.service, pattern.event_name) for pattern in rule.patterns()):
            concerned[named].append((rule, state))
    quiet: dict[str, list[Counting]] = defaultdict(list)
    for state in states:
        if isinstance(state, Counting):
            for service in state.rule.services():
                quiet[service].append(state)
    last = EPOCH
    for event in events:
        last = event.timestamp
        contexts.see(context_of(event), to_microseconds(event.timestamp))
        if event.service in quiet:
            quiet[event.service] = [state for state in quiet[event.service] if not state.notice(event)]
        for rule, state in concerned.get((event.service, event.event_name), ()):
            if rule.is_about(event):
                state.see(event)
    last = max(last, ended_at or last)
    verdicts = [state.verdict(last) for state in states]
    return [replace(verdict, kind=rule.kind) for rule, verdict in zip(rules, verdicts, strict=True)]


def make_state(rule: Rule, contexts: Contexts) -> State:
    """Raises TypeError for another value."""
    match rule:
        case Count():
            return Counting(rule)
        case Sequel():
            return Following(rule, contexts)
        case Order():
            return Ordering(rule)
    raise TypeError(f"{rule!r} is not a rule")
