"""A page that posts to its own subscription, as the push-event test of web-platform-tests does."""

import json
from pathlib import Path

import pytest
import trio

from cdp_bgservices.lab.push import open_push_service
from tests.lab.push.acting import DEADLINE, RECEIVED, open_lab, post

GREETING = "Hi! \U0001f440".encode()
JSON = b'{"hello":"world"}'
NOT_UTF8 = bytes([226, 130, 40, 240, 40, 140, 188])
PREFLIGHT = {"Origin": "http://localhost", "Access-Control-Request-Method": "POST"}


def given(message: bytes, value: object = "not JSON") -> dict[str, object]:
    """What a worker gets of a message."""
    data = {"arrayBuffer": list(message), "blob": list(message), "text": message.decode(), "json": value}
    return {"status": 201, "kind": "PushEvent", "data": data}


@pytest.mark.browser
async def test_what_chromium_can_pass_of_it_passes(push_site: str, tmp_path: Path) -> None:
    """Four of its six messages. The other two are Chromium's: see below."""
    with trio.fail_after(DEADLINE):
        async with (
            open_push_service(from_pages=True) as push,
            open_lab(push, push_site, tmp_path, url=f"{push_site}posting/") as lab,
        ):

            async def act(script: str) -> dict[str, object]:
                return dict(json.loads(await lab.page.evaluate(f"{script}.then(JSON.stringify)")))

            async def pushed(message: bytes | None) -> dict[str, object]:
                got = await act(f"pushed({json.dumps(None if message is None else list(message))})")
                assert str(got.pop("location")).startswith("/message/")
                assert got.pop("text") == ""
                return got

            assert await pushed(None) == {"status": 201, "kind": "PushEvent", "data": None}
            assert await pushed(b"Hello") == given(b"Hello")
            assert await pushed(JSON) == given(JSON, {"hello": "world"})
            assert await pushed(GREETING) == given(GREETING)

            # The specification wants these bytes. Chromium decrypts them, and its worker gets none.
            assert await pushed(NOT_UTF8) == {"status": 201, "kind": "PushEvent", "data": None}

            # It takes this for a message that was cut.
            empty = await act("post([])")
            assert empty["status"] == 201
            received = await lab.wait(str(empty["location"]).removeprefix("/message/"), RECEIVED)
            assert received.metadata["Success"] == "No"
            assert "smaller than the smallest valid message" in received.metadata["Error Reason"]

            refused = await act("post(null, { TTL: 'soon' })")
            assert (refused["status"], refused["text"]) == (400, "TTL is not a number of seconds.\n")


@pytest.mark.parametrize("from_pages", [True, False])
async def test_a_page_of_another_origin_may_read_the_answer_only_if_the_lab_says_so(from_pages: bool) -> None:
    async with open_push_service(from_pages=from_pages) as push:
        url = f"{push.url}/fcm/send/unknown"
        preflight, allowed, _ = await trio.to_thread.run_sync(lambda: post(url, PREFLIGHT, method="OPTIONS"))
        status, headers, _ = await trio.to_thread.run_sync(lambda: post(url, {"TTL": "1"}))
        rules = [each for each in push.start.arguments if each.startswith("--host-resolver-rules=")]
    assert preflight == (204 if from_pages else 404)
    assert ("authorization" in allowed.get("access-control-allow-headers", "").lower()) is from_pages
    assert (status, headers.get("access-control-allow-origin")) == (404, "*" if from_pages else None)
    assert len(rules) == from_pages
