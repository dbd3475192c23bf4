"""What the lab needs of the system."""

import pytest

from tests.debian import ensure_program


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """Installed where they are not there; each is a part's own."""
    ensure_program("dbus-daemon", "dbus-daemon")
    ensure_program("ip", "iproute2")
