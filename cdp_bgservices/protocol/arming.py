"""The recording state of each service in one browser context: whether it is on, until when, and its interruptions."""

from datetime import UTC, datetime, timedelta

import msgspec

from cdp_bgservices.coverage.values import Interruption, Sighting, State

RECORDING_LAPSES = timedelta(days=3)
"""As in Chromium's content/browser/devtools/devtools_background_services_context_impl.cc."""


class Recording(msgspec.Struct):
    is_recording: bool
    was_recording: bool
    """Its first state, before anything was switched on here."""


class Arming:
    """Of one browser context. It only notes what the browser answers and reports."""

    def __init__(self) -> None:
        self.recordings: dict[str, Recording] = {}
        self.armed_until: dict[str, datetime] = {}
        """When the browser would stop recording a service if the recorder left now."""
        self.armed_between: dict[str, tuple[datetime, datetime]] = {}
        """The time before and after each service was last switched on here."""
        self.recording_since: dict[str, datetime] = {}
        """Since when each service certainly records, from the first observation on."""
        self.interruptions: dict[str, list[Interruption]] = {}
        """Times in which a service did not record, since the last sighting. One without an end stays."""
        self.switching_off: dict[str, str] = {}
        """The services that we switch off for a user, and where the user asked for it."""
        self.created_at = datetime.now(UTC)
        self.unobserved_since: datetime | None = self.created_at
        """None while there is a session that has finished its replay."""

    def note_armed(self, service: str, began: datetime | None = None) -> None:
        """The service is recorded from now on, for three days. If its recording had lapsed, note the interruption.

        ``began`` is when the command was sent.
        """
        now, until = datetime.now(UTC), self.armed_until.get(service)
        self.armed_between[service] = (began or now, now)
        self.recording_since.setdefault(service, now)
        if until is not None and until < now:
            self.interrupt(service, until, State.LAPSED, end=now)
        self.armed_until[service] = now + RECORDING_LAPSES

    def due(self, renew_every: timedelta) -> set[str]:
        """The services that were switched on this long ago, by the clock by which recording lapses."""
        fresh = datetime.now(UTC) + RECORDING_LAPSES - renew_every
        return {service for service, until in self.armed_until.items() if until <= fresh}

    def note_state(self, service: str, *, is_recording: bool) -> bool:
        """Note a state, and return whether another client has just switched the service off.

        The first state is the one before this recorder; later ones are changes, those of a new session too.
        """
        now, known = datetime.now(UTC), self.recordings.get(service)
        if known is None:
            self.recordings[service] = Recording(is_recording=is_recording, was_recording=is_recording)
            if is_recording:
                self.recording_since.setdefault(service, now)
            return False
        was_recording, known.is_recording = known.is_recording, is_recording
        noted = self.interruptions.get(service)
        if is_recording and noted and noted[-1].end is None:
            noted[-1] = msgspec.structs.replace(noted[-1], end=now)
        if is_recording or not was_recording or not self.armed_until:
            return False
        until = self.armed_until.pop(service, None)
        if until is not None and until <= now:
            self.interrupt(service, until, State.LAPSED)
        else:
            detail = self.switching_off.get(service, "")
            self.interrupt(service, self.unobserved_since or now, State.SWITCHED_OFF, detail=detail)
        return True

    def note_ended_unread(self, service: str) -> None:
        """The context ended before its events could be read: they are lost."""
        self.interrupt(service, self.created_at, State.CONTEXT_ENDED, end=datetime.now(UTC))

    def interrupt(
        self, service: str, begin: datetime, state: State, *, end: datetime | None = None, detail: str = ""
    ) -> None:
        interruption = Interruption(begin=begin, end=end, state=state, detail=detail)
        self.interruptions.setdefault(service, []).append(interruption)

    @property
    def interrupted(self) -> set[str]:
        """The services that do not record now, although they should."""
        return {service for service, noted in self.interruptions.items() if noted and noted[-1].end is None}

    def take_interruptions(self) -> dict[str, tuple[Interruption, ...]]:
        """By service. An interruption that has ended is returned once."""
        found, self.interruptions = self.interruptions, {}
        for service, interruptions in found.items():
            if interruptions[-1].end is None:
                self.interruptions[service] = interruptions[-1:]
        return {service: tuple(interruptions) for service, interruptions in found.items()}

    def sightings(self, services: tuple[str, ...], context: str, kind: str, *, is_observed: bool) -> list[Sighting]:
        """What is known now about these services of a context, with their interruptions."""
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
            # The browser never reports a service that it does not have.
            if service in self.recordings or service in found or not is_observed
        ]
