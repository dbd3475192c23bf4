"""A thousand recorders and one shared store behind pgbouncer: real spools and real shippers, made events.

    python -m benchmarks.thousand [--recorders 1000] [--processes 2] [--rate 0.5] [--seconds 60]

Every recorder commits RATE events a second to its own spool, at moments of its own. All run on this machine, beside the
server and pgbouncer, which has the configuration of docs/fleet: mind the share of the processor that is the server's.
The lag is from the spool's commit to the shared store's, by its own clock.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import psycopg
import trio

from benchmarks.fleet import COMMITTED, SETTINGS, check
from cdp_bgservices.events import make_event, to_microseconds
from cdp_bgservices.shipping.spooled import SpooledStore, open_spooled
from cdp_bgservices.store import open_engine, utc_now
from tests.pgbouncer import open_pooler
from tests.postgresql import Server, wheel_programs

USER, PASSWORD = "postgres", "thousand"
COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = 'thousand'"


class Load(NamedTuple):
    rate: float
    """Events a second, of each recorder."""
    seconds: float


# One process of recorders


async def run_recorders(url: str, folder: Path, numbers: range, load: Load) -> None:
    """Says that all are ready, waits for a line, and prints when each event was committed to its spool."""
    committed: dict[str, float] = {}
    warnings: list[str] = []
    begin = trio.Event()
    async with trio.open_nursery() as recorders:
        for number in numbers:
            spool = folder / f"{number}.db"
            await recorders.start(partial(record, url, spool, number, load, begin, committed, warnings))
        print("ready", flush=True)
        await trio.to_thread.run_sync(sys.stdin.readline)
        begin.set()
    print(json.dumps({"committed": committed, "warnings": warnings}), flush=True)


async def record(
    url: str,
    spool: Path,
    number: int,
    load: Load,
    begin: trio.Event,
    committed: dict[str, float],
    warnings: list[str],
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    async with open_spooled(url, spool, say=warnings.append) as store:
        assert store.shipper.link is not None, warnings
        task_status.started()
        await begin.wait()
        await add_events(store, f"kiosk-{number}:/home/kiosk/profile", load, committed)


async def add_events(store: SpooledStore, source: str, load: Load, committed: dict[str, float]) -> None:
    began = trio.current_time()
    for number in range(round(load.rate * load.seconds)):
        await trio.sleep_until(began + (number + random.random()) / load.rate)
        event = make_event(
            source=source,
            timestamp=to_microseconds(utc_now()),
            service="backgroundSync",
            event_name="Dispatched sync event",
            origin="https://shop.example/",
            storage_key="https://shop.example/",
            registration_id="12",
            instance_id=f"tag-{number // 4}",
            metadata={"Event Tag": f"tag-{number}", "Last Chance": "No"},
            scope="https://shop.example/",
        )
        await store.add([event])
        committed[event.id] = time.time()


# All of them


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recorders", type=int, default=1_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0.5)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--as-process", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    load = Load(arguments.rate, arguments.seconds)
    if arguments.as_process:
        url, folder, first, last = arguments.as_process
        trio.run(run_recorders, url, Path(folder), range(int(first), int(last)), load)
        return
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "server").mkdir()
        server = Server(Path(folder, "server"), wheel_programs(), SETTINGS)
        server.make()
        server.start()
        try:
            measure(server, Path(folder), arguments.recorders, arguments.processes, load)
        finally:
            server.stop()


def measure(server: Server, folder: Path, recorders: int, processes: int, load: Load) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE thousand TEMPLATE template0")
    direct = server.url("thousand")
    with open_engine(direct), open_pooler(server, "thousand", {USER: PASSWORD}) as pooler:
        os.environ["PGPASSWORD"] = PASSWORD
        share = -(-recorders // processes)
        parts = [(first, min(first + share, recorders)) for first in range(0, recorders, share)]
        running = [start(pooler.url(USER), folder, *part, load) for part in parts]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        with psycopg.connect(direct, autocommit=True) as connection:
            report(connection, server, running, recorders, load)


def start(url: str, folder: Path, first: int, last: int, load: Load) -> "subprocess.Popen[str]":
    options = [f"--rate={load.rate}", f"--seconds={load.seconds}"]
    command = [sys.executable, "-m", "benchmarks.thousand", *options]
    command += ["--as-process", url, str(folder), str(first), str(last)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def report(
    connection: "psycopg.Connection[tuple[object, ...]]",
    server: Server,
    running: "list[subprocess.Popen[str]]",
    recorders: int,
    load: Load,
) -> None:
    commits, seconds = commits_of(connection), cpu_of(server)
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    time.sleep(load.seconds)
    commits, seconds = commits_of(connection) - commits, cpu_of(server) - seconds
    backends = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", [USER]).fetchone()
    answers = [process.communicate()[0] for process in running]
    assert not any(process.returncode for process in running)
    committed: dict[str, float] = {}
    warnings: list[str] = []
    for answer in answers:
        part = json.loads(answer)
        committed |= part["committed"]
        warnings += part["warnings"]
    check(server.url("thousand"), len(committed))
    there = {id_.hex: moment for id_, moment in connection.execute(COMMITTED)}  # type: ignore[attr-defined]
    lags = sorted(there[id_] - moment for id_, moment in committed.items())  # type: ignore[operator]
    assert backends is not None
    print(
        f"{recorders} recorders in {len(running)} processes, {load.rate} events a second each, {load.seconds:.0f} s:\n"
        f"  {len(committed):,} events, each there once; {len(warnings)} warnings {sorted(set(warnings))[:3]}\n"
        f"  {len(committed) / load.seconds:,.0f} events/s, {commits / load.seconds:,.0f} commits/s "
        f"on {backends[0]} connections\n"
        f"  lag: median {median(lags) * 1e3:.1f} ms, 99th percentile {quantiles(lags, n=100)[98] * 1e3:.0f} ms, "
        f"at most {lags[-1] * 1e3:.0f} ms\n"
        f"  the server's processor: {seconds / load.seconds:.2f} cores, "
        f"{seconds / len(committed) * 1e6:.0f} µs an event"
    )


def commits_of(connection: "psycopg.Connection[tuple[object, ...]]") -> int:
    row = connection.execute(COMMITS).fetchone()
    assert row is not None
    return int(str(row[0]))


def cpu_of(server: Server) -> float:
    """Seconds, of the postmaster and its children so far."""
    postmaster = str(server.pid)
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if postmaster == fields[1]:
            ticks += int(fields[11]) + int(fields[12])
        elif postmaster == stat.parent.name:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
