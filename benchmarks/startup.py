"""How long commands take to start, as ratios: ``python -m benchmarks.startup``.

Against a script that only imports click: ``--help`` and ``events --limit 50`` (aim: 2.0 at the most). And the
latter on a store of 1,000,000 events against one of 1,000 (aim: 1.5 at the most).
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from cdp_bgservices.events import Event, Service, make_event, to_microseconds
from cdp_bgservices.store import open_engine

ROUNDS = 25
BATCH = 5_000
ENTRY_POINT = "import sys; from cdp_bgservices.cli import main; sys.exit(main())"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        small, big = Path(folder) / "small.db", Path(folder) / "big.db"
        fill(small, 1_000)
        fill(big, 1_000_000)
        lines = {
            "import click": ["import click"],
            "--help": [ENTRY_POINT, "--help"],
            "events --limit 50, of 1,000": [ENTRY_POINT, "events", "--limit", "50", "--store", str(small)],
            "events --limit 50, of 1,000,000": [ENTRY_POINT, "events", "--limit", "50", "--store", str(big)],
        }
        durations = measure(lines, Path(folder) / "bytecode")
    click, *ours = durations
    for name in ours:
        print(f"{name:<34}{durations[name] * 1e3:6.1f} ms  {durations[name] / durations[click]:.2f} x {click}")
    print(f"{'1,000,000 events against 1,000':<34}{durations[ours[2]] / durations[ours[1]]:.2f} x")


def measure(lines: dict[str, list[str]], bytecode: Path) -> dict[str, float]:
    """The median of each, taken in turns so that a slow moment of the machine hits all alike.

    All with compiled modules, as an installed package has them: the first round, not counted, compiles them.
    """
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(bytecode)}
    durations: dict[str, list[float]] = {name: [] for name in lines}
    for _ in range(ROUNDS + 1):
        for name, line in lines.items():
            start = time.perf_counter()
            command = [sys.executable, "-c", *line]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
            durations[name].append(time.perf_counter() - start)
    return {name: median(values[1:]) for name, values in durations.items()}


def fill(path: Path, count: int) -> None:
    """Events of all six services, a millisecond apart, the last one now."""
    first = to_microseconds(datetime.now(UTC)) - count * 1_000
    with open_engine(path) as database:
        for start in range(0, count, BATCH):
            database.add([make(first, number) for number in range(start, min(count, start + BATCH))])


def make(first: int, number: int) -> Event:
    return make_event(
        source="benchmark",
        timestamp=first + number * 1_000,
        service=list(Service)[number % len(Service)],
        event_name="Dispatched sync event",
        origin="http://localhost:8000/",
        storage_key="http://localhost:8000/",
        registration_id="12",
        instance_id=f"tag-{number // 4}",
        metadata={"Event Tag": f"tag-{number}", "Last Chance": "No"},
        scope="http://localhost:8000/",
    )


if __name__ == "__main__":
    main()
