"""The lab's parts, on a machine without the programs that they need."""

from pathlib import Path

import pytest

from cdp_bgservices.doctor.lab import control, part, programs
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import State
from cdp_bgservices.platforms import Platform


async def test_what_needs_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("push", "clock"):
        (check,) = await part(name, Asked())
        assert (check.name, check.state) == (name, State.OK)


@pytest.mark.parametrize(("name", "package"), [("notifications", "dbus"), ("network", "util-linux")])
async def test_a_part_whose_program_is_missing(
    name: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (check,) = await part(name, Asked())
    assert (check.state, check.stops, check.exit_status) == (State.MISSING, f"the lab's {name}", 0)
    assert check.remedy == f"Install the package {package}."


def test_all_programs_that_are_missing_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (check,) = programs(Asked(platform=Platform.LINUX))
    assert check.state is State.MISSING
    assert check.found == "not found: dbus-daemon, unshare, nsenter, ip"
    assert check.remedy == "Install: dbus util-linux iproute2"
    assert programs(Asked(platform=Platform.MACOS)) == []


def test_the_folder_of_the_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (check,) = control(Asked())
    assert check.state is State.OK
    assert list(tmp_path.iterdir()) == [], "it was made"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nowhere"))
    (check,) = control(Asked())
    assert check.state is State.MISSING
    assert check.remedy == "Set XDG_RUNTIME_DIR."
