"""Which requests are refused: other names of this machine, other sites' pages, no token, and paths that lead out."""

import re
from pathlib import Path

import httpx
import pytest
import trio

from cdp_bgservices.export.page import PAGE
from cdp_bgservices.web.security import HEADERS
from tests.making import event
from tests.web.asking import Client, open_client

READING = (
    "/api/state",
    "/api/events",
    "/api/find?id=x",
    "/api/facets",
    "/api/event/x",
    "/api/timeline?begin=0&end=1",
    "/api/overview?begin=0&end=1",
    "/api/numbers",
    "/api/coverage",
    "/api/live",
    "/api/export?format=jsonl",
    "/api/workers",
)
ACTING = ("/api/recording", "/api/clear", "/api/trigger")


async def exchange(port: int, *lines: str, body: bytes = b"") -> tuple[int, bytes]:
    """The status, and all that is answered to a request as it stands here. Nothing is made better on the way."""
    with trio.fail_after(30):
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await stream.send_all("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
            answer = b""
            async for data in stream:
                answer += data
    return int(answer.split(b" ")[1]), answer


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer wrong", "Bearer Ž", "Basic {token}", "{token}", "Bearer {token}x"]
)
async def test_nothing_is_answered_without_the_token(tmp_path: Path, given: str | None) -> None:
    async with open_client(tmp_path / "events.db") as client:
        del client.http.headers["Authorization"]
        headers = [] if given is None else [(b"Authorization", given.format(token=client.viewer.token).encode())]
        for path in READING:
            response = await client.http.get(path, headers=headers)
            assert response.status_code == 403
            assert "token" in response.json()["error"]
            assert client.viewer.token not in response.text


@pytest.mark.parametrize("path", ACTING)
async def test_nothing_is_done_without_the_token(tmp_path: Path, path: str) -> None:
    async with open_client(tmp_path / "events.db") as client:
        del client.http.headers["Authorization"]
        assert (await client.http.post(path, json={})).status_code == 403
        assert (await client.http.post(f"{path}?token={client.viewer.token}", json={})).status_code == 403


async def test_the_token_in_the_address_is_taken_only_where_a_page_cannot_do_better(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        del client.http.headers["Authorization"]
        token = client.viewer.token
        assert (await client.http.get(f"/api/export?format=jsonl&token={token}")).status_code == 200
        async with client.http.stream("GET", f"/api/live?token={token}") as response:
            assert response.status_code == 200
        for path in READING:
            if not path.startswith(("/api/live", "/api/export")):
                assert (await client.http.get(path, params={"token": token})).status_code == 403
        assert (await client.http.get(f"/api/export?format=jsonl&token=x&token={token}")).status_code == 403


async def test_each_viewer_has_a_token_of_its_own(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as one, open_client(tmp_path / "events.db") as other:
        assert one.viewer.token != other.viewer.token
        assert len(one.viewer.token) >= 43  # 256 bits


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "localhost.evil.example:{port}",
        "127.0.0.1",
        "localhost:1",
        "127.0.0.1:{port}0",
        "127.0.0.2:{port}",
        "0.0.0.0:{port}",
        "[::]:{port}",
        "user@127.0.0.1:{port}",
        "",
    ],
)
async def test_other_names_are_refused(tmp_path: Path, host: str) -> None:
    """DNS rebinding: another site's name that has come to mean this machine."""
    async with open_client(tmp_path / "events.db") as client:
        for path in ("/", "/api/state"):
            name = host.format(port=client.viewer.port)
            status, answer = await exchange(
                client.viewer.port,
                f"GET {path} HTTP/1.1",
                f"Host: {name}",
                f"Authorization: Bearer {client.viewer.token}",
            )
            assert status in (400, 403)
            assert b"retention" not in answer
            assert b"<html" not in answer


async def test_its_own_names_are_taken(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
            line = f"Host: {name}:{client.viewer.port}"
            assert (await exchange(client.viewer.port, "GET / HTTP/1.1", line))[0] == 200


async def test_several_names_or_none_are_refused(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        port = client.viewer.port
        ours = f"Host: localhost:{port}"
        assert (await exchange(port, "GET / HTTP/1.0"))[0] in (400, 403)
        assert (await exchange(port, "GET / HTTP/1.1", ours, "Host: evil.example"))[0] in (400, 403)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("Origin", "http://127.0.0.1:{port}", True),
        ("Origin", "http://localhost:{port}", True),
        ("Origin", "http://evil.example", False),
        ("Origin", "https://127.0.0.1:{port}", False),
        ("Origin", "127.0.0.1:{port}", False),
        ("Origin", "http://127.0.0.1:1", False),
        ("Origin", "http://127.0.0.1", False),
        ("Origin", "null", False),
        ("Origin", "", False),
        ("Sec-Fetch-Site", "same-origin", True),
        ("Sec-Fetch-Site", "none", True),
        ("Sec-Fetch-Site", "same-site", False),
        ("Sec-Fetch-Site", "cross-site", False),
        ("Sec-Fetch-Site", "anything", False),
    ],
)
async def test_other_sites_pages_are_refused(tmp_path: Path, name: str, value: str, allowed: bool) -> None:
    async with open_client(tmp_path / "events.db") as client:
        headers = {name: value.format(port=client.viewer.port)}
        for path in ("/", "/api/state", f"/api/live?token={client.viewer.token}"):
            async with client.http.stream("GET", path, headers=headers) as response:
                assert response.status_code == (200 if allowed else 403)


