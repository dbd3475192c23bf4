"""Check-in and registration: a browser and a page's subscription become known to the push service.

Chromium's own definitions are in ``google_apis/gcm/protocol/checkin.proto`` and ``google_apis/gcm/engine``.
"""

import time
from http import HTTPStatus
from logging import getLogger
from urllib.parse import parse_qs

from cdp_bgservices.lab.push.http import RefusedError, Request, Response
from cdp_bgservices.lab.push.queue import Queue
from cdp_bgservices.protobuf import MalformedError, encode, fixed64, parse

log = getLogger(__name__)

PROTOBUF = {"Content-Type": "application/x-protobuffer"}
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


def check_in(queue: Queue, request: Request) -> Response:
    """Give a browser its number and secret. Raises RefusedError."""
    try:
        asked = parse(request.body)
        browser, secret = queue.check_in(str(asked.number(2)), str(asked.number(13)))
    except MalformedError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"The check-in is malformed: {error}.") from error
    answer = encode((1, 1), (3, int(time.time() * 1000)))
    answer += fixed64(7, int(browser)) + fixed64(8, int(secret)) + encode((11, "1"))
    return Response(HTTPStatus.OK, answer, PROTOBUF)


def register(queue: Queue, request: Request) -> Response:
    """Make a subscription, or end one (``delete=true``). Raises RefusedError."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    browser, _, secret = credentials.partition(":")
    if scheme != "AidLogin" or not queue.admit(browser, secret):
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "Error=AUTHENTICATION_FAILED")
    try:
        form = {name: values[-1] for name, values in parse_qs(request.body.decode(), max_num_fields=100).items()}
    except ValueError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "Error=INVALID_PARAMETERS") from error
    app_id = form.get("X-subtype") or form.get("app", "")
    log.debug("registration: %s", form)
    if not app_id:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "Error=INVALID_PARAMETERS")
    if form.get("delete") == "true":
        queue.unsubscribe(browser, app_id)
        return Response(HTTPStatus.OK, f"token={app_id}".encode(), TEXT)
    return Response(HTTPStatus.OK, f"token={queue.subscribe(browser, app_id, form.get('sender', ''))}".encode(), TEXT)
