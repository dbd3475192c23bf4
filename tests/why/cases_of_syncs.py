"""Cases of the rules of one-shot and periodic background sync."""

from cdp_bgservices.why.values import Engagement
from tests.why.case import FAILED, HOURS, OFFLINE, ONE_PERIODIC, ONE_SYNC, PERIODIC, SYNC, UNUSED, Case, denied, without
from tests.why.making import NOW, SCOPE, periodic, sync

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
        *(SYNC, "not-registered", "registered: none. Its last event is 'sync event failed', at "),
        tag="mail",
        events=(sync("Registered sync", 60), sync("sync event failed", 59, **FAILED)),
    ),
    Case(
        *(SYNC, "not-registered", "registered: none. Its last event is 'Dispatched sync event', at "),
        tag="mail",
        events=(sync("Registered sync", 60), sync("Dispatched sync event", 59)),
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
