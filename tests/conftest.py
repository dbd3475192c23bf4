"""What the tests share: a Chromium, and the bundled site."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp_bgservices.browser.install import ensure_chromium
from cdp_bgservices.site import serve_site

pytest_plugins = ["pytester"]


@pytest.fixture(scope="session", autouse=True)
def chromium() -> Path:
    """The Chromium that everything here starts; installed where there is none."""
    return ensure_chromium()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the bundled site."""
    with serve_site() as url:
        yield url
