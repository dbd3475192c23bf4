"""The application server's side of a push service: RFC 8030, with VAPID (RFC 8292) and the encodings of RFC 8291."""

import re
import secrets
import time
from collections.abc import Collection
from http import HTTPStatus

from cdp_bgservices.lab.push.http import RefusedError, Request
from cdp_bgservices.lab.push.queue import Queue
from cdp_bgservices.lab.push.vapid import check_vapid
from cdp_bgservices.lab.values import Message

PATHS = ("/fcm/send/", "/wp/")
"""The beginning of an endpoint's path; the token follows."""
LONGEST_BODY = 4096
"""Bytes that every push service accepts (RFC 8030, section 7.2); this one accepts no more."""
LONGEST_TTL = 28 * 24 * 60 * 60
"""The longest time to keep a message, in seconds, as Firebase's."""
URGENCIES = ("very-low", "low", "normal", "high")
TOPIC = re.compile("[A-Za-z0-9_-]{1,32}")
ENCODINGS = ("aes128gcm", "aesgcm")


def read_post(queue: Queue, request: Request, audiences: Collection[str]) -> Message:
    """The message that an application server posts. Raises RefusedError."""
    token = token_of(request.target)
    subscription = queue.subscription(token)
    if subscription is None or subscription.ended == HTTPStatus.NOT_FOUND:
        raise RefusedError(HTTPStatus.NOT_FOUND, "Unknown subscription.")
    if request.method != "POST":
        raise RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, "Send messages by POST.", Allow="POST")
    if subscription.ended:
        raise RefusedError(HTTPStatus.GONE, "The subscription has ended.")
    check_vapid(request.headers, subscription.sender, audiences)
    encoding = request.headers.get("content-encoding", "").strip().lower()
    headers = {"content-encoding": encoding} if request.body else {}
    if request.body and encoding not in ENCODINGS:
        raise bad(f'Content-Encoding is "{encoding}", not aes128gcm.')
    if encoding == "aesgcm":  # Its salt and key are in headers, not in the body.
        headers |= {name: request.headers.get(name, "") for name in ("encryption", "crypto-key")}
    return make_message(
        token,
        request.body,
        headers=headers,
        ttl=read_ttl(request.headers.get("ttl")),
        urgency=request.headers.get("urgency", "normal").strip().lower(),
        topic=request.headers.get("topic"),
    )


def make_message(
    token: str, body: bytes, *, headers: dict[str, str], ttl: int, urgency: str = "normal", topic: str | None = None
) -> Message:
    """Raises RefusedError for a message that no push service accepts. ``ttl`` is in seconds."""
    if len(body) > LONGEST_BODY:
        raise RefusedError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The encrypted message has {len(body)} bytes; the limit is {LONGEST_BODY}.",
        )
    if urgency not in URGENCIES:
        raise bad(f'Urgency is "{urgency}", not one of {", ".join(URGENCIES)}.')
    if topic is not None and not TOPIC.fullmatch(topic):
        raise bad("Topic is not 1 to 32 characters of base64url.")
    if ttl < 0:
        raise bad("TTL is negative.")
    expires_at = time.time() + min(ttl, LONGEST_TTL) if ttl else 0.0
    return Message(secrets.token_hex(10), token, body, headers, urgency, topic, expires_at)


def token_of(target: str) -> str:
    """The token in an endpoint's path; empty for any other path."""
    return next((target.removeprefix(path) for path in PATHS if target.startswith(path)), "")


def read_ttl(text: str | None) -> int:
    """In seconds, as it is granted. Raises RefusedError."""
    if text is None:
        raise bad("The TTL header is missing.")
    if not (text.isascii() and text.isdigit()):
        raise bad("TTL is not a number of seconds.")
    return min(int(text), LONGEST_TTL) if len(text) < 10 else LONGEST_TTL


def bad(reason: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, reason)
