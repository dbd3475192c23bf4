"""``/api/export``: the events that pass the filters, as a file."""

from datetime import datetime

from starlette.types import Receive, Scope, Send

from cdp_bgservices.coverage.hosts import this_host
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.export import DOCUMENTS, SAVED
from cdp_bgservices.export.documents import About, pieces
from cdp_bgservices.query import Query, filter_words
from cdp_bgservices.store import Engine
from cdp_bgservices.store.pool import ask_interruptibly
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.web.answers import while_connected
from cdp_bgservices.web.gaps import reports_of


class Download:
    """An answer in constant memory: the next piece is made when the last one has gone out.

    It has its own connection, since it may take as long as its reader.
    """

    def __init__(self, store: Store, query: Query, name: str) -> None:
        if name not in SAVED:
            raise InvalidInputError(f"format={name!r} is not known", "Write one of: " + ", ".join(SAVED) + ".")
        self.store = store
        self.query = query
        self.name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with while_connected(receive), self.store.open_reader() as engine:
            made = filter(None, pieces(engine.pages(self.query), self.name, about(engine, self.query)))
            # Errors occur before the first piece, and can still be reported then.
            piece = await ask_interruptibly(engine, lambda _: next(made, b""))
            await send({"type": "http.response.start", "status": 200, "headers": self.headers()})
            while piece:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                piece = await ask_interruptibly(engine, lambda _: next(made, b""))
            await send({"type": "http.response.body", "body": b""})

    def headers(self) -> list[tuple[bytes, bytes]]:
        kind = DOCUMENTS[self.name].media_type
        name = file_name(self.query, self.name, datetime.now())  # local, as DevTools has it
        return [(b"content-type", kind.encode()), (b"content-disposition", f'attachment; filename="{name}"'.encode())]


def file_name(query: Query, name: str, now: datetime) -> str:
    """``backgroundSync-20261121T040037.json``, as DevTools names its own; of several services without one's name."""
    service = query.services[0] if len(query.services) == 1 else ""
    known = service if service.isascii() and service.isalnum() else "backgroundServices"
    return f"{known}-{now:%Y%m%dT%H%M%S}{DOCUMENTS[name].suffixes[0]}"


def about(engine: Engine, query: Query) -> About:
    """What belongs to the events, and is not in them."""
    now = engine.clock()
    return About(
        moment=now,
        coverage=reports_of(engine, now),
        contexts=engine.contexts(),
        store=engine.short_name,
        host=this_host(),
        filters=filter_words(query),
        retention=engine.read_retention(),
        redacts=engine.read_redacts(),
    )
