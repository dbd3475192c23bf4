"""Endpoints as users have them: behind a gate that wants a secret, of a page alone; and no store yet."""

import json
import os
import shlex
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
import trio

from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.store import open_engine
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.testing.blocking import open_background_services
from tests.browser.peers import http, open_peer
from tests.browser.processes import noted_port, start
from tests.cli.running import COMMAND, environment, run
from tests.waiting import look_again

DEADLINE = 90
SECRET = "s3cret-that-is-for-no-log"
ATTACHING = (
    ["record", "--for", "1ms"],
    ["view"],
    ["workers"],
    ["push", "text"],
    ["sync", "tag"],
    ["periodic-sync", "tag"],
    ["status"],
    ["clear", "--yes"],
)
"""Every command that takes ``--attach``."""


@pytest.fixture(scope="module")
def profile(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """That of a running browser."""
    profile = tmp_path_factory.mktemp("behind")
    with start(chromium, profile, 0):
        assert noted_port(profile)
        yield profile


@pytest.fixture
def port(profile: Path) -> int:
    return int((profile / "DevToolsActivePort").read_text().split()[0])


@asynccontextmanager
async def open_gate(port: int, asked: list[bytes]) -> AsyncIterator[int]:
    """The port of a gate before a browser, as hosted browsers have it: each request wants the token, or the user."""
    user = b"Basic " + b64encode(f"user:{SECRET}".encode())

    async def pump(source: trio.SocketStream, target: trio.SocketStream) -> None:
        try:
            async for data in source:
                await target.send_all(data)
            await target.send_eof()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async def serve_one(stream: trio.SocketStream) -> None:
        async with stream:
            head = b""
            while b"\r\n\r\n" not in head and (data := await stream.receive_some()):
                head += data
            asked.append(head)
            if f"?token={SECRET} ".encode() not in head and user not in head:
                await stream.send_all(http("401 Unauthorized"))
                return
            async with await trio.open_tcp_stream("127.0.0.1", port) as browser, open_tasks() as tasks:
                await browser.send_all(head)
                tasks.start_soon(pump, browser, stream)
                await pump(stream, browser)

    async with open_tasks() as tasks:

        async def serve(task_status: trio.TaskStatus[list[trio.SocketListener]]) -> None:
            await trio.serve_tcp(serve_one, 0, host="127.0.0.1", task_status=task_status)

        (listener,) = await tasks.start(serve)
        yield int(listener.socket.getsockname()[1])


@pytest.mark.browser
@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:{gate}?token={secret}",
        "http://localhost:{gate}/?token={secret}",
        "http://127.0.0.1:{gate}/json/version?token={secret}",
        "http://127.0.0.1:{gate}/json/version/?token={secret}",
        "127.0.0.1:{gate}/?token={secret}",
        "http://user:{secret}@127.0.0.1:{gate}/",
        "user:{secret}@localhost:{gate}",
    ],
)
async def test_a_browser_behind_a_gate_is_reached_with_what_the_endpoint_has(
    port: int, profile: Path, place: str
) -> None:
    asked: list[bytes] = []
    with trio.fail_after(DEADLINE):
        async with (
            open_gate(port, asked) as gate,
            open_browser(place.format(gate=gate, secret=SECRET)) as browser,
        ):
            assert browser.profile == profile
            assert browser.source == str(profile)
    question, handshake = asked
    assert question.startswith(b"GET /json/version")
    assert handshake.startswith(b"GET /devtools/browser/")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("arguments", "place"),
    [(arguments, "http://{}/?token={}x") for arguments in ATTACHING]
    + [(["workers"], place) for place in ("ws://{}/?token={}x", "http://{1}:{1}@{0}", "{1}@{0}")],
)
async def test_what_is_secret_in_an_endpoint_is_printed_nowhere(
    port: int, tmp_path: Path, arguments: list[str], place: str
) -> None:
    """Not with ``--debug`` either, nor where it is wrong."""
    with trio.fail_after(DEADLINE):
        async with open_gate(port, []) as gate:
            host = f"127.0.0.1:{gate}"
            result = await run(tmp_path / "events.db", *arguments, "--debug", "--attach", place.format(host, SECRET))
    assert result.status == 3, result.err
    assert "does not accept the user or token in the URL (401)" in result.err
    assert SECRET not in result.out + result.err


