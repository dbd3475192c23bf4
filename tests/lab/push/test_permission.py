"""A site's own settings in the lab: they take a subscription away, and its worker notices."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from cdp import target as target_domain

from cdp_bgservices.browser.activity import open_activity
from cdp_bgservices.browser.permissions import override, set_permission
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.push import open_push_service
from cdp_bgservices.protocol import commands
from tests.lab.push.acting import DEADLINE, Key, Lab, open_lab

pytestmark = pytest.mark.browser

STATE = "navigator.permissions.query({name: 'background-sync'}).then(({ state }) => state)"


@asynccontextmanager
async def open_settable(site: str, folder: Path) -> AsyncIterator[Lab]:
    with trio.fail_after(DEADLINE):
        async with open_push_service() as push, open_lab(push, site, folder) as lab:
            lab.browser.in_lab = True
            yield lab


async def test_a_subscription_is_taken_away_and_had_again(push_site: str, tmp_path: Path) -> None:
    origin, key = push_site.rstrip("/"), Key()
    async with open_settable(push_site, tmp_path) as lab:
        made = await lab.subscribe(key)
        await lab.page.evaluate("expectChange()")
        await set_permission(lab.browser, origin, "notifications", "denied", real=True)
        assert await lab.page.evaluate("Notification.permission") == "denied"
        assert await lab.page.evaluate("changed") == [made["endpoint"], None]
        assert await lab.page.evaluate("subscription()") == "null"

        await lab.page.evaluate("expectChange()")
        await set_permission(lab.browser, origin, "notifications", "granted", real=True)
        assert await lab.page.evaluate("Notification.permission") == "granted"
        assert await lab.page.evaluate("changed") == [None, None]

        again = await lab.subscribe(key)
        assert again["endpoint"] != made["endpoint"]
        await lab.wait(await lab.push.send(again, "again"))


async def test_a_setting_that_an_override_hid_takes_it_away_as_well(push_site: str, tmp_path: Path) -> None:
    """The setting is the wanted one already, and the subscription was made under DevTools' override."""
    origin = push_site.rstrip("/")
    async with open_settable(push_site, tmp_path) as lab:
        for state, shown in (("denied", "denied"), ("prompt", "default")):
            await set_permission(lab.browser, origin, "notifications", state)
            await override(lab.browser, origin, "notifications", "granted")
            made = await lab.subscribe()
            await lab.page.evaluate("expectChange()")
            await set_permission(lab.browser, origin, "push", state)
            assert await lab.page.evaluate("changed") == [made["endpoint"], None]
            assert await lab.page.evaluate("Notification.permission") == shown


async def test_the_setting_stands_when_the_override_is_gone(push_site: str, tmp_path: Path) -> None:
    origin = push_site.rstrip("/")
    async with open_settable(push_site, tmp_path) as lab:
        await set_permission(lab.browser, origin, "background-sync", "denied")
        await lab.browser.root.call(commands.command("Browser.resetPermissions"))
        assert await lab.page.evaluate(STATE) == "denied"
        await set_permission(lab.browser, origin, "background-sync", "granted", real=False)
        assert await lab.page.evaluate(STATE) == "granted"
        await lab.browser.root.call(commands.command("Browser.resetPermissions"))
        assert await lab.page.evaluate(STATE) == "denied"


async def test_the_page_of_settings_leaves_nothing_and_counts_as_nothing(push_site: str, tmp_path: Path) -> None:
    async with open_settable(push_site, tmp_path) as lab:

        async def targets() -> set[str]:
            found = await lab.browser.root.call(target_domain.get_targets())
            return {str(info.target_id) for info in found if info.type_ != "service_worker"}

        before = await targets()
        async with open_activity(lab.browser) as activity:
            await set_permission(lab.browser, push_site.rstrip("/"), "notifications", "denied")
        assert not activity.is_used
        while await targets() != before:  # noqa: ASYNC110 a window that was closed still has to end
            await trio.sleep(0.01)


async def test_what_has_no_setting(push_site: str, tmp_path: Path) -> None:
    origin = push_site.rstrip("/")
    async with open_settable(push_site, tmp_path) as lab:
        with pytest.raises(InvalidInputError, match="cannot be changed: a site's settings are those of one origin"):
            await set_permission(lab.browser, None, "notifications", "denied", real=True)
        for name, state in (("background-fetch", "denied"), ("background-sync", "prompt")):
            with pytest.raises(InvalidInputError, match=f"Chromium's settings do not have '{name}' as '{state}'"):
                await set_permission(lab.browser, origin, name, state, real=True)
            await set_permission(lab.browser, origin, name, state)
            seen = await lab.page.evaluate(STATE.replace("background-sync", name))
            assert seen == state
