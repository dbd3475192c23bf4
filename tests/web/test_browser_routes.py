"""What the page asks of the browser behind the viewer, over HTTP, with a real Chromium there; and without one."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio

from cdp_bgservices.store import open_store
from cdp_bgservices.store.trio_store import Store
from cdp_bgservices.web.attached import Attached
from cdp_bgservices.web.browser_routes import LARGEST
from cdp_bgservices.web.server import Viewer, serve_store
from tests.acting import log_of, open_made_context, open_site, stored
from tests.web.attaching import ALL_ON, DEADLINE, PUSH, SYNC, Scene, open_blank, open_scene, switch

Json = dict[str, Any]


class Page:
    """Asks as the page does."""

    def __init__(self, viewer: Viewer, client: httpx.AsyncClient) -> None:
        self.viewer = viewer
        self.client = client

    async def get(self, path: str) -> Json:
        return found(await self.client.get(path))

    async def post(self, path: str, body: object) -> Json:
        return found(await self.client.post(path, json=body))

    async def refused(self, path: str, body: object, status: int) -> str:
        """The error and its remedy."""
        response = await self.client.post(path, json=body)
        assert response.status_code == status, response.text
        answer = response.json()
        assert set(answer) == {"error", "remedy"}
        return f"{answer['error']} {answer['remedy']}"

    @asynccontextmanager
    async def live(self) -> AsyncIterator["Live"]:
        """What is sent as it happens, behind the first state: from then on nothing is missed. Without httpx, whose
        streams warn under trio when they are left.
        """
        async with await trio.open_tcp_stream("127.0.0.1", self.viewer.port) as stream:
            host = f"127.0.0.1:{self.viewer.port}"
            await stream.send_all(f"GET /api/live?token={self.viewer.token} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            live = Live(stream)
            await live.until("state")
            yield live


class Live:
    """Server-sent events."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.buffer = b""

    async def until(self, kind: str, condition: Callable[[Any], object] = lambda data: True) -> Any:
        """The data of the next one of this kind for which it holds."""
        while True:
            message, found, rest = self.buffer.partition(b"\n\n")
            if not found:
                self.buffer += (received := await self.stream.receive_some())
                assert received, "the stream ended"
                continue
            self.buffer = rest
            fields = dict(line.split(": ", 1) for line in message.decode().splitlines() if ": " in line)
            if fields.get("event") == kind and condition(data := json.loads(fields["data"])):
                return data

    async def until_recording(self, **recording: bool) -> None:
        """Until the state says so of these services."""
        await self.until("state", lambda state: recording.items() <= recording_of(state).items())


def found(response: httpx.Response) -> Json:
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[Store]:
    """A store without a recording."""
    async with open_store(tmp_path / "events.db") as store:
        yield store


@asynccontextmanager
async def open_page(store: Store, attached: Attached | None = None) -> AsyncIterator[Page]:
    async with (
        serve_store(store, attached=attached) as viewer,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{viewer.port}",
            headers={"Authorization": f"Bearer {viewer.token}"},
            timeout=DEADLINE,
        ) as client,
    ):
        yield Page(viewer, client)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with open_scene(tmp_path) as opened:
        yield opened


@pytest.fixture
async def page(scene: Scene) -> AsyncIterator[Page]:
    async with open_page(scene.store, scene.attached) as opened:
        yield opened


def recording_of(state: Json) -> dict[str, bool | None]:
    return {each["name"]: each["recording"] for each in state["services"]}


@pytest.mark.browser
async def test_the_state_has_the_browser_and_what_it_records(scene: Scene, page: Page) -> None:
    state = await page.get("/api/state")
    assert recording_of(state) == ALL_ON
    assert state["browser"]["product"].startswith("Chrome/")
    [context] = state["browser"]["contexts"]
    assert (context["default"], context["recording"]) == (True, ALL_ON)
    assert state["browser"]["armed_until"]


@pytest.mark.browser
async def test_the_live_stream_follows_devtools_the_button_and_new_contexts(scene: Scene, page: Page) -> None:
    async with page.live() as live:
        await switch(scene.other, SYNC, on=False)
        await live.until_recording(backgroundSync=False, pushMessaging=True)
        await switch(scene.other, SYNC, on=True)
        await live.until_recording(backgroundSync=True)
        answer = await page.post("/api/recording", {"service": PUSH, "on": False})
        assert recording_of(answer) == {**ALL_ON, PUSH: False}
        await live.until_recording(backgroundSync=True, pushMessaging=False)
        async with open_made_context(scene.browser) as made:
            await open_blank(scene.browser, made)
            wanted = {"id": made, "default": False, "recording": {**ALL_ON, PUSH: False}}
            await live.until("state", lambda state: wanted in state["browser"]["contexts"])
    assert recording_of(await page.get("/api/state")) == {**ALL_ON, PUSH: False}


