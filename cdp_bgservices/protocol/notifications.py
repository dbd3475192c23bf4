"""Which of the notifications that a worker's registration has is the one that an event displayed, if that is certain.

Chromium gives an event no more than the tag, the title and the body. At most one notification of an origin has a tag;
several without a tag may be equal. Chromium writes a notification down before it logs that it displayed it
(content/browser/notifications/platform_notification_context_impl.cc). So while no later event of the same tag is
reported, the notification with that tag belongs to the last event. Without a tag, the time decides: a notification has
the time of the call that showed it, unless the page gives it another.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from cdp_bgservices.events import EPOCH, Event
from cdp_bgservices.notification_details import CUT, MISSING, check_notification
from cdp_bgservices.protocol.messages import ProtocolError
from cdp_bgservices.protocol.notification_script import Wanted

KNOWN = 1_000
"""Tags and texts that are remembered, of one browser context."""
RECENT = timedelta(seconds=10)
"""How long before its event a notification may have been made: its images are loaded first."""

CLOSED = "it was closed before it could be read"
REPLACED = "a later notification with the same tag replaced it before it could be read"
NOT_CERTAIN = "several notifications without a tag have its title and body, and it is not certain which of them it is"
NOT_UNDERSTOOD = "the answer of its service worker was not understood"


class Shown(msgspec.Struct, frozen=True):
    """A notification that an event displayed."""

    event: Event
    key: int
    """The same for those that can be taken for each other."""
    before: datetime | None
    """When the one before it was displayed; None if none is known."""

    @property
    def wanted(self) -> Wanted:
        metadata = self.event.metadata
        return Wanted(self.event.instance_id, metadata.get("Title", ""), metadata.get("Body", ""))


class Data(msgspec.Struct, frozen=True):
    cut: bool
    text: str
    """JSON, or its beginning."""


class Found(msgspec.Struct, frozen=True):
    """A notification, as the worker writes it."""

    options: dict[str, Any]
    data: Data


class Answer(msgspec.Struct, frozen=True):
    """What the worker found for one of those that are wanted."""

    others: int
    """Of the same tag, with another text."""
    found: list[Found]


class Displays:
    """The notifications that were displayed in one browser context, in the order of their events."""

    def __init__(self) -> None:
        self.latest: dict[int, Event] = {}
        """By key, the one that was displayed last at the end."""

    def is_known(self, event: Event) -> bool:
        """Whether it is noted already, or a later one that can be taken for it."""
        known = self.latest.get(key_of(event))
        return known is not None and known.timestamp >= event.timestamp

    def has_since(self, moment: datetime, registration_id: str) -> bool:
        """Whether one of this registration was displayed after that."""
        return any(each.registration_id == registration_id and each.timestamp > moment for each in self.latest.values())

    def note(self, event: Event) -> Shown:
        key = key_of(event)
        known = self.latest.get(key)
        if self.is_known(event):  # A replay repeats it.
            return Shown(event, key, None)
        self.latest.pop(key, None)
        self.latest[key] = event
        if len(self.latest) > KNOWN:
            del self.latest[next(iter(self.latest))]
        return Shown(event, key, known.timestamp if known else None)

    def is_last(self, shown: Shown) -> bool:
        """Whether none was displayed after it for which it can be taken."""
        return self.latest.get(shown.key, shown.event).id == shown.event.id

    def choose(self, shown: Shown, answer: Answer) -> dict[str, Any]:
        """The details of a notification, or why there are none. All that was reported before the answer is noted."""
        found = answer.found
        if shown.event.instance_id:
            if not self.is_last(shown) or (answer.others and not found):
                return missing(REPLACED)
            return details_of(found[0]) if found else missing(CLOSED)
        if not found:
            return missing(CLOSED)
        if shown.before or not self.is_last(shown):
            since = max(shown.before or EPOCH, shown.event.timestamp - RECENT)
            found = [each for each in found if since < made_at(each) <= shown.event.timestamp]
        all_of_them = [details_of(each) for each in found]
        if len(all_of_them) > 1:  # It does not matter which it is if they are equal.
            for each in all_of_them:
                each.pop("timestamp", None)
        first = next(iter(all_of_them), None)
        return missing(NOT_CERTAIN) if first is None or any(each != first for each in all_of_them) else first


def key_of(event: Event) -> int:
    texts = event.metadata.get("Title", ""), event.metadata.get("Body", "")
    return hash((event.origin, event.instance_id) if event.instance_id else (event.registration_id, *texts))


def missing(why: str) -> dict[str, Any]:
    """In place of details."""
    return {MISSING: why}


def made_at(found: Found) -> datetime:
    """By its own account."""
    try:
        return EPOCH + timedelta(milliseconds=found.options.get("timestamp", 0))
    except OverflowError:
        return EPOCH


def details_of(found: Found) -> dict[str, Any]:
    cut = found.options.get(CUT)
    details = {name: value for name, value in found.options.items() if name != CUT}
    details["data"] = found.data.text if found.data.cut else msgspec.json.decode(found.data.text)
    return {**details, CUT: cut} if cut else details


def parse_answers(text: str, count: int) -> list[Answer]:
    """One for each that was wanted. Raises ProtocolError for anything else: a worker may have changed its globals."""
    try:
        answers = msgspec.json.decode(text, type=list[Answer])
        for answer in answers:
            for found in answer.found:
                if fault := check_notification(details_of(found)):
                    raise ProtocolError(fault)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ProtocolError(f"not understood: {error}") from error
    if len(answers) != count:
        raise ProtocolError(f"{len(answers)} answers to {count} questions")
    return answers


def choose_all(displays: Displays, shown: Sequence[Shown], text: str) -> list[dict[str, Any]]:
    """The details of each, or why there are none."""
    try:
        answers = parse_answers(text, len(shown))
    except ProtocolError:
        return [missing(NOT_UNDERSTOOD)] * len(shown)
    return [displays.choose(each, answer) for each, answer in zip(shown, answers, strict=True)]
