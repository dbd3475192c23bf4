"""A Chromium whose network goes away and comes back."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from stat import S_IRWXG, S_IRWXO, S_IRWXU

import msgspec
import pytest
import trio
from playwright.sync_api import sync_playwright

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import open_page
from cdp_bgservices.browser.permissions import grant
from cdp_bgservices.lab.network import open_network
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from tests.acting import open_site, stored
from tests.lab.network.reaching import port_of
from tests.lab.network.slow import FIRST_PART, SIZE, serve_slowly
from tests.lab.network.story import UNKNOWN_HOST, Story, tell

pytestmark = pytest.mark.usefixtures("namespaces")

DEADLINE = 90
GUEST = 65534
NETWORK_FOR_USERS = ["unshare", "--user", "--map-current-user", "--keep-caps", "--net", "ip", "link", "set", "lo", "up"]


def assert_as_reported(story: Story) -> None:
    assert story.on_line == [True, False, True]
    assert "net::ERR_" in story.offline_load
    assert story.offline_events == ["Registered sync", "Registered sync"]
    assert story.events == ["Registered sync", "Dispatched sync event", "Sync completed"]
    assert story.second_loaded


@pytest.mark.browser
async def test_a_sync_registered_offline_is_fired_by_the_browser_when_the_network_is_back(
    site: str, tmp_path: Path
) -> None:
    with trio.fail_after(DEADLINE):
        story = await tell(tmp_path, site)
        assert_as_reported(story)
        async with open_browser() as browser:
            outside = await (await open_page(browser, site)).evaluate(UNKNOWN_HOST)
    assert story.unknown_host < outside + 1, "a host that is not there takes as long as without the lab"


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    os.chown(folder, GUEST, GUEST)
    folder.chmod(S_IRWXU | S_IRWXG | S_IRWXO)
    yield folder
    rmtree(folder)


def nobodys_python(environment: dict[str, str]) -> str:
    """A folder outside any home, for a user who may enter none."""
    for program in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        try:
            subprocess.run(
                [program, "-c", "import trio, msgspec, cdp"],
                env=environment,
                user=GUEST,
                group=GUEST,
                extra_groups=[],
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return program
    pytest.skip("no Python here can be run by another user")


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0, reason="this is an ordinary user already"
)
def test_the_same_as_an_ordinary_user(site: str, nobodys_folder: Path) -> None:
    """Where the system has no network namespaces for such a one, it says so."""
    paths = ":".join(["", *(path for path in sys.path if path.endswith("site-packages"))])
    checkout = str(Path(__file__).parents[3])
    environment = {
        "HOME": str(nobodys_folder),
        "TMPDIR": str(nobodys_folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": checkout + paths,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    as_guest = {"user": GUEST, "group": GUEST, "extra_groups": [], "env": environment, "cwd": "/"}
    done = subprocess.run(
        [nobodys_python(environment), "-m", "tests.lab.network.story", str(nobodys_folder), site],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
        **as_guest,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr
    allowed = subprocess.run(NETWORK_FOR_USERS, capture_output=True, check=False, **as_guest)  # type: ignore[call-overload]
    if allowed.returncode == 0:
        story = msgspec.json.decode(done.stdout, type=Story)
        assert "--user" in story.prefix
        assert_as_reported(story)
    else:
        reported = msgspec.json.decode(done.stdout)
        assert reported["error"].startswith("this system does not allow network namespaces (")
        assert reported["remedy"].endswith("--lab push,notifications,clock.")


@pytest.mark.browser
async def test_a_background_fetch_that_loses_the_network_goes_on_where_it_was(tmp_path: Path) -> None:
    with trio.fail_after(DEADLINE), serve_slowly() as slow:
        site = f"http://localhost:{slow.server_port}"
        async with (
            open_network([slow.server_port]) as network,
            open_store(tmp_path / "events.db") as store,
            open_browser(launch=Launch(prefix=network.start.prefix)) as browser,
            open_recorder(browser, store) as recorder,
        ):
            await grant(browser, site)
            page = await open_page(browser, site)
            await page.evaluate(f"""(async () => {{
              await navigator.serviceWorker.register('/worker.js');
              const registration = await navigator.serviceWorker.ready;
              window.film = await registration.backgroundFetch.fetch('film', ['/film']);
              while (film.downloaded < {FIRST_PART}) {{
                await new Promise(resolve => film.addEventListener('progress', resolve));
              }}
            }})()""")
            await network.offline()
            assert await page.evaluate("[film.downloaded, film.result]") == [FIRST_PART, ""]
            slow.may_end.set()
            await recorder.settle()
            before = ["Background Fetch registered", "Background Fetch started", "Request processing started"]
            assert [event.event_name for event in await stored(store)] == before
            assert slow.ranges == [None]
            await network.online()
            completed = await recorder.wait_event(Query(event_names=("Background Fetch completed",)))
            events = await stored(store)
    assert completed.metadata["Event Type"] == "BackgroundFetchSuccessEvent"
    # It says nothing of its pause.
    assert [event.event_name for event in events] == [
        *before,
        "Request processing completed",
        "Background Fetch completed",
    ]
    assert events[3].metadata["Response Size (bytes)"] == str(SIZE)
    assert slow.ranges == [None, f"bytes={FIRST_PART}-"]


@pytest.mark.browser
async def test_a_debugging_port_inside_can_be_attached_to_also_offline(site: str) -> None:
    with trio.fail_after(DEADLINE):
        async with (
            open_network([port_of(site)]) as network,
            open_browser(launch=Launch(prefix=network.start.prefix, port=9222)) as browser,
        ):
            page = await open_site(browser, site)
            published = await network.publish(9222)
            await network.offline()
            async with open_browser(str(published)) as attached:
                assert attached.endpoint is not None
                blank = await open_page(attached, "about:blank")
                assert await blank.evaluate("navigator.onLine") is False
            await network.online()
            assert await page.evaluate("fetch('/').then(answer => answer.status)") == 200


@pytest.mark.slow
async def test_a_browser_that_playwright_starts(site: str, chromium: Path, tmp_path: Path) -> None:
    def drive(prefix: tuple[str, ...]) -> None:
        wrapper = tmp_path / "chromium-in-the-lab"
        wrapper.write_text(f'#!/bin/sh\nexec {" ".join(prefix)} {chromium} "$@"\n')
        wrapper.chmod(S_IRWXU)
        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                tmp_path / "profile", executable_path=wrapper, args=["--headless=new"], chromium_sandbox=False
            )
            page = context.pages[0]
            page.goto(site)
            trio.from_thread.run(network.offline)
            assert page.evaluate("navigator.onLine") is False
            assert page.evaluate("fetch('/').then(() => true, () => false)") is False
            trio.from_thread.run(network.online)
            page.wait_for_function("navigator.onLine")
            page.goto(site + "second/")
            context.close()

    with trio.fail_after(DEADLINE):
        async with open_network([port_of(site)]) as network:
            await trio.to_thread.run_sync(drive, network.start.prefix)


@pytest.mark.slow
async def test_ten_networks_side_by_side(site: str) -> None:
    """Each with a Chromium that has the same ports inside; every other one is offline."""
    seen: dict[int, list[object]] = {}

    async def live(number: int) -> None:
        async with (
            open_network([port_of(site)]) as network,
            open_browser(launch=Launch(prefix=network.start.prefix, port=9222), deadline=DEADLINE) as browser,
        ):
            page = await open_page(browser, site)
            await page.wait_loaded()
            if number % 2:
                await network.offline()
            async with ready:
                ready.notify_all()
                seen[number] = []
                while len(seen) < 10:
                    await ready.wait()
            reached = await page.evaluate("fetch('/').then(answer => answer.ok, () => false)")
            seen[number] = [await page.evaluate("navigator.onLine"), reached]

    ready = trio.Condition()
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(live, number)
    assert seen == {number: [False, False] if number % 2 else [True, True] for number in range(10)}
