"""Questions that are given up, in a database that would think for ever."""

from pathlib import Path

import trio

from cdp_bgservices.store import Engine, open_store
from cdp_bgservices.store.sqlite.engine import SqliteEngine

FOREVER = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def think(engine: Engine) -> int:
    """Until it is interrupted."""
    assert isinstance(engine, SqliteEngine)
    return len(engine.rows(FOREVER))


async def test_what_is_given_up_ends(tmp_path: Path) -> None:
    with trio.fail_after(60):
        async with open_store(tmp_path / "events.db") as store:
            for _ in range(3):
                async with trio.open_nursery() as nursery:
                    for _ in range(8):  # More than there are connections.
                        nursery.start_soon(store.ask, think)
                    await trio.testing.wait_all_tasks_blocked(0.2)
                    nursery.cancel_scope.cancel()
            assert await store.ask(lambda engine: engine.cursor()) == 0
