"""A case of each reason of every service."""

from datetime import timedelta

from msgspec.structs import replace

from cdp_bgservices.why.values import Fetch, RecordingFacts, ShownNotification
from tests.why.case import (
    ASKED,
    FETCH,
    GAP,
    OFFLINE,
    ONE_SYNC,
    PAYMENT,
    PUSH,
    SHOWN,
    SUBSCRIBED,
    SUBSCRIPTION,
    SYNC,
    Case,
    denied,
    without,
)
from tests.why.cases_of_syncs import PERIODICS, SYNCS
from tests.why.making import IS_ON, NOW, SCOPE, fetch, payment, push, sync, version

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
    Case(
        *(SYNC, "no-worker", "Of the site's service workers, none has the scope"),
        site={"scope": None, "other_scopes": (SCOPE,), "missing": f"none has the scope {SCOPE}app/"},
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
