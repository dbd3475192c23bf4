"""Notifications of a real Chromium, and what a user does with them: in the worker, and in the recorded events."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
from cdp import target as target_domain

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.notifications import Action
from cdp_bgservices.lab.notifications.center import NotificationCenter
from tests.acting import open_made_context, open_site, stored
from tests.lab.notifications.lab import Lab, open_lab

pytestmark = pytest.mark.browser

ACTIONS = [{"action": "keep", "title": "Keep it"}, {"action": "drop", "title": "Drop it"}]
REPLY = {"action": "answer", "type": "text", "title": "Answer", "placeholder": "Say something"}


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[tuple[NotificationCenter, Lab]]:
    with trio.fail_after(60):
        async with open_lab(tmp_path / "events.db") as opened:
            yield opened


@pytest.fixture
def center(opened: tuple[NotificationCenter, Lab]) -> NotificationCenter:
    return opened[0]


@pytest.fixture
def lab(opened: tuple[NotificationCenter, Lab]) -> Lab:
    return opened[1]


async def test_what_is_shown_is_listed(center: NotificationCenter, lab: Lab) -> None:
    assert center.notifications == []
    await lab.show(
        "A <b>letter</b>",
        body="One\n\nTwo &amp; three",
        icon="/icon.png",
        actions=[*ACTIONS[:1], REPLY],
        requireInteraction=True,
        silent=True,
    )
    letter = await center.wait("A <b>letter</b>")
    assert letter.body == "One\n\nTwo &amp; three"
    assert letter.origin == lab.site.removeprefix("http://")
    assert letter.actions == (Action("0", "Keep it"),)
    assert (letter.reply_title, letter.reply_placeholder) == ("Answer", "Say something")
    assert letter.require_interaction
    assert letter.silent
    assert letter.app_name.startswith("Chrom")
    assert (await trio.Path(letter.icon).read_bytes()).startswith(b"\x89PNG")
    await lab.show("Plain")
    plain = await center.wait(re.compile("^Pl"))
    assert (plain.body, plain.icon, plain.actions, plain.reply_title) == ("", "", (), None)
    assert not plain.require_interaction
    assert not plain.silent
    assert center.notifications == [letter, plain]
    assert (await lab.event("Notification displayed", 1)).metadata == {"Title": "Plain", "Body": ""}


async def test_a_click_on_it(center: NotificationCenter, lab: Lab) -> None:
    await lab.show("A letter", tag="letter")
    letter = await center.wait("A letter")
    await center.click(letter.id)
    assert await lab.tells(0) == {"type": "click", "title": "A letter", "action": "", "reply": None, "opened": None}
    clicked = await lab.event("Notification clicked")
    assert (clicked.instance_id, clicked.metadata) == ("letter", {})
    assert center.notifications == [letter], "a click closes nothing: that is the page's to do"


async def test_a_click_lets_the_worker_open_a_window_and_nothing_else_does(
    center: NotificationCenter, lab: Lab
) -> None:
    await lab.page.evaluate("ask_worker('open')")
    assert (await lab.tells(0))["opened"] == "InvalidAccessError"
    await lab.show("Come in", data="open")
    await center.click((await center.wait("Come in")).id)
    assert (await lab.tells(1))["opened"] == f"{lab.site}/?opened"
    targets = await lab.browser.root.call(target_domain.get_targets())
    assert f"{lab.site}/?opened" in [target.url for target in targets if target.type_ == "page"]


async def test_clicks_on_actions(center: NotificationCenter, lab: Lab) -> None:
    await lab.show("Choose", actions=ACTIONS)
    choose = await center.wait("Choose")
    ways: tuple[int | str, ...] = (1, "Keep it", "1")
    for place, wanted in enumerate(ways):
        await center.click(choose.id, wanted)
        expected = ACTIONS[0 if wanted == "Keep it" else 1]["action"]
        assert (await lab.tells(place))["action"] == expected
    indices = [(await lab.event("Notification clicked", place)).metadata for place in range(3)]
    assert indices == [{"Action Index": "1"}, {"Action Index": "0"}, {"Action Index": "1"}]
    with pytest.raises(InvalidInputError, match="has no action 'Burn it'") as caught:
        await center.click(choose.id, "Burn it")
    assert caught.value.remedy == "It has: 0 ('Keep it'), 1 ('Drop it')."


async def test_a_reply(center: NotificationCenter, lab: Lab) -> None:
    await lab.show("Talk", tag="talk", actions=[REPLY])
    talk = await center.wait("Talk")
    text = "Grüße,\n\x1b[31m\U0001f600"
    await center.reply(talk.id, text)
    assert (await lab.tells(0))["reply"] == text
    replied = await lab.event("Notification clicked")
    assert (replied.instance_id, replied.metadata) == ("talk", {"Reply": text})


@pytest.mark.parametrize("way", ["close", "expire"])
async def test_it_is_dismissed_or_its_time_is_over(center: NotificationCenter, lab: Lab, way: str) -> None:
    await lab.show("Look", tag="look")
    look = await center.wait("Look")
    await (center.close(look.id) if way == "close" else center.expire(look.id))
    assert center.notifications == []
    assert await lab.tells(0) == {"type": "close", "title": "Look"}
    assert (await lab.event("Notification closed")).instance_id == "look"
    assert await lab.page.evaluate("shown()") == []


@pytest.mark.parametrize("way", ["page", "worker"])
async def test_what_the_page_or_its_worker_closes_is_not_listed_any_more(
    center: NotificationCenter, lab: Lab, way: str
) -> None:
    await lab.show("Gone soon", data="close" if way == "worker" else None)
    soon = await center.wait("Gone soon")
    await center.click(soon.id)
    await lab.tells(0)  # Chromium knows its number by now; it takes nothing away that has none yet.
    if way == "page":
        await lab.page.evaluate("close_all()")
    await center.wait_closed(soon.id)
    assert center.notifications == []
    await lab.event("Notification closed")
    with pytest.raises(InvalidInputError, match=f"notification {soon.id} is not shown"):
        await center.click(soon.id)


async def test_one_with_the_same_tag_replaces(center: NotificationCenter, lab: Lab) -> None:
    await lab.show("One letter", tag="letters", actions=ACTIONS)
    first = await center.wait("One letter")
    await center.click(first.id)
    await lab.tells(0)  # Chromium knows its number by now, which it would not use for one that comes at once.
    await lab.show("Two letters", tag="letters", actions=ACTIONS)
    second = await center.wait("Two letters")
    assert second.id == first.id
    assert center.notifications == [second]
    assert first.actions != second.actions
    await center.click(second.id, 0)
    assert (await lab.tells(1))["action"] == "keep"
    assert (await lab.event("Notification clicked", 1)).metadata == {"Action Index": "0"}


async def test_in_a_context_that_was_made_a_click_does_not_arrive(
    center: NotificationCenter, lab: Lab, site: str
) -> None:
    """Chromium looks for its worker in another context that is off the record, and closes it. Nothing is recorded."""
    async with open_made_context(lab.browser) as context:
        page = await open_site(lab.browser, site, context)
        await page.evaluate("site.notify('letter', 'Off the record')")
        letter = await center.wait("Off the record")
        await center.click(letter.id)
        await center.wait_closed(letter.id)
        await lab.recorder.settle()
        assert [event.event_name for event in await stored(lab.recorder.store)] == ["Notification displayed"]
        assert await page.evaluate("site.messages") == []
