"""From what a user has to a websocket URL; and what is wrong where there is none."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trio

from cdp_bgservices.browser.address import lasting, shown, websocket_url
from cdp_bgservices.browser.endpoint import Endpoint, find_endpoint
from cdp_bgservices.browser.websocket import open_websocket
from cdp_bgservices.errors import BrowserError, InvalidInputError
from tests.browser.peers import free_port, http, open_peer

DEADLINE = 60


async def refused(text: object, *, deadline: float = 5) -> BrowserError:
    """The error that looking for it, or connecting to what was found, ends in."""
    with trio.fail_after(DEADLINE), pytest.raises(BrowserError) as caught:
        await connect(str(text), deadline)
    return caught.value


async def connect(text: str, deadline: float) -> None:
    async with open_websocket(await find_endpoint(text, allow_remote=True, deadline=deadline), deadline=deadline):
        pass


def port_of(profile: Path) -> str:
    return (profile / "DevToolsActivePort").read_text().split()[0]


@pytest.mark.browser
async def test_every_way_to_write_it_finds_the_browser(running: Path) -> None:
    port, path = (running / "DevToolsActivePort").read_text().split()
    with trio.fail_after(DEADLINE):
        for text in (port, f" {port} ", f"127.0.0.1:{port}", f"http://127.0.0.1:{port}/", str(running)):
            assert (await find_endpoint(text)).url == f"ws://127.0.0.1:{port}{path}", text
        for text in (f"localhost:{port}", f"http://localhost:{port}", f"127.0.0.1:{port}/json/version?unused"):
            url = f"ws://127.0.0.1:{port}{path}" + ("?unused" if "?" in text else "")
            assert (await find_endpoint(text)).url == url, text


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
        "~absent-of-that-name/profile",
        "x" * 5000,
        "nul\0byte",
    ],
)
async def test_an_invalid_endpoint_is_invalid_input(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await find_endpoint(text)
    assert "port" in caught.value.remedy.lower()


async def test_nothing_listens() -> None:
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


@pytest.mark.parametrize("way", ["http", "ws"])
@pytest.mark.parametrize(
    ("status", "said", "remedy"),
    [
        ("401 Unauthorized", "needs a user or a token (401)", "http://USER:PASSWORD@HOST:PORT"),
        ("407 Proxy Authentication Required", "is a proxy that needs a user and a password (407)", "not to a proxy"),
        ("429 Too Many Requests", "accepts no more sessions now (429)", "try again"),
        ("500 Internal Server Error", "answers with a server error (500)", "check its log"),
        ("502 Bad Gateway", "answers with a server error (502)", "check its log"),
        ("302 Found\r\nLocation: https://other/?token=s3cret", "redirects to https://other/ (302)", "not followed"),
        ("308 Permanent Redirect", "redirects (308)", "not followed"),
        ("418 I'm a teapot", "refused: HTTP status 418", "--remote-debugging-port"),
    ],
)
async def test_each_status_has_its_own_remedy(way: str, status: str, said: str, remedy: str) -> None:
    async with open_peer(http(status)) as port:
        place = f"{way}://127.0.0.1:{port}/"
        error = await refused(place)
    assert str(error) == f"{place} {said}"
    assert remedy in error.remedy


async def test_what_the_version_is_refused_with_has_its_own_remedy() -> None:
    async with open_peer(http("403 Forbidden")) as port:
        error = await refused(port)
    assert str(error) == f"{port} does not allow access (403)"
    assert "token" in error.remedy


@pytest.mark.parametrize("url", ["http://127.0.0.1:{}/?token=s3cret", "http://s3cret:s3cret@127.0.0.1:{}"])
async def test_a_token_that_is_not_accepted(url: str) -> None:
    async with open_peer(http("401 Unauthorized")) as port:
        error = await refused(url.format(port))
    assert "does not accept the user or token in the URL (401)" in str(error)
    assert "s3cret" not in str(error)


async def test_a_host_name_that_is_refused_is_replaced_by_its_address() -> None:
    """``127.1`` stands for a name: it is not an address as a URL has it, and leads here."""

    def only_addresses(head: bytes) -> bytes:
        if b"Host: 127.1:" in head:
            return http("500 Internal Server Error")
        return http("200 OK", '{"webSocketDebuggerUrl": "ws://whatever/devtools/browser/id"}')

    async with open_peer(only_addresses) as port:
        with trio.fail_after(DEADLINE):
            endpoint = await find_endpoint(f"127.1:{port}/?token=1", allow_remote=True)
    assert endpoint.url == f"ws://127.0.0.1:{port}/devtools/browser/id?token=1"


@pytest.mark.parametrize("way", ["http", "ws"])
async def test_a_host_that_is_refused_permanently_is_an_error(way: str) -> None:
    async with open_peer(http("500 Internal Server Error")) as port:
        error = await refused(f"{way}://127.1:{port}")
    assert str(error) == f"{way}://127.1:{port} refused the host name 127.1 (500)"
    assert "by its address or by localhost" in error.remedy


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", "5", '{"Browser": "node.js/v22"}', '{"webSocketDebuggerUrl": 5}', "\ud800"]
)
async def test_what_listens_is_not_chromium(body: str) -> None:
    async with open_peer(http("200 OK", body.encode("ascii", "replace").decode())) as port:
        error = await refused(port)
    assert str(error) == f"what listens at {port} is not a Chromium with DevTools"
    assert "--remote-debugging-port" in error.remedy


async def test_what_listens_keeps_silent() -> None:
    async with open_peer(None) as port:
        error = await refused(port, deadline=0.1)
    assert str(error) == f"{port} did not answer within 0.1 s"
    assert "port" in error.remedy


async def test_a_name_that_does_not_exist_cannot_be_reached() -> None:
    error = await refused("no-such-host.invalid:9222", deadline=60)  # Resolvers take their time to say so.
    assert str(error).startswith("no-such-host.invalid:9222 cannot be reached")


async def test_a_folder_that_is_not_a_profile(tmp_path: Path) -> None:
    error = await refused(tmp_path)
    assert str(error) == f"{tmp_path} is not a browser's profile folder: it has no 'Local State'"
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


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("9222", "9222"),
        ("localhost:9222", "localhost:9222"),
        ("/home/me@work/a#b?c", "/home/me@work/a#b?c"),
        ("me@work", "me@work"),
        ("http://127.0.0.1:9222/", "http://127.0.0.1:9222/"),
        ("http://127.0.0.1:9222?token=s3cret", "http://127.0.0.1:9222"),
        ("https://host/json/version?token=s3cret#s3cret", "https://host/json/version"),
        ("ws://s3cret:s3cret@[::1]:9222/devtools/browser/id?s3cret", "ws://[::1]:9222/devtools/browser/id"),
        ("s3cret:s3cret@127.0.0.1:9222", "127.0.0.1:9222"),
        ("127.0.0.1:9222/?token=s3cret", "127.0.0.1:9222/"),
        ("http://user:s3/cret@host", "http://…"),
        ("http://user:1/s3cret@host", "http://user:1"),
        ("htp://s3cret@host/?s3cret", "htp://host/"),
        ("http://[s3cret@host", "http://…"),
    ],
)
def test_what_is_secret_is_not_written(text: str, written: str) -> None:
    assert shown(text) == written


@pytest.mark.parametrize(
    ("reported", "asked", "url"),
    [
        ("ws://inside:1/devtools/browser/id", "http://gate/", "ws://gate/devtools/browser/id"),
        ("ws://inside:1/devtools/browser/id", "https://u:p@gate/a?t=1", "wss://u:p@gate/devtools/browser/id?t=1"),
        ("ws://inside:1/x?t=2&s=3", "http://gate/?t=1&k=4", "ws://gate/x?t=2&s=3&k=4"),
    ],
)
def test_the_websocket_is_where_the_browser_was_asked_with_all_that_was_given(
    reported: str, asked: str, url: str
) -> None:
    assert websocket_url(urlsplit(asked), urlsplit(reported)) == url


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [
        ("ws://[::1]:9222/devtools/browser/id", "http://[::1]:9222"),
        ("wss://u:p@gate/one/devtools/browser/id?token=1", "https://u:p@gate/one?token=1"),
        ("wss://service/?token=1", "wss://service/?token=1"),
        ("http://localhost:9222/", "http://localhost:9222/"),
        ("9222", "9222"),
        ("/home/me/devtools/x", "/home/me/devtools/x"),
    ],
)
def test_the_place_that_lasts_over_a_restart(endpoint: str, place: str) -> None:
    assert lasting(endpoint) == place


def version_of(guid: str) -> bytes:
    return http("200 OK", f'{{"webSocketDebuggerUrl": "ws://whatever/devtools/browser/{guid}"}}')


async def test_a_port_is_looked_for_at_both_addresses(caplog: pytest.LogCaptureFixture) -> None:
    async with open_peer(version_of("a"), host="::1") as port:
        for text in (port, f"localhost:{port}", f"http://localhost:{port}/"):
            caplog.clear()
            assert (await find_endpoint(str(text))).url == f"ws://[::1]:{port}/devtools/browser/a"
            assert f"no browser answers at 127.0.0.1:{port}: attaching to the one at [::1]:{port}" in caplog.text
        async with open_peer(http("404 Not Found"), port=port):
            assert (await find_endpoint(str(port))).url == f"ws://[::1]:{port}/devtools/browser/a"


async def test_of_two_browsers_at_a_port_none_is_taken() -> None:
    async with open_peer(version_of("a"), host="::1") as port:
        async with open_peer(version_of("b"), port=port):
            error = await refused(port)
            assert (await find_endpoint(f"[::1]:{port}")).url == f"ws://[::1]:{port}/devtools/browser/a"
        async with open_peer(version_of("a"), port=port):  # One that is reached by both is one.
            assert (await find_endpoint(str(port))).url == f"ws://127.0.0.1:{port}/devtools/browser/a"
    assert str(error) == f"two browsers are at {port}: one at 127.0.0.1:{port}, another at [::1]:{port}"
    assert "by its address, or by its profile folder" in error.remedy


async def test_what_answers_says_more_than_what_does_not() -> None:
    async with open_peer(http("404 Not Found"), host="::1") as port:
        assert "no /json/version" in str(await refused(port))
