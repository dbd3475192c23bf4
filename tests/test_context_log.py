"""Which browser contexts were recorded, and which of them are over: a real Chromium, and what the store has of it."""

from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.context_log import BROWSER_ENDED, CLOSED, NOT_THERE
from cdp_bgservices.contexts import DEFAULT, OTHER
from cdp_bgservices.protocol import commands
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.store.ledger import DELETED
from cdp_bgservices.store.trio_store import Store
from tests.acting import open_made_context
from tests.waiting import look_again

pytestmark = pytest.mark.browser

DEADLINE = 60


async def reasons(store: Store) -> dict[tuple[str, str], str]:
    """Why each context is over, by its kind and name; empty where it is not."""
    return {(each.kind, each.name): each.why for each in await store.contexts()}


async def test_one_that_is_closed_is_over_at_once_and_has_the_name_that_it_was_given(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as browser,
            open_recorder(browser, store) as recorder,
        ):
            async with open_made_context(browser) as made:
                await recorder.name_context(made, "test_cart")
                await browser.root.call(commands.create_target("about:blank", browser_context_id=made))
                while made not in recorder.contexts:
                    await look_again()
                await recorder.settle()
                closing = store.clock()
            while (await reasons(store)).get((OTHER, "test_cart")) != CLOSED:
                await look_again()
            assert await reasons(store) == {(DEFAULT, ""): "", (OTHER, "test_cart"): CLOSED}
            (over,) = [each for each in await store.contexts() if each.ended]
            assert over.context == made
            assert over.ended is not None
            assert over.since <= closing <= over.ended <= store.clock()
            assert (over.source, over.profile) == (str(browser.profile), str(browser.profile))


async def test_the_next_recorder_ends_those_that_went_unseen_and_no_others(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as browser,
            open_made_context(browser) as stays,
        ):
            async with open_made_context(browser) as goes:
                async with open_recorder(browser, store) as first:
                    await first.name_context(stays, "stays")
                    await first.name_context(goes, "goes")
                numbers = [each.number for each in await store.contexts()]
                assert sorted(numbers) == [0, 2, 3]
                left = {each.name: each for each in await store.contexts()}
                assert all(each.ended is None for each in left.values())
            async with open_recorder(browser, store):
                assert await reasons(store) == {(DEFAULT, ""): "", (OTHER, "stays"): "", (OTHER, "goes"): NOT_THERE}
                async with open_made_context(browser) as later:
                    await browser.root.call(commands.create_target("about:blank", browser_context_id=later))
                    while sorted(each.number for each in await store.contexts()) != [0, 2, 3, 4]:
                        await look_again()
            (over,) = [each for each in await store.contexts() if each.name == "goes"]
            assert over.ended == left["goes"].noted, "more is not known"


async def test_with_a_temporary_profile_all_are_over_and_with_another_those_that_were_made(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with open_store(tmp_path / "events.db") as store:
            for profile, of_default in ((None, BROWSER_ENDED), (tmp_path / "profile", "")):
                source = str(profile)
                async with (
                    open_browser(launch=Launch(profile=profile)) as browser,
                    open_recorder(browser, store, source=source) as recorder,
                ):
                    await browser.root.call(commands.create_browser_context(dispose_on_detach=True))
                    made = (await browser.root.call(commands.get_browser_contexts()))["browserContextIds"]
                    await browser.root.call(commands.create_target("about:blank", browser_context_id=made[0]))
                    while made[0] not in recorder.contexts:
                        await look_again()
                    await recorder.settle()
                    assert browser.process is not None
                    browser.process.process.kill()
                    await browser.wait_lost()
                found = {each.kind: each.why for each in await store.contexts([source])}
                assert found == {DEFAULT: of_default, OTHER: BROWSER_ENDED}


async def test_a_profile_that_is_deleted_after_its_recording_is_over_for_its_readers(tmp_path: Path) -> None:
    """As where a program records a browser of its own for a while, and closes it later."""
    with trio.fail_after(DEADLINE):
        async with open_store(tmp_path / "events.db") as store:
            async with open_browser() as browser:
                async with open_recorder(browser, store, source="shop"):
                    pass
                assert await reasons(store) == {(DEFAULT, ""): ""}
            assert await reasons(store) == {(DEFAULT, ""): DELETED}


async def test_what_another_browser_of_the_same_name_has_is_not_over(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_store(tmp_path / "events.db") as store,
            open_browser() as one,
            open_made_context(one) as made,
            open_recorder(one, store, source="shop") as first,
        ):
            await first.name_context(made, "made")
            async with open_browser() as other, open_recorder(other, store, source="shop") as second:
                await second.account()
                assert (await reasons(store))[OTHER, "made"] == ""
