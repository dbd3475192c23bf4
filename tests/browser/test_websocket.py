"""Opening the websocket of a browser, and what each refusal says."""

from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser import connection
from cdp_bgservices.browser.endpoint import find_endpoint
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.websocket import open_websocket
from cdp_bgservices.errors import BrowserError, CommandError
from tests.browser.peers import free_port, http, open_peer
from tests.scripted import SILENCE, open_scripted_browser

DEADLINE = 30


async def refused(url: str, *, deadline: float = 5) -> BrowserError:
    with trio.fail_after(DEADLINE), pytest.raises(BrowserError) as caught:
        async with open_websocket(await find_endpoint(url, allow_remote=True), deadline=deadline):
            raise AssertionError("it was opened")
    return caught.value


@pytest.mark.browser
async def test_a_running_browser_is_attached_to_and_goes_on(running: Path) -> None:
    with trio.fail_after(DEADLINE):
        for text in (str(running), (running / "DevToolsActivePort").read_text().split()[0]):
            async with open_browser(text) as browser:
                assert "Chrome/" in browser.product
                assert browser.profile == running
                assert browser.source == str(running)
                assert browser.process is None


@pytest.mark.browser
async def test_the_url_of_a_browser_that_restarted(running: Path) -> None:
    port = (running / "DevToolsActivePort").read_text().split()[0]
    error = await refused(f"ws://127.0.0.1:{port}/devtools/browser/of-a-run-before")
    assert "no such DevTools endpoint (404)" in str(error)
    assert "changes at every start" in error.remedy
    assert "profile folder" in error.remedy


async def test_nothing_listens() -> None:
    url = f"ws://127.0.0.1:{free_port()}/devtools/browser/id"
    error = await refused(url)
    assert str(error) == f"nothing listens at {url}"
    assert "by its port or its profile folder" in error.remedy


async def test_a_note_of_a_run_that_is_over(tmp_path: Path) -> None:
    (tmp_path / "DevToolsActivePort").write_text(f"{free_port()}\n/devtools/browser/id")
    error = await refused(str(tmp_path))
    assert f"no browser is running on the profile {tmp_path}" in str(error)
    assert "--remote-debugging-port" in error.remedy


@pytest.mark.parametrize(
    ("status", "said", "remedy"),
    [
        ("403 Forbidden", "refused to be debugged (403)", "--remote-allow-origins"),
        ("404 Not Found", "no such DevTools endpoint (404)", "by its port"),
        ("500 Internal Server Error", "a server error (500)", "check its log"),
        ("200 OK", "HTTP status 200", "--remote-debugging-port"),
    ],
)
async def test_each_refusal_has_its_own_remedy(status: str, said: str, remedy: str) -> None:
    async with open_peer(http(status)) as port:
        error = await refused(f"ws://127.0.0.1:{port}/devtools/browser/id")
    assert said in str(error)
    assert remedy in error.remedy


@pytest.mark.parametrize("reply", [b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 101 Sure\r\n\r\n"])
async def test_what_listens_speaks_no_websocket(reply: bytes) -> None:
    async with open_peer(reply) as port:
        error = await refused(f"ws://127.0.0.1:{port}/")
    assert "does not speak DevTools' websocket" in str(error)
    assert "--remote-debugging-port" in error.remedy


async def test_a_handshake_that_does_not_end_may_wait_for_consent() -> None:
    async with open_peer(None) as port:
        error = await refused(f"ws://127.0.0.1:{port}/", deadline=0.1)
    assert "did not finish the handshake within 0.1 s" in str(error)
    assert "consent" in error.remedy


async def test_a_name_that_does_not_exist_cannot_be_reached() -> None:
    error = await refused("ws://no-such-host.invalid:9222/", deadline=DEADLINE)  # Resolvers take their time to say so.
    assert "cannot be reached" in str(error)


async def test_a_peer_that_lets_us_in_and_says_nothing() -> None:
    async with open_scripted_browser() as scripted:
        scripted.answers["Browser.getVersion"] = SILENCE
        with trio.fail_after(DEADLINE), pytest.raises(BrowserError) as caught:
            async with open_browser(scripted.url, deadline=0.1):
                raise AssertionError("it was opened")
    assert "did not answer within 0.1 s" in str(caught.value)
    assert "consent" in caught.value.remedy


async def test_a_peer_that_makes_no_sense_is_an_error_of_the_browser() -> None:
    async with open_scripted_browser() as scripted:
        scripted.answers["Browser.getVersion"] = {"product": 5}
        with trio.fail_after(DEADLINE), pytest.raises(CommandError, match="not understood"):
            async with open_browser(scripted.url):
                raise AssertionError("it was opened")


async def test_the_error_of_the_body_comes_out_bare() -> None:
    async with open_scripted_browser() as scripted:
        with trio.fail_after(DEADLINE), pytest.raises(KeyError, match="mine"):
            async with open_browser(scripted.url):
                raise KeyError("mine")


@pytest.mark.browser
async def test_who_is_cancelled_completes_the_closing_handshake(running: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every leaving of ``open_background_services`` cancels; waited out, the handshake's deadline is a test's time."""
    monkeypatch.setattr(connection, "CLOSE_DEADLINE", 2 * DEADLINE)
    with trio.CancelScope() as leaving:
        async with open_browser(str(running)):
            began = trio.current_time()
            leaving.cancel()
            await trio.sleep_forever()
    assert trio.current_time() - began < DEADLINE
