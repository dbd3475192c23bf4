"""What a Chromium needs around it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.surroundings import display, shared_memory, shared_memory_check, temporary
from cdp_bgservices.doctor.values import State
from cdp_bgservices.platforms import Platform

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at Linux")

SANDBOX = """
import trio
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.surroundings import sandbox
(check,) = trio.run(sandbox, Asked())
print(check.state, check.found, check.remedy, sep="\\n")
"""
AS_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--keep-caps")


def looked(*prefix: str) -> list[str]:
    done = subprocess.run([*prefix, sys.executable, "-c", SANDBOX], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def can(*command: str) -> bool:
    return subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can(*AS_USER), reason="takes a user namespace to be another user in")
def test_an_ordinary_user_with_namespaces() -> None:
    assert looked(*AS_USER)[:2] == ["ok", "user namespaces are allowed"]


@pytest.mark.skipif(not can(*AS_USER), reason="takes a user namespace to forbid one in")
def test_an_ordinary_user_without_namespaces() -> None:
    forbid = 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"'
    state, found, remedy = looked(*AS_USER, "sh", "-c", forbid, "sh")
    assert state == "warning"
    assert found.startswith("user namespaces are not allowed (unshare: unshare failed: No space left on device)")
    assert remedy == (
        "Let an administrator allow them: sysctl user.max_user_namespaces=15000. "
        "Or install Debian's package chromium-sandbox, or, where pages are your own, add --chromium-arg=--no-sandbox."
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="is about root")
def test_root() -> None:
    state, found, _ = looked()
    assert (state, found) == ("warning", "root: a Chromium is started with --no-sandbox")


def test_shared_memory(tmp_path: Path) -> None:
    missing = shared_memory_check(tmp_path / "shm")
    assert missing.state is State.WARNING
    assert "--disable-dev-shm-usage" in missing.remedy
    (here,) = shared_memory(Asked())
    assert here.found.startswith("/dev/shm has ")


@pytest.mark.skipif(not can("unshare", "--user", "--map-root-user", "--mount"), reason="takes a mount")
def test_the_shared_memory_of_a_container() -> None:
    """Docker's 64 MB."""
    script = """
import sys
from pathlib import Path
from cdp_bgservices.doctor.surroundings import shared_memory_check
check = shared_memory_check(Path("/dev/shm"))
print(check.state, check.found)
"""
    mount = 'mount -t tmpfs -o size=64m none /dev/shm && exec "$@"'
    line = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", sys.executable, "-c", script]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout == "warning /dev/shm has only 67.1 MB: a tab with a large page may crash\n"


def test_the_folder_of_profiles() -> None:
    (check,) = temporary(Asked())
    assert "left for" in check.found
    (check,) = temporary(Asked(environ={"TMPDIR": "/nowhere"}))
    assert (check.state, check.exit_status) == (State.MISSING, 3)
    assert "TMPDIR" in check.remedy


@pytest.mark.parametrize(
    ("environ", "state"),
    [({}, State.MISSING), ({"DISPLAY": ""}, State.MISSING), ({"DISPLAY": ":0"}, State.OK)],
)
def test_a_screen(environ: dict[str, str], state: State) -> None:
    (check,) = display(Asked(environ=environ, platform=Platform.LINUX))
    assert (check.state, check.exit_status) == (state, 0)
    assert display(Asked(environ=environ, platform=Platform.MACOS)) == []
