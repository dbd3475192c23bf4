"""Encrypt for a page's subscription as an application server does (RFC 8291), with the library of pywebpush."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import http_ece  # type: ignore[import-untyped]
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.push.vapid import decode_base64url

ENCODING = "aes128gcm"
REMEDY = "Give what JSON.stringify(await registration.pushManager.getSubscription()) makes in the page."


class Keys(msgspec.Struct):
    p256dh: str
    auth: str


class PushSubscription(msgspec.Struct):
    """What ``PushSubscription.toJSON()`` gives in a page."""

    endpoint: str
    keys: Keys

    def __post_init__(self) -> None:
        urlsplit(self.endpoint)  # Raises ValueError.

    @property
    def path(self) -> str:
        return urlsplit(self.endpoint).path


def read_subscription(given: Mapping[str, Any] | str) -> PushSubscription:
    """Raises InvalidInputError."""
    try:
        if isinstance(given, str):
            given = json.loads(given)
        return msgspec.convert(given, PushSubscription)
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise InvalidInputError(f"not a push subscription: {error}", REMEDY) from error


def encrypt(subscription: PushSubscription, data: bytes) -> bytes:
    """Raises InvalidInputError for invalid keys."""
    try:
        encrypted = http_ece.encrypt(
            data,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=decode_base64url(subscription.keys.p256dh),
            auth_secret=decode_base64url(subscription.keys.auth),
            version=ENCODING,
        )
    except (ValueError, http_ece.ECEException) as error:
        raise InvalidInputError(f"cannot encrypt for that push subscription: {error}", REMEDY) from error
    return bytes(encrypted)
