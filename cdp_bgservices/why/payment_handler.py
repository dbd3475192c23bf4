"""The rules of the payment handler."""

from collections.abc import Iterable

from cdp_bgservices.events import Service
from cdp_bgservices.why.every_service import without_handler
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason

SERVICE = Service.PAYMENT_HANDLER
SOURCE = "content/browser/payments/payment_app_provider_impl.cc"


def handled(facts: Facts) -> Iterable[Reason]:
    return without_handler(facts, "paymentrequest", Effect.BLOCKS, SOURCE)


RULES: tuple[Rule, ...] = (handled,)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "A shop asks for a payment."
