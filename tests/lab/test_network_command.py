"""``record --lab network`` in one terminal, ``network offline|online`` in another."""

import os
import re
import signal
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.capture.lab import open_capture_lab
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.run import Run
from cdp_bgservices.capture.subject import CaptureSubject
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.events import Service
from cdp_bgservices.protocol import commands
from cdp_bgservices.site import serve_site
from cdp_bgservices.store import open_store
from tests.browser.peers import free_port
from tests.cli.running import open_command, run
from tests.lab.push.acting import Key

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("namespaces")]

DEADLINE = 90
OPEN = "from another terminal: --lab "


async def test_a_page_at_another_address_of_this_machine_does_not_load_and_the_error_says_why(tmp_path: Path) -> None:
    urls = ("http://127.0.0.2:8076/", "http://localhost:1/")
    with trio.fail_after(DEADLINE):
        options = [word for url in urls for word in ("--url", url)]
        async with open_command(tmp_path / "events.db", "record", "--lab", "network", *options) as command:
            await command.wait_said("http://localhost:1/ did not load")
            result = await command.stop(signal.SIGINT)
    why = (
        "; the lab's network reaches this machine only: localhost, 127.0.0.1, [::1] and the names that /etc/hosts "
        "gives to these addresses"
    )
    warnings = [line for line in result.err.splitlines() if "did not load" in line]
    assert [line.partition(" did not load")[0] for line in warnings] == [f"warning: {url}" for url in urls]
    assert [line.endswith(why) for line in warnings] == [True, False]


async def test_a_port_that_is_forwarded_at_the_start_or_later_is_reached(site: str, tmp_path: Path) -> None:
    store, profile = tmp_path / "events.db", tmp_path / "profile"
    port = str(urlsplit(site).port)
    with trio.fail_after(DEADLINE), serve_site() as other:
        options = ("--profile", str(profile), "--port", "0", "--forward", str(urlsplit(other).port))
        async with open_command(store, "record", "--lab", "network", *options) as command:
            await command.wait_said("others can attach at")
            (reported,) = [line for line in command.err.decode().splitlines() if OPEN in line]
            lab = reported.partition(OPEN)[2]
            (reachable,) = re.findall(r"others can attach at port (\d+)", command.err.decode())
            async with open_browser(reachable) as browser:
                await open_page(browser, other)
                with pytest.raises(BrowserError, match="did not load"):
                    await open_page(browser, site)
                forwarded = await run(store, "network", "forward", port, "--lab", lab)
                await open_page(browser, site)
            nonsense = await run(store, "network", "forward", "0", "--lab", lab)
    assert (forwarded.status, forwarded.err) == (0, f"the browser reaches localhost at {port}\n")
    assert nonsense.status == 2


async def test_a_browser_that_is_started_again_has_the_same_port(tmp_path: Path) -> None:
    store, profile, port = tmp_path / "events.db", tmp_path / "profile", free_port()
    options = ("--restart", "--profile", str(profile), "--port", str(port))
    with trio.fail_after(DEADLINE):
        async with open_command(store, "record", "--lab", "network", *options) as command:
            for count in (1, 2):
                while command.err.count(b"others can attach at port %d\n" % port) < count:
                    await command.changed.wait()
                async with open_browser(str(port)) as browser:
                    (pid,) = await browser.root.call(commands.get_browser_processes())
                if count == 1:
                    os.kill(pid, signal.SIGKILL)
            result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err


async def test_its_profile_has_the_port_that_it_is_published_at(tmp_path: Path) -> None:
    """Also where the one that it chose in the lab's network is taken outside."""
    profile = tmp_path / "profile"
    options = CaptureOptions(lab=("network",), launch=Launch(profile=profile, port=0))
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_capture_lab(options, print, CaptureSubject(Run(options, store, print))) as lab,
            open_browser(launch=lab.launch) as browser,
        ):
            chosen = urlsplit(browser.endpoint).port
            with socket.socket() as taken:
                with suppress(OSError):  # Another program has it.
                    taken.bind(("127.0.0.1", chosen))
                    taken.listen()
                await lab.publish(browser)
                async with open_browser(str(profile)) as attached:
                    assert urlsplit(attached.endpoint).port == urlsplit(browser.endpoint).port != chosen


async def test_what_is_registered_or_sent_offline_comes_when_the_network_is_back(site: str, tmp_path: Path) -> None:
    store, profile = tmp_path / "events.db", tmp_path / "profile"
    options = ("--profile", str(profile), "--port", "0", "--url", site, "--grant", site.rstrip("/"))
    with trio.fail_after(DEADLINE):
        async with open_command(store, "record", "--lab", "network,push", *options) as command:
            await command.wait_said("recording 1 browser context of")
            (reported,) = [line for line in command.err.decode().splitlines() if OPEN in line]
            lab = ("--lab", reported.partition(OPEN)[2])
            async with open_browser(str(profile)) as browser:  # By the port that is published.
                page = await open_page(browser, site)
                await page.wait_loaded()
                await page.evaluate("site.ready()")
                await page.evaluate(f"site.subscribe({Key().public!r})")
                offline = await run(store, "network", "offline", *lab)
                assert await page.evaluate("navigator.onLine") is False
                state = await run(store, "network", "status", *lab)
                await page.evaluate(
                    "navigator.serviceWorker.ready.then(worker => worker.sync.register('letter')).then(() => true)"
                )
                while b"Registered sync" not in command.out:
                    await command.changed.wait()
                assert b"Dispatched sync event" not in command.out
                push = await run(store, "push", "later", "--attach", str(profile), "--timeout", "1s", *lab)
                online = await run(store, "network", "online", *lab)
                while b"Sync completed" not in command.out or b"Push event completed" not in command.out:
                    await command.changed.wait()
            result = await command.stop(signal.SIGINT)
    assert result.status == 0, result.err
    assert (offline.status, state.out, online.status) == (0, "offline\n", 0)
    assert push.status == 1
    assert push.err.splitlines() == [
        "sent as a web push, encrypted, through the lab's push service, where it waits: the lab's network is offline",
        "error: the message waits in the lab's push service: the lab's network is offline",
        "Switch it on: cdp-bgservices network online. Then the message is delivered.",
    ]
    names = [event.event_name for event in result.events if event.service == Service.BACKGROUND_SYNC]
    assert names == ["Registered sync", "Dispatched sync event", "Sync completed"]
    received = [event.metadata for event in result.events if event.event_name == "Push message received"]
    assert [each["Payload"] for each in received] == ["later"]
