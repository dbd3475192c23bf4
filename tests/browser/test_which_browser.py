"""Which browser is attached to where several have to do with one port: the one that is meant, or none."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.endpoint import Endpoint
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.profile import browser_pid
from cdp_bgservices.browser.reaching import open_attached
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.protocol import commands
from tests.browser.peers import free_port
from tests.browser.processes import start
from tests.scripted import Refusal, open_scripted_browser

DEADLINE = 60


class Two:
    """At one port: ``work`` at 127.0.0.1, ``private`` at [::1], and ``third``, for which no address was left."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.work, self.private, self.third = (folder / name for name in ("work", "private", "third"))


@pytest.fixture(scope="module")
def two(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    two = Two(tmp_path_factory.mktemp("two"), free_port())
    with (
        start(chromium, two.work, two.port, r"listening on ws://127\.0\.0\.1"),
        start(chromium, two.private, two.port, r"listening on ws://\[::1\]"),
        start(chromium, two.third, two.port, "Cannot start http server for devtools"),
    ):
        yield two


async def pid_at(place: object) -> int:
    async with open_browser(str(place)) as browser:
        (pid,) = await browser.root.call(commands.get_browser_processes())
    return pid


@pytest.mark.browser
async def test_a_profile_leads_to_its_own_browser_whichever_address_that_has(two: Two) -> None:
    with trio.fail_after(DEADLINE):
        for profile, host in ((two.work, "127.0.0.1"), (two.private, "[::1]")):
            async with open_browser(str(profile)) as browser:
                assert browser.endpoint is not None
                assert browser.endpoint.startswith(f"ws://{host}:{two.port}/devtools/browser/")
                assert browser.source == str(profile)
            assert await pid_at(profile) == browser_pid(profile)


@pytest.mark.browser
async def test_a_profile_whose_browser_listens_nowhere_leads_to_no_other(two: Two) -> None:
    with trio.fail_after(DEADLINE), pytest.raises(BrowserError) as caught:
        await pid_at(two.third)
    assert str(caught.value) == (
        f"another browser is at 127.0.0.1:{two.port}, where the one on the profile {two.third} should be"
    )
    assert "another --remote-debugging-port" in caught.value.remedy


@pytest.mark.browser
async def test_a_port_alone_leads_to_neither_and_an_address_to_one(two: Two) -> None:
    with trio.fail_after(DEADLINE):
        for text in (str(two.port), f"localhost:{two.port}"):
            with pytest.raises(BrowserError, match=f"two browsers are at {text}"):
                await pid_at(text)
        assert await pid_at(f"127.0.0.1:{two.port}") == browser_pid(two.work)
        assert await pid_at(f"[::1]:{two.port}") == browser_pid(two.private)


@pytest.mark.browser
async def test_a_websocket_at_localhost_leads_to_the_browser_whose_path_it_has(two: Two) -> None:
    with trio.fail_after(DEADLINE):
        for profile in (two.work, two.private):
            async with open_browser(str(profile)) as browser:
                assert browser.endpoint is not None
                path = browser.endpoint.partition("/devtools/")[2]
            assert await pid_at(f"ws://localhost:{two.port}/devtools/{path}") == browser_pid(profile)


@pytest.mark.browser
async def test_a_noted_path_leads_to_the_browser_that_has_it(two: Two, tmp_path: Path) -> None:
    """As Chrome notes it that was switched on at chrome://inspect; and as a run that is over has left it."""
    with trio.fail_after(DEADLINE):
        async with open_browser(str(two.private)) as browser:
            assert browser.endpoint is not None
            path = browser.endpoint.partition(f":{two.port}")[2]
        note = tmp_path / "DevToolsActivePort"
        note.write_text(f"{two.port}\n{path}")
        assert await pid_at(tmp_path) == browser_pid(two.private)
        note.write_text(f"{two.port}\n/devtools/browser/of-a-run-that-is-over")
        with pytest.raises(BrowserError) as caught:
            await pid_at(tmp_path)
    assert str(caught.value) == (
        f"no browser is running on the profile {tmp_path}: its DevToolsActivePort was left by an earlier run"
    )


@pytest.mark.browser
async def test_a_profile_that_was_named_from_where_the_browser_was_started_is_known(
    chromium: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its port is not its name: another browser may have that next."""
    monkeypatch.chdir(tmp_path)
    port = free_port()
    with start(chromium, Path("relative"), port):
        monkeypatch.chdir("/")
        with trio.fail_after(DEADLINE):
            async with open_browser(str(port)) as browser:
                assert (browser.profile, browser.source) == (tmp_path / "relative", str(tmp_path / "relative"))


@pytest.mark.browser
async def test_a_lock_whose_number_is_another_browser_s_by_now(two: Two, tmp_path: Path) -> None:
    """After a restart of the machine, or in a container, where numbers are small."""
    (tmp_path / "SingletonLock").symlink_to(os.readlink(two.work / "SingletonLock"))
    (tmp_path / "Local State").touch()
    assert browser_pid(tmp_path) is None
    with trio.fail_after(DEADLINE), pytest.raises(BrowserError, match="no browser with a debugging port is running"):
        await pid_at(tmp_path)


async def test_a_browser_that_does_not_tell_its_process_is_not_taken(tmp_path: Path) -> None:
    async with open_scripted_browser() as scripted:
        scripted.answers["SystemInfo.getProcessInfo"] = Refusal(-32000, "Not supported")
        endpoint = Endpoint(scripted.url, str(tmp_path), tmp_path, os.getpid())
        with trio.fail_after(DEADLINE), pytest.raises(BrowserError) as caught:
            async with open_attached(endpoint, DEADLINE):
                pass
    assert "it is unknown whether the browser at" in str(caught.value)
    assert "If you are sure, attach to 127.0.0.1:" in caught.value.remedy
