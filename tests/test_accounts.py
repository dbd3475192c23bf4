"""The accounts of a recorder, without a browser."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import trio

from cdp_bgservices.accounts import Accounts
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from tests.waiting import look_again


async def test_a_profile_that_opens_while_the_accounts_close_does_not_disturb(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with trio.fail_after(30):
        async with open_store(tmp_path / "events.db") as store:
            accounts = Accounts(store, "first")
            await accounts.open()
            await accounts.open_profile("A", "first")
            await accounts.vouch([], now, [("A", {})])
            async with open_tasks() as tasks, store.writing:
                tasks.start_soon(partial(accounts.close, now, is_over=False, are_profiles_over=True))
                while not store.writing.statistics().tasks_waiting:
                    await look_again()
                await accounts.open_profile("B", "second")
            assert set(accounts.profiles) == {"A", "B"}