async def test_what_acts_is_not_done_by_a_link(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        for path in ACTING:
            assert (await client.http.get(path)).status_code in (404, 405)
        for path in READING:
            assert (await client.http.post(path, json={})).status_code == 405


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_acts_is_json(tmp_path: Path, kind: str) -> None:
    async with open_client(tmp_path / "events.db") as client:
        for path in ACTING:
            response = await client.http.post(path, content=b'{"services": []}', headers={"Content-Type": kind})
            assert response.status_code == 400
            assert response.json()["error"] == "the request is not JSON"


async def test_without_a_browser_nothing_can_be_driven(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        requests = [
            client.http.get("/api/workers"),
            client.http.post("/api/recording", json={"service": "notifications", "on": True}),
            client.http.post("/api/clear", json={"services": []}),
            client.http.post("/api/trigger", json={"kind": "sync", "text": "t"}),
        ]
        for request in requests:
            response = await request
            assert response.status_code == 409
            assert "view --attach" in response.json()["remedy"]


async def test_every_answer_has_the_headers(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        answers: list[httpx.Response] = [
            await client.http.get("/"),
            await client.http.get("/style.css"),
            await client.http.get("/nowhere"),
            await client.http.get("/api/state"),
            await client.http.get("/api/events?sort=x"),
            await client.http.get("/api/nothing"),
            await client.http.post("/api/state"),
            await client.http.get("/api/state", headers={"Host": "evil.example"}),
            await client.http.get("/api/export?format=jsonl"),
        ]
        for response in answers:
            assert {name: response.headers[name] for name in HEADERS} == HEADERS
            assert response.headers["cache-control"] == ("no-store" if "/api/" in str(response.url) else "no-cache")
            assert "server" not in response.headers
            assert "access-control-allow-origin" not in response.headers
        policy = HEADERS["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path",
    [
        "/../server.py",
        "/../../errors.py",
        "/%2e%2e/server.py",
        "/..%2fserver.py",
        "/..%5cserver.py",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/vendor/../../server.py",
        "/index.html/../../server.py",
        "/index.html%00.css",
        "/%ff",
        "/" + "a" * 5000,
    ],
)
async def test_no_path_leads_out_of_the_page(tmp_path: Path, path: str) -> None:
    async with open_client(tmp_path / "events.db") as client:
        port = client.viewer.port
        status, answer = await exchange(port, f"GET {path} HTTP/1.1", f"Host: localhost:{port}")
        assert status in (400, 404)
        assert b"import" not in answer
        assert b"root:" not in answer


async def test_the_page_is_served_as_what_it_is(tmp_path: Path) -> None:
    kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    async with open_client(tmp_path / "events.db") as client:
        for suffix, kind in kinds.items():
            for file in [file for file in PAGE.rglob(f"*{suffix}") if file.name not in ("index.html", "early.js")]:
                response = await client.http.get(f"/{file.relative_to(PAGE).as_posix()}")
                assert response.status_code == 200
                assert response.headers["content-type"].partition(";")[0] == kind
                assert response.content == file.read_bytes()


async def test_the_page_is_five_answers_that_are_asked_for_once(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        index = await client.http.get("/")
        assert (await client.http.get("/index.html")).content == index.content
        names = re.findall(r'(?:href|src)="([^"]+)"', index.text)
        assert names == ["page.css", "icon.svg", "early.js", "page.js"]
        style, code = [(await client.http.get(f"/{name}")).text for name in ("page.css", "page.js")]
        assert all(file.read_text(encoding="utf-8").rstrip() in style for file in PAGE.rglob("style.css"))
        assert "import {" not in code
        for name in ("", "page.css", "early.js", "page.js", "page-later.js"):
            tag = (await client.http.get(f"/{name}")).headers["etag"]
            again = await client.http.get(f"/{name}", headers={"If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b"")
            assert {header: again.headers[header] for header in HEADERS} == HEADERS
            assert (await client.http.get(f"/{name}", headers={"If-None-Match": '"older"'})).status_code == 200


async def test_a_websocket_is_refused(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        port = client.viewer.port
        status, _ = await exchange(
            port,
            "GET /api/live HTTP/1.1",
            f"Host: localhost:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        )
        assert status in (400, 403)


async def test_what_a_page_wrote_comes_as_text(tmp_path: Path) -> None:
    wicked = "</script><img src=x onerror=alert(1)>\u2028\x1b[2J\0"
    async with open_client(tmp_path / "events.db") as client:
        store(tmp_path / "events.db", wicked)
        response = await client.http.get("/api/events")
        assert response.headers["content-type"] == "application/json"
        assert response.json()["rows"][0]["metadata"] == {"Payload": wicked}
        assert response.json()["rows"][0]["instance_id"] == wicked


def store(path: Path, text: str) -> None:
    from cdp_bgservices.store import open_engine
    from tests.making import MovedClock

    with open_engine(path, clock=MovedClock()) as database:
        database.add([event(1, instance_id=text, metadata={"Payload": text})])


async def test_other_machines_cannot_connect(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        await refuse(client, "127.0.0.2")


async def refuse(client: Client, address: str) -> None:
    with pytest.raises(OSError, match="all attempts to connect"):
        await trio.open_tcp_stream(address, client.viewer.port)
