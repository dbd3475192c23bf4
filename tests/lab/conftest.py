"""What the lab needs of the system."""

import subprocess

import pytest

from tests.debian import ensure_program


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """Installed where they are not there; each is a part's own."""
    ensure_program("dbus-daemon", "dbus-daemon")
    ensure_program("ip", "iproute2")


@pytest.fixture(scope="session")
def namespaces(programs: None) -> None:
    """Asked of the system itself, so that a fault of ours is not taken for one of its limits."""
    for kind in ((), ("--user",)):
        if not subprocess.run(["unshare", *kind, "--net", "true"], capture_output=True).returncode:
            return
    pytest.skip("this system lets nobody make a network namespace")
