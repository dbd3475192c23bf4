"""What every generated project has: the site, a Chromium by its path, and ways around the plugin."""

import os
import socket

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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def launched_elsewhere(playwright):
    """A browser that the plugin did not prepare: as another Playwright of the test's own would start it."""
    launch = playwright.chromium.launch.__wrapped__
    browser = launch(executable_path=os.environ["CHROMIUM"])
    yield browser
    browser.close()
