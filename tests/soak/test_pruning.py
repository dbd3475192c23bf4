"""Deleting and recording at the same time: an hour of it, or half a million events at once.

``SOAK_SECONDS`` sets the length of the former.
"""

import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest
import trio

from benchmarks.startup import BATCH, make
from cdp_bgservices.events import to_microseconds
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.sqlite.deletion import disk_size
from tests.acting import log_of
from tests.soak.bursts import assert_store_is_the_log, open_burst
from tests.soak.recording import MIB, memory, percentile
from tests.soak.timing import Span, open_timed

LENGTH = float(os.environ.get("SOAK_SECONDS") or 3_600)
RATE = 100
"""Events a second."""
OLD = 500_000
COMMIT = 0.25
"""Seconds that 99 of 100 commits may take."""


class Sample(NamedTuple):
    moment: float
    """Seconds since the epoch."""
    memory: int
    size: int


def quarter(samples: Sequence[Sample], number: int) -> Sequence[Sample]:
    """The first is 0."""
    return samples[len(samples) * number // 4 : len(samples) * (number + 1) // 4]


def seconds_in(commits: Sequence[Span], samples: Sequence[Sample]) -> list[float]:
    """How long each commit of that time took."""
    begin, end = samples[0].moment, samples[-1].moment
    return [commit.seconds for commit in commits if begin <= commit.begin <= end]


@pytest.mark.timeout(0)
async def test_soak(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Memory and size are compared from the second quarter on: in the first one the store fills."""
    store = tmp_path / "events.db"
    retention, samples = timedelta(seconds=LENGTH / 12), list[Sample]()
    with open_engine(store, retention=retention):
        pass
    with trio.fail_after(LENGTH * 2 + 120):
        async with open_burst(tmp_path) as burst, open_timed(store, burst.endpoint, LENGTH / 60) as timing:
            await timing.command.wait_said("ready")
            async with burst.going_on(RATE):
                until = time.time() + LENGTH
                while time.time() < until:
                    await trio.sleep(1)
                    samples.append(Sample(time.time(), memory(timing.command), disk_size(store)))
            await timing.stop(signal.SIGINT)
            kept = {event.id: event.timestamp for event in await log_of(burst.browser)}
            with open_engine(store) as database:
                found = [event.id for event in database.events()]
                now = datetime.now(UTC)
    first, second, last = (quarter(samples, number) for number in (0, 1, 3))
    at_first, at_last = seconds_in(timing.commits, first), seconds_in(timing.commits, last)
    memories = [median(sample.memory for sample in part) for part in (second, last)]
    sizes = [max(sample.size for sample in part) for part in (second, last)]
    pruned = sum(span.events for span in timing.prunes)
    figure(
        f"{burst.dispatched} events in {LENGTH:.0f} s, {pruned} pruned in {len(timing.prunes)} times; "
        f"second and last quarter: memory {memories[0] / MIB:.1f} and {memories[1] / MIB:.1f} MiB, "
        f"file {sizes[0] / MIB:.2f} and {sizes[1] / MIB:.2f} MiB at most"
    )
    for name, seconds in (("first", at_first), ("last", at_last)):
        figure(
            f"commits, {name} quarter: {len(seconds)}, median {median(seconds) * 1e3:.2f} ms, "
            f"99th percentile {percentile(seconds, 0.99) * 1e3:.1f} ms"
        )
    assert len(set(found)) == len(found)
    assert set(found) <= set(kept)
    assert {event_id for event_id, moment in kept.items() if moment > now - retention} <= set(found)
    assert pruned > burst.dispatched / 2
    assert memories[1] < memories[0] * 1.1 + 4 * MIB
    assert sizes[1] < sizes[0] * 1.25 + MIB
    assert median(at_last) < median(at_first) * 2 + 0.005
    assert percentile(at_last, 0.99) < percentile(at_first, 0.99) * 3 + 0.05


def fill(store: Path) -> None:
    """Old events, a millisecond apart, that are past a retention of an hour."""
    first = to_microseconds(datetime.now(UTC) - timedelta(hours=2))
    with open_engine(store) as database:
        for start in range(0, OLD, BATCH):
            database.add([make(first, number) for number in range(start, start + BATCH)])
        database.set_retention(timedelta(hours=1))


@pytest.mark.timeout(0)
async def test_pruning_half_a_million_while_500_a_second_arrive(tmp_path: Path, figure: Callable[[str], None]) -> None:
    store = tmp_path / "events.db"
    fill(store)
    before = disk_size(store)
    with trio.fail_after(600):
        async with open_burst(tmp_path) as burst, open_timed(store, burst.endpoint, 3_600) as timing:
            async with burst.going_on(500):
                pruning = await timing.wait_pruned(OLD)
            await timing.stop(signal.SIGINT)
            await assert_store_is_the_log(store, burst)
    in_between = [commit for commit in timing.commits if commit.overlaps(pruning)]
    seconds = [commit.seconds for commit in in_between]
    events = sum(commit.events for commit in in_between)
    figure(
        f"{pruning.events} events pruned in {pruning.seconds:.1f} s, {before / MIB:.0f} MiB became "
        f"{disk_size(store) / MIB:.0f}; in that time {events} events in {len(seconds)} commits: "
        f"median {median(seconds) * 1e3:.1f} ms, 99th percentile {percentile(seconds, 0.99) * 1e3:.1f} ms, "
        f"most {max(seconds) * 1e3:.1f} ms"
    )
    assert percentile(seconds, 0.99) < COMMIT