@pytest.mark.browser
async def test_clear_in_both_places(scene: Scene, page: Page, site: str) -> None:
    await open_site(scene.browser, site)
    for kind in ("sync", "push"):
        await page.post("/api/trigger", {"kind": kind, "text": "hello"})
    async with page.live() as live:
        assert (await page.post("/api/clear", {"services": [SYNC]}))["deleted"] == 1
        await live.until("cleared")
    left = {event.service for event in await stored(scene.store)}
    assert left == {event.service for event in await log_of(scene.other)}
    assert SYNC not in left
    assert PUSH in left
    await page.post("/api/clear", {})
    assert await stored(scene.store) == []
    assert await log_of(scene.other) == []


@pytest.mark.browser
async def test_triggers_are_answered_with_rows(scene: Scene, page: Page, site: str) -> None:
    await open_site(scene.browser, site)
    for asked, event_name, metadata in (
        ({"kind": "sync", "text": "a"}, "Dispatched sync event", {"Last Chance": "No"}),
        ({"kind": "sync", "text": "a", "last_chance": True}, "Dispatched sync event", {"Last Chance": "Yes"}),
        ({"kind": "periodic-sync", "text": "b", "scope": site}, "Dispatched periodicsync event", {}),
        ({"kind": "push", "text": "Grüße 👋"}, "Push event completed", {"Status": "Success"}),
    ):
        answer = await page.post("/api/trigger", asked)
        row = answer.pop("event")
        assert (row["event_name"], row["metadata"]) == (event_name, metadata)
        assert row["scope"] == site
        assert answer == {"threw": "", "way": "", "remark": ""}
        assert (await page.get(f"/api/event/{row['id']}"))["event"] == row
    payloads = [each.metadata.get("Payload") for each in await stored(scene.store)]
    assert "Grüße 👋" in payloads


@pytest.mark.browser
async def test_a_trigger_that_fails_says_why(scene: Scene, page: Page, site: str) -> None:
    sync = {"kind": "sync", "text": "a"}
    assert "Open the page first." in await page.refused("/api/trigger", sync, 502)
    await open_site(scene.browser, site)
    assert site in await page.refused("/api/trigger", {**sync, "scope": "http://elsewhere/"}, 502)
    answer = await page.post("/api/trigger", {"kind": "push", "text": "throw"})
    assert "push threw" in answer["threw"]
    assert "waitUntil Rejected" in answer["remark"]
    assert answer["event"]["kind"] == "failed"
    answer = await page.post("/api/trigger", {"kind": "sync", "text": "reject"})
    assert "sync rejected" in answer["threw"]
    await page.post("/api/recording", {"service": SYNC, "on": False})
    assert "Start recording it." in await page.refused("/api/trigger", sync, 502)


@pytest.mark.browser
async def test_workers(scene: Scene, page: Page, site: str) -> None:
    found = await page.get("/api/workers")
    assert found["workers"] == []
    assert found["missing"].endswith("no page has registered a service worker in this browser. Open the page first.")
    await open_site(scene.browser, site)
    [worker] = (await page.get("/api/workers"))["workers"]
    assert (worker["scope"], worker["status"], worker["is_default"]) == (site, "activated", True)
    assert {"script_url", "running_status", "registration_id", "browser_context"} <= set(worker)


@pytest.mark.browser
async def test_wrong_input(scene: Scene, page: Page) -> None:
    for path, body in (
        ("/api/recording", {"service": "teapot", "on": True}),
        ("/api/recording", {"service": SYNC}),
        ("/api/recording", {"service": SYNC, "on": "yes"}),
        ("/api/recording", {"service": SYNC, "on": True, "for": "ever"}),
        ("/api/recording", []),
        ("/api/clear", {"services": ["teapot"]}),
        ("/api/clear", {"services": SYNC}),
        ("/api/trigger", {"kind": "click"}),
        ("/api/trigger", {"kind": "push", "text": {"not": "text"}}),
        ("/api/trigger", {"kind": "push", "text": "x" * LARGEST}),
    ):
        assert await page.refused(path, body, 400)
    for content in (b"", b"\xff", b"{", b"service=x"):
        headers = {"Content-Type": "application/json"}
        response = await page.client.post("/api/recording", content=content, headers=headers)
        assert response.status_code == 400
        assert response.json()["error"]
    assert recording_of(await page.get("/api/state")) == ALL_ON


async def test_without_a_browser_the_store_is_read_only(empty: Store) -> None:
    with trio.fail_after(DEADLINE):
        async with open_page(empty) as page:
            assert (await page.get("/api/state"))["browser"] is None
            for path, body in (
                ("/api/recording", {"service": SYNC, "on": True}),
                ("/api/clear", {}),
                ("/api/trigger", {"kind": "sync", "text": "a"}),
            ):
                assert "--attach" in await page.refused(path, body, 409)
            response = await page.client.get("/api/workers")
            assert response.status_code == 409


async def test_while_the_browser_is_away_nothing_can_be_asked(empty: Store) -> None:
    attached = Attached("the browser at 9222 is waited for")
    with trio.fail_after(DEADLINE):
        async with open_page(empty, attached) as page:
            state = await page.get("/api/state")
            assert state["browser"]["lost"] == "the browser at 9222 is waited for"
            assert set(recording_of(state).values()) == {None}
            assert "9222" in await page.refused("/api/clear", {}, 409)
            async with page.live() as live:
                attached.note_change("it was closed")
                await live.until("state", lambda state: state["browser"]["lost"] == "it was closed")
