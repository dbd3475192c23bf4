"""``record --lab --run`` twice at once: what each suite asks of the lab is asked of its own."""

import json
import shlex
import sys
from pathlib import Path

import pytest
import trio

from tests.cli.running import COMMAND, Result, run

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("namespaces")]

DEADLINE = 90
SUITE = """
import json, os, subprocess, sys, time
from pathlib import Path
from urllib.request import Request, urlopen

folder, name = Path(sys.argv[1]), sys.argv[2]
command = json.loads(sys.argv[3])

def ask(*words):
    done = subprocess.run([*command, *words], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr

def meet(moment):
    (folder / f"{name}-{moment}").touch()
    deadline = time.monotonic() + 60
    while len(list(folder.glob(f"*-{moment}"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)

with urlopen(Request(f"http://127.0.0.1:{os.environ['CDP_BGSERVICES_PORT']}/json/new?about:blank", method="PUT")):
    meet("started")
reported = {"lab": os.environ.get("CDP_BGSERVICES_LAB"), "push": os.environ.get("CDP_BGSERVICES_PUSH_PROXY")}
if name == "first":
    reported["switched"] = ask("network", "offline")
meet("switched")
reported["network"] = ask("network", "status")
reported["notifications"] = ask("notification", "list")
if name == "first":
    reported["inner"] = ask("record", "--no-rearm", "--run", " ".join([*command, "network", "status"]))
(folder / f"{name}.json").write_text(json.dumps(reported))
meet("over")
"""
"""FOLDER NAME COMMAND: the two meet before and after the first one takes its network away."""


def suite(folder: Path, name: str) -> str:
    script = folder / "suite.py"
    script.write_text(SUITE)
    return shlex.join([sys.executable, str(script), str(folder), name, json.dumps(COMMAND)])


def test_each_reaches_its_own_lab(tmp_path: Path) -> None:
    results: dict[str, Result] = {}

    async def record(name: str) -> None:
        store = tmp_path / f"{name}.db"
        results[name] = await run(store, "record", "--lab", "network", "--run", suite(tmp_path, name))

    async def record_both() -> None:
        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(record, "first")
                nursery.start_soon(record, "second")

    trio.run(record_both)
    for name, result in results.items():
        assert result.status == 0, f"{name}: {result.err}"
    first, second = (json.loads((tmp_path / f"{name}.json").read_bytes()) for name in ("first", "second"))
    assert first["switched"] == [0, "", "the browser is offline\n"]
    assert first["network"] == [0, "offline\n", ""]
    assert second["network"] == [0, "online\n", ""]
    for reported, name in ((first, "first"), (second, "second")):
        assert f"from another terminal: --lab {reported['lab']}\n" in results[name].err
        assert reported["push"] is None
        assert "this browser is not in a lab with notifications" in reported["notifications"][2]
    status, _, said = first["inner"]
    assert status == 3, said
    assert "error: the recording that runs this command has no lab" in said
