"""Facts of a site where all is as it should be, and events, for the tests of the rules."""

from datetime import UTC, datetime, timedelta

from cdp_bgservices.events import Event, Service, make_event, to_microseconds
from cdp_bgservices.protocol.registrations import Version
from cdp_bgservices.vocabulary.permissions import PERMISSIONS
from cdp_bgservices.why.values import (
    BrowserFacts,
    Engagement,
    Facts,
    Permission,
    RecordingFacts,
    RegisteredFacts,
    SiteFacts,
    WorkerFacts,
)

ORIGIN = "https://site.example"
SCOPE = f"{ORIGIN}/app/"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HANDLERS = (
    *("backgroundfetchsuccess", "canmakepayment", "notificationclick", "paymentrequest"),
    *("periodicsync", "push", "sync"),
)
IS_ON = RecordingFacts(is_on=True, armed_until=NOW + timedelta(days=3), recorders=(), gaps=())


def version(status: str = "activated") -> Version:
    return Version("1", "0", f"{ORIGIN}/worker.js", "running", status)


def event(service: str, name: str, seconds: float, tag: str = "mail", **metadata: str) -> Event:
    """One of that many seconds ago. ``Next_Attempt`` is the announced delay in ms, and ``_`` is a space otherwise."""
    keys = {
        key.replace("_", " ").replace("Next Attempt", "Next Attempt Delay (ms)"): each for key, each in metadata.items()
    }
    return make_event(
        source="test",
        timestamp=to_microseconds(NOW - timedelta(seconds=seconds)),
        service=service,
        event_name=name,
        origin=f"{ORIGIN}/",
        storage_key=f"{ORIGIN}/",
        registration_id="0",
        instance_id=tag,
        metadata=keys,
        scope=SCOPE,
    )


def sync(name: str, seconds: float, tag: str = "mail", **metadata: str) -> Event:
    return event(Service.BACKGROUND_SYNC, name, seconds, tag, **metadata)


def periodic(name: str, seconds: float, tag: str = "mail", **metadata: str) -> Event:
    return event(Service.PERIODIC_BACKGROUND_SYNC, name, seconds, tag, **metadata)


def push(name: str, seconds: float, **metadata: str) -> Event:
    return event(Service.PUSH_MESSAGING, name, seconds, "", **metadata)


def fetch(name: str, seconds: float, tag: str = "song", **metadata: str) -> Event:
    return event(Service.BACKGROUND_FETCH, name, seconds, tag, **metadata)


def payment(name: str, seconds: float, **metadata: str) -> Event:
    return event(Service.PAYMENT_HANDLER, name, seconds, "order", **metadata)


BROWSER = BrowserFacts(
    product="Chrome/156.0.0.0",
    is_headless_shell=False,
    has_windows=True,
    shows_late=False,
    switches=("--user-data-dir=/profile",),
    browser_context="DEFAULT",
    is_off_the_record=False,
    activating=(),
)
SITE = SiteFacts(
    origin=ORIGIN,
    scope=SCOPE,
    other_scopes=(),
    page=SCOPE,
    pages=1,
    is_secure=True,
    is_third_party=False,
    missing=None,
    page_errors=(),
    is_online=True,
    is_emulated_offline=False,
    is_installed=True,
    engagement=Engagement(score=60, last=NOW - timedelta(hours=1), saved=NOW),
)
WORKER = WorkerFacts(versions=(version(),), handlers=HANDLERS, errors=())
REGISTERED = RegisteredFacts(
    sync_tags=(), periodic_tags=(), fetches=(), subscriptions=(), notifications=(), has_payment_manager=True
)


def site_facts(service: str, tag: str | None = None) -> Facts:
    """All is as it should be, and nothing is registered."""
    return Facts(
        service=service,
        tag=tag,
        moment=NOW,
        browser=BROWSER,
        site=SITE,
        worker=WORKER,
        registered=REGISTERED,
        permissions={name: Permission(page="granted", profile=None, default=None) for name in PERMISSIONS},
        recordings={service: IS_ON},
        events=(),
    )
