"""The outcome of a trigger: the event that proves it, and what the worker's handler did."""

import msgspec

from cdp_bgservices.browser.handling import Handling
from cdp_bgservices.errors import HandlerError
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.registrations import WorkerError

SUCCESS = "Success"
"""Chromium's ``Status`` of a push, even if the handler threw before ``waitUntil``, and without a handler."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    event: Event
    """The event that proves it; of a push the event that it completed, if that followed in time."""
    missing: str
    """The event that should have followed, but did not in time; else ``""``."""
    scope: str
    event_type: str
    """``sync``, ``periodicsync`` or ``push``."""
    handling: Handling

    @property
    def threw(self) -> str:
        """What the worker threw, and where: a line for each error."""
        return "\n".join(map(in_words, self.handling.errors))

    @property
    def status(self) -> str:
        """What Chromium reports about the handler, unless that is ``Success``."""
        status = self.event.metadata.get("Status", SUCCESS)
        return "" if status == SUCCESS else f"the worker's handler did not succeed: {status}"

    @property
    def failure(self) -> str:
        """Why the handler did not succeed; ``""`` if it did, or if that is unknown."""
        if self.threw:  # An error left over from an earlier event cannot be distinguished from one of this handler.
            return f"the worker of {self.scope} threw while it handled the {self.event_type} event: {self.threw}"
        return f"{self.status} ({self.scope})" if self.status else ""

    @property
    def remark(self) -> str:
        """A warning: that the worker has no handler, or that the event is not complete yet."""
        if self.handling.has_handler is False:
            return f"{no_handler(self.scope, self.event_type)}: nothing was done, and Chromium calls that a success"
        return f"dispatched, but {self.missing!r} did not follow in time" if self.missing else ""

    def check(self) -> None:
        """Raises HandlerError where the handler threw, or did not succeed."""
        if self.failure:
            raise HandlerError(self.failure, "Fix the worker; if it is meant to fail, pass check=False.", self.event)


def no_handler(scope: str, event_type: str) -> str:
    return f"the worker of {scope} has no {event_type} handler"


def in_words(error: WorkerError) -> str:
    place = f"  ({error.source_url}:{error.line_number})" if error.source_url else ""
    return f"{error.error_message}{place}"
