"""What Chromium has put off: from when to when, and why."""

from datetime import UTC, datetime, timedelta

import pytest

from cdp_bgservices.delays import explain_delays
from cdp_bgservices.events import Event
from tests.making import event

NOW = datetime.now(UTC)
DAY = "86399999"
"""As Chromium writes it, a moment after the registration."""


def periodic(event_name: str, seconds: int = 0, *, tag: str = "news", **metadata: str) -> Event:
    """``seconds`` from now; the delay and the interval in milliseconds."""
    names = {"delay": "Next Attempt Delay (ms)", "interval": "minInterval"}
    return event(
        timestamp=int((NOW + timedelta(seconds=seconds)).timestamp() * 1e6),
        service="periodicBackgroundSync",
        event_name=event_name,
        instance_id=tag,
        metadata={names[key]: value for key, value in metadata.items()},
    )


def registered(delay: str, interval: str, tag: str = "news", seconds: int = 0) -> list[Event]:
    return [
        periodic("Got next event delay", seconds, tag=tag, delay=delay),
        periodic("Registered periodicsync", seconds, tag=tag, interval=interval),
    ]


def explained(events: list[Event], seconds: int = 1) -> list[str]:
    return explain_delays(events, NOW + timedelta(seconds=seconds))


def test_an_app_s_own_interval() -> None:
    assert explained(registered(DAY, "86400000")) == [
        "Chromium fires the periodic sync 'news' after 1d: its minInterval, which the lab's clock does not shorten. "
        "Register it again with a small one in the test, or fire it with a trigger."
    ]


def test_chromium_s_own_minimum() -> None:
    assert explained(registered(DAY, "1000")) == [
        "Chromium fires the periodic sync 'news' after 1d. "
        "The lab's clock shortens the delay; a trigger fires it at once."
    ]


def test_a_retry() -> None:
    failed = event(
        event_name="sync event failed",
        timestamp=int(NOW.timestamp() * 1e6),
        instance_id="save",
        metadata={"Next Attempt Delay (ms)": "300000", "Failure Reason": "waitUntil rejected"},
    )
    assert explained([failed]) == [
        "Chromium tries the sync 'save' again after 5m. The lab's clock shortens the delay; a trigger fires it at once."
    ]


@pytest.mark.parametrize("interval", ["1000", "2000"])
def test_one_that_can_be_waited_for(interval: str) -> None:
    assert explained(registered("1999", interval)) == [
        "Chromium fires the periodic sync 'news' after 2s: wait longer.",
    ]


@pytest.mark.parametrize("delay", ["infinite", "9" * 40, "9209931831201863"])
def test_one_without_end(delay: str) -> None:
    [line] = explained(registered(delay, "1000"), seconds=10**6)
    assert line.startswith("Chromium does not fire the periodic sync 'news' until a user visits its site.")


def test_each_has_its_last_delay() -> None:
    first, again = registered(DAY, "86400000"), registered("1999", "1000", seconds=5)
    assert explained([*first, *registered(DAY, "86400000", "other"), *again], seconds=10) == explained(
        registered(DAY, "86400000", "other")
    )


@pytest.mark.parametrize(
    ("last", "seconds"),
    [
        (periodic("Unregistered periodicsync", 1), 2),
        (periodic("periodicsync event completed", 1, delay="1999"), 4),
        (periodic("something else", 1), 86_400),
    ],
)
def test_what_is_over_or_due_is_not_put_off(last: Event, seconds: int) -> None:
    assert explained(registered(DAY, "86400000"), seconds=1)
    assert explained([*registered(DAY, "86400000"), last], seconds=seconds) == []
