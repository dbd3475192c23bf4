"""Other drivers of Node's, over the endpoint of ``cdp-bgservices serve``: the examples of docs/node.md."""

import shutil
from pathlib import Path

import pytest

from tests.clients.node import ROOT, install, run
from tests.debian import ensure_program

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]  # npm may be slow.

PACKAGES = {"puppeteer_sync.mjs": "puppeteer-core@^24.43", "webdriverio_sync.mjs": "webdriverio@^9.32"}


@pytest.mark.parametrize("example", PACKAGES)
def test_an_example(example: str, tmp_path: Path, site: str, chromium: Path) -> None:
    install(tmp_path, PACKAGES[example])
    shutil.copy(ROOT / "examples" / example, tmp_path)
    driver = [f"--chromedriver={ensure_program('chromedriver', 'chromium-driver')}"] if "webdriver" in example else []
    done = run(["node", example, site, "--button=#sync", *driver], tmp_path, CHROMIUM=str(chromium))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["mail succeeded", "Success"]
