"""tests/test_kills.py, for longer."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio

from tests.soak.bursts import assert_store_is_the_log, open_burst, seeded
from tests.soak.filling import assert_full, record_within
from tests.soak.killing import MOMENTS, Killer, ids_of_sound, record_once

KILLS = 102
MADE = 30
EVENTS = 5_000
RATE = 250
"""Events a second."""


@pytest.mark.timeout(0)
async def test_a_hundred_kills(tmp_path: Path, figure: Callable[[str], None]) -> None:
    seed, chance = seeded()
    figure(f"SEED={seed}")
    store, started = tmp_path / "events.db", time.monotonic()
    with trio.fail_after(1_800):
        async with open_burst(tmp_path) as burst:
            killer = Killer(store, burst.endpoint, chance)
            await burst.dispatch(EVENTS)
            async with burst.going_on(RATE):
                for number in range(KILLS):
                    await killer.kill(MOMENTS[number % len(MOMENTS)])
            await record_once(store, burst.endpoint)
            events = await assert_store_is_the_log(store, burst)
    kills = ", ".join(f"{moment} {count}" for moment, count in killer.kills.items())
    figure(f"{len(events)} events, each once, after {KILLS} kills ({kills}), {time.monotonic() - started:.0f} s")


@pytest.mark.timeout(0)
async def test_killed_while_it_makes_its_store(tmp_path: Path, figure: Callable[[str], None]) -> None:
    seed, chance = seeded()
    figure(f"SEED={seed}")
    with trio.fail_after(600):
        async with open_burst(tmp_path) as burst:
            await burst.dispatch(100)
            for number in range(MADE):
                store = tmp_path / f"{number}.db"
                await Killer(store, burst.endpoint, chance).kill("making")
                await record_once(store, burst.endpoint)
                await assert_store_is_the_log(store, burst)
    figure(f"{MADE} stores made in spite of a kill")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB, of which 6 are taken by the file ``ballast``."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        (folder / "ballast").write_bytes(bytes(6 << 20))
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.timeout(0)
async def test_a_disk_that_gets_full_while_it_records(
    tmp_path: Path, small_disk: Path, figure: Callable[[str], None]
) -> None:
    store = small_disk / "events.db"
    with trio.fail_after(300):
        async with open_burst(tmp_path) as burst:
            async with burst.going_on(500):
                assert_full(await record_within(store, burst.endpoint, None, "1h"))
            full = ids_of_sound(store)
            assert 0 < len(full) < burst.dispatched
            again = await record_within(store, burst.endpoint, None, "1h")
            assert_full(again)
            assert full <= ids_of_sound(store)
            (small_disk / "ballast").unlink()
            await record_once(store, burst.endpoint)
            events = await assert_store_is_the_log(store, burst)
    figure(f"full after {len(full)} events; {len(events)}, each once, when there was room again")
