"""A rule: what it is about, and what has to hold. Values only; ``judging`` has their verdicts."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.rules import Kind


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are meant, by name and metadata."""

    service: str
    event_name: str
    where: Mapping[str, tuple[str, ...]] = {}
    """Metadata that is there with one of these values."""
    where_not: Mapping[str, tuple[str, ...]] = {}
    """Metadata that is there with any other value."""

    def matches(self, event: Event) -> bool:
        return (
            event.event_name == self.event_name
            and event.service == self.service
            and all(key in event.metadata and is_one_of(event.metadata[key], self.where[key]) for key in self.where)
            and all(
                key in event.metadata and not is_one_of(event.metadata[key], self.where_not[key])
                for key in self.where_not
            )
        )

    def __str__(self) -> str:
        conditions = [f"{key} is {' or '.join(values)}" for key, values in self.where.items()]
        conditions += [f"{key} is not {' or '.join(values)}" for key, values in self.where_not.items()]
        return f"{self.service}:{self.event_name}" + (f" where {' and '.join(conditions)}" if conditions else "")


def either(named: Sequence[Pattern]) -> str:
    return " or ".join(map(str, named))


def is_one_of(value: str, choices: tuple[str, ...]) -> bool:
    """Chromium before 132 wrote ``BackgroundFetchFailureReason::BAD_STATUS`` where it writes ``BAD_STATUS`` now."""
    kind, _, bare = value.partition("::")
    return value in choices or (bare in choices and kind.isidentifier())


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What every kind of rule has."""

    name: str
    """A sentence that is true when it holds."""
    kind: Kind = Kind.RULE
    origins: tuple[str, ...] = ()
    """Only events of these; ``*`` stands for any text. With or without the trailing slash that Chromium writes."""
    scopes: tuple[str, ...] = ()
    """Only events of these service worker scopes; ``*`` stands for any text."""
    instance_ids: tuple[str, ...] = ()
    """Only events of these instances; ``*`` stands for any text."""

    def patterns(self) -> tuple[Pattern, ...]:
        """Every event that it names."""
        raise NotImplementedError

    def services(self) -> tuple[str, ...]:
        """Those of the events that it names, each once."""
        return tuple(dict.fromkeys(pattern.service for pattern in self.patterns()))

    def is_about(self, event: Event) -> bool:
        """Whether an event passes the filters, which most rules do not have."""
        return (
            (not self.origins or any(is_like(event.origin.rstrip("/"), wanted.rstrip("/")) for wanted in self.origins))
            and (not self.scopes or any(is_like(event.scope or "", wanted) for wanted in self.scopes))
            and (not self.instance_ids or any(is_like(event.instance_id, wanted) for wanted in self.instance_ids))
        )


def is_like(text: str, wanted: str) -> bool:
    """Whether they are equal, where each ``*`` stands for any text."""
    first, *parts = wanted.split("*")
    if not parts:
        return text == wanted
    *middle, last = parts
    if not text.startswith(first):
        return False
    position = len(first)
    for part in middle:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return len(text) - position >= len(last) and text.endswith(last)


class Count(Rule, frozen=True, kw_only=True):
    """Presence, absence and number: how many events occur in the whole recording."""

    counted: tuple[Pattern, ...]
    """Alternatives."""
    at_least: int = 0
    at_most: int | None = None

    def patterns(self) -> tuple[Pattern, ...]:
        return self.counted


class Sequel(Rule, frozen=True, kw_only=True):
    """Each event of one kind has one of another kind after it, in time."""

    after: tuple[Pattern, ...]
    """Alternatives."""
    then: tuple[Pattern, ...]
    """Alternatives."""
    within: timedelta | None = None
    """``None``: before the recording ends."""
    same: str = "instance"
    """What the two have in common: one of ``identity.SAME``."""
    shared: bool = False
    """Whether one event may follow several. Each has one of its own otherwise."""
    at_least: int = 1
    """How many follow each."""
    at_most: int | None = None

    def patterns(self) -> tuple[Pattern, ...]:
        return self.after + self.then


class Order(Rule, frozen=True, kw_only=True):
    """Those of these events that occur do so in this order. The first one begins it again."""

    order: tuple[Pattern, ...]
    same: str = "instance"
    """What they have in common: one of ``identity.SAME``."""

    def patterns(self) -> tuple[Pattern, ...]:
        return self.order


def forbid(service: str, event_name: str) -> Rule:
    """No such event occurs."""
    pattern = Pattern(service=service, event_name=event_name)
    return Count(name=f"no {pattern}", counted=(pattern,), at_most=0, kind=Kind.FORBIDDEN)


def require(service: str, event_name: str) -> Rule:
    """Such an event occurs."""
    pattern = Pattern(service=service, event_name=event_name)
    return Count(name=f"{pattern} occurs", counted=(pattern,), at_least=1, kind=Kind.EXPECTED)
