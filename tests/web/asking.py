"""A viewer over a store of a test's own, asked over real sockets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from cdp_bgservices.store import Clock, open_engine
from cdp_bgservices.web.server import Viewer, open_viewer
from tests.making import MovedClock


class Client:
    """What the page does, with the token."""

    def __init__(self, viewer: Viewer, http: httpx.AsyncClient) -> None:
        self.viewer = viewer
        self.http = http

    async def get(self, path: str, **parameters: Any) -> Any:
        """The answer's value; it must be one."""
        response = await self.http.get(f"/api/{path}", params=parameters)
        assert response.status_code == 200, response.text
        return response.json()

    async def refused(self, path: str, **parameters: Any) -> tuple[int, str]:
        """The status, and the error with what to do about it."""
        response = await self.http.get(f"/api/{path}", params=parameters or None)
        said = response.json()
        assert set(said) == {"error", "remedy"}
        return response.status_code, f"{said['error']} {said['remedy']}"


@asynccontextmanager
async def open_client(path: Path, clock: Clock | None = None) -> AsyncIterator[Client]:
    """A store that is not there yet is made."""
    clock = clock or MovedClock()
    with open_engine(path, clock=clock):
        pass
    async with open_viewer(path, clock=clock) as viewer, ask(viewer) as client:
        yield client


@asynccontextmanager
async def ask(viewer: Viewer) -> AsyncIterator[Client]:
    headers = {"Authorization": f"Bearer {viewer.token}"}
    address = f"http://127.0.0.1:{viewer.port}"
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30, trust_env=False) as http:
        yield Client(viewer, http)


class Message(msgspec.Struct, frozen=True):
    """One server-sent event."""

    name: str
    id: int
    data: Any


async def messages(response: httpx.Response) -> AsyncIterator[Message]:
    """Comments are left out."""
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield Message(fields["event"], int(fields["id"]), msgspec.json.decode(fields["data"]))
            fields = {}
