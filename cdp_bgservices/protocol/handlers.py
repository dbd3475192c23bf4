"""Which event's handler threw an error, if that is certain.

Chromium reports an error without its time and without its handler. It logs when the handlers of most events begin, and
when those of some end. So an error certainly belongs to a handler only if it is reported right at that handler's
beginning or end, while no other handler of the worker was running or had just ended. In the middle of a handler
anything may have thrown: a ``fetch`` or ``message`` handler, which Chromium does not log, or a timer.
"""

from collections.abc import Sequence

from cdp_bgservices.events import Event
from cdp_bgservices.protocol.registrations import WorkerError
from cdp_bgservices.thrown import Thrown
from cdp_bgservices.vocabulary.event_names import EVENT_NAMES, HandlerEnds

EDGE = 0.1
"""Seconds between a handler's beginning or end and the report of its error. Most come in the same millisecond."""
LEFT_EDGE = 0.02
"""The same, for a rejection that did not make the handler fail: a page may make the worker fetch something
as soon as the handler has ended, and rejections are common there."""
REJECTED_EDGE = 1.0
"""The same, for a handler that ended as rejected: Chromium always reports its rejection."""
UNSEEN = 3.0
"""Seconds for which a handler counts as running if its end may not be logged."""
LONGEST = 300.0
"""Seconds of age after which the handler of a replayed beginning cannot be running any more."""
MOST = 100
"""Handlers of one worker that are kept. With more, nothing is certain."""
PUSH_LIMIT = 90.0
"""Seconds after which Chromium stops a push handler (content/browser/push_messaging/push_messaging_router.cc)."""


HANDLERS: dict[tuple[str, str], HandlerEnds] = {
    (service, name): words.handler
    for service, names in EVENT_NAMES.items()
    for name, words in names.items()
    if words.handler is not None
}
"""How handlers end, by the event with which they begin."""
BEGINNINGS: dict[tuple[str, str], str] = {
    (service, end): name for (service, name), ends in HANDLERS.items() for end in ends.names
}
"""The name of the beginning, by the event that is the end."""


class Handler:
    """A handler that runs, or has just ended."""

    def __init__(self, event: Event, number: int, began: float, ends: HandlerEnds) -> None:
        self.begun = event
        self.event = event
        """The last event of this handler: its end, once that has occurred."""
        self.thrown: list[Thrown] = []
        """The errors that it threw."""
        self.number = number
        """Its number in the order of all beginnings and ends. Times do not show the order: many events come at once."""
        self.began = began
        self.limit = PUSH_LIMIT if ends.always else UNSEEN
        self.ended: float | None = None
        self.end_number = 0
        self.is_awaited = False
        """Whether it was rejected, and the rejection is not reported yet."""

    @property
    def edge(self) -> float:
        """Seconds after its end in which its errors are reported."""
        return REJECTED_EDGE if self.is_awaited else EDGE

    def matters(self, now: float) -> bool:
        """Whether it may have thrown an error that is reported now."""
        return now < self.began + self.limit if self.ended is None else now <= self.ended + self.edge

    def is_at_an_edge(self, now: float, error: WorkerError) -> bool:
        edge = LEFT_EDGE if error.is_rejection else EDGE
        if self.ended is None:
            return now <= self.began + edge
        return now <= self.ended + (REJECTED_EDGE if error.is_rejection and self.is_awaited else edge)

    def is_superseded(self, others: Sequence["Handler"], error: WorkerError) -> bool:
        """Whether all of its errors are certainly reported: exceptions once a later handler has begun, rejections
        once a later handler has ended, since a worker does one thing after the other."""
        return (self.ended is not None and not self.is_awaited) and any(
            other.number > self.end_number and (error.is_exception or other.ended is not None) for other in others
        )


class Handlers:
    """The handlers of one browser context, by its log. Times are seconds of one clock that never goes back."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, Handler]] = {}
        """By registration id, and then by the id of the event with which they began, oldest first."""
        self.crowded_until: dict[str, float] = {}
        """Until when a registration has more handlers than are kept, so that nothing is certain."""
        self.number = 0

    def note(self, event: Event, now: float, *, age: float | None = None) -> Handler | None:
        """Note an event. ``age``: seconds, where it is replayed. Returns the handler that it ends, if any."""
        name = (event.service, event.event_name)
        if (ends := HANDLERS.get(name)) is not None:
            began = now - (age or 0.0)
            if now < began + LONGEST:
                self.begin(event, now, began, ends)
        elif (beginning := BEGINNINGS.get(name)) is not None:
            return self.end(event, beginning, now, is_replayed=age is not None)
        return None

    def begin(self, event: Event, now: float, began: float, ends: HandlerEnds) -> None:
        self.number += 1
        known = self.of.setdefault(event.registration_id, {})
        if event.id not in known:  # Otherwise a replay repeats it.
            known[event.id] = Handler(event, self.number, began, ends)
        if len(known) > MOST:
            self.thin(event.registration_id, now)

    def thin(self, registration_id: str, now: float) -> None:
        """Keep the handlers that matter, unless those are too many."""
        kept = {id_: each for id_, each in self.of[registration_id].items() if each.matters(now)}
        if len(kept) > MOST // 2:
            kept = {}
            self.crowded_until[registration_id] = now + PUSH_LIMIT
        self.of[registration_id] = kept

    def end(self, event: Event, beginning: str, now: float, *, is_replayed: bool) -> Handler | None:
        """The oldest handler that the event can be the end of. Equal ones are all candidates, so any will do."""
        self.number += 1
        wanted = (event.service, beginning, event.instance_id)
        for handler in self.of.get(event.registration_id, {}).values():
            begun = handler.begun
            if handler.ended is None and (begun.service, begun.event_name, begun.instance_id) == wanted:
                handler.event, handler.end_number = event, self.number
                handler.ended = now - REJECTED_EDGE - EDGE if is_replayed else now
                handler.is_awaited = is_rejected(event) and not is_replayed
                return handler
        return None

    def owner(self, error: WorkerError, now: float) -> Handler | None:
        """The handler that threw an error that is reported now; None if that is not certain."""
        if now < self.crowded_until.get(error.registration_id, now):
            return None
        known = [each for each in self.of.get(error.registration_id, {}).values() if each.matters(now)]
        candidates = [each for each in known if not each.is_superseded(known, error)]
        if len(candidates) != 1 or not candidates[0].is_at_an_edge(now, error):
            return None
        if error.is_rejection:
            candidates[0].is_awaited = False
        return candidates[0]

    def forget(self, registration_id: str) -> None:
        """Its worker has stopped, and all of its handlers with it."""
        self.of.pop(registration_id, None)


def is_rejected(event: Event) -> bool:
    """Whether a handler's end reports that a promise given to ``waitUntil`` was rejected."""
    said = event.metadata.get("Status") or event.metadata.get("Failure Reason") or ""
    return said.lower() == "waituntil rejected"
