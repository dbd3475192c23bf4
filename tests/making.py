"""Events and clocks for the store's tests."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from cdp_bgservices.events import Event, make_event, to_microseconds

NOW = datetime(2026, 11, 21, 12, 0, 0, 123457, tzinfo=UTC)


class MovedClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.others: list[Callable[[datetime], None]] = []
        """Clocks that are moved with it."""

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by
        for move in self.others:
            move(self.now)


def event(number: int = 0, *, age: timedelta = timedelta(hours=1), **fields: object) -> Event:
    """One that differs from every other number; ``age`` is counted from NOW, less a microsecond a number."""
    values: dict[str, object] = {
        "source": "test",
        "timestamp": to_microseconds(NOW - age) + number,
        "service": "backgroundSync",
        "event_name": "Registered sync",
        "origin": "http://localhost:8000/",
        "storage_key": "http://localhost:8000/",
        "registration_id": "0",
        "instance_id": f"tag-{number}",
        "metadata": {"Event Tag": str(number)},
        "scope": "http://localhost:8000/",
        "browser_context": "CONTEXT",
    }
    return make_event(**{**values, **fields})  # type: ignore[arg-type]


def events(count: int, **fields: object) -> list[Event]:
    """In the order of their timestamps."""
    return list(numbered(count, **fields))


def numbered(count: int, **fields: object) -> Iterator[Event]:
    for number in range(count):
        yield event(number, **fields)  # type: ignore[arg-type]


def ids(items: object) -> list[str]:
    """Events as stored differ from those given by ``received_at`` only."""
    return [item.id for item in items]  # type: ignore[attr-defined]
