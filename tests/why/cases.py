"""A case of each reason: how the facts differ from those of a site where all is as it should be."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from cdp_bgservices.events import Event, Service
from cdp_bgservices.why.values import (
    Engagement,
    Facts,
    Fetch,
    GapFacts,
    Permission,
    RecordingFacts,
    ShownNotification,
    Subscription,
)
from tests.why.making import (
    HANDLERS,
    IS_ON,
    NOW,
    SCOPE,
    fetch,
    payment,
    periodic,
    push,
    site_facts,
    sync,
    version,
)

FETCH, SYNC, SHOWN = Service.BACKGROUND_FETCH, Service.BACKGROUND_SYNC, Service.NOTIFICATIONS
PAYMENT, PERIODIC, PUSH = Service.PAYMENT_HANDLER, Service.PERIODIC_BACKGROUND_SYNC, Service.PUSH_MESSAGING

Changes = Mapping[str, Any]
SUBSCRIPTION = Subscription(host="fcm.googleapis.com", user_visible_only=True, has_key=True, expires=None)
SUBSCRIBED = {"subscriptions": (SUBSCRIPTION,)}
ONE_SYNC = {"sync_tags": ("mail",)}
ONE_PERIODIC = {"periodic_tags": ("mail",)}
OFFLINE = {"is_online": False}


class Case(msgspec.Struct, frozen=True):
    service: str
    key: str
    said: str
    """A part of the sentence."""
    browser: Changes = {}
    site: Changes = {}
    worker: Changes = {}
    registered: Changes = {}
    permissions: Mapping[str, Permission] = {}
    recording: RecordingFacts = IS_ON
    events: tuple[Event, ...] = ()
    tag: str | None = None

    @property
    def facts(self) -> Facts:
        facts = site_facts(self.service, self.tag)
        return replace(
            facts,
            browser=replace(facts.browser, **self.browser),
            site=replace(facts.site, **self.site),
            worker=replace(facts.worker, **self.worker),
            registered=replace(facts.registered, **self.registered),
            permissions={**facts.permissions, **self.permissions},
            recordings={self.service: self.recording},
            events=self.events,
        )


def denied(profile: str | None = None, default: str | None = None) -> Permission:
    return Permission(page="denied", profile=profile, default=default)


def without(type_: str) -> Changes:
    return {"handlers": tuple(each for each in HANDLERS if each != type_)}


ASKED = Permission(page="prompt", profile=None, default=None)
FAILED = {"Failure_Reason": "waitUntil rejected", "Next_Attempt": "300000"}
HOURS = 3_600_000
GAP = GapFacts(begin=NOW - timedelta(hours=3), end=NOW - timedelta(hours=2), why="the recorder was not running")
UNUSED = Engagement(score=0, last=None, saved=NOW)

EVERY = (
    Case(SYNC, "headless-shell", "headless shell: sync.register()", browser={"is_headless_shell": True}),
    Case(FETCH, "headless-shell", "never ends", browser={"is_headless_shell": True}),
    Case(SYNC, "not-secure", "not a secure context", site={"is_secure": False, "page": "http://site.example/"}),
    Case(
        *(SYNC, "no-worker", "though it is open. The page threw last: SecurityError"),
        site={"scope": None, "missing": "no page registers one, though it is open", "page_errors": ("SecurityError",)},
    ),
    Case(
        *(SYNC, "no-worker", "The worker's script threw last: Error: one. The page threw last: SecurityError."),
        site={"scope": None, "missing": "none is registered", "page_errors": ("SecurityError",)},
        worker={"versions": (), "errors": ("Error: one",)},
    ),
    Case(SYNC, "worker-installing", "is installing", worker={"versions": (version("installing"),)}),
    Case(SYNC, "worker-activating", "five minutes", worker={"versions": (version("activating"),)}),
    Case(
        *(SYNC, "worker-redundant", "was not installed. It threw: Error: no"),
        worker={"versions": (version("redundant"),), "errors": ("Error: no",)},
    ),
    Case(PUSH, "update-waits", "newer version", worker={"versions": (version(), version("installed"))}),
    Case(PUSH, "worker-threw", "threw: two, and 1 before that", worker={"errors": ("one", "two")}),
    Case(SYNC, "third-party-frame", "while a tab of the site is open", site={"is_third_party": True}),
    Case(SYNC, "third-party-frame", "a frame in another site's page", site={"pages": 0}),
    Case(SYNC, "service-unknown", "does not know", recording=RecordingFacts(is_on=None), registered=ONE_SYNC),
    Case(SYNC, "not-recorded", "'Background sync'", recording=RecordingFacts(is_on=False), registered=ONE_SYNC),
    Case(
        *(SYNC, "recording-lapsed", "1 min ago: it drops the next event"),
        recording=replace(IS_ON, armed_until=NOW - timedelta(minutes=1)),
        registered=ONE_SYNC,
    ),
    Case(SYNC, "recording-gap", "2 h ago: the recorder was not running", recording=replace(IS_ON, gaps=(GAP,))),
    Case(SYNC, "no-recorder", "no recorder"),
)
SYNCS = (
    Case(SYNC, "no-api", "no ServiceWorkerRegistration.sync, so no background sync.", registered={"sync_tags": None}),
    Case(
        *(SYNC, "permission-blocked", "'background-sync' is blocked for https://site.example"),
        permissions={"background-sync": denied("block")},
    ),
    Case(
        *(SYNC, "permission-blocked-for-all", "for all sites"),
        permissions={"background-sync": denied(None, "block")},
    ),
    Case(SYNC, "permission-denied", "no setting that the profile has saved", permissions={"background-sync": denied()}),
    Case(SYNC, "no-handler", "has no 'sync' handler (it listens to 'backgroundfetch", worker=without("sync")),
    Case(
        SYNC,
        "syncs-held-up",
        "'https://other.example/'",
        registered=ONE_SYNC,
        browser={"activating": ("https://other.example/", SCOPE)},
    ),
    Case(SYNC, "offline", "waits for the network", site=OFFLINE, registered=ONE_SYNC),
    Case(SYNC, "emulated-offline", "An emulation of ours", site={"is_emulated_offline": True}, registered=ONE_SYNC),
    Case(SYNC, "not-registered", "No sync is registered"),
    Case(SYNC, "not-registered", "No sync 'post' is registered", tag="post", registered=ONE_SYNC),
    Case(
        *(SYNC, "not-registered", "fired over DevTools at"),
        tag="mail",
        events=(sync("Dispatched sync event", 60),),
    ),
    Case(
        *(SYNC, "succeeded", "has succeeded already, at "),
        events=(
            sync("Registered sync", 60),
            sync("Dispatched sync event", 59),
            sync("Sync completed", 58, Status="succeeded"),
        ),
    ),
    Case(
        *(SYNC, "given-up", "after 3 attempts: waitUntil rejected"),
        events=(
            sync("sync event failed", 9000, **FAILED),
            sync("Registered sync", 2000),
            sync("sync event failed", 1999, **FAILED),
            sync("sync event failed", 1000, **FAILED),
            sync("Sync completed", 60, Status="waitUntil rejected"),
        ),
    ),
    Case(
        *(SYNC, "running", "its handler has not ended"),
        registered=ONE_SYNC,
        events=(sync("Registered sync", 60), sync("Dispatched sync event", 59)),
    ),
    Case(
        *(SYNC, "next-attempt", "in 4 min: attempt 2 of 3."),
        registered=ONE_SYNC,
        events=(sync("Registered sync", 61), sync("sync event failed", 60, **FAILED)),
    ),
    Case(
        *(SYNC, "next-attempt", "attempt 2 of 2, the last."),
        registered=ONE_SYNC,
        browser={"switches": ("--force-fieldtrial-params=BackgroundSync.Fast:max_sync_attempts/2",)},
        events=(sync("sync event failed", 60, **FAILED),),
    ),
    Case(SYNC, "not-dispatched", "was registered at", registered=ONE_SYNC, events=(sync("Registered sync", 60),)),
    Case(
        SYNC, "not-dispatched", "is due since", registered=ONE_SYNC, events=(sync("sync event failed", 400, **FAILED),)
    ),
)
PERIODICS = (
    Case(PERIODIC, "off-the-record", "no app is installed there", browser={"is_off_the_record": True}),
    Case(
        *(PERIODIC, "not-installed", "https://site.example is not installed"),
        site={"is_installed": False},
        permissions={"periodic-background-sync": denied()},
    ),
    Case(
        *(PERIODIC, "permission-blocked", "'background-sync'"),
        permissions={"periodic-background-sync": denied(), "background-sync": denied("block")},
    ),
    Case(PERIODIC, "permission-denied", "no setting", permissions={"periodic-background-sync": denied()}),
    Case(PERIODIC, "no-handler", "no 'periodicsync' handler", worker=without("periodicsync")),
    Case(PERIODIC, "offline", "waits for the network", site=OFFLINE, registered=ONE_PERIODIC),
    Case(PERIODIC, "not-registered", "No periodic sync is registered"),
    Case(PERIODIC, "unregistered", "1 min ago", tag="mail", events=(periodic("Unregistered periodicsync", 60),)),
    Case(
        *(PERIODIC, "suspended", "announced no time for it"),
        site={"engagement": UNUSED},
        registered=ONE_PERIODIC,
        events=(periodic("Got next event delay", 60, Next_Attempt="infinite"),),
    ),
    Case(
        *(PERIODIC, "suspended", "announced no time for it"),
        site={"engagement": UNUSED},
        registered=ONE_PERIODIC,
        events=(periodic("Got next event delay", 60, Next_Attempt="9209931831201863"),),
    ),
    Case(
        *(PERIODIC, "next-not-announced", "a user has used the site since then"),
        site={"engagement": Engagement(score=3, last=NOW, saved=NOW)},
        registered=ONE_PERIODIC,
        events=(periodic("Got next event delay", 60, Next_Attempt="infinite"),),
    ),
    Case(
        *(PERIODIC, "next-not-announced", "score is 60 (high), so Chromium's least interval counts once"),
        registered=ONE_PERIODIC,
    ),
    Case(
        *(PERIODIC, "next-attempt", "in 23 h: its minInterval is 1 h, Chromium's least interval 12 h. The site's"),
        site={"engagement": Engagement(score=4.5, last=NOW, saved=NOW)},
        registered=ONE_PERIODIC,
        events=(
            periodic("Got next event delay", 3600, Next_Attempt=f"{24 * HOURS}"),
            periodic("Registered periodicsync", 3599, minInterval=f"{HOURS}"),
        ),
    ),
    Case(
        *(PERIODIC, "not-dispatched", "is due since"),
        registered=ONE_PERIODIC,
        events=(periodic("periodicsync event completed", 3600, Next_Attempt="1000"),),
    ),
    Case(
        *(PERIODIC, "running", "has not ended"),
        registered=ONE_PERIODIC,
        events=(periodic("Dispatched periodicsync event", 10),),
    ),
)
PUSHES = (
    Case(PUSH, "off-the-record", "pushManager.subscribe() is refused", browser={"is_off_the_record": True}),
    Case(PUSH, "permission-not-asked", "'push' yet: it is 'prompt'", permissions={"push": ASKED}),
    Case(PUSH, "permission-blocked", "in the profile: by the user.", permissions={"push": denied("block")}),
    Case(PUSH, "not-subscribed", "has no push subscription"),
    Case(
        *(PUSH, "subscription-lost", "1 min ago: DELIVERY_PERMISSION_DENIED"),
        events=(push("Unsubscribed due to error", 60, Reason="DELIVERY_PERMISSION_DENIED"),),
    ),
    Case(
        *(PUSH, "subscription-expired", "1 h ago"),
        registered={"subscriptions": (replace(SUBSCRIPTION, expires=NOW - timedelta(hours=1)),)},
    ),
    Case(PUSH, "no-handler", "no 'push' handler", registered=SUBSCRIBED, worker=without("push")),
    Case(PUSH, "offline", "keeps its messages", registered=SUBSCRIBED, site=OFFLINE),
    Case(
        *(PUSH, "not-decrypted", "AES-GCM decryption failed"),
        registered=SUBSCRIBED,
        events=(push("Push message received", 60, Success="No", Error_Reason="AES-GCM decryption failed"),),
    ),
    Case(
        *(PUSH, "handler-failed", "as 'waitUntil Rejected'"),
        registered=SUBSCRIBED,
        events=(
            push("Push message received", 61, Success="Yes"),
            push("Push event completed", 60, Status="waitUntil Rejected"),
        ),
    ),
    Case(
        *(PUSH, "generic-notification", "Chromium showed its own at"),
        registered=SUBSCRIBED,
        events=(push("Push message received", 61, Success="Yes"), push("Generic notification shown", 60)),
    ),
    Case(PUSH, "no-message", "no message for it", registered=SUBSCRIBED),
)
NOTIFICATIONS = (
    Case(SHOWN, "permission-not-asked", "'notifications'", permissions={"notifications": ASKED}),
    Case(SHOWN, "notifications-off", "--disable-notifications", browser={"switches": ("--disable-notifications",)}),
    Case(
        *(SHOWN, "displayed-already", "1 notification is displayed ('letter')"),
        registered={"notifications": (ShownNotification(tag="letter", title="A letter"),)},
    ),
    Case(
        *(SHOWN, "closed", "the last one 'letter' was closed at"),
        events=(replace(sync("Notification closed", 60, "letter"), service=SHOWN),),
    ),
    Case(SHOWN, "none-displayed", "new Notification() is never recorded"),
    Case(SHOWN, "no-click-handler", "no 'notificationclick' handler", worker=without("notificationclick")),
    Case(SHOWN, "not-on-screen", "headless", browser={"has_windows": False}),
)
SONG = Fetch(id="song", downloaded=1000, total=20000, result="", failure_reason="")
FETCHES = (
    Case(FETCH, "not-registered", "No background fetch was started."),
    Case(
        *(FETCH, "not-registered", "'film' was started; not over: 'song'."), tag="film", registered={"fetches": (SONG,)}
    ),
    Case(
        *(FETCH, "needs-click", "is 'prompt'"),
        permissions={"background-fetch": ASKED},
    ),
    Case(
        *(FETCH, "downloads-refused", "is 'denied'"),
        permissions={"background-fetch": denied()},
    ),
    Case(
        *(FETCH, "paused", "waits for the user"),
        registered={"fetches": (SONG,)},
        events=(fetch("Background Fetch registered", 60, Start_Paused="Yes"),),
    ),
    Case(FETCH, "in-progress", "has 1,000 of 20,000 bytes", registered={"fetches": (SONG,)}),
    Case(
        *(FETCH, "succeeded", "has succeeded already"),
        events=(fetch("Background Fetch completed", 60, Event_Type="BackgroundFetchSuccessEvent"),),
    ),
    Case(
        *(FETCH, "failed", "as BAD_STATUS: https://site.example/song was answered with 404"),
        events=(
            fetch("Request processing completed", 61, URL="https://site.example/song?key=1", Response_Status="404"),
            fetch("Background Fetch completed", 60, Event_Type="BackgroundFetchFailEvent", Failure_Reason="BAD_STATUS"),
        ),
    ),
    Case(FETCH, "offline", "waits for the network", site=OFFLINE, registered={"fetches": (SONG,)}),
    Case(FETCH, "no-success-handler", "no 'backgroundfetchsuccess'", worker=without("backgroundfetchsuccess")),
)
PAYMENTS = (
    Case(PAYMENT, "no-api", "no payment handlers", registered={"has_payment_manager": False}),
    Case(PAYMENT, "permission-blocked", "'payment-handler'", permissions={"payment-handler": denied("block")}),
    Case(PAYMENT, "no-handler", "no 'paymentrequest' handler", worker=without("paymentrequest")),
    Case(
        *(PAYMENT, "install-failed", "could not install"),
        events=(payment("Install payment handler result", 60, Payment_Handler_Install_Success="false"),),
    ),
    Case(
        *(PAYMENT, "cannot-pay", "with false at"),
        events=(payment("Can make payment response", 60, Can_Make_Payment="false"),),
    ),
    Case(PAYMENT, "canmakepayment-skipped", "off the record", browser={"is_off_the_record": True}),
    Case(PAYMENT, "no-canmakepayment-handler", "no 'canmakepayment'", worker=without("canmakepayment")),
    Case(PAYMENT, "unanswered", "no answer yet", events=(payment("Payment request", 60),)),
    Case(PAYMENT, "no-request", "No shop has asked"),
)
CASES = (*EVERY, *SYNCS, *PERIODICS, *PUSHES, *NOTIFICATIONS, *FETCHES, *PAYMENTS)
