"""What every generated project has: the site, a Chromium by its path, and ways around the plugin."""

import os
import random
import socket
from contextlib import suppress

import pytest

from cdp_bgservices.site import serve_site


@pytest.fixture(scope="session")
def site():
    with serve_site() as url:
        yield url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": os.environ["CHROMIUM"]}


@pytest.fixture
def free_port():
    """None of those that systems give to connections: it stays free, whatever runs beside it."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@pytest.fixture
def launched_elsewhere(playwright):
    """A browser that the plugin did not prepare: as another Playwright of the test's own would start it."""
    launch = playwright.chromium.launch.__wrapped__
    browser = launch(executable_path=os.environ["CHROMIUM"])
    yield browser
    browser.close()
