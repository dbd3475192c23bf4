"""The server's beginning and end, and questions that are given up."""

import re
from pathlib import Path

import httpx
import pytest
import trio
import trio.testing

from cdp_bgservices.errors import InvalidInputError, StoreError
from cdp_bgservices.store import open_engine
from cdp_bgservices.web.server import open_viewer
from tests.browser.peers import free_port
from tests.making import MovedClock, events
from tests.web.asking import open_client


async def test_a_taken_port_is_said_so(tmp_path: Path) -> None:
    async with open_client(tmp_path / "events.db") as client:
        with pytest.raises(InvalidInputError, match=f"port {client.viewer.port} is already in use") as caught:
            async with open_viewer(tmp_path / "events.db", port=client.viewer.port):
                pass
        assert "--port" in caught.value.remedy


async def test_an_invalid_port(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="65536 is not a port"):
        async with open_viewer(tmp_path / "events.db", port=65536):
            pass


async def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No store at"):
        async with open_viewer(tmp_path / "events.db"):
            pass
    assert not (tmp_path / "events.db").exists()


async def test_the_default_store_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDP_BGSERVICES_STORE", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    async with open_viewer() as viewer, httpx.AsyncClient(trust_env=False) as http:
        headers = {"Authorization": f"Bearer {viewer.token}"}
        state = await http.get(f"http://127.0.0.1:{viewer.port}/api/state", headers=headers)
        assert Path(state.json()["store"]["name"]).is_relative_to(tmp_path)


async def test_an_error_of_the_body_comes_out_bare(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^mine$"):
        async with open_client(tmp_path / "events.db"):
            raise ValueError("mine")


async def test_it_can_be_opened_again_at_once(tmp_path: Path) -> None:
    port = free_port()
    for _ in range(3):
        with open_engine(tmp_path / "events.db"):
            pass
        async with open_viewer(tmp_path / "events.db", port=port), httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"http://127.0.0.1:{port}/")).status_code == 200


@pytest.mark.parametrize("token", ["{}", "wrong"])
async def test_a_request_that_comes_in_parts_is_answered_and_so_is_the_next(tmp_path: Path, token: str) -> None:
    """It is refused for its head, with or without its body."""
    with trio.fail_after(30):
        async with (
            open_client(tmp_path / "events.db") as client,
            await trio.open_tcp_stream("127.0.0.1", client.viewer.port) as stream,
        ):
            given = f"Authorization: Bearer {token.format(client.viewer.token)}"
            head = f"/api/state HTTP/1.1\r\nHost: localhost:{client.viewer.port}\r\n{given}\r\n"
            await stream.send_all(f"POST {head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n".encode())
            await trio.testing.wait_all_tasks_blocked()
            await stream.send_all(f"{{}}GET {head}Connection: close\r\n\r\n".encode())
            answered = b"".join([data async for data in stream])
    expected = [b"403", b"403"] if token == "wrong" else [b"405", b"200"]
    assert re.findall(rb"HTTP/1\.1 (\d+)", answered) == expected


@pytest.mark.parametrize("path", ["/api/live?after=0&token={}", "/api/export?format=jsonl&token={}", "/index.html", ""])
async def test_it_ends_while_a_client_is_connected(tmp_path: Path, path: str) -> None:
    with open_engine(tmp_path / "events.db", clock=MovedClock()) as database:
        database.add(events(20_000))
    with trio.fail_after(30):
        async with open_client(tmp_path / "events.db") as client:
            stream = await trio.open_tcp_stream("127.0.0.1", client.viewer.port)
            question = path.format(client.viewer.token)
            if question:
                host = f"Host: localhost:{client.viewer.port}"
                await stream.send_all(f"GET {question} HTTP/1.1\r\n{host}\r\n\r\n".encode())
                await stream.receive_some(10)
    await trio.aclose_forcefully(stream)


async def test_a_page_that_goes_away_frees_its_reader(tmp_path: Path) -> None:
    """Eight that ask for what takes long and leave, and four readers."""
    path = tmp_path / "events.db"
    with open_engine(path, clock=MovedClock()) as database:
        database.add(events(30_000, metadata={"Payload": "ü" * 500}))
    with trio.fail_after(60):
        async with open_client(path) as client:
            port = client.viewer.port
            for _ in range(8):
                async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                    await stream.send_all(
                        f"GET /api/events?text=%C3%BCx HTTP/1.1\r\nHost: localhost:{port}\r\n"
                        f"Authorization: Bearer {client.viewer.token}\r\n\r\n".encode()
                    )
            assert (await client.get("events", limit=1))["total"] == 30_000
