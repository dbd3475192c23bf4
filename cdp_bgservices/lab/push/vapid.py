"""The sender of a push: VAPID (RFC 8292), fully checked."""

import base64
import binascii
import re
import time
from collections.abc import Collection, Mapping
from http import HTTPStatus

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from cdp_bgservices.lab.push.http import RefusedError

LONGEST_LIFE = 24 * 60 * 60
"""The longest validity of a token, in seconds (RFC 8292, section 2)."""
CLOCKS_DIFFER = 60
"""Seconds."""
HALF = 32
"""Bytes of each of the two numbers in a signature."""
POINT = 65
"""Bytes of a public key: an uncompressed point on P-256."""


class Header(msgspec.Struct):
    alg: str


class Claims(msgspec.Struct):
    aud: str
    exp: float


def check_vapid(headers: Mapping[str, str], sender: str, audiences: Collection[str]) -> None:
    """``sender`` is the subscription's key, ``audiences`` are this service's origins.

    Raises RefusedError: 401 without a valid token, 403 for a valid token of another sender.
    """
    expected = public_key(sender)
    if expected is None and "authorization" not in headers:
        return  # Any sender may post: the subscription has no key, or only a project's number.
    token, key = credentials(headers)
    claims = verified(token, key)
    if claims.aud.rstrip("/") not in audiences:
        raise unauthorized(f'the token is for "{claims.aud}", not for one of {", ".join(sorted(audiences))}')
    now = time.time()
    if claims.exp < now - CLOCKS_DIFFER:
        raise unauthorized("the token has expired")
    if claims.exp > now + LONGEST_LIFE + CLOCKS_DIFFER:
        raise unauthorized("the token is valid for more than 24 hours")
    if expected is not None and key != expected:
        raise RefusedError(HTTPStatus.FORBIDDEN, "VAPID: the subscription was made with another applicationServerKey.")


def credentials(headers: Mapping[str, str]) -> tuple[str, bytes]:
    """The token and its key, in the form of RFC 8292 or of its drafts."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if not scheme:
        raise unauthorized("the Authorization header is missing")
    if scheme.lower() == "vapid":
        given = parameters(rest)
        token, encoded = given.get("t", ""), given.get("k", "")
    elif scheme.lower() == "webpush":
        token, encoded = rest.strip(), parameters(headers.get("crypto-key", "")).get("p256ecdsa", "")
    else:
        raise unauthorized('the Authorization header is not "vapid t=…, k=…"')
    key = public_key(encoded)
    if key is None:
        raise unauthorized("the key is not a point on P-256")
    return token, key


def verified(token: str, key: bytes) -> Claims:
    """The claims of a token, after checking its signature."""
    try:
        header, claims, signature = (decode_base64url(part) for part in token.split("."))
        if msgspec.json.decode(header, type=Header).alg != "ES256":
            raise unauthorized("the token is not signed with ES256")
        if len(signature) != 2 * HALF:
            raise InvalidSignature
        numbers = int.from_bytes(signature[:HALF]), int.from_bytes(signature[HALF:])
        signed = token.rpartition(".")[0].encode()
        curve = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
        curve.verify(encode_dss_signature(*numbers), signed, ec.ECDSA(hashes.SHA256()))
        return msgspec.json.decode(claims, type=Claims)
    except InvalidSignature as error:
        raise unauthorized("the signature is wrong") from error
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise unauthorized(f"the token cannot be read ({error})") from error


def public_key(encoded: str) -> bytes | None:
    """The point, or None for invalid text."""
    try:
        point = decode_base64url(encoded)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return None
    return point if len(point) == POINT else None


def parameters(text: str) -> dict[str, str]:
    """``a=1, b="2"; c=3``: by lower-case name."""
    pairs = (part.partition("=") for part in re.split("[,;]", text))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def decode_base64url(text: str) -> bytes:
    """Padded or not. Raises ValueError."""
    stripped = text.rstrip("=")
    if not re.fullmatch("[A-Za-z0-9_-]*", stripped):
        raise binascii.Error("not base64url")
    return base64.urlsafe_b64decode(stripped + "=" * (-len(stripped) % 4))


def unauthorized(reason: str) -> RefusedError:
    return RefusedError(HTTPStatus.UNAUTHORIZED, f"VAPID: {reason}.", **{"WWW-Authenticate": "vapid"})
