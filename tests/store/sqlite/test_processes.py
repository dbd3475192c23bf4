"""Several processes on one store, and disks and locks that do not let it write."""

import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store import open_engine
from cdp_bgservices.store.sqlite import file
from tests.making import MovedClock, event, events, ids
from tests.store.sqlite.opening import open_sqlite
from tests.store.sqlite.test_schema import old_store

HERE = Path(__file__).parents[3]


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """A process of its own, which has begun to run once it has written a line."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), str(HERE)])}
    return subprocess.Popen(
        [sys.executable, "-P", "-W", "error", "-c", textwrap.dedent(script), *map(str, arguments)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate("\n", timeout=60)
    assert process.returncode == 0
    return output


ADD = """
    import sys
    from cdp_bgservices.store import open_engine
    from tests.making import MovedClock, event
    print("ready", flush=True)
    sys.stdin.readline()
    with open_engine(sys.argv[1], clock=MovedClock()) as database:
        first = int(sys.argv[2])
        for batch in range(50):
            database.add([event(first + batch * 20 + number) for number in range(20)])
    """


def add_at_once(path: Path, firsts: Sequence[int]) -> None:
    """Processes that begin at the same moment, and have ended."""
    processes = [start(ADD, path, first) for first in firsts]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        finish(process)


def test_processes_create_and_fill_one_store_at_the_same_moment(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    add_at_once(path, (0, 500, 1000, 1500))
    with open_engine(path, clock=MovedClock()) as database:
        assert ids(database.events()) == ids(events(2500))


def test_processes_convert_one_store_at_the_same_moment(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    old_store(path, 6, events(3000)[2000:])
    add_at_once(path, (0, 500, 1000))
    with open_sqlite(path, MovedClock()) as database:
        assert ids(database.events()) == ids(events(3000))
        assert database.rows("SELECT count(*) FROM kinds") == [(1,)]
        assert database.rows("SELECT count(*) FROM events WHERE kind NOT IN (SELECT id FROM kinds)") == [(0,)]


def test_reading_pruning_and_clearing_while_another_process_records(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_engine(path, clock=MovedClock()) as database:
        database.add(events(3000, service="pushMessaging"))
        follower = chain.from_iterable(database.follow_pages(after=database.cursor()))
        process = start(ADD, path, 0)
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        process.stdin.write("\n")
        process.stdin.flush()
        followed = [next(follower).id for _ in range(500)]
        assert database.clear(["pushMessaging"]) == 3000
        database.prune()
        followed += [next(follower).id for _ in range(500)]
        finish(process)
        assert followed == ids(events(1000)) == ids(database.events())


def test_a_killed_writer_leaves_what_it_committed(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    script = """
        import os, signal, sys
        from cdp_bgservices.store import open_engine
        from tests.making import MovedClock, events
        with open_engine(sys.argv[1], clock=MovedClock()) as database:
            database.add(events(100))
            database.connection.execute("BEGIN IMMEDIATE")
            database.connection.execute("DELETE FROM events")
            os.kill(os.getpid(), signal.SIGKILL)
        """
    process = start(script, path)
    process.communicate(timeout=60)
    assert process.returncode != 0
    with open_engine(path, clock=MovedClock()) as database:
        assert ids(database.events()) == ids(events(100))


def test_a_locked_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "BUSY_TIMEOUT", 0.05)
    path = tmp_path / "events.db"
    with open_engine(path, clock=MovedClock()) as database:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked by another program") as caught:
            database.add([event()])
        assert "Close the program" in caught.value.remedy
        assert list(database.events()) == []
        holder.execute("ROLLBACK")
        holder.close()
        assert database.add([event()]).stored == 1


def test_a_lock_that_is_let_go_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with open_engine(path, clock=MovedClock()) as database:
        holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        holder.execute("BEGIN IMMEDIATE")
        letting_go = threading.Timer(0.2, holder.execute, ["ROLLBACK"])
        letting_go.start()
        assert database.add([event()]).stored == 1
        letting_go.join()
        holder.close()


FILL = """
    import resource, signal, sys
    from cdp_bgservices.errors import StoreError
    from cdp_bgservices.store import open_engine
    from tests.making import MovedClock, events
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with open_engine(sys.argv[1], clock=MovedClock()) as database:
        database.add(events(100))
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
        try:
            database.add(events(5000))
        except StoreError as error:
            print(error, error.remedy)
        print(len(list(database.events())))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(database.add(events(5000)).stored)
    """


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on a file's size")
def test_a_file_that_cannot_grow_keeps_what_it_has(tmp_path: Path) -> None:
    output = finish(start(FILL, tmp_path / "events.db")).splitlines()
    assert "disk is full" in output[0]
    assert output[1:] == ["100", "4900"]


def test_a_full_database(tmp_path: Path) -> None:
    with open_sqlite(tmp_path / "events.db", MovedClock()) as database:
        database.add(events(100))
        database.connection.execute("PRAGMA max_page_count = 40")
        with pytest.raises(StoreError, match="disk is full") as caught:
            database.add(events(5000))
        assert "Free some space" in caught.value.remedy
        assert ids(database.events()) == ids(events(100))


def test_a_store_that_may_not_be_written() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "events.db"
        with open_engine(path):
            pass
        path.parent.chmod(0o755)
        path.chmod(0o444)
        assert "cannot be written" in as_guest(lambda: open_error(path))


def open_error(path: Path) -> str:
    try:
        with open_engine(path):
            return ""
    except StoreError as error:
        return str(error)


def as_guest(function: Callable[[], str]) -> str:
    """What a function answers without root's rights, which may write everywhere: asked in a forked child."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        try:
            if os.geteuid() == 0:
                os.setuid(65534)
            os.write(write, function().encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        return answer.read()
