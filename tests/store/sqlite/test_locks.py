"""A store that one process has open twice, as a recorder has it, while others come and go."""

import subprocess
import sys
from pathlib import Path

from cdp_bgservices.store import open_engine, open_store
from tests.making import NOW, MovedClock, event

COME_AND_GO = """
import sys
from datetime import datetime
from cdp_bgservices.store import open_engine
with open_engine(sys.argv[1], clock=lambda: datetime.fromisoformat(sys.argv[2])) as database:
    print(len(list(database.events())))
"""


def others_see(store: Path) -> int:
    command = [sys.executable, "-c", COME_AND_GO, str(store), NOW.isoformat()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


async def test_the_log_stays_where_it_is_and_others_see_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    async with open_store(path, clock=MovedClock()) as store:
        with open_engine(path, clock=MovedClock()):
            for number in range(3):
                await store.add([event(number)])
                assert others_see(path) == number + 1
                assert path.with_name("events.db-wal").exists(), "who closed it last was not the last"
