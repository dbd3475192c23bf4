"""What came of a trigger: the event that proves it, and what the worker's handler made of it."""

import msgspec

from cdp_bgservices.browser.handling import Handling
from cdp_bgservices.errors import HandlerError
from cdp_bgservices.events import Event
from cdp_bgservices.protocol.registrations import WorkerError

SUCCESS = "Success"
"""Chromium's ``Status`` of a push; also where the handler threw before ``waitUntil``, and where there is no handler."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one trigger."""

    event: Event
    """The one that proves it; of a push the one that it completed, once that has come."""
    missing: str
    """The event that was to follow, and did not in time; else ``""``."""
    scope: str
    """The worker's."""
    event_type: str
    """``sync``, ``periodicsync`` or ``push``."""
    handling: Handling

    @property
    def threw(self) -> str:
        """The worker's own words, and where: a line for each error."""
        return "\n".join(map(in_words, self.handling.errors))

    @property
    def status(self) -> str:
        """What Chromium says of the handler, where it is not ``Success``."""
        status = self.event.metadata.get("Status", SUCCESS)
        return "" if status == SUCCESS else f"the worker's handler did not succeed: {status}"

    @property
    def failure(self) -> str:
        """Why the handler did not succeed; ``""`` where it did, or that is not known."""
        if self.threw:  # By the handler, but for what an earlier event left behind: nothing tells the two apart.
            return f"the worker of {self.scope} threw while it handled the {self.event_type} event: {self.threw}"
        return f"{self.status} ({self.scope})" if self.status else ""

    @property
    def remark(self) -> str:
        """What else is to be said: that there is no handler, or that the event is not complete yet."""
        if self.handling.has_handler is False:
            return f"{no_handler(self.scope, self.event_type)}: nothing was done, and Chromium calls that a success"
        return f"dispatched, but {self.missing!r} did not follow in time" if self.missing else ""

    def check(self) -> None:
        """Raises HandlerError where the handler threw, or did not succeed."""
        if self.failure:
            raise HandlerError(self.failure, "Mend the worker; if it is meant to fail, pass check=False.", self.event)


def no_handler(scope: str, event_type: str) -> str:
    return f"the worker of {scope} has no {event_type} handler"


def in_words(error: WorkerError) -> str:
    place = f"  ({error.source_url}:{error.line_number})" if error.source_url else ""
    return f"{error.error_message}{place}"
