"""Where a user sees messages: each surface is used as a user does, and returns its messages."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import trio

from cdp_bgservices.browser import triggers
from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.errors import BackgroundServicesError
from cdp_bgservices.lab.opening import Lab
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from cdp_bgservices.testing import blocking, lab_calls
from cdp_bgservices.testing.services import BackgroundServices, open_background_services
from cdp_bgservices.web.attached import Attached
from cdp_bgservices.web.server import serve_store
from tests.cli.running import open_command, run
from tests.web.attaching import wait_reported

TRIGGERS: dict[str, Callable[[str], Trigger]] = {
    "push": triggers.push,
    "sync": triggers.sync,
    "periodic-sync": triggers.periodic_sync,
}
SERVICES = {"push": "pushMessaging", "sync": "backgroundSync", "periodic-sync": "periodicBackgroundSync"}
SHORT = 1.0
"""Seconds for what does not come."""
LONG = 30.0
"""Seconds for what comes, however busy the machine is."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A browser, and what is asked of it."""

    folder: Path
    """For a store, and whatever else a surface writes."""
    endpoint: str = ""
    scope: str | None = None
    kind: str = "push"
    profile: Path | None = None
    """To launch, where there is no endpoint."""
    lab: Lab | None = None
    timeout: float = SHORT
    """Of a trigger."""
    services: BackgroundServices | None = None
    """Those of the lab's own browser, where the case is about it."""

    @property
    def store(self) -> Path:
        return self.folder / "events.db"


class Reported(msgspec.Struct, frozen=True):
    text: str
    status: int | None = None
    """Of a command: its exit status."""


Surface = Callable[[Case], Awaitable[Reported]]


def words(error: Exception) -> str:
    return f"{error}\n{error.remedy}" if isinstance(error, BackgroundServicesError) else str(error)


@contextmanager
def listening() -> Iterator[list[str]]:
    """What the logger ``cdp_bgservices`` says."""
    said: list[str] = []

    class Saying(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    handler = Saying(logging.WARNING)
    logging.getLogger("cdp_bgservices").addHandler(handler)
    try:
        yield said
    finally:
        logging.getLogger("cdp_bgservices").removeHandler(handler)


async def command(case: Case, *arguments: str) -> Reported:
    result = await run(case.store, *arguments)
    return Reported(result.err, result.status)


async def by_command(case: Case) -> Reported:
    """``push``, ``sync``, ``periodic-sync``."""
    scope = ["--scope", case.scope] if case.scope else []
    return await command(case, case.kind, "data", "--attach", case.endpoint, *scope, "--timeout", f"{case.timeout:g}s")


async def by_fire(case: Case) -> Reported:
    """The library."""
    with listening() as said:
        try:
            async with open_browser(case.endpoint or None, launch=Launch(profile=case.profile)) as browser:
                trigger = TRIGGERS[case.kind]("data")
                await fire(browser, trigger, scope=case.scope, timeout=timedelta(seconds=case.timeout))
        except BackgroundServicesError as error:
            said.append(words(error))
    return Reported("\n".join(said))


@asynccontextmanager
async def open_services(case: Case) -> AsyncIterator[BackgroundServices]:
    if case.services is not None:
        yield case.services
        return
    async with (
        open_store(case.store) as store,
        open_browser(case.endpoint) as browser,
        open_background_services(browser, store, case.lab) as services,
    ):
        yield services


async def by_services(case: Case) -> Reported:
    """``open_background_services``, as suites of Selenium and other drivers call it, in a thread of theirs."""

    def opening() -> None:
        with blocking.open_background_services(case.endpoint):
            pass

    with listening() as said:
        try:
            await trio.to_thread.run_sync(opening)
        except BackgroundServicesError as error:
            said.append(words(error))
    return Reported("\n".join(said))


async def by_test(case: Case) -> Reported:
    """``bgservices.push`` and the like; a warning is an error here, as pytest is configured."""
    try:
        async with open_services(case) as services:
            call = getattr(services, case.kind.replace("-", "_"))
            await call("data", scope=case.scope, timeout=case.timeout)
    except (BackgroundServicesError, UserWarning) as error:
        return Reported(words(error))
    return Reported("")


async def by_wait(case: Case) -> Reported:
    """``bgservices.wait_for`` and ``expect``, after the trigger."""
    try:
        async with open_services(case) as services:
            if case.scope:
                call = getattr(services, case.kind.replace("-", "_"))
                with suppress(BackgroundServicesError, UserWarning):  # They are the surface above.
                    await call("data", scope=case.scope, timeout=case.timeout)
            await services.wait_for(SERVICES[case.kind], "it never comes", timeout=0.1)
    except BackgroundServicesError as error:
        return Reported(words(error))
    return Reported("")


async def by_notifications(case: Case) -> Reported:
    """``notifications.wait`` and ``click``."""
    said = []
    async with open_services(case) as services:
        for call in (
            lambda: lab_calls.wait_notification(services, {"title": "Hello"}, 0.1),
            lambda: lab_calls.act(services, "click", 1),
        ):
            try:
                await call()
            except BackgroundServicesError as error:
                said.append(words(error))
    shorter = min(said, key=len)
    return Reported(shorter if len(said) == 2 else "")


async def by_delivered(case: Case) -> Reported:
    """``push_service.wait_delivered``."""
    async with open_services(case) as services:
        try:
            await lab_calls.wait_delivered(services, 0.1)
        except BackgroundServicesError as error:
            return Reported(words(error))
    return Reported("")


async def by_viewer(case: Case) -> Reported:
    """The answers that the viewer's page shows: of a trigger, of its workers, of its state."""
    async with (
        open_store(case.store) as store,
        open_browser(case.endpoint) as browser,
        open_recorder(browser, store, rearm=False) as recorder,
        open_tasks() as tasks,
    ):
        attached = Attached("it has not occurred yet")
        tasks.start_soon(attached.show, recorder)
        await wait_reported(attached, lambda: attached.recorder)
        async with (
            serve_store(store, attached=attached) as viewer,
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{viewer.port}",
                headers={"Authorization": f"Bearer {viewer.token}"},
                timeout=30,
            ) as client,
        ):
            asked = {"kind": case.kind, "text": "data", "scope": case.scope}
            answers = [
                (await client.post("/api/trigger", json=asked)).json(),
                (await client.get("/api/workers")).json(),
                (await client.get("/api/state")).json()["browser"],
            ]
    return Reported("\n".join(json.dumps(answer, ensure_ascii=False) for answer in answers))


async def by_record(case: Case) -> Reported:
    if case.profile is not None:
        return await command(case, "record", "--launch", "--profile", str(case.profile), "--for", "1ms")
    return await command(case, "record", "--attach", case.endpoint, "--for", "1ms")


async def by_view(case: Case) -> Reported:
    where = ["--launch", "--profile", str(case.profile)] if case.profile else ["--attach", case.endpoint]
    async with open_command(case.store, "view", *where) as viewing:
        while b"Ctrl-C stops the viewer." not in viewing.err and not viewing.listened.is_set():
            await viewing.changed.wait()
        status = await viewing.process.wait() if viewing.listened.is_set() else None
        return Reported(viewing.err.decode(), status)


async def by_workers(case: Case) -> Reported:
    return await command(case, "workers", "--attach", case.endpoint)


async def by_status(case: Case) -> Reported:
    async with open_store(case.store):
        pass
    return await command(case, "status", "--attach", case.endpoint)


async def by_clear(case: Case) -> Reported:
    return await command(case, "clear", "--yes", "--attach", case.endpoint)
