"""``cdp-bgservices lab``: what another terminal needs to reach an open lab."""

import json
import shlex
import signal
from pathlib import Path

import pytest
import trio

from cdp_bgservices.lab.control import labs_folder, open_control
from cdp_bgservices.rpc.peer import Peer
from tests.cli.running import COMMAND, open_command, run

DEADLINE = 60


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("run")  # The folder of a test may be too long for a socket.
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    for name in ("LAB", "ENDPOINT"):
        monkeypatch.delenv(f"CDP_BGSERVICES_{name}", raising=False)


@pytest.mark.browser
async def test_a_shell_that_evaluates_it_reaches_the_recording(tmp_path: Path) -> None:
    """The same variables as the command of ``--run`` has, but for the beginning of the recording."""
    store = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_command(
            store, "record", "--lab", "push,notifications", "--run", "env; echo ready; exec sleep 98790"
        ) as recording:
            await recording.wait_said("\nready\n")
            ours = shlex.join(COMMAND)
            script = f'eval "$({ours} lab)" && {ours} notification wait --timeout 0; echo $? && env'
            done = await trio.run_process(["sh", "-c", script], capture_stdout=True, capture_stderr=True, cwd=tmp_path)
            as_json = await run(store, "lab", "--format", "json")
            said = recording.err.decode().splitlines()
            await recording.stop(signal.SIGINT)
    status, *lines = done.stdout.decode().splitlines()
    assert status == "1", done.stderr.decode()
    assert "No notification is shown now." in done.stderr.decode()
    found = json.loads(as_json.out)
    assert {f"{name}={value}" for name, value in found.items()} <= {*lines} & {*said}
    assert {name for name in found if not name.startswith("CDP_BGSERVICES_PUSH_")} == {
        *(f"CDP_BGSERVICES_{name}" for name in ("ENDPOINT", "PORT", "STORE", "SOURCE", "LAB")),
        "NODE_EXTRA_CA_CERTS",
    }
    assert len(found) == 9


@pytest.mark.browser
async def test_a_recording_without_a_port_is_reached_but_for_its_browser(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with trio.fail_after(DEADLINE):
        async with open_command(store, "record", "--lab", "clock") as recording:
            await recording.wait_said("recording 1 browser context")
            found = json.loads((await run(store, "lab", "--format", "json")).out)
            await recording.stop(signal.SIGINT)
    assert set(found) == {f"CDP_BGSERVICES_{name}" for name in ("STORE", "SOURCE", "LAB")}


async def test_which_lab() -> None:
    async def environment(params: object) -> dict[str, str]:
        return {"A": "it's \x1b[31m here"}

    async def answer(stream: trio.SocketStream) -> None:
        await Peer(stream, {"environment": environment}).run()

    store = Path("none.db")
    with trio.fail_after(DEADLINE):
        none = await run(store, "lab")
        assert (none.status, none.out) == (3, "")
        assert none.err.startswith("error: no lab is open\n")
        first, second = (labs_folder() / f"lab-{number}.sock" for number in (1, 2))
        async with open_control(answer, first):
            assert shlex.split((await run(store, "lab")).out) == ["export", "A=it's \x1b[31m here"]
            async with open_control(answer, second):
                both = await run(store, "lab")
                assert both.status == 3
                assert both.err.startswith(f"error: several labs are open: {first}, {second}\n")
                assert (await run(store, "lab", "--lab", str(second))).status == 0
        dead = await run(store, "lab", "--lab", str(second))
        assert dead.status == 3
        assert dead.err.startswith(f"error: no lab answers at {second}\n")
