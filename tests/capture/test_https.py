"""A site whose certificate the browser does not trust."""

from pathlib import Path

import pytest
import trio

from cdp_bgservices import BrowserError, CaptureOptions, Launch, Query, open_browser, open_capture, open_page
from tests.secure import serve_securely

pytestmark = pytest.mark.browser

DEADLINE = 60


async def test_its_errors_are_ignored_for_as_long_as_a_recording_says_so(tmp_path: Path) -> None:
    """And the warning of a recording that does not say so names the option."""
    said: list[str] = []
    with trio.fail_after(DEADLINE), serve_securely() as site:
        launched = CaptureOptions(store=tmp_path / "one.db", urls=(site,), launch=Launch(port=0))
        async with open_capture(launched, say=said.append) as one:
            assert one.run.recorder is not None
            endpoint = one.run.recorder.browser.endpoint
            attached = CaptureOptions(store=tmp_path / "other.db", attach=endpoint, ignore_https_errors=True)
            async with open_browser(endpoint) as browser:
                while not any("did not load" in line for line in said):  # noqa: ASYNC110 what is said has no event to wait for
                    await trio.sleep(0.01)
                async with open_capture(attached, say=said.append) as other:
                    await open_page(browser, f"{site}?sync=letter")
                    async for event in other.events(Query(event_names=("Sync completed",))):
                        assert event.instance_id == "letter"
                        break
                with pytest.raises(BrowserError, match="net::ERR_CERT_AUTHORITY_INVALID") as refused:
                    await open_page(browser, site)
    assert [line for line in said if "did not load" in line] == [
        f"warning: {site} did not load: net::ERR_CERT_AUTHORITY_INVALID. Let the browser trust the certificate, for "
        "example with mkcert, or ignore it: --ignore-https-errors, in Python ignore_https_errors=True."
    ]
    assert "--ignore-https-errors" in refused.value.remedy
