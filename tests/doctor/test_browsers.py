"""Which Chromium a machine has and starts, with made-up folders, and programs that are something else."""

from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser.playwright_folders import folder_of_package
from cdp_bgservices.doctor import browsers
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import Check, State
from cdp_bgservices.platforms import Platform

DEADLINE = 30.0


def says(path: Path, line: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def asked(root: Path, deadline: float = DEADLINE, **variables: str) -> Asked:
    """Of a machine that has nothing but what is in that folder. Its platform is none with places outside it."""
    environ = {
        "HOME": str(root / "home"),
        "PATH": str(root / "bin"),
        "PLAYWRIGHT_BROWSERS_PATH": str(root / "browsers"),
        **variables,
    }
    return Asked(environ=environ, platform=Platform.MACOS, deadline=deadline)


def look(options: Asked) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in trio.run(browsers.browsers, options):
        found.setdefault(check.name, []).append(check)
    return found


def test_nothing_is_there(tmp_path: Path) -> None:
    found = look(asked(tmp_path))
    assert set(found) == {"launch", "fixture"}
    (launch,), (fixture,) = found.values()
    assert (launch.state, launch.exit_status, launch.stops) == (State.MISSING, 3, "launching a browser")
    assert "apt install chromium" in launch.remedy
    assert (fixture.state, fixture.exit_status) == (State.MISSING, 0)


def test_one_is_not_needed_where_another_is_attached_to(tmp_path: Path) -> None:
    options = Asked(environ=asked(tmp_path).environ, platform=Platform.MACOS, attach="9222")
    assert look(options)["launch"][0].exit_status == 0


def test_all_that_are_there(tmp_path: Path) -> None:
    says(tmp_path / "bin/chromium", "echo 'Chromium 156.0.8078.108 built on Debian'")
    says(tmp_path / "bin/google-chrome", "echo 'Google Chrome 155.0.1.2 '")
    (tmp_path / "bin/chrome").symlink_to(tmp_path / "bin/google-chrome")
    says(tmp_path / "bin/chrome-headless-shell", "echo 'Google Chrome for Testing 154.0.1.2'")
    found = look(asked(tmp_path))
    assert [check.found for check in found["found"]] == [
        f"Chromium 156.0.8078.108 at {tmp_path}/bin/chromium",
        f"Google Chrome 155.0.1.2 at {tmp_path}/bin/google-chrome",
    ]
    (launch,) = found["launch"]
    assert launch.state is State.OK
    assert launch.found == f"Chromium 156.0.8078.108 at {tmp_path}/bin/chromium (the first in the usual places)"
    (shell,) = found["headless-shell"]
    assert "Google Chrome for Testing 154.0.1.2" in shell.found
    assert "no background sync and no notifications" in shell.found


def test_tests_start_playwright_s_own(tmp_path: Path) -> None:
    name = folder_of_package()
    says(tmp_path / f"browsers/{name}/chrome-linux64/chrome", "echo 'Google Chrome for Testing 159.0.1.2'")
    says(tmp_path / "bin/chromium", "echo 'Chromium 156.0.1.2'")
    found = look(asked(tmp_path))
    assert found["fixture"][0].found.endswith("(Playwright's own)")
    assert found["launch"][0].found.startswith("Chromium 156")


@pytest.mark.parametrize(
    ("line", "state", "found"),
    [
        ("echo rubbish", State.UNKNOWN, "a program that is not known to be a Chromium (it said 'rubbish') at"),
        ("exit 3", State.MISSING, "a program that ended with status 3 and said no version at"),
        ("echo 105.0.4970.21", State.OK, "105.0.4970.21 at"),
    ],
)
def test_a_program_that_is_something_else(line: str, state: State, found: str, tmp_path: Path) -> None:
    program = says(tmp_path / "other", line)
    (launch,) = look(asked(tmp_path, CHROMIUM=str(program)))["launch"]
    assert launch.state is state
    assert launch.found == f"{found} {program} (CHROMIUM)"
    assert bool(launch.remedy) == (state is not State.OK)


def test_one_that_cannot_be_run(tmp_path: Path) -> None:
    program = says(tmp_path / "broken", "")
    program.write_text("#!/no/such/shell\n")
    (launch,) = look(asked(tmp_path, CHROMIUM=str(program)))["launch"]
    assert launch.state is State.MISSING
    assert "cannot be run" in launch.found


def test_one_that_is_not_there(tmp_path: Path) -> None:
    found = look(asked(tmp_path, CHROMIUM="/nowhere"))
    for name in ("launch", "fixture"):
        assert found[name][0].state is State.MISSING
        assert found[name][0].found == "/nowhere (CHROMIUM) is not a program that can be run"


def test_one_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    program = says(tmp_path / "hangs", "exec sleep 1000")
    (launch,) = look(asked(tmp_path, deadline=0.1, CHROMIUM=str(program)))["launch"]
    assert (launch.state, launch.exit_status) == (State.UNKNOWN, 3)
    assert "did not say its version within 0.08 s" in launch.found


def test_a_headless_shell_is_a_limit(tmp_path: Path) -> None:
    program = says(tmp_path / "chrome-headless-shell", "echo 'Google Chrome for Testing 154.0.1.2'")
    (launch,) = look(asked(tmp_path, CHROMIUM=str(program)))["launch"]
    assert (launch.state, launch.stops) == (State.WARNING, "background sync and notifications")
    assert "--headless=new" in launch.remedy


def test_playwright_s_versions_beside_each_other(tmp_path: Path) -> None:
    for name in ("chromium-1187", "chromium-999", "chromium_headless_shell-1187"):
        (tmp_path / "browsers" / name).mkdir(parents=True)
    (check,) = browsers.of_playwright(asked(tmp_path))
    assert check.state is State.WARNING
    assert check.found.startswith(f"it wants {folder_of_package()}, which is not there; ")
    assert check.found.endswith("has chromium-999, chromium-1187, chromium_headless_shell-1187")
    (tmp_path / "browsers" / str(folder_of_package())).mkdir()
    (check,) = browsers.of_playwright(asked(tmp_path))
    assert check.state is State.OK


def test_android_s_debug_bridge(tmp_path: Path) -> None:
    (check,) = browsers.android_bridge(asked(tmp_path))
    assert (check.state, check.stops, check.exit_status) == (State.MISSING, "--attach android", 0)
    adb = says(tmp_path / "bin/adb", "")
    (check,) = browsers.android_bridge(asked(tmp_path))
    assert (check.state, check.found) == (State.OK, f"at {adb}")
