"""From what a user has to a websocket URL; and what is wrong where there is none."""

from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.endpoint import Endpoint, find_endpoint
from cdp_bgservices.errors import BrowserError, InvalidInputError
from tests.browser.peers import free_port, http, open_peer

DEADLINE = 60


async def refused(text: object, *, deadline: float = 5) -> BrowserError:
    """The error that looking for it ends in."""
    with trio.fail_after(DEADLINE), pytest.raises(BrowserError) as caught:
        await find_endpoint(str(text), allow_remote=True, deadline=deadline)
    return caught.value


def port_of(profile: Path) -> str:
    return (profile / "DevToolsActivePort").read_text().split()[0]


@pytest.mark.browser
async def test_every_way_to_write_it_finds_the_browser(running: Path) -> None:
    port, path = (running / "DevToolsActivePort").read_text().split()
    with trio.fail_after(DEADLINE):
        for text in (port, f" {port} ", f"127.0.0.1:{port}", f"http://127.0.0.1:{port}/", str(running)):
            assert (await find_endpoint(text)).url == f"ws://127.0.0.1:{port}{path}", text
        for text in (f"localhost:{port}", f"http://localhost:{port}"):
            assert (await find_endpoint(text)).url == f"ws://localhost:{port}{path}", text


@pytest.mark.browser
async def test_a_profile_folder_is_kept_as_such(running: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(running.parent)
    assert (await find_endpoint(running.name)).profile == running
    assert (await find_endpoint(f"127.0.0.1:{port_of(running)}")).profile is None


@pytest.mark.browser
async def test_a_port_that_the_browser_was_given_is_found_by_its_profile(running_on_given_port: Path) -> None:
    with trio.fail_after(DEADLINE):
        endpoint = await find_endpoint(str(running_on_given_port))
    assert endpoint.url.startswith("ws://127.0.0.1:")
    assert "/devtools/browser/" in endpoint.url
    assert not endpoint.url.endswith("over")
    assert endpoint.profile == running_on_given_port


async def test_a_websocket_url_is_taken_as_it_is() -> None:
    endpoint = await find_endpoint(" ws://[::1]:9222/devtools/browser/id?token=1 ")
    assert endpoint.url == "ws://[::1]:9222/devtools/browser/id?token=1"


@pytest.mark.parametrize(
    ("url", "loopback"),
    [("ws://127.0.0.7:1/", True), ("ws://[::1]/", True), ("ws://localhost/", True), ("ws://example.org/", False)],
)
def test_loopback_is_known(url: str, loopback: bool) -> None:
    assert Endpoint(url, url).is_loopback is loopback


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "70000",
        "9" * 50,
        "ftp://localhost:9222",
        "http://",
        "ws://:9222/",
        "http://localhost:99999",
        "http://localhost:0",
        "localhost:",
        "localhost:port",
        "/no/such/folder",
        "~nobody-of-that-name/profile",
        "x" * 5000,
        "nul\0byte",
    ],
)
async def test_what_is_no_endpoint_is_invalid_input(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await find_endpoint(text)
    assert "port" in caught.value.remedy.lower()


async def test_nobody_listens() -> None:
    port = free_port()
    for text in (port, f"127.0.0.1:{port}", f"http://localhost:{port}"):
        error = await refused(text)
        assert str(error) == f"nothing listens at {text}"
        assert "--remote-debugging-port" in error.remedy
        assert "--user-data-dir" in error.remedy  # Chrome 136 ignores the port on the default profile.


@pytest.mark.parametrize("reply", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"\0\xff\0"])
async def test_what_listens_does_not_speak_http(reply: bytes) -> None:
    async with open_peer(reply) as port:
        error = await refused(port)
    assert str(error) == f"what listens at {port} does not speak HTTP"
    assert "--remote-debugging-port" in error.remedy


async def test_no_http_endpoints_as_with_chrome_144() -> None:
    async with open_peer(http("404 Not Found")) as port:
        error = await refused(port)
    assert "no /json/version" in str(error)
    assert "chrome://inspect" in error.remedy
    assert "profile folder" in error.remedy


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required"])
async def test_a_refusal_tells_its_status(status: str) -> None:
    async with open_peer(http(status)) as port:
        error = await refused(port)
    assert str(error) == f"{port} refused: HTTP status {status[:3]}"
    assert "proxies" in error.remedy


async def test_a_host_name_that_is_refused_is_replaced_by_its_address() -> None:
    def only_addresses(head: bytes) -> bytes:
        if b"Host: localhost" in head:
            return http("500 Internal Server Error")
        return http("200 OK", '{"webSocketDebuggerUrl": "ws://whatever/devtools/browser/id"}')

    async with open_peer(only_addresses) as port:
        with trio.fail_after(DEADLINE):
            endpoint = await find_endpoint(f"localhost:{port}")
    assert endpoint.url == f"ws://127.0.0.1:{port}/devtools/browser/id"


async def test_a_host_that_is_refused_for_good_is_said() -> None:
    async with open_peer(http("500 Internal Server Error")) as port:
        error = await refused(f"localhost:{port}")
    assert "HTTP status 500" in str(error)
    assert "by an address or by localhost" in error.remedy


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "5", '{"Browser": "node.js/v22"}', '{"webSocketDebuggerUrl": 5}', "\ud800"]
)
async def test_what_listens_is_no_chromium(body: str) -> None:
    async with open_peer(http("200 OK", body.encode("ascii", "replace").decode())) as port:
        error = await refused(port)
    assert str(error) == f"what listens at {port} is no Chromium with DevTools"
    assert "--remote-debugging-port" in error.remedy


async def test_what_listens_keeps_silent() -> None:
    async with open_peer(None) as port:
        error = await refused(port, deadline=0.1)
    assert str(error) == f"{port} did not answer within 0.1 s"
    assert "port" in error.remedy


async def test_a_name_that_nobody_has_cannot_be_reached() -> None:
    error = await refused("no-such-host.invalid:9222", deadline=60)  # Resolvers take their time to say so.
    assert str(error).startswith("no-such-host.invalid:9222 cannot be reached")


async def test_a_folder_that_is_no_profile(tmp_path: Path) -> None:
    error = await refused(tmp_path)
    assert str(error) == f"{tmp_path} is no browser's profile folder: it has no 'Local State'"
    assert "chrome://version" in error.remedy


async def test_a_profile_without_a_browser(tmp_path: Path) -> None:
    (tmp_path / "Local State").write_text("{}")
    error = await refused(tmp_path)
    assert str(error) == f"no browser with a debugging port is running on the profile {tmp_path}"
    assert "--user-data-dir" in error.remedy


@pytest.mark.parametrize("text", ["", "9222", "port\n/path", "\xff"])
async def test_a_broken_note_of_the_port(tmp_path: Path, text: str) -> None:
    (tmp_path / "DevToolsActivePort").write_bytes(text.encode("latin-1"))
    error = await refused(tmp_path)
    assert str(error).startswith(f"{tmp_path}/DevToolsActivePort cannot be read")
    assert "attach to its port" in error.remedy
