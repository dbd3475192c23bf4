"""What surrounds it: who can reach it, who trusts it, what it leaves behind, and browsers that others start."""

import ast
import os
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path

import pytest
import trio
from playwright.sync_api import sync_playwright

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.push import PushService, open_push_service
from tests.lab.push.acting import DEADLINE, Key


@pytest.mark.browser
async def test_only_its_own_key_is_trusted(tmp_path: Path) -> None:
    launch = Launch(profile=tmp_path / "profile")
    with trio.fail_after(DEADLINE):
        async with open_push_service() as own, open_push_service() as other:
            launch = Launch(profile=tmp_path / "profile", arguments=own.start.arguments)
            async with open_browser(launch=launch) as browser:
                await open_page(browser, own.url)
                with pytest.raises(BrowserError, match="CERT"):
                    await open_page(browser, other.url)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
async def test_nothing_listens_beyond_loopback() -> None:
    async with open_push_service() as push:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]  # noqa: ASYNC240
        listening = [row[1].split(":") for row in rows if row[3] == "0A"]
        assert [host for host, port in listening if int(port, 16) in push.ports] == ["0100007F"] * 2


async def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="bare"):  # noqa: PT012
        async with open_push_service() as push:
            assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240
            raise RuntimeError("bare")
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240
    for port in push.ports:
        with pytest.raises(OSError, match="all attempts"):
            await trio.open_tcp_stream("127.0.0.1", port)


class CancelAt(trio.abc.Instrument):
    """Cancels the scope of a task that has made this many steps."""

    def __init__(self, scope: trio.CancelScope, steps: int) -> None:
        self.scope = scope
        self.left = steps
        self.task = trio.lowlevel.current_task()

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.left -= task is self.task
        if self.left == 0:
            self.scope.cancel()


async def test_no_port_is_left_open_wherever_its_opening_is_cancelled() -> None:
    """A socket that nothing closes is a warning, and so an error here."""
    for steps in count(1):
        with trio.CancelScope() as scope:
            instrument = CancelAt(scope, steps)
            trio.lowlevel.add_instrument(instrument)
            async with open_push_service():
                break
        assert scope.cancelled_caught
        trio.lowlevel.remove_instrument(instrument)
    trio.lowlevel.remove_instrument(instrument)
    assert steps > 2, "it was cancelled in between"


@pytest.mark.parametrize("library", ["http_ece", "cryptography"])
def test_a_library_that_is_missing_is_named(library: str) -> None:
    script = f"""
import sys
sys.modules[{library!r}] = None
from cdp_bgservices.errors import InvalidInputError
try:
    import cdp_bgservices.lab.push
except InvalidInputError as error:
    print([str(error), error.remedy])
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    message, remedy = ast.literal_eval(result.stdout)
    assert library in message
    assert remedy == "Install it: pip install 'cdp-bgservices[lab]'"


def test_a_library_that_does_not_load_is_an_error_of_one_line(tmp_path: Path) -> None:
    """As one that was built for another system."""
    (tmp_path / "http_ece.py").write_text("raise ImportError('DLL load failed while importing _rust')")
    script = """
from cdp_bgservices.errors import InvalidInputError
try:
    import cdp_bgservices.lab.push
except InvalidInputError as error:
    print(error)
"""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=variables)
    said = "the push service needs a library that does not load here (DLL load failed while importing _rust)"
    assert result.stdout.splitlines() == [said]


@pytest.mark.slow
async def test_a_browser_that_playwright_starts(push_site: str, tmp_path: Path, chromium: Path) -> None:
    def subscribe(push: PushService) -> str:
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                tmp_path,
                executable_path=chromium,
                args=["--headless=new", "--no-sandbox", *push.start.arguments],
                permissions=["notifications"],
            )
            page = context.new_page()
            page.goto(push_site)
            subscription = page.evaluate("key => subscribe(key)", Key().public)
            trio.from_thread.run(push.send, subscription, "from Playwright")
            trio.from_thread.run(push.wait_delivered)
            shown = page.evaluate("pushed")
            context.close()
        return str(shown)

    with trio.fail_after(DEADLINE):
        async with open_push_service() as push:
            assert await trio.to_thread.run_sync(subscribe, push) == "from Playwright"
