"""Postmaster and recorder are killed at random moments, in the middle of a burst from a real Chromium."""

import random
import signal
from pathlib import Path

import pytest
import trio

from cdp_bgservices.store import open_engine
from tests.acting import log_of
from tests.cli.running import open_command
from tests.shipping.postgresql.conftest import CrashingServer
from tests.soak.bursts import Burst, comparable, open_burst, order, seeded
from tests.soak.killing import READY

pytestmark = pytest.mark.browser

DEADLINE = 100
RATE = 500
"""Events a second."""


async def test_killed_on_both_sides_each_event_is_there_once(server: CrashingServer, tmp_path: Path) -> None:
    await kill_both(server, tmp_path, rounds=2)


@pytest.mark.slow
@pytest.mark.timeout(DEADLINE * 5)
async def test_killed_over_and_over_on_both_sides(server: CrashingServer, tmp_path: Path) -> None:
    await kill_both(server, tmp_path, rounds=20)


async def kill_both(server: CrashingServer, folder: Path, rounds: int) -> None:
    seed, chance = seeded()
    print(f"SEED={seed}")
    with trio.fail_after(DEADLINE * max(1, rounds // 5)):
        async with open_burst(folder) as burst:
            spool = folder / "spool.db"
            # Ids are made from the source, which would have this machine's name in it.
            named = ["--attach", burst.endpoint, "--source", burst.browser.source]
            arguments = ["record", *named, "--store", server.store, "--spool", str(spool)]
            await burst.dispatch(500)
            async with burst.going_on(RATE):
                for _ in range(rounds):
                    async with open_command(Path(), *arguments) as command:
                        await trio.sleep(chance.uniform(0, 2))
                        await kill(server, chance)
                        await command.wait_said(READY)
                        await trio.sleep(chance.uniform(0, 1))
                        assert (await command.stop(signal.SIGKILL)).status == -signal.SIGKILL
            async with open_command(Path(), *arguments) as command:
                await command.wait_said(READY)
                result = await command.stop(signal.SIGINT)
            assert result.status == 0, result.err
            await assert_store_is_the_log(server, burst)
    with open_engine(server.store) as there, open_engine(spool) as here:
        assert there.coverage() == here.coverage() != []


async def kill(server: CrashingServer, chance: random.Random) -> None:
    """The postmaster; some time later it is there again."""
    await trio.to_thread.run_sync(server.crash)
    await trio.sleep(chance.uniform(0, 1))
    await trio.to_thread.run_sync(server.start)


async def assert_store_is_the_log(server: CrashingServer, burst: Burst) -> None:
    kept = sorted(map(comparable, await log_of(burst.browser)), key=order)
    assert len(kept) == burst.dispatched, "the browser has kept every event"
    with open_engine(server.store) as engine:
        found = sorted(map(comparable, engine.events()), key=order)
    missing = {event.id for event in kept} - {event.id for event in found}
    assert not missing, f"{len(missing)} of {len(kept)} events are missing"
    assert len(found) == len(kept), "every event is there once"
    different = [pair for pair in zip(found, kept, strict=True) if pair[0] != pair[1]]
    assert not different, f"{len(different)} of {len(kept)} events are different, such as {different[0]}"