@pytest.mark.browser
async def test_nor_is_it_where_it_is_right(port: int, tmp_path: Path) -> None:
    """Neither in what is printed, nor in the store, whose sources are named by profiles."""
    store = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_gate(port, []) as gate:
            for arguments in (["record", "--for", "1ms"], ["status"]):
                place = f"http://127.0.0.1:{gate}/?token={SECRET}"
                result = await run(store, *arguments, "--debug", "--attach", place)
                assert result.status == 0, result.err
                assert SECRET not in result.out + result.err
    assert not files_with(SECRET, tmp_path)


def files_with(text: str, folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if text.encode() in path.read_bytes()]


@pytest.mark.browser
@pytest.mark.parametrize("arguments", ATTACHING, ids=" ".join)
async def test_the_endpoint_of_a_page_is_explained_by_every_command(
    port: int, tmp_path: Path, arguments: list[str]
) -> None:
    with trio.fail_after(DEADLINE):
        result = await run(tmp_path / "events.db", *arguments, "--attach", await page_at(port))
    assert result.status == 3, result.err
    *_, error, remedy = result.err.splitlines()
    assert error == "error: this endpoint does not reach the whole browser (Target.getBrowserContexts: Not allowed)"
    assert remedy == "Attach by its port or profile folder: /devtools/page/… is a single page of it."


@pytest.mark.browser
async def test_the_endpoint_of_a_page_is_explained_in_a_test(port: int) -> None:
    place = await page_at(port)

    def open_and_close() -> None:
        with open_background_services(place):
            raise AssertionError("it was opened")

    with trio.fail_after(DEADLINE), pytest.raises(BrowserError, match="does not reach the whole browser") as caught:
        await trio.to_thread.run_sync(open_and_close)
    assert "port or profile folder" in caught.value.remedy


async def page_at(port: int) -> str:
    """Once there is one: the browser listens before it has opened its first."""

    def read() -> list[str]:
        with urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            return [each["webSocketDebuggerUrl"] for each in json.load(answer) if each["type"] == "page"]

    while not (found := await trio.to_thread.run_sync(read)):
        await look_again()
    return found[0]


@pytest.mark.usefixtures("namespaces")
def test_a_missing_second_address_is_not_the_error(tmp_path: Path) -> None:
    """A system without IPv6, as many containers are."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    setting = "ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"
    reported = subprocess.run(
        [
            "unshare",
            *user,
            "--net",
            "sh",
            "-c",
            f"{setting} && {shlex.join([*COMMAND, 'workers', '--attach', '9222'])}",
        ],
        env=environment(tmp_path / "events.db"),
        capture_output=True,
        text=True,
    )
    assert reported.stderr.splitlines()[0] == "error: nothing listens at 9222"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("arguments", [["record", "--launch", "--port"], ["view", "--launch", "--debugging-port"]])
async def test_a_port_that_something_has_is_refused(tmp_path: Path, host: str, arguments: list[str]) -> None:
    """$CDP_BGSERVICES_PORT would lead to that."""
    async with open_peer(b"", host=host) as port:
        with trio.fail_after(DEADLINE):
            result = await run(tmp_path / "events.db", *arguments, str(port))
    assert result.status == 2, result.err
    assert f"error: port {port} is already in use at {f'[{host}]' if ':' in host else host}:{port}" in result.err


@pytest.mark.browser
async def test_the_status_of_a_browser_needs_no_store(profile: Path, tmp_path: Path) -> None:
    store = tmp_path / "none.db"
    with trio.fail_after(DEADLINE):
        table = await run(store, "status", "--attach", str(profile))
        values = await run(store, "status", "--attach", str(profile), "--format", "json")
        alone = await run(store, "status")
        with open_engine(tmp_path / "events.db"):
            both = await run(tmp_path / "events.db", "status", "--attach", str(profile))
    assert (table.status, values.status, both.status) == (0, 0, 0), table.err + values.err + both.err
    assert table.err.splitlines() == [f"no store yet at {store}"]
    assert table.out.splitlines()[0].startswith("browser  Chrome/")
    reported = json.loads(values.out)
    assert (reported["store"], reported["runs"]) == (None, [])
    assert reported["browser"]["profile"] == str(profile)
    assert table.out.splitlines()[0] in both.out
    assert both.out.startswith("store ")
    assert (alone.status, str(store) in alone.err) == (4, True)
    assert not store.exists()


@pytest.mark.browser
async def test_a_browser_s_log_is_cleared_without_a_store(profile: Path, tmp_path: Path) -> None:
    store = tmp_path / "none.db"
    with trio.fail_after(DEADLINE):
        result = await run(store, "clear", "--yes", "--attach", str(profile))
        alone = await run(store, "clear", "--yes")
    assert (result.status, alone.status) == (0, 4), result.err
    assert result.err.splitlines() == ["cleared the browser's own log", f"no store yet at {store}"]
