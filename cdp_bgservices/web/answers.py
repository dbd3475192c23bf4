"""What the server answers: rows, values, errors, all of them JSON."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import trio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from cdp_bgservices.errors import BackgroundServicesError, BrowserError, InvalidInputError, TriggerError
from cdp_bgservices.events import Event
from cdp_bgservices.failures import Kind, judge
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.web.attached import NoBrowserError

encode = msgspec.json.Encoder().encode


class NotFoundError(BackgroundServicesError):
    """What was asked for is not there (any more)."""


STATUSES: tuple[tuple[type[BackgroundServicesError], int], ...] = (
    (InvalidInputError, 400),
    (NotFoundError, 404),
    (NoBrowserError, 409),
    (BrowserError, 502),
    (TriggerError, 502),
    (BackgroundServicesError, 500),
)
"""The first that fits."""


class Row(Event, frozen=True, kw_only=True):
    """An event as the page gets it."""

    seq: int
    """The order of commits."""
    kind: Kind
    failure: str
    """Why it is one, or ``""``."""


def to_row(seq: int, event: Event) -> Row:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    kind, reason = judge(event)
    return Row(**fields, seq=seq, kind=kind, failure=reason)


def answer(value: Any) -> Response:
    return Response(encode(value), media_type="application/json")


def refusal(status: int, message: str, remedy: str = "") -> Response:
    """An error, as the page shows it."""
    return Response(encode({"error": message, "remedy": remedy}), status, media_type="application/json")


async def answer_error(request: Request, error: Exception) -> Response:
    """One of ours."""
    assert isinstance(error, BackgroundServicesError)
    status = next(status for kind, status in STATUSES if isinstance(error, kind))
    return refusal(status, str(error), error.remedy)


async def answer_http_error(request: Request, error: Exception) -> Response:
    """No such path, or not with this method."""
    assert isinstance(error, HTTPException)
    response = refusal(error.status_code, f"{request.method} {request.url.path}: {error.detail}")
    response.headers.update(error.headers or {})
    return response


async def answer_fault(request: Request, error: Exception) -> Response:
    """Should not happen; with --debug, hypercorn shows where it did."""
    return refusal(500, f"unexpected {type(error).__name__}", "This should not have happened; --debug shows where.")


@asynccontextmanager
async def while_connected(receive: Receive) -> AsyncIterator[None]:
    """Cancel the body when the client goes away. Its own errors come out bare."""
    with trio.CancelScope() as scope:
        async with open_tasks() as tasks:
            tasks.start_soon(cancel_at_disconnect, receive, scope)
            yield


async def cancel_at_disconnect(receive: Receive, scope: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
