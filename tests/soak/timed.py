"""A recorder that tells how long its commits take: ``python -m tests.soak.timed STORE ENDPOINT PRUNE_EVERY``.

On standard output a line ``commit BEGIN SECONDS EVENTS`` for each, and ``prune BEGIN SECONDS EVENTS``; BEGIN is in
seconds since the epoch. It ends at SIGINT.
"""

import signal
import sys
import time
from collections.abc import Sequence
from typing import Any, cast

import trio

from cdp_bgservices import recorder
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.events import Event
from cdp_bgservices.store import Added, Pruned, open_store
from cdp_bgservices.store.trio_store import Store


class Timed:
    """A store, with a stopwatch."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def add(self, events: Sequence[Event]) -> Added:
        begin, clock = time.time(), time.perf_counter()
        added = await self.store.add(events)
        tell("commit", begin, time.perf_counter() - clock, len(events))
        return added

    async def prune(self) -> Pruned:
        begin, clock = time.time(), time.perf_counter()
        pruned = await self.store.prune()
        tell("prune", begin, time.perf_counter() - clock, pruned.events)
        return pruned


def tell(what: str, begin: float, seconds: float, events: int) -> None:
    print(what, begin, seconds, events, flush=True)


async def main(location: str, endpoint: str) -> None:
    with trio.open_signal_receiver(signal.SIGINT) as signals:
        async with (
            open_store(location) as store,
            open_browser(endpoint) as browser,
            recorder.open_recorder(browser, cast(Store, Timed(store))),
        ):
            print("ready", file=sys.stderr, flush=True)
            async for _ in signals:
                break


if __name__ == "__main__":
    recorder.PRUNE_EVERY = float(sys.argv[3])
    trio.run(main, sys.argv[1], sys.argv[2])
