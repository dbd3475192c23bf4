"""What a program says that it is. tests/doctor/test_browsers.py runs such programs."""

from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.product import ask_product, beside, read_product

DEADLINE = 60.0


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Chromium 156.0.8078.108 built on Debian GNU/Linux 12 (bookworm)\n", "Chromium 156.0.8078.108"),
        ("Google Chrome 155.0.7000.1 \n", "Google Chrome 155.0.7000.1"),
        ("Google Chrome for Testing 159.0.8154.6\n", "Google Chrome for Testing 159.0.8154.6"),
        ("Microsoft Edge 150.0.1.2 \n", "Microsoft Edge 150.0.1.2"),
        ("a line of a wrapper's\nBrave Browser 150.1.2.3\n", "Brave Browser 150.1.2.3"),
        ("105.0.4970.21\n", "105.0.4970.21"),
        ("Google Chrome 155.0.7000.1 beta\n", "Google Chrome 155.0.7000.1"),
    ],
)
def test_a_product(printed: str, name: str) -> None:
    assert read_product(printed, 0) == (name, "", False)


@pytest.mark.parametrize("printed", ["", "rubbish\nand more", "Python 3.11.2", "1.2.3.4.5", "x" * 10_000])
def test_no_product(printed: str) -> None:
    found = read_product(printed, 0)
    assert found.name == ""
    assert found.is_unknown
    assert len(found.problem) < 300
    assert not read_product(printed, 127).is_unknown


def test_on_windows_the_folder_beside_it_has_the_version(tmp_path: Path) -> None:
    program = tmp_path / "chrome.exe"
    program.touch()
    assert beside(program).is_unknown
    for name in ("155.0.7000.99", "155.0.7000.100", "Dictionaries"):
        (tmp_path / name).mkdir()
    assert beside(program).name == "chrome 155.0.7000.100"


async def test_nothing_stays_of_one_that_hangs(tmp_path: Path) -> None:
    program, pids = tmp_path / "hangs", tmp_path / "pids"
    program.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! $$ >{pids}.new; mv {pids}.new {pids}; wait\n")
    program.chmod(0o755)
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask_product, program, DEADLINE)
            while not pids.exists():  # noqa: ASYNC110 a file has no event to wait for
                await trio.sleep(0.01)
            nursery.cancel_scope.cancel()
        while any(map(is_running, pids.read_text().split())):  # noqa: ASYNC110 a killed process takes a moment to end
            await trio.sleep(0.01)


def is_running(pid: str) -> bool:
    """A zombie has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
