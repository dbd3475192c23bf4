"""Which context is which profile: a scripted browser that writes its files, late, wrongly, or not at all."""

import json
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import trio

from cdp_bgservices.browser import profile_matching, target_watch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.profile import SERVICE_NUMBERS, SINCE_1601
from cdp_bgservices.coverage.values import DEFAULT as PROFILE
from cdp_bgservices.coverage.values import OTHER
from cdp_bgservices.errors import BrowserError
from cdp_bgservices.events import Service
from cdp_bgservices.recorder import Recorder, open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from tests.browser.recording import recent
from tests.scripted import DEFAULT, ScriptedBrowser, open_scripted_browser

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are listed by Linux only")
ANOTHER = "ANOTHER"
"""A context that is in no list, as of a profile that was not used last."""
DEADLINE = 30


def expiration(armed_at: float) -> int:
    """As Chromium writes it down: whole minutes since 1601, three days later; 0 where it is off."""
    moment = timedelta(seconds=armed_at) + SINCE_1601 + timedelta(days=3)
    return moment // timedelta(minutes=1) if armed_at else 0


class Files:
    """A user data folder that this process has open, as a browser has."""

    def __init__(self, root: Path, names: tuple[str, ...], stack: ExitStack) -> None:
        self.root = root
        self.written: dict[str, dict[str, int]] = {name: {} for name in names}
        for name in names:
            (root / name).mkdir(parents=True)
            stack.enter_context((root / name / "README").open("w"))
        (root / "SingletonLock").symlink_to(f"{os.uname().nodename}-{os.getpid()}")

    def write(self, name: str, armed_at: Mapping[str, float]) -> None:
        """A profile's Preferences, by service."""
        reported = self.written[name]
        reported |= {
            number: expiration(armed_at[service]) for number, service in SERVICE_NUMBERS.items() if service in armed_at
        }
        new = self.root / name / "Preferences.new"
        new.write_text(json.dumps({"devtools": {"backgroundserviceexpiration": reported}}))
        new.rename(self.root / name / "Preferences")

    def write_state(self, last_used: str, *active: str) -> None:
        reported = {"profile": {"last_used": last_used, "last_active_profiles": active}}
        (self.root / "Local State").write_text(json.dumps(reported))

    async def follow(self, scripted: ScriptedBrowser, profiles: Mapping[str, str]) -> None:
        """Write, a little late, what is switched on in the contexts that are a profile."""
        while True:
            await trio.sleep(0.3)
            for context, name in profiles.items():
                self.write(
                    name, {service: at for (owner, service), at in scripted.armed_at.items() if owner == context}
                )


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    with ExitStack() as stack:
        yield Files(tmp_path / "data", ("Default", "Profile 1"), stack)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser writes within a second here. A minute that begins by then takes as long again."""
    for name, seconds in {"WRITTEN": 1.5, "UNWRITTEN": 2.0, "PATIENCE": 20.0}.items():
        monkeypatch.setattr(profile_matching, name, seconds)


@asynccontextmanager
async def open_two(
    files: Files, path: Path, profiles: Mapping[str, str]
) -> AsyncIterator[tuple[ScriptedBrowser, Recorder]]:
    """A browser with two contexts, recorded; which of them is which profile, or none."""
    with trio.fail_after(DEADLINE):
        async with open_tasks() as tasks, open_scripted_browser() as scripted, open_store(path) as store:
            scripted.answers["SystemInfo.getInfo"] = {"commandLine": f"chrome --user-data-dir={files.root}"}
            scripted.add_target(DEFAULT, "browser_ui")
            scripted.add_target(ANOTHER, "browser_ui")
            tasks.start_soon(files.follow, scripted, profiles)
            async with open_browser(scripted.url) as browser, open_recorder(browser, store) as recorder:
                yield scripted, recorder


async def filed(scripted: ScriptedBrowser, recorder: Recorder) -> dict[str, str]:
    """The source, below the folder, of an event of each context, as far as it is stored."""
    for number, context in enumerate((DEFAULT, ANOTHER)):
        await scripted.emit(recent(number, instanceId=context), context)
    await recorder.settle()
    base = recorder.source
    return {event.instance_id: event.source.removeprefix(base) async for event in recorder.store.events()}


def kinds(recorder: Recorder) -> dict[str, str]:
    return {observer.context_id: observer.kind for observer in recorder.observers if observer.place is not None}


def all_armed(scripted: ScriptedBrowser, context: str) -> bool:
    return {service for owner, service in scripted.recording if owner == context} == set(Service)


async def test_profiles_that_are_armed_at_once_are_distinguished(files: Files, tmp_path: Path) -> None:
    """The one that was used last is not the first."""
    profiles = {DEFAULT: "Profile 1", ANOTHER: "Default"}
    async with open_two(files, tmp_path / "events.db", profiles) as (scripted, recorder):
        assert await filed(scripted, recorder) == {DEFAULT: "/Profile 1", ANOTHER: ""}
        assert kinds(recorder) == {DEFAULT: PROFILE, ANOTHER: PROFILE}
        assert all_armed(scripted, DEFAULT)
        assert all_armed(scripted, ANOTHER)
        assert not scripted.received("Target.createTarget"), "a hidden target would be in the way of a window"


async def test_what_was_written_in_the_same_minute_before_proves_nothing(files: Files, tmp_path: Path) -> None:
    """A recorder before this one has armed everything just now; what has a window decides, once that is written."""
    now = dict.fromkeys(map(str, Service), time.time())
    for name in ("Default", "Profile 1"):
        files.write(name, now)
    files.write_state("Profile 1", "Default", "Profile 1")
    scripted_profiles = {DEFAULT: "Profile 1", ANOTHER: "Default"}
    async with open_two(files, tmp_path / "events.db", scripted_profiles) as (scripted, recorder):
        assert await filed(scripted, recorder) == {DEFAULT: "/Profile 1", ANOTHER: ""}


async def test_what_is_written_nowhere_is_an_incognito_window(files: Files, tmp_path: Path) -> None:
    async with open_two(files, tmp_path / "events.db", {DEFAULT: "Profile 1"}) as (scripted, recorder):
        assert await filed(scripted, recorder) == {DEFAULT: "/Profile 1", ANOTHER: ""}
        assert kinds(recorder) == {DEFAULT: PROFILE, ANOTHER: OTHER}


async def test_what_cannot_be_known_is_said_and_not_stored(
    files: Files, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written at all, as on a full disk."""
    monkeypatch.setattr(profile_matching, "PATIENCE", 4.0)
    # Without its default context the browser counts as lost, and then the other one's end is not said.
    monkeypatch.setattr(target_watch, "CLOSING", float(DEADLINE))
    with pytest.raises(BrowserError, match="its profile cannot be found"):
        async with open_two(files, tmp_path / "events.db", {}):
            pass
    assert f"context {ANOTHER} cannot be observed: its profile cannot be found" in caplog.text


async def test_profiles_of_another_machine_are_not_distinguished(
    files: Files, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (files.root / "SingletonLock").unlink()
    async with open_two(files, tmp_path / "events.db", {}) as (scripted, recorder):
        assert await filed(scripted, recorder) == {DEFAULT: "", ANOTHER: ""}
        assert kinds(recorder) == {DEFAULT: OTHER, ANOTHER: OTHER}
    assert "cannot be distinguished from here" in caplog.text
