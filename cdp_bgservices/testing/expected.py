"""What a test waits for, and how near an event is to it."""

import re
from collections.abc import Callable, Collection, Mapping
from difflib import SequenceMatcher
from typing import Any, TypedDict

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.query import Query, parse_service
from cdp_bgservices.rules.rule import Pattern
from cdp_bgservices.rules.spelling import name_doubts, pattern_doubts

__tracebackhide__ = True  # pytest does not show the frames of this module.

Text = str | re.Pattern[str]


class Criteria(TypedDict, total=False):
    """Criteria for an event besides its service and its name."""

    instance_id: Text
    origin: Text
    """With or without the trailing slash that Chromium writes."""
    scope: Text
    metadata: Mapping[str, Text]
    """These keys have these values; other keys are ignored."""
    text: Text
    """Somewhere in the instance, the origin, the scope, or a value of the metadata."""
    context: str | Collection[str]
    """The id of a browser context, or of several."""
    predicate: Callable[[Event], bool]


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """Texts are compared exactly, patterns by ``search``; a field that is None is ignored."""

    service: str | None = None
    event_name: Any = None
    instance_id: Any = None
    origin: Any = None
    scope: Any = None
    metadata: Mapping[str, Any] = {}
    text: Any = None
    context: str | Collection[str] | None = None
    predicate: Callable[[Event], bool] | None = None

    @property
    def query(self) -> Query:
        """The part that the store can answer."""
        return Query(services=() if self.service is None else (self.service,))

    def fits(self, event: Event) -> bool:
        """Whether it meets all criteria but the predicate."""
        fields = all(is_like(wanted, actual) for wanted, actual in self.comparisons(event))
        return fields and self.is_there(event) and self.has_text(event)

    def matches(self, event: Event) -> bool:
        return self.fits(event) and (self.predicate is None or bool(self.predicate(event)))

    def is_there(self, event: Event) -> bool:
        """Whether it occurred in one of the browser contexts."""
        contexts = [self.context] if isinstance(self.context, str) else self.context
        return contexts is None or event.browser_context in contexts

    def has_text(self, event: Event) -> bool:
        """Whether the text is in one of its values."""
        values = (event.instance_id, event.origin, event.scope or "", *event.metadata.values())
        return self.text is None or any(is_in(self.text, value) for value in values)

    def doubts(self) -> list[str]:
        """Names that may be misspelt, so that nothing would ever match."""
        if not isinstance(self.event_name, str):
            return []
        if self.service is None:
            return list(name_doubts(self.event_name))
        where = {key: (value,) if isinstance(value, str) else () for key, value in self.metadata.items()}
        return list(pattern_doubts(Pattern(service=self.service, event_name=self.event_name, where=where)))

    def nearness(self, event: Event) -> float:
        """How many criteria the event meets, useful only for comparing events."""
        fields = sum(
            1.0 if is_like(wanted, actual) else SequenceMatcher(None, text_of(wanted), actual).ratio() / 2
            for wanted, actual in self.comparisons(event)
        )
        return fields + self.is_there(event) + self.has_text(event)

    def comparisons(self, event: Event) -> list[tuple[Text, str]]:
        """Each criterion with the event's value."""
        pairs: list[tuple[Text | None, str]] = [
            (self.service, event.service),
            (self.event_name, event.event_name),
            (self.instance_id, event.instance_id),
            (without_slash(self.origin), event.origin.rstrip("/")),
            (self.scope, event.scope or ""),
            *((value, event.metadata.get(key, "")) for key, value in self.metadata.items()),
        ]
        return [(wanted, actual) for wanted, actual in pairs if wanted is not None]

    def __str__(self) -> str:
        """``backgroundSync 'Sync completed', instance_id='send-message'``."""
        name = [] if self.event_name is None else [show(self.event_name)]
        what = " ".join([self.service or "any service", *name])
        rest = [
            f"{field}={show(value)}"
            for field in ("instance_id", "origin", "scope", "metadata", "text", "context", "predicate")
            if (value := getattr(self, field)) is not None and value != {}
        ]
        return ", ".join([what, *rest])


def expected(service: str | None, event_name: Text | None, criteria: Criteria) -> Expected:
    """Raises InvalidInputError for an unknown service and for an unknown criterion."""
    if unknown := set(criteria) - set(Criteria.__annotations__):
        raise InvalidInputError(
            f"{sorted(unknown)[0]!r} is not a valid criterion",
            "Valid criteria are: service, event, " + ", ".join(Criteria.__annotations__) + ".",
        )
    return Expected(service=None if service is None else str(parse_service(service)), event_name=event_name, **criteria)


def is_like(wanted: Text, actual: str) -> bool:
    return wanted.search(actual) is not None if isinstance(wanted, re.Pattern) else wanted == actual


def is_in(wanted: Text, actual: str) -> bool:
    return wanted.search(actual) is not None if isinstance(wanted, re.Pattern) else wanted in actual


def text_of(wanted: Text) -> str:
    return wanted.pattern if isinstance(wanted, re.Pattern) else str(wanted)


def without_slash(origin: Text | None) -> Text | None:
    return origin.rstrip("/") if isinstance(origin, str) else origin


def show(value: object) -> str:
    if isinstance(value, re.Pattern):
        return f"/{value.pattern}/"
    return getattr(value, "__name__", None) or repr(value)
