"""Events, errors of workers and queries for the store's tests."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from cdp_bgservices.events import Event, Service
from cdp_bgservices.learned import Detail
from cdp_bgservices.notification_details import NOTIFICATION
from cdp_bgservices.query import Query
from cdp_bgservices.store import Engine
from cdp_bgservices.store.listing import Listing
from cdp_bgservices.thrown import Thrown, of_event
from tests.making import NOW, event

SERVICES = ("backgroundSync", "pushMessaging", "smellMessaging")
ORIGINS = ("https://a.example/", "https://b.example/", "http://localhost:8000/")
NAMES = ("Registered sync", "sync event failed", "Übung", "Sync completed")
LETTERS = 'aAbBeEnuU0:,{}"\\/%_\n\tüÜßẞſKKжЖ\0 '
TEXTS = st.text(LETTERS, max_size=6)


def made(number: int, **fields: Any) -> Event:
    """``age`` in seconds."""
    return event(number, age=timedelta(seconds=fields.pop("age")), **fields)


EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "age": st.integers(1, 4),  # Many at the same time.
            "service": st.sampled_from(SERVICES),
            "event_name": st.sampled_from(NAMES),
            "origin": st.sampled_from(ORIGINS),
            "storage_key": TEXTS,
            "scope": st.none() | TEXTS,
            "instance_id": TEXTS,
            "metadata": st.dictionaries(st.sampled_from(("Status", "Reason", "k")) | TEXTS, TEXTS, max_size=2),
        }
    ),
    max_size=12,
).map(lambda fields: [made(number % 3, **each) for number, each in enumerate(fields)])

QUERIES = st.builds(
    Query,
    services=st.sets(st.sampled_from(SERVICES)).map(tuple),
    event_names=st.sampled_from(((), (), NAMES[:1], NAMES[1:])),
    origins=st.sampled_from(((), (), ("https://a.example",), ORIGINS)),
    since=st.sampled_from((None, None, NOW - timedelta(seconds=3))),
    before=st.sampled_from((None, None, NOW - timedelta(seconds=1))),
    text=st.just("") | TEXTS,
    failed=st.sampled_from((False, False, True)),
)


def thrown(number: int = 0, owner: Event | None = None, **fields: Any) -> Thrown:
    values: dict[str, Any] = {
        "id": f"{number:032x}",
        "source": "test",
        "timestamp": NOW - timedelta(hours=1) + timedelta(milliseconds=number),
        "message": f"Uncaught (in promise) TypeError: it broke {number}",
        "source_url": "http://localhost:8000/sw.js",
        "line": 7,
        "column": None,
        "registration_id": "0",
        "version_id": "0",
        "scope": "http://localhost:8000/",
        "script_url": "http://localhost:8000/sw.js",
        "browser_context": "CONTEXT",
    }
    made = Thrown(**{**values, **fields})
    return of_event(made, owner) if owner else made


def shown(number: int = 0, **fields: Any) -> Event:
    values = {
        "service": Service.NOTIFICATIONS,
        "event_name": "Notification displayed",
        "instance_id": f"tag-{number}",
        "metadata": {"Title": f"Order {number}", "Body": "It is on its way"},
    }
    return event(number, **{**values, **fields})


def option_values(**fields: Any) -> dict[str, Any]:
    """What is read of a notification."""
    return {
        "data": {"order": 4711, "said": "\0\1é😀"},
        "actions": [{"action": "open", "title": "Open it", "icon": ""}],
        "icon": "http://localhost:8000/icon.png?for=4711",
        "requireInteraction": True,
        **fields,
    }


def detail(owner: Event, key: str = NOTIFICATION, value: Any = None, **fields: Any) -> Detail:
    return Detail(event_id=owner.id, event_timestamp=owner.timestamp, key=key, value=value or option_values(**fields))


def completed(number: int = 0, **fields: Any) -> Event:
    values = {
        "service": Service.PUSH_MESSAGING,
        "event_name": "Push event completed",
        "metadata": {"Status": "Success"},
    }
    return event(number, **{**values, **fields})


def listed(engine: Engine, query: Query, sort: str, cursor: int, former: Listing | None = None) -> Listing:
    """The whole of a listing, however slow the engine is just now."""
    listing = engine.listing(query, sort, cursor, former)
    while listing.reached is not None:
        listing = engine.listing(query, sort, cursor, listing)
    return listing
