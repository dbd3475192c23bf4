"""A recorder whose disk is full."""

import resource
from functools import partial
from pathlib import Path

import trio

from tests.cli.running import COMMAND, Result, environment


async def record_within(store: Path, endpoint: str, size: int | None, length: str) -> Result:
    """Record where no file can grow beyond this many bytes; on any disk, if there is no such limit."""
    limit = None if size is None else partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size))
    done = await trio.run_process(
        [*COMMAND, "record", "--attach", endpoint, "--for", length, "--format", "jsonl"],
        capture_stdout=True,
        capture_stderr=True,
        check=False,
        env=environment(store),
        preexec_fn=limit,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def assert_full(result: Result) -> None:
    """The store's own status, and an error that says what is wrong and what to do."""
    assert result.status == 4, (result.status, result.err)
    assert "Traceback" not in result.err
    error = result.err[result.err.index("error: ") :].splitlines()
    assert len(error) <= 2, result.err
    assert "disk is full" in result.err
