"""Short ways to write events and rules."""

from datetime import timedelta

from cdp_bgservices.events import Event
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.rules.file import parse_rules
from cdp_bgservices.rules.judging import judge
from cdp_bgservices.rules.rule import Rule
from tests.making import NOW, event

SYNC, PUSH, NOTE = "backgroundSync", "pushMessaging", "notifications"
AGE = timedelta(hours=1)
START = NOW - AGE
"""When an event at 0 s comes."""


def at(seconds: float, named: str, **fields: object) -> Event:
    """``SERVICE:EVENT_NAME``, this long after START; of one instance and without metadata unless said otherwise."""
    service, _, event_name = named.partition(":")
    values: dict[str, object] = {"instance_id": "tag", "metadata": {}, "service": service, "event_name": event_name}
    return event(age=AGE - timedelta(seconds=seconds), **{**values, **fields})  # type: ignore[arg-type]


def rule(text: str) -> Rule:
    """The fields of one rule, as they stand in a file."""
    (found,) = parse_rules(f"[[rule]]\n{text}")
    return found


def verdict(text: str, *events: Event, ended: float | None = None) -> Verdict:
    """``ended`` is in seconds after START."""
    (found,) = judge([rule(text)], events, ended_at=None if ended is None else START + timedelta(seconds=ended))
    return found


def outcome(text: str, *events: Event, ended: float | None = None) -> Outcome:
    return verdict(text, *events, ended=ended).outcome
