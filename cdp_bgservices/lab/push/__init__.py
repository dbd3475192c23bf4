"""A push service on this machine: real, encrypted web pushes without the internet."""

from cdp_bgservices.errors import InvalidInputError

try:
    from cdp_bgservices.lab.push.service import PushService
    from cdp_bgservices.lab.push.serving import open_push_service
    from cdp_bgservices.lab.values import Message, Subscription
except ImportError as error:
    why = "is not installed" if isinstance(error, ModuleNotFoundError) else "does not load here"
    raise InvalidInputError(
        f"the push service needs a library that {why} ({error})",
        "Install it: pip install 'cdp-bgservices[lab]'",
    ) from error

__all__ = ["Message", "PushService", "Subscription", "open_push_service"]
