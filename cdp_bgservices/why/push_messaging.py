"""The rules of push messaging."""

from collections.abc import Iterator

from cdp_bgservices.events import Service
from cdp_bgservices.why.browsers import has_api, has_service, in_tab, on_the_record, switched_on
from cdp_bgservices.why.kinds import Kind, fine, unknown
from cdp_bgservices.why.network import online
from cdp_bgservices.why.permitted import permitted
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.times import at
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown
from cdp_bgservices.why.workers import handles

SERVICE = Service.PUSH_MESSAGING
PUSH_SERVICE = "chrome/browser/push_messaging/push_messaging_service_impl.cc"
SPECIFICATION = "https://www.w3.org/TR/push-api/"
RECEIVED, COMPLETED, LOST, GENERIC = (
    "Push message received",
    "Push event completed",
    "Unsubscribed due to error",
    "Generic notification shown",
)

NOT_SUBSCRIBED = Kind(
    key="not-subscribed",
    effect=Effect.BLOCKS,
    means="The service worker has no push subscription.",
    remedy="Subscribe in the page: registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey}). "
    "Where that does not end, the browser does not reach a push service: the lab has one (--lab push).",
    source=f"{SPECIFICATION}#dom-pushmanager-subscribe",
)
SUBSCRIPTION_LOST = Kind(
    key="subscription-lost",
    effect=Effect.BLOCKS,
    means="Chromium has ended the push subscription by itself.",
    remedy="Subscribe again, and give the new endpoint to the server; the old one answers 404 or 410.",
    source=PUSH_SERVICE,
)
EXPIRED = Kind(
    key="subscription-expired",
    effect=Effect.BLOCKS,
    means="The push subscription has expired.",
    remedy="Subscribe again, and give the new endpoint to the server.",
    source=f"{SPECIFICATION}#dom-pushsubscription-expirationtime",
)
NOT_DECRYPTED = Kind(
    key="not-decrypted",
    effect=Effect.EXPLAINS,
    means="A message came that could not be decrypted, so the worker did not get it.",
    remedy="Encrypt it with the keys of the subscription that is there now: subscription.toJSON().keys.",
    source=PUSH_SERVICE,
)
HANDLER_FAILED = Kind(
    key="handler-failed",
    effect=Effect.EXPLAINS,
    means="The last message reached the handler, and the handler failed.",
    remedy="Fix the promise that the push handler gives to waitUntil().",
    source="content/browser/push_messaging/push_messaging_router.cc",
)
GENERIC_SHOWN = Kind(
    key="generic-notification",
    effect=Effect.EXPLAINS,
    means="The push handler showed no notification, so Chromium showed one of its own.",
    remedy="Show one in the handler: event.waitUntil(registration.showNotification(…)).",
    source="chrome/browser/push_messaging/push_messaging_notification_manager.cc",
)
NONE_RECEIVED = Kind(
    key="no-message",
    effect=Effect.EXPLAINS,
    means="The subscription is in order, and no message for it has reached the browser.",
    remedy="Look at what the push service answered the server: 201 is accepted; 404 and 410 are the endpoint of "
    "another subscription; 401 and 403 another key.",
    source="https://www.rfc-editor.org/rfc/rfc8030#section-5",
)
KINDS = (
    *(NOT_SUBSCRIBED, SUBSCRIPTION_LOST, EXPIRED),
    *(NOT_DECRYPTED, HANDLER_FAILED, GENERIC_SHOWN, NONE_RECEIVED),
)


def subscribed(facts: Facts) -> Iterator[Reason]:
    subscriptions = facts.registered.subscriptions
    if isinstance(subscriptions, Unknown):
        yield unknown("subscription", "Whether there is a push subscription", subscriptions)
        return
    for each in subscriptions or ():
        if each.expires is not None and each.expires <= facts.moment:
            yield EXPIRED.because(f"The push subscription expired {at(each.expires, facts.moment)}.")
        else:
            yield fine("subscription", f"There is a push subscription; its endpoint is at {each.host}.")
    if subscriptions == ():
        lost = next((event for event in reversed(facts.events_of()) if event.event_name == LOST), None)
        if lost is None:
            yield NOT_SUBSCRIBED.because(f"{facts.site.place} has no push subscription.")
        else:
            why = lost.metadata.get("Reason", "without a reason")
            yield SUBSCRIPTION_LOST.because(
                f"Chromium has ended the push subscription {at(lost.timestamp, facts.moment)}: {why}."
            )


def received(facts: Facts) -> Iterator[Reason]:
    """What became of the last message."""
    subscriptions = facts.registered.subscriptions
    if isinstance(facts.events, Unknown) or not subscriptions:
        return
    events = facts.events_of()
    last = {event.event_name: event for event in events}
    message = last.get(RECEIVED)
    if message is None:
        if not isinstance(subscriptions, Unknown):
            yield NONE_RECEIVED.because()
    elif message.metadata.get("Success") == "No":
        yield NOT_DECRYPTED.because(
            f"The last message came {at(message.timestamp, facts.moment)}, and was not given to the worker: "
            f"{message.metadata.get('Error Reason', 'no reason given')}."
        )
    completed, generic = last.get(COMPLETED), last.get(GENERIC)
    if completed is not None and (status := completed.metadata.get("Status", "")) not in ("", "Success"):
        yield HANDLER_FAILED.because(
            f"The push handler of the last message ended {at(completed.timestamp, facts.moment)} as '{status}'."
        )
    if generic is not None:
        yield GENERIC_SHOWN.because(
            "The push handler showed no notification, so Chromium showed its own "
            f"{at(generic.timestamp, facts.moment)}."
        )


RULES: tuple[Rule, ...] = (
    has_service("pushManager.subscribe() is rejected there with 'push service not available'"),
    on_the_record("pushManager.subscribe() is refused there"),
    in_tab("a frame of another site cannot ask for the permission"),
    switched_on,
    has_api("pushManager", lambda facts: facts.registered.subscriptions),
    permitted("push"),
    subscribed,
    handles("push"),
    online("the push service keeps its messages until the browser is online, for as long as their TTL"),
    received,
)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "A message comes when the site's server posts one to the subscription's endpoint. Now: cdp-bgservices push."
