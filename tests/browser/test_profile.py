"""What a profile folder tells."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp_bgservices.browser.opening import profile_in
from cdp_bgservices.browser.profile import armed_until, browser_pid, debugging_port
from cdp_bgservices.events import Service


def write_preferences(profile: Path, content: Any) -> None:
    (profile / "Default").mkdir()
    data = content if isinstance(content, bytes) else msgspec.json.encode(content)
    (profile / "Default" / "Preferences").write_bytes(data)


def test_the_lapse_of_each_service_is_read_as_chromium_writes_it(tmp_path: Path) -> None:
    minutes = {"2": 223999442, "3": 223999443, "4": 223999443, "5": 223999442, "6": 0, "7": 223999442, "1": 5, "9": 5}
    write_preferences(tmp_path, {"devtools": {"backgroundserviceexpiration": minutes, "more": 1}, "other": []})
    early = datetime.fromtimestamp(223999442 * 60 - 11_644_473_600, UTC)
    late = datetime.fromtimestamp(223999443 * 60 - 11_644_473_600, UTC)
    assert armed_until(tmp_path) == {
        Service.BACKGROUND_FETCH: early,
        Service.BACKGROUND_SYNC: late,
        Service.PUSH_MESSAGING: late,
        Service.NOTIFICATIONS: early,
        Service.PERIODIC_BACKGROUND_SYNC: early,
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        [],
        {},
        {"devtools": {}},
        {"devtools": []},
        {"devtools": {"backgroundserviceexpiration": {"2": "soon"}}},
        {"devtools": {"backgroundserviceexpiration": {"2": 10**15}}},
        {"devtools": {"backgroundserviceexpiration": {"2": 10**30}}},
    ],
)
def test_preferences_without_an_answer_are_not_an_error(content: Any, tmp_path: Path) -> None:
    write_preferences(tmp_path, content)
    assert armed_until(tmp_path) == {}


def test_a_profile_without_preferences_has_no_answer(tmp_path: Path) -> None:
    assert armed_until(tmp_path) == {}


def lock(profile: Path, holder: str) -> Path:
    (profile / "SingletonLock").symlink_to(holder)
    return profile


def test_the_browser_that_has_the_profile_open_is_known(tmp_path: Path) -> None:
    assert browser_pid(lock(tmp_path, f"{os.uname().nodename}-{os.getpid()}")) == os.getpid()


@pytest.mark.parametrize("holder", ["elsewhere-1", "{host}-", "{host}-x", "-5", "nothing", "{host}-9" + 20 * "9"])
def test_a_lock_that_no_process_here_holds_is_none(holder: str, tmp_path: Path) -> None:
    assert browser_pid(lock(tmp_path, holder.format(host=os.uname().nodename))) is None


def test_a_lock_of_a_process_that_is_gone_is_none(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert browser_pid(lock(tmp_path, f"{os.uname().nodename}-{process.pid}")) is None


@pytest.mark.skipif(sys.platform != "linux", reason="command lines of others are read on Linux only")
def test_a_lock_of_a_container_that_was_killed_is_none(tmp_path: Path) -> None:
    """In the next one of the same host name, another program has the number, and the folder of the socket is gone."""
    (tmp_path / "SingletonSocket").symlink_to(tmp_path / "gone" / "SingletonSocket")
    # Not this process: the folder of its Python may be named after a browser.
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as program:
        try:
            assert program.stdin is not None
            assert program.stdout is not None
            program.stdin.write(b"\n")
            assert program.stdout.read(1) == b"\n", "Linux shows an empty command line in the middle of its start"
            assert browser_pid(lock(tmp_path, f"{os.uname().nodename}-{program.pid}")) is None
            (tmp_path / "gone").mkdir()
            (tmp_path / "gone" / "SingletonSocket").touch()
            assert browser_pid(tmp_path) == program.pid, "its socket is there"
        finally:
            program.kill()


def test_a_folder_without_a_lock_is_open_nowhere(tmp_path: Path) -> None:
    assert browser_pid(tmp_path) is None


@pytest.mark.skipif(sys.platform != "linux", reason="command lines of others are read on Linux only")
def test_the_port_is_read_from_the_command_line_of_the_browser() -> None:
    for arguments, port in (
        (["--remote-debugging-port=9333"], 9333),
        (["--remote-debugging-port=0"], None),
        ([], None),
    ):
        line = [sys.executable, "-c", "print(flush=True); input()", *arguments]
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            assert debugging_port(process.pid) == port
            process.communicate(b"\n")
    assert debugging_port(process.pid) is None


@pytest.mark.parametrize(
    ("line", "profile"),
    [
        ("/usr/bin/chromium --user-data-dir=/tmp/a b/c --headless", "/tmp/a b/c"),
        ("/usr/bin/chromium --headless --user-data-dir=/tmp/last/", "/tmp/last"),
        ('chrome.exe --user-data-dir="/tmp/quoted" --x', "/tmp/quoted"),
        ("/usr/bin/chromium --user-data-dir=relative --x", None),
        ("/usr/bin/chromium --headless", None),
        ("", None),
    ],
)
def test_the_profile_is_found_in_a_command_line(line: str, profile: str | None) -> None:
    assert profile_in(line) == (Path(profile) if profile else None)
