"""What these tests share: a browser in the lab, an application server's key, and posts to the service."""

import http.client
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import trio
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02  # type: ignore[import-untyped]
from py_vapid.utils import b64urlencode  # type: ignore[import-untyped]

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.events import Event
from cdp_bgservices.lab.push import PushService
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Store

DEADLINE = 90
RECEIVED = "Push message received"
COMPLETED = "Push event completed"


class Key:
    """Of an application server."""

    def __init__(self) -> None:
        self.vapid = Vapid02()
        self.vapid.generate_keys()

    @property
    def public(self) -> str:
        """base64url, as a page gives it to ``subscribe``."""
        point = self.vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return str(b64urlencode(point))

    @property
    def private(self) -> str:
        number = self.vapid.private_key.private_numbers().private_value
        return str(b64urlencode(number.to_bytes(32, "big")))

    def headers(self, audience: str, **claims: Any) -> dict[str, str]:
        """What a post for this origin is signed with."""
        return dict(self.vapid.sign({"aud": audience, "sub": "mailto:someone@example.com", **claims}))


class Lab:
    """A Chromium that was started with a push service, recorded, with the page open."""

    def __init__(self, push: PushService, browser: Browser, recorder: Recorder, page: Page) -> None:
        self.push = push
        self.browser = browser
        self.recorder = recorder
        self.page = page

    async def subscribe(self, key: Key | None = None) -> dict[str, Any]:
        made = await self.page.evaluate(f"subscribe({(key or Key()).public!r})")
        return dict(json.loads(made))

    async def wait(self, instance_id: str, event_name: str = COMPLETED) -> Event:
        return await self.recorder.wait_event(Query(event_names=(event_name,), instance_ids=(instance_id,)))


@asynccontextmanager
async def open_lab(push: PushService, site: str, folder: Path, *, url: str = "") -> AsyncIterator[Lab]:
    """``folder`` keeps the profile and the store."""
    await trio.Path(folder).mkdir(exist_ok=True)
    launch = Launch(profile=folder / "profile", arguments=push.start.arguments)
    async with open_store(folder / "events.db") as store, open_browser(launch=launch) as browser:
        await grant(browser, site.rstrip("/"))
        async with open_recorder(browser, store) as recorder:
            page = await open_page(browser, url or site)
            await page.wait_loaded()
            yield Lab(push, browser, recorder, page)


async def payloads(store: Store) -> list[str]:
    """Of every push that came, in the order in which they came."""
    events = [event async for event in store.events(Query(event_names=(RECEIVED,)))]
    return [event.metadata.get("Payload", "") for event in events]


def post(
    url: str, headers: Mapping[str, str], body: bytes = b"", *, method: str = "POST"
) -> tuple[int, Mapping[str, str], str]:
    """Status, headers and text of the answer."""
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    if parts.scheme == "https":
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context, timeout=30)
    connection.request(method, parts.path, body, dict(headers))
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text


async def posted(*args: Any, **kwargs: Any) -> tuple[int, Mapping[str, str], str]:
    return await trio.to_thread.run_sync(lambda: post(*args, **kwargs))
