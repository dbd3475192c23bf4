"""The rules of notifications."""

from collections.abc import Iterator

from cdp_bgservices.events import Service
from cdp_bgservices.why.browsers import has_api, has_service, in_tab, switched_on
from cdp_bgservices.why.kinds import Kind, listed, unknown
from cdp_bgservices.why.permitted import permitted
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.times import at
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown
from cdp_bgservices.why.workers import handles

SERVICE = Service.NOTIFICATIONS
SPECIFICATION = "https://notifications.spec.whatwg.org/"
LOGGING = "content/browser/notifications/devtools_event_logging.cc"
DISPLAYED, CLOSED = "Notification displayed", "Notification closed"

REPLACES = Kind(
    key="displayed-already",
    effect=Effect.EXPLAINS,
    means="A notification is displayed; another with the same tag replaces it silently.",
    remedy="Give each its own tag, or set renotify: true.",
    source=SPECIFICATION,
)
ENDED = Kind(
    key="closed",
    effect=Effect.EXPLAINS,
    means="The last notification is closed.",
    source=LOGGING,
)
OF_PAGES = Kind(
    key="none-displayed",
    effect=Effect.EXPLAINS,
    means="None was displayed as far as it was recorded; a page's own new Notification() is never recorded.",
    remedy="Use registration.showNotification(), in the worker or in the page.",
    source=LOGGING,
)
NO_CLICK_HANDLER = Kind(
    key="no-click-handler",
    effect=Effect.EXPLAINS,
    means="The service worker does not listen to 'notificationclick', so a click does nothing.",
    remedy="Add it: self.addEventListener('notificationclick', …).",
    source=SPECIFICATION,
)
NOT_ON_SCREEN = Kind(
    key="not-on-screen",
    effect=Effect.EXPLAINS,
    means="The browser is headless: it records notifications, and shows none on a screen.",
    remedy="To click on one in a test: the lab (--lab notifications).",
    source="chrome/browser/notifications/notification_display_service_impl.cc",
)
KINDS = (REPLACES, ENDED, OF_PAGES, NO_CLICK_HANDLER, NOT_ON_SCREEN)


def displayed(facts: Facts) -> Iterator[Reason]:
    """What is displayed, or what was."""
    shown = facts.registered.notifications
    if isinstance(shown, Unknown):
        yield unknown("displayed", "Which notifications are displayed", shown)
        return
    here = [each for each in shown or () if facts.tag in (None, each.tag)]
    last = next(reversed(facts.events_of(facts.tag)), None)
    if here:
        yield REPLACES.because(
            f"{len(here)} notification{'s are' if len(here) > 1 else ' is'} displayed "
            f"({listed([each.tag or each.title for each in here])}); another with the same tag replaces it silently."
        )
    elif last is not None:
        what = "was closed" if last.event_name == CLOSED else f"has the event '{last.event_name}'"
        name = f" '{last.instance_id}'" if last.instance_id else ""
        yield ENDED.because(
            f"No notification is displayed; the last one{name} {what} {at(last.timestamp, facts.moment)}."
        )
    elif not isinstance(facts.events, Unknown):
        yield OF_PAGES.because()


def on_screen(facts: Facts) -> Iterator[Reason]:
    if facts.browser.has_windows is False and facts.browser.is_headless_shell is not True:
        yield NOT_ON_SCREEN.because()


RULES: tuple[Rule, ...] = (
    has_service("showNotification() is rejected there, whatever the permission"),
    in_tab("a frame of another site cannot ask for the permission"),
    switched_on,
    has_api("showNotification", lambda facts: facts.registered.notifications),
    permitted("notifications"),
    displayed,
    handles("notificationclick", NO_CLICK_HANDLER),
    on_screen,
)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "A notification is displayed as soon as the worker or the page calls registration.showNotification()."
