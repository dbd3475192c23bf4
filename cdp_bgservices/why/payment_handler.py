"""The rules of the payment handler."""

from collections.abc import Iterator

from cdp_bgservices.events import Service
from cdp_bgservices.why.kinds import Kind
from cdp_bgservices.why.permitted import permitted
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.times import at
from cdp_bgservices.why.values import Effect, Facts, Reason
from cdp_bgservices.why.workers import handles

SERVICE = Service.PAYMENT_HANDLER
SPECIFICATION = "https://www.w3.org/TR/payment-handler/"
APP = "components/payments/content/service_worker_payment_app.cc"
CRAWLER = "components/payments/content/installable_payment_app_crawler.cc"
INSTALLED, ANSWERED, REQUEST, RESPONSE = (
    "Install payment handler result",
    "Can make payment response",
    "Payment request",
    "Payment response",
)

NO_MANAGER = Kind(
    key="no-api",
    effect=Effect.BLOCKS,
    means="The browser has no payment handlers.",
    remedy="Use Chromium, Chrome or Edge.",
    source=SPECIFICATION,
)
NOT_INSTALLED = Kind(
    key="install-failed",
    effect=Effect.BLOCKS,
    means="Chromium could not install the payment handler.",
    remedy="Check the web app manifest that the payment method manifest names: serviceworker.src, scope, and an icon.",
    source=CRAWLER,
)
CANNOT_PAY = Kind(
    key="cannot-pay",
    effect=Effect.BLOCKS,
    means="The handler answered 'canmakepayment' with false, so it is not offered.",
    remedy="See what the canmakepayment handler passes to respondWith().",
    source=APP,
)
NOT_ASKED = Kind(
    key="canmakepayment-skipped",
    effect=Effect.EXPLAINS,
    means="The browser context is off the record: Chromium does not ask 'canmakepayment' there.",
    remedy="Use the default context of a profile.",
    source=APP,
)
NOT_HEARD = Kind(
    key="no-canmakepayment-handler",
    effect=Effect.EXPLAINS,
    means="The service worker does not listen to 'canmakepayment': Chromium takes it that it can always pay.",
    source="third_party/blink/renderer/modules/payments/can_make_payment_respond_with_observer.cc",
)
UNANSWERED = Kind(
    key="unanswered",
    effect=Effect.EXPLAINS,
    means="The last payment request has no answer yet.",
    remedy="See whether the paymentrequest handler calls respondWith(), and what its promise waits for.",
    source=SPECIFICATION,
)
NO_REQUEST = Kind(
    key="no-request",
    effect=Effect.EXPLAINS,
    means="No shop has asked for a payment, as far as it was recorded.",
    remedy="A shop's page asks by PaymentRequest.show(), after a real click, with the URL of this payment method; its "
    "manifest has to name this site's web app: 'default_applications'.",
    source=CRAWLER,
)
KINDS = (NO_MANAGER, NOT_INSTALLED, CANNOT_PAY, NOT_ASKED, NOT_HEARD, UNANSWERED, NO_REQUEST)


def has_manager(facts: Facts) -> Iterator[Reason]:
    if facts.registered.has_payment_manager is False:
        yield NO_MANAGER.because()


def history(facts: Facts) -> Iterator[Reason]:
    """What Chromium asked of the handler, and what it answered: no API lists what it is installed for."""
    events = facts.events_of()
    last = {event.event_name: (number, event) for number, event in enumerate(events)}
    if REQUEST in last and (RESPONSE not in last or last[RESPONSE][0] < last[REQUEST][0]):
        yield UNANSWERED.because(
            f"The last payment request came {at(last[REQUEST][1].timestamp, facts.moment)}, and has no answer yet."
        )
    if INSTALLED in last and last[INSTALLED][1].metadata.get("Payment Handler Install Success") == "false":
        when = at(last[INSTALLED][1].timestamp, facts.moment)
        yield NOT_INSTALLED.because(f"Chromium could not install the payment handler {when}.")
    if ANSWERED in last and last[ANSWERED][1].metadata.get("Can Make Payment") == "false":
        when = at(last[ANSWERED][1].timestamp, facts.moment)
        yield CANNOT_PAY.because(f"The handler answered 'canmakepayment' with false {when}, so it is not offered.")
    if not events and isinstance(facts.events, tuple):
        yield NO_REQUEST.because()


def asked(facts: Facts) -> Iterator[Reason]:
    if facts.browser.is_off_the_record is True:
        yield NOT_ASKED.because()


RULES: tuple[Rule, ...] = (
    has_manager,
    permitted("payment-handler"),
    handles("paymentrequest"),
    history,
    asked,
    handles("canmakepayment", NOT_HEARD),
)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "The handler runs when a shop's page calls PaymentRequest.show() after a click, with its payment method."
