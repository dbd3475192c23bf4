"""The accounts of a recorder, without a browser."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import trio

from cdp_bgservices.accounts import Accounts
from cdp_bgservices.coverage.values import DEFAULT, Series, Sighting, State, Tail
from cdp_bgservices.store import Account, open_store
from cdp_bgservices.tasks import open_tasks
from tests.waiting import look_again

SERVICE = "backgroundSync"


def sighting(browser_context: str, since: datetime) -> Sighting:
    return Sighting(
        browser_context=browser_context,
        context_kind=DEFAULT,
        service=SERVICE,
        was_recording=True,
        recording_since=since,
        armed_until=None,
        is_observed=True,
    )


async def test_a_profile_that_opens_while_the_accounts_close_does_not_disturb(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with trio.fail_after(30):
        async with open_store(tmp_path / "events.db") as store:
            accounts = Accounts(store, "first")
            await accounts.open()
            await accounts.open_profile("A", "first")
            await accounts.vouch([sighting("A", now)], now, [("A", {})])
            async with open_tasks() as tasks, store.writing:
                tasks.start_soon(partial(accounts.close, now, is_over=False, are_profiles_over=True))
                while not store.writing.statistics().tasks_waiting:
                    await look_again()
                await accounts.open_profile("B", "second")
            assert set(accounts.profiles) == {"A", "B"}


async def test_one_that_opens_while_an_account_is_made_is_in_the_next_with_its_losses(
    tmp_path: Path,
) -> None:
    now = datetime.now(UTC)
    before, until = now - timedelta(hours=1), now + timedelta(days=3)
    series = Series(context_kind=DEFAULT, service=SERVICE, seen_until=before, armed_until=until)
    tail = Tail(service=SERVICE, registration_id="7", timestamp=before, scope="http://localhost:8000/")
    with trio.fail_after(30):
        async with open_store(tmp_path / "events.db") as store:
            await store.account("shop", Account(intervals=[], series=[series], tails=[tail]))
            accounts = Accounts(store, "first")
            await accounts.open()
            await accounts.open_profile("A", "shop")
            await accounts.vouch([], now, [("A", {})])
            await accounts.vouch([sighting("A", now)], now + timedelta(seconds=1), [("A", {})])
            (coverage,) = await store.ask(lambda engine: engine.coverage(["shop"]))
    assert [interval.state for interval in coverage.intervals] == [State.UNREGISTERED, State.LIVE]
