"""``record --lab`` in one terminal, ``push`` and ``notification`` in another."""

import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import trio

from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.pages import Page, open_page
from cdp_bgservices.events import Event
from tests.cli.running import Result, Running, open_command, run
from tests.lab.push.acting import DEADLINE, Key

OPEN = "from another terminal: --lab "
RECORDING = "recording 1 browser context of"


@asynccontextmanager
async def recording(folder: Path, site: str, parts: str, *further: str) -> AsyncIterator[tuple[Running, str, Path]]:
    """The command, the lab's socket, and the profile to attach to."""
    profile = folder / "profile"
    options = ("--profile", str(profile), "--port", "0", "--grant", site.rstrip("/"), *further)
    async with open_command(folder / "events.db", "record", "--lab", parts, *options) as command:
        await command.wait_said(RECORDING)
        (reported,) = [line for line in command.err.decode().splitlines() if OPEN in line]
        yield command, reported.partition(OPEN)[2], profile


async def opened(browser: Browser, site: str) -> Page:
    page = await open_page(browser, site)
    await page.wait_loaded()
    return page


def event_of(result: Result) -> Event:
    return msgspec.json.decode(result.out, type=Event)


@pytest.mark.browser
async def test_a_push_is_a_real_one_where_the_worker_has_a_subscription(push_site: str, tmp_path: Path) -> None:
    """Also where the user trusts a certificate, as the lab does."""
    store = tmp_path / "events.db"
    own = f"--chromium-arg=--ignore-certificate-errors-spki-list={'A' * 43}="
    with trio.fail_after(DEADLINE):
        async with recording(tmp_path, push_site, "push,notifications", own) as (command, lab, profile):
            arguments = ("push", "--attach", str(profile), "--lab", lab)
            async with open_browser(str(profile)) as browser:
                page = await opened(browser, push_site)
                await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
                emulated = await run(store, *arguments, "first")
                await page.evaluate(f"subscribe({Key().public!r})")
                real = await run(store, *arguments, "second")
                looking = ("notification", "list", "--lab", lab, "--format", "json")
                while not json.loads((shown := await run(store, *looking)).out):  # It may come after its push's end.
                    assert shown.status == 0, shown.err
                clicked = await run(store, "notification", "click", "--lab", lab, "99")
            result = await command.stop(signal.SIGINT)
    assert (emulated.status, real.status, result.status) == (0, 0, 0), emulated.err + real.err + result.err
    assert "delivered as DevTools does it, not as a web push: the worker of" in emulated.err
    assert "has no subscription" in emulated.err
    assert event_of(emulated).instance_id == ""
    assert real.err.splitlines()[0] == "sent as a web push, encrypted, through the lab's push service"
    event = event_of(real)
    assert event.event_name == "Push event completed"
    received = [each for each in result.events if each.event_name == "Push message received"]
    assert [(each.instance_id, each.metadata["Payload"]) for each in received] == [(event.instance_id, "second")]
    assert json.loads(shown.out), "its notification is on the lab's desktop"
    assert clicked.status == 2
    assert "notification 99 is not shown" in clicked.err
    assert not await trio.Path(lab).exists()


@pytest.mark.browser
async def test_a_push_goes_as_ever_where_the_lab_has_no_push_service(push_site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with recording(tmp_path, push_site, "clock") as (_, lab, profile), open_browser(str(profile)) as browser:
            page = await opened(browser, push_site)
            await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            result = await run(tmp_path / "events.db", "push", "text", "--attach", str(profile), "--lab", lab)
    assert result.status == 0, result.err
    assert "delivered as DevTools does it" in result.err


@pytest.mark.browser
async def test_the_registrations_are_kept_beside_the_profile(push_site: str, tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with recording(tmp_path, push_site, "push") as (command, _, profile):
            async with open_browser(str(profile)) as browser:
                page = await opened(browser, push_site)
                await page.evaluate(f"subscribe({Key().public!r})")
            assert (await command.stop(signal.SIGINT)).status == 0
        assert (tmp_path / "profile-push").is_dir()
        async with recording(tmp_path, push_site, "push") as (command, lab, profile):
            arguments = ("--attach", str(profile), "--lab", lab, "--scope", push_site)
            real = await run(tmp_path / "events.db", "push", "again", *arguments)
            await command.stop(signal.SIGINT)
    assert real.status == 0, real.err
    assert "sent as a web push" in real.err


@pytest.mark.browser
async def test_a_push_goes_by_the_lab_that_the_subscription_is_of(push_site: str, tmp_path: Path) -> None:
    """Not by the newest one; and one that is named, and is another, is not passed over in silence. One whose browser
    cannot connect says so."""
    store = tmp_path / "events.db"
    apart = "--chromium-arg=--gcm-mcs-endpoint=https://127.0.0.1:1"
    with trio.fail_after(DEADLINE):
        async with recording(tmp_path, push_site, "push") as (_, lab, profile):
            (tmp_path / "other").mkdir()
            async with (
                recording(tmp_path / "other", push_site, "push", apart) as (_, other, cut_off),
                open_browser(str(profile)) as browser,
                open_browser(str(cut_off)) as other_browser,
            ):
                page = await opened(browser, push_site)
                await page.evaluate(f"subscribe({Key().public!r})")
                found = await run(store, "push", "--attach", str(profile), "text")
                named = await run(store, "push", "--attach", str(profile), "--lab", other, "text")
                guessed = await run(store, "network", "status")
                page = await opened(other_browser, push_site)
                await page.evaluate(f"subscribe({Key().public!r})")
                waiting = await run(store, "push", "--attach", str(cut_off), "--timeout", "1s", "text")
    assert found.status == 0, found.err
    assert found.err.splitlines() == ["sent as a web push, encrypted, through the lab's push service"]
    assert (named.status, named.out) == (1, "")
    assert named.err.splitlines() == [
        f"error: the subscription of {push_site} is at another lab than {other}",
        f"Give --lab {lab}.",
    ]
    assert waiting.status == 1
    assert waiting.err.splitlines() == [
        "sent as a web push, encrypted, through the lab's push service",
        "error: the message waits in the lab's push service: the browser is not connected to it",
        "Start it with the lab's arguments unchanged.",
    ]
    assert guessed.status == 3
    assert set(guessed.err.splitlines()[0].removeprefix("error: several labs are open: ").split(", ")) == {lab, other}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["record", "--lab", "moon"], 2, "'moon' is not a part of the lab"),
        (["record", "--lab", "push", "--attach", "9222"], 2, "--lab is for a browser that is started"),
        (["record", "--push-from-pages", "--lab", "clock"], 2, "--push-from-pages is for the lab's push service"),
        (["record", "--forward", "8000", "--lab", "push"], 2, "--forward is for the lab's network"),
        (["network", "offline", "--lab", "nowhere.sock"], 3, "no lab answers at nowhere.sock"),
        (["notification", "list", "--lab", "nowhere.sock"], 3, "no lab answers at nowhere.sock"),
    ],
)
async def test_what_makes_no_sense(tmp_path: Path, arguments: list[str], status: int, said: str) -> None:
    result = await run(tmp_path / "events.db", *arguments)
    assert result.status == status, result.err
    assert said in result.err
    assert "Traceback" not in result.err
