"""An invisible target to observe from, in browsers of several kinds. A busy one closes it a little later."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio

from cdp_bgservices.browser.opening import Browser, open_browser
from cdp_bgservices.browser.targets import ContextGoneError, open_target
from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol.commands import command
from tests.browser.observing import wait_until
from tests.scripted import DEFAULT, Refusal, ScriptedBrowser, open_scripted_browser

Both = tuple[ScriptedBrowser, Browser]


@pytest.fixture
async def both() -> AsyncIterator[Both]:
    """A scripted browser, and us attached to it."""
    with trio.fail_after(30):
        async with open_scripted_browser() as scripted, open_browser(scripted.url) as browser:
            yield scripted, browser


def created(scripted: ScriptedBrowser) -> list[dict[str, Any]]:
    """What targets were asked for, the question about hidden ones left out."""
    asked = [received.params for received in scripted.received("Target.createTarget")]
    return [params for params in asked if params.get("browserContextId") != "none"]


async def test_a_hidden_target_is_made_and_closed(both: Both) -> None:
    scripted, browser = both
    page = set(scripted.targets)
    async with open_target(browser, DEFAULT):
        assert created(scripted) == [
            {"url": "about:blank", "browserContextId": DEFAULT, "background": True, "hidden": True}
        ]
        assert len(scripted.targets) == 2
    await wait_until(lambda: set(scripted.targets) == page and scripted.sessions == {})


async def test_it_is_asked_only_once_whether_hidden_targets_are_known(both: Both) -> None:
    scripted, browser = both
    for _ in range(3):
        async with open_target(browser, DEFAULT):
            pass
    questions = [each for each in scripted.received("Target.createTarget") if each.params["hidden"] == "a question"]
    assert len(questions) == 1


async def test_without_hidden_targets_a_page_that_is_there_is_used_and_left_alone(both: Both) -> None:
    scripted, browser = both
    scripted.knows_hidden = False
    page = set(scripted.targets)
    async with open_target(browser, DEFAULT) as session:
        assert {scripted.sessions[session.session_id].target.target_id} == page
    assert created(scripted) == []
    assert scripted.received("Target.closeTarget") == []
    await wait_until(lambda: set(scripted.targets) == page and scripted.sessions == {})


async def test_without_hidden_targets_or_a_page_one_is_opened_in_the_background(
    both: Both, caplog: pytest.LogCaptureFixture
) -> None:
    scripted, browser = both
    scripted.knows_hidden = False
    scripted.contexts.append("EMPTY")
    async with open_target(browser, "EMPTY"):
        assert created(scripted) == [{"url": "about:blank", "browserContextId": "EMPTY", "background": True}]
    assert "opening one in the background" in caplog.text
    await wait_until(lambda: {target.context for target in scripted.targets.values()} == {DEFAULT})


async def test_where_nothing_lives_a_context_of_our_own_helps_and_goes(both: Both) -> None:
    scripted, browser = both
    scripted.targets.clear()
    async with open_target(browser, DEFAULT):
        assert [target.type for target in scripted.targets.values()] == ["other"]
        await wait_until(lambda: scripted.contexts == [DEFAULT])
        [helper] = scripted.received("Target.createBrowserContext")
        assert helper.params == {"disposeOnDetach": True}
        assert len(browser.own_contexts) == 1
    await wait_until(lambda: scripted.targets == {})


async def test_the_helping_context_goes_too_where_it_did_not_help(both: Both) -> None:
    scripted, browser = both
    scripted.targets.clear()
    with pytest.raises(ContextGoneError):
        async with open_target(browser, "GONE"):
            raise AssertionError("there is none")
    scripted.answers["Target.createTarget"] = Refusal(-32000, "Hidden target can be created only when")
    with pytest.raises(CommandError, match="Hidden target"):
        async with open_target(browser, DEFAULT):
            raise AssertionError("there is none")
    await wait_until(lambda: scripted.contexts == [DEFAULT])


async def test_a_context_that_is_gone_is_said(both: Both) -> None:
    _, browser = both
    with pytest.raises(ContextGoneError, match="the browser context GONE was closed"):
        async with open_target(browser, "GONE"):
            raise AssertionError("there is none")


async def test_a_target_that_goes_before_it_is_attached_to_is_lost(both: Both) -> None:
    scripted, browser = both
    scripted.answers["Target.attachToTarget"] = Refusal(-32602, "No target with given id found")
    with pytest.raises(BrowserLostError, match="target is gone"):
        async with open_target(browser, DEFAULT):
            raise AssertionError("there is none")


async def test_a_target_that_goes_ends_its_calls(both: Both) -> None:
    scripted, browser = both
    async with open_target(browser, DEFAULT) as session:
        await scripted.remove_target(scripted.sessions[session.session_id].target.target_id)
        await session.ended.wait()
        with pytest.raises(BrowserLostError, match="target is gone"):
            await session.call(command("BackgroundService.startObserving", service="notifications"))
