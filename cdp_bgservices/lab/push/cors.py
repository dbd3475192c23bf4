"""Answers for pages of other origins, so that a page can post to its own subscription."""

from http import HTTPStatus

import msgspec

from cdp_bgservices.lab.push.http import Request, Response

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, TTL",
}
PREFLIGHT = Response(
    HTTPStatus.NO_CONTENT,
    headers={
        **HEADERS,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": (
            "Authorization, Content-Encoding, Content-Type, Crypto-Key, Encryption, TTL, Topic, Urgency"
        ),
        "Access-Control-Max-Age": "600",
    },
)


def is_preflight(request: Request) -> bool:
    """Whether a browser asks if a page of another origin may send a request."""
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def readable(response: Response) -> Response:
    """The same answer, as one that every page may read."""
    return msgspec.structs.replace(response, headers={**response.headers, **HEADERS})
