"""What the page asks of the browser behind the viewer: its workers, its recording, a clean slate, a trigger."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event
from cdp_bgservices.web.answers import answer
from cdp_bgservices.web.attached import Attached, NoBrowserError

LARGEST = 64 * 1024
"""Bytes of a question. Push services take 4,096 for a message."""

Row = Callable[[Event], Awaitable[Any]]
"""A stored event as the page gets it."""
State = Callable[[], Awaitable[Any]]
"""What ``/api/state`` answers."""
Body = TypeVar("Body")


class RecordingBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    service: str
    on: bool


class ClearBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    services: list[str] = []
    """None are all."""


class TriggerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    """One of TRIGGERS."""
    text: str = ""
    """Its tag or data."""
    scope: str | None = None
    """Needed only where there are several workers, as the next."""
    browser_context: str | None = None
    last_chance: bool = False


class WorkerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    act: str
    """One of ACTS."""
    scope: str
    browser_context: str


class WhyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scope: str
    browser_context: str


def browser_routes(attached: Attached | None, row: Row, state: State) -> list[Route]:
    """Whatever is wrong is raised, as the package's own errors."""

    def browser() -> Attached:
        if attached is None:
            raise NoBrowserError(
                "no browser is attached: this viewer shows a store", "Open it with `cdp-bgservices view --attach …`."
            )
        return attached

    async def workers(request: Request) -> Response:
        found = await browser().workers()
        return answer({"workers": found, "missing": "" if found else await browser().missing()})

    async def recording(request: Request) -> Response:
        asked = await read(request, RecordingBody)
        await browser().set_recording(asked.service, on=asked.on)
        return answer(await state())

    async def clear(request: Request) -> Response:
        asked = await read(request, ClearBody)
        return answer({"deleted": await browser().clear(asked.services)})

    async def trigger(request: Request) -> Response:
        asked = await read(request, TriggerBody)
        outcome = await browser().trigger(
            *(asked.kind, asked.text, asked.scope, asked.browser_context), last_chance=asked.last_chance
        )
        return answer({**msgspec.structs.asdict(outcome), "event": await row(outcome.event)})

    async def worker(request: Request) -> Response:
        asked = await read(request, WorkerBody)
        return answer({"said": await browser().act(asked.act, asked.scope, asked.browser_context)})

    async def why(request: Request) -> Response:
        asked = await read(request, WhyBody)
        return answer({"services": await browser().why(asked.scope, asked.browser_context)})

    return [
        Route("/api/workers", workers),
        Route("/api/why", why, methods=["POST"]),
        Route("/api/worker", worker, methods=["POST"]),
        Route("/api/recording", recording, methods=["POST"]),
        Route("/api/clear", clear, methods=["POST"]),
        Route("/api/trigger", trigger, methods=["POST"]),
    ]


async def read(request: Request, kind: type[Body]) -> Body:
    """The question's body. Raises InvalidInputError for any other body."""
    body = bytearray()
    async with aclosing(request.stream()) as parts:
        async for part in parts:
            body += part
            if len(body) > LARGEST:
                raise InvalidInputError(f"the request is longer than {LARGEST} bytes", "Send less.")
    try:
        return msgspec.json.decode(body, type=kind)
    except ValueError as error:
        raise InvalidInputError(
            f"the request is not valid: {error}", "Reload the page: it may be older than the viewer."
        ) from error
