"""What the workers of one browser context throw: each error with its event, if that is certain."""

from datetime import UTC, datetime, timedelta
from secrets import token_hex

from cdp_bgservices.events import Event
from cdp_bgservices.protocol.handlers import BEGINNINGS, HANDLERS, LONGEST, Handlers
from cdp_bgservices.protocol.registrations import Registrations, WorkerError
from cdp_bgservices.thrown import Thrown, make_thrown, of_event

REPORTED = 0.25
"""Seconds after a handler's beginning or end in which its errors are reported, even on a busy machine."""

OF_HANDLERS = HANDLERS.keys() | BEGINNINGS.keys()
"""Services and names of the events with which handlers begin or end."""
OLD = timedelta(seconds=LONGEST)


class Throwing:
    """Takes in events and errors in the order in which the browser reports them.

    ``now`` is the moment of the report, in seconds of one clock that never goes back.
    """

    def __init__(self, source: str, browser_context: str, registrations: Registrations) -> None:
        self.source = source
        self.browser_context = browser_context
        self.registrations = registrations
        self.handlers = Handlers()
        self.token = token_hex(8)
        self.count = 0
        """Errors so far."""
        self.reported_at = 0.0
        """When the errors of all handlers that have begun or ended so far are reported."""

    def note_event(self, event: Event, now: float, *, is_replayed: bool) -> list[Thrown]:
        """The errors of the handler that ends with this event: from now on they belong to its end."""
        if (event.service, event.event_name) not in OF_HANDLERS:
            return []
        if is_replayed:
            age = datetime.now(UTC) - event.timestamp
            if age < OLD:
                self.handlers.note(event, now, age=age / timedelta(seconds=1))
            return []
        self.reported_at = now + REPORTED
        ended = self.handlers.note(event, now)
        return [of_event(each, event) for each in ended.thrown] if ended else []

    def note_versions(self) -> None:
        """Forget the handlers of workers that have stopped."""
        for registration_id in list(self.handlers.of):
            if self.is_stopped(registration_id):
                self.handlers.forget(registration_id)

    def is_stopped(self, registration_id: str) -> bool:
        """Whether the browser has reported its versions, and all of them are stopped."""
        versions = self.registrations.versions_of(registration_id)
        return bool(versions) and all(version.running_status == "stopped" for version in versions)

    def note_error(self, error: WorkerError, now: float) -> Thrown:
        handler = self.handlers.owner(error, now)
        version = self.registrations.versions.get(error.version_id)
        self.count += 1
        thrown = make_thrown(
            source=self.source,
            message=error.error_message,
            source_url=error.source_url,
            line=error.line_number,
            column=error.column_number if error.is_exception else None,
            registration_id=error.registration_id,
            version_id=error.version_id,
            scope=self.registrations.scopes.get(error.registration_id),
            script_url=version.script_url if version else "",
            browser_context=self.browser_context,
            # Two recorders give what one handler threw the same id.
            occurrence=(handler.begun.id, len(handler.thrown)) if handler else (self.token, self.count),
        )
        if handler is None:
            return thrown
        handler.thrown.append(thrown)
        return of_event(thrown, handler.event)
