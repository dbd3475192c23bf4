"""What is known of the recording of each service in one browser context: on, until when, and when it was not."""

from datetime import UTC, datetime, timedelta

import msgspec

from cdp_bgservices.coverage.values import Interruption, Sighting, State

RECORDING_LAPSES = timedelta(days=3)
"""Chromium's own: content/browser/devtools/devtools_background_services_context_impl.cc."""


class Recording(msgspec.Struct):
    """Whether one service of one context is recording."""

    is_recording: bool
    was_recording: bool
    """As it was found, before anything was switched on here."""


class Arming:
    """Of one browser context. Told what the browser answers and tells; it does nothing by itself."""

    def __init__(self) -> None:
        self.recordings: dict[str, Recording] = {}
        self.armed_until: dict[str, datetime] = {}
        """When the browser would stop recording a service by itself, had the recorder gone away now."""
        self.armed_between: dict[str, tuple[datetime, datetime]] = {}
        """Between which moments each service was last switched on here."""
        self.recording_since: dict[str, datetime] = {}
        """From when each service records for certain, since it was first observed here."""
        self.interruptions: dict[str, list[Interruption]] = {}
        """Times for which a service did not record, since the last sighting; one that goes on stays."""
        self.created_at = datetime.now(UTC)
        self.unobserved_since: datetime | None = self.created_at
        """None while a session lives whose replay is through."""

    def note_armed(self, service: str, began: datetime | None = None) -> None:
        """It records from now on, and would for three days. Had it lapsed, in silence, it has not recorded since.

        ``began`` is when the command was sent.
        """
        now, until = datetime.now(UTC), self.armed_until.get(service)
        self.armed_between[service] = (began or now, now)
        self.recording_since.setdefault(service, now)
        if until is not None and until < now:
            self.interrupt(service, until, State.LAPSED, end=now)
        self.armed_until[service] = now + RECORDING_LAPSES

    def due(self, renew_every: timedelta) -> set[str]:
        """The services that were switched on so long ago, by the clock that recording lapses by."""
        fresh = datetime.now(UTC) + RECORDING_LAPSES - renew_every
        return {service for service, until in self.armed_until.items() if until <= fresh}

    def note_state(self, service: str, *, is_recording: bool) -> bool:
        """Whether somebody else has switched it off just now.

        The first state is the one that the service was found in; later ones are changes, a new session's too.
        """
        now, known = datetime.now(UTC), self.recordings.get(service)
        if known is None:
            self.recordings[service] = Recording(is_recording=is_recording, was_recording=is_recording)
            if is_recording:
                self.recording_since.setdefault(service, now)
            return False
        was_recording, known.is_recording = known.is_recording, is_recording
        told = self.interruptions.get(service)
        if is_recording and told and told[-1].end is None:
            told[-1] = msgspec.structs.replace(told[-1], end=now)
        if is_recording or not was_recording or not self.armed_until:
            return False
        until = self.armed_until.pop(service, None)
        if until is not None and until <= now:
            self.interrupt(service, until, State.LAPSED)
        else:
            self.interrupt(service, self.unobserved_since or now, State.SWITCHED_OFF)
        return True

    def note_ended_unread(self, service: str) -> None:
        """The context was over before it could be read: what it did is lost with it."""
        self.interrupt(service, self.created_at, State.CONTEXT_ENDED, end=datetime.now(UTC))

    def interrupt(self, service: str, begin: datetime, state: State, *, end: datetime | None = None) -> None:
        self.interruptions.setdefault(service, []).append(Interruption(begin=begin, end=end, state=state))

    def take_interruptions(self) -> dict[str, tuple[Interruption, ...]]:
        """By service. Each one that is over is told of once."""
        found, self.interruptions = self.interruptions, {}
        for service, interruptions in found.items():
            if interruptions[-1].end is None:
                self.interruptions[service] = interruptions[-1:]
        return {service: tuple(interruptions) for service, interruptions in found.items()}

    def sightings(self, services: tuple[str, ...], context: str, kind: str, *, is_observed: bool) -> list[Sighting]:
        """What can be said now of these services of a context, and of what it did not record."""
        found = self.take_interruptions()
        return [
            Sighting(
                browser_context=context,
                context_kind=kind,
                service=service,
                was_recording=service not in self.recordings or self.recordings[service].was_recording,
                recording_since=self.recording_since.get(service),
                armed_until=self.armed_until.get(service),
                is_observed=is_observed,
                interruptions=found.get(service, ()),
            )
            for service in services
            # Of one that the browser does not have nothing is ever told.
            if service in self.recordings or service in found or not is_observed
        ]
