"""The sync clock: how long Chromium waits between the attempts of a sync, and between periodic syncs."""

from datetime import timedelta

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.start import Start
from cdp_bgservices.query import format_duration

TRIAL, GROUP = "BackgroundSync", "Lab"
LARGEST = 2**31 - 1
"""Chromium keeps these numbers in 32 bits."""

PARAMETERS = {
    "first_retry": ("initial_retry_delay_sec",),
    "factor": ("retry_delay_factor",),
    "attempts": ("max_sync_attempts", "max_sync_attempts_with_notification_permission"),
    "event_limit": ("max_sync_event_duration_sec",),
    "periodic_interval": ("min_periodic_sync_events_interval_sec",),
}
"""Chromium's names."""


class SyncClock(msgspec.Struct, frozen=True, kw_only=True):
    """Without arguments: three attempts within two seconds, and a periodic sync every other second, if its page asked
    for a ``minInterval`` of at most one second.

    None keeps Chromium's own value. Raises InvalidInputError for a value that is not whole, or less than 1.
    """

    first_retry: timedelta | None = timedelta(seconds=1)
    """From the first attempt, which failed, to the second one. Chromium's own: 5 minutes."""
    factor: int | None = 1
    """Each further retry waits longer than the one before it, by this factor. Chromium's own: 3."""
    attempts: int | None = 3
    """All attempts, the first one included; the last one has ``lastChance``. Chromium's own: 3."""
    event_limit: timedelta | None = None
    """How long a worker's handler may take. Chromium's own: 3 minutes."""
    periodic_interval: timedelta | None = timedelta(seconds=1)
    """The least time between two periodic syncs of an origin; ``minInterval`` is rounded up to a multiple of it. It is
    longer if the user seldom visits the site. Chromium's own: 12 hours. Nothing shortens a longer ``minInterval``
    (components/background_sync/background_sync_controller_impl.cc, ``GetNextEventDelay``)."""

    def __post_init__(self) -> None:
        for name in PARAMETERS:
            if (value := getattr(self, name)) is not None:
                check(name, value)

    @property
    def start(self) -> Start:
        """How to start Chromium. The same trial's group or parameters, given after these, take precedence."""
        given = {
            parameter: str(whole(value))
            for name, parameters in PARAMETERS.items()
            if (value := getattr(self, name)) is not None
            for parameter in parameters
        }
        if not given:
            return Start()
        pairs = "/".join(f"{name}/{value}" for name, value in given.items())
        switches = f"--force-fieldtrials={TRIAL}/{GROUP}", f"--force-fieldtrial-params={TRIAL}.{GROUP}:{pairs}"
        return Start(arguments=switches)


sync_clock = SyncClock


def check(name: str, value: timedelta | int) -> None:
    text = name.replace("_", " ")
    if isinstance(value, timedelta):
        if value % timedelta(seconds=1):
            raise InvalidInputError(
                f"{text}: {format_duration(value)} is not a whole number of seconds", "Chromium counts in seconds."
            )
        if value < timedelta(seconds=1):
            raise InvalidInputError(f"{text}: less than a second", "Give 1s or more.")
    elif isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInputError(f"{text}: {value!r} is not a whole number", "Chromium counts in whole numbers.")
    elif value < 1:
        raise InvalidInputError(f"{text}: {value} is less than 1", "Give 1 or more.")
    if whole(value) > LARGEST:
        raise InvalidInputError(f"{text}: more than Chromium can count", f"Give {LARGEST} at the most.")


def whole(value: timedelta | int) -> int:
    return value // timedelta(seconds=1) if isinstance(value, timedelta) else value
