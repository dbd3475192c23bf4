"""What the tests of the reasons share: a browser that may take its time."""

from collections.abc import Iterator

import pytest

from cdp_bgservices.browser.site import asking


@pytest.fixture(scope="module", autouse=True)
def unhurried() -> Iterator[None]:
    """A busy machine makes no fact unknown. A test of that sets the limit itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "PATIENCE", 20.0)
        yield
