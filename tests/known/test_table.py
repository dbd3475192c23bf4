"""What is known of a browser, at every surface: a table of what each of them says, gone through cell by cell."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from cdp_bgservices.browser import firing, handling, missing_worker
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.lab.opening import Lab
from cdp_bgservices.testing.portal import Portal, open_portal
from tests.known import stages, surfaces
from tests.known.stages import BLOCK, Offline, Stage, held, serve_workers
from tests.known.surfaces import Case, Reported, Surface

SURFACES: dict[str, Surface] = {
    "push, sync, periodic-sync": surfaces.by_command,
    "fire": surfaces.by_fire,
    "bgservices.push, sync, periodic_sync": surfaces.by_test,
    "wait_for, expect": surfaces.by_wait,
    "notifications.wait, click": surfaces.by_notifications,
    "push_service.wait_delivered": surfaces.by_delivered,
    "viewer": surfaces.by_viewer,
    "record": surfaces.by_record,
    "view": surfaces.by_view,
    "workers": surfaces.by_workers,
    "status --attach": surfaces.by_status,
    "clear --attach": surfaces.by_clear,
    "open_background_services": surfaces.by_services,
}


class Never(str):
    """Why a cell cannot occur."""

    __slots__ = ()


LISTS = Never("it lists what is registered or recorded, and dispatches nothing")
RECORDS = Never("it dispatches nothing; what is thrown while it records is not a trigger's")
IN_A_LAB = Never("the lab starts the browser, a full Chromium")
NO_MESSAGE = Never("without a worker there is no subscription, and so no message that could wait")
CLEARS = Never("it deletes what was recorded, and dispatches nothing")
OPENS = Never("it only opens: its triggers and waits are those of bgservices")
OPENED_BEFORE = Never("open_background_services says it before there is anything to call")
SAID_BY_VIEW = Never("view says it, and ends before there is a page")
ATTACHES = Never("it attaches to a browser that runs, and so has its profile")


def refused(said: str, remedy: str) -> dict[str, str | tuple[str, int]]:
    """A browser that nothing can be asked of: every surface that attaches says so, in place of anything else."""
    return {
        "push, sync, periodic-sync": (said, 3),
        "fire": remedy,
        "bgservices.push, sync, periodic_sync": OPENED_BEFORE,
        "wait_for, expect": OPENED_BEFORE,
        "notifications.wait, click": IN_A_LAB,
        "push_service.wait_delivered": IN_A_LAB,
        "viewer": SAID_BY_VIEW,
        "record": (said, 3),
        "view": (said, 3),
        "workers": (remedy, 3),
        "status --attach": (said, 3),
        "clear --attach": (said, 3),
        "open_background_services": remedy,
    }


CELLS: dict[str, dict[str, str | tuple[str, int]]] = {
    "the worker threw": {
        "push, sync, periodic-sync": ("{type} threw", 1),
        "fire": "{type} threw",
        "bgservices.push, sync, periodic_sync": "{type} threw",
        "wait_for, expect": "{type} threw",
        "notifications.wait, click": "Uncaught Error: push threw",
        "push_service.wait_delivered": "Uncaught Error: push threw",
        "viewer": "{type} threw",
        "record": RECORDS,
        "view": RECORDS,
        "workers": LISTS,
        "status --attach": LISTS,
        "clear --attach": CLEARS,
        "open_background_services": OPENS,
    },
    "the worker rejected": {
        "push, sync, periodic-sync": ("{type} rejected", 1),
        "fire": "{type} rejected",
        "bgservices.push, sync, periodic_sync": "{type} rejected",
        "wait_for, expect": "{type} rejected",
        "notifications.wait, click": Never("as what the worker threw"),
        "push_service.wait_delivered": Never("as what the worker threw"),
        "viewer": "{type} rejected",
        "record": RECORDS,
        "view": RECORDS,
        "workers": LISTS,
        "status --attach": LISTS,
        "clear --attach": CLEARS,
        "open_background_services": OPENS,
    },
    "no handler": {
        "push, sync, periodic-sync": ("warning: the worker of {scope} has no {type} handler", 0),
        "fire": "the worker of {scope} has no {type} handler",
        "bgservices.push, sync, periodic_sync": "the worker of {scope} has no {type} handler",
        "wait_for, expect": "worker of {scope} has no '{type}' handler",
        "notifications.wait, click": "worker of {scope} has no push handler",
        "push_service.wait_delivered": Never("a message is delivered to a worker without a handler, too"),
        "viewer": "the worker of {scope} has no {type} handler",
        "record": RECORDS,
        "view": RECORDS,
        "workers": LISTS,
        "status --attach": LISTS,
        "clear --attach": CLEARS,
        "open_background_services": OPENS,
    },
    "headless shell": {
        "push, sync, periodic-sync": ("is the headless shell, which has no background sync and no notifications", 0),
        "fire": "is the headless shell",
        "bgservices.push, sync, periodic_sync": Never("the plugin refuses it: test_the_headless_shell_is_refused"),
        "wait_for, expect": "is the headless shell",
        "notifications.wait, click": IN_A_LAB,
        "push_service.wait_delivered": IN_A_LAB,
        "viewer": "is the headless shell",
        "record": ("is the headless shell", 0),
        "view": "is the headless shell",
        "workers": ("is the headless shell", 0),
        "status --attach": ("is the headless shell", 0),
        "clear --attach": ("is the headless shell", 0),
        "open_background_services": "is the headless shell",
    },
    "blocked": {
        **dict.fromkeys(SURFACES, 'In Playwright that is service_workers="block" of the context'),
        "push, sync, periodic-sync": ("service workers are blocked in {page}", 1),
        "workers": ("service workers are blocked in {page}", 0),
        "push_service.wait_delivered": NO_MESSAGE,
        "record": RECORDS,
        "view": RECORDS,
        "status --attach": LISTS,
        "clear --attach": CLEARS,
        "open_background_services": OPENS,
    },
    "insecure": {
        **dict.fromkeys(SURFACES, "{page} is not a secure context"),
        "push, sync, periodic-sync": ("Serve it over https", 1),
        "workers": ("Serve it over https", 0),
        "push_service.wait_delivered": NO_MESSAGE,
        "record": RECORDS,
        "view": RECORDS,
        "status --attach": LISTS,
        "clear --attach": CLEARS,
        "open_background_services": OPENS,
    },
    "registers none": {
        **dict.fromkeys(SURFACES, "though {page} is open"),
        "wait_for, expect": "{page} is open, but has registered none",
        "notifications.wait, click": "{page} is open, but has registered none",
        "push, sync, periodic-sync": ("Check in its console", 1),
        "workers": ("Check in its console", 0),
        "push_service.wait_delivered": NO_MESSAGE,
        "record": RECORDS,
        "view": RECORDS,
        "status --attach": LISTS,
        "clear --attach": CLEARS,
        "open_background_services": OPENS,
    },
    "no page": {
        **dict.fromkeys(SURFACES, "Open the page first."),
        "push, sync, periodic-sync": ("Open the page first.", 1),
        "workers": ("Open the page first.", 0),
        "push_service.wait_delivered": NO_MESSAGE,
        "record": RECORDS,
        "view": RECORDS,
        "status --attach": LISTS,
        "clear --attach": CLEARS,
        "open_background_services": OPENS,
    },
    "offline": {
        "push, sync, periodic-sync": ("the browser is offline, and Chromium delays syncs", 1),
        "fire": "the browser is offline, and Chromium delays syncs",
        "bgservices.push, sync, periodic_sync": "the browser is offline, and Chromium delays syncs",
        "wait_for, expect": "The browser is offline: its network in the lab is switched off",
        "notifications.wait, click": "The browser is offline: its network in the lab is switched off",
        "push_service.wait_delivered": "The browser is offline: its network in the lab is switched off",
        "viewer": "the browser is offline, and Chromium delays syncs",
        "record": Never("what is offline can be recorded"),
        "view": Never("what is offline can be recorded"),
        "workers": LISTS,
        "status --attach": LISTS,
        "clear --attach": CLEARS,
        "open_background_services": OPENS,
    },
    "locked by another machine": {
        **dict.fromkeys(SURFACES, ATTACHES),
        "fire": "locked by a browser on another machine (f408c5e12926, process 32)",
        "record": ("SingletonLock, SingletonCookie and SingletonSocket in {profile}", 3),
        "view": ("SingletonLock, SingletonCookie and SingletonSocket in {profile}", 3),
    },
    "endpoint of a page": refused("does not reach the whole browser", "/devtools/page/… is a single page of it."),
    "not supported": refused("cannot be observed", "Use a full Chromium, Chrome or Edge, 116 or later"),
    "nothing to look from": refused("no page and no window from which its", "Open a page in it, and try again."),
}
"""By what is known, and by surface: what is said, and of a command its exit status; or why that cannot occur."""

ATTACHED_TO = {
    "headless shell": "shell",
    "endpoint of a page": "page_endpoint",
    "not supported": "unsupported",
    "nothing to look from": "without_a_window",
}
"""By what is known, the fixture of a browser that is only attached to."""

SEVERAL = ("push, sync, periodic-sync", "fire")
"""What is asked with each of the triggers; the others go the same way with one."""

REPORTED = [
    (known, surface, kind)
    for known, row in CELLS.items()
    for surface, cell in row.items()
    if not isinstance(cell, Never)
    for kind in (surfaces.TRIGGERS if known in ("the worker threw", "no handler") and surface in SEVERAL else [""])
]


def test_the_table_is_whole() -> None:
    for known, row in CELLS.items():
        assert set(row) == set(SURFACES), known


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with open_portal() as opened:
        yield opened


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serve_workers() as url:
        yield url


@pytest.fixture(scope="module")
def workers(portal: Portal, site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with held(portal, partial(stages.open_workers, tmp_path_factory.mktemp("workers"), site)) as stage:
        yield stage


@pytest.fixture(scope="module")
def bare(portal: Portal, site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with held(portal, partial(stages.open_bare, tmp_path_factory.mktemp("bare"), site)) as stage:
        yield stage


@pytest.fixture(scope="module")
def offline(namespaces: None, portal: Portal, site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offline]:
    with held(portal, partial(stages.open_offline, tmp_path_factory.mktemp("offline"), site)) as stage:
        yield stage


@pytest.fixture(scope="module")
def shell(portal: Portal, site: str) -> Iterator[Stage]:
    with held(portal, partial(stages.open_headless_shell, site)) as stage:
        yield stage


@pytest.fixture(scope="module")
def page_endpoint(portal: Portal, site: str) -> Iterator[Stage]:
    with held(portal, partial(stages.open_page_endpoint, site)) as stage:
        yield stage


@pytest.fixture(scope="module")
def unsupported(portal: Portal, site: str) -> Iterator[Stage]:
    with held(portal, partial(stages.open_unsupported, site)) as stage:
        yield stage


@pytest.fixture(scope="module")
def without_a_window(portal: Portal, site: str) -> Iterator[Stage]:
    with held(portal, partial(stages.open_without_a_window, site)) as stage:
        yield stage


@pytest.mark.browser
@pytest.mark.parametrize(
    ("known", "surface", "kind"), REPORTED, ids=["-".join(filter(None, each)) for each in REPORTED]
)
def test_what_is_known_is_reported(
    known: str,
    surface: str,
    kind: str,
    portal: Portal,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, page, script = case_of(known, surface, kind, tmp_path, request)
    monkeypatch.setattr(firing, "PATIENCE", timedelta(seconds=case.timeout))  # The viewer's, which takes no other.
    for module in (handling, missing_worker):
        monkeypatch.setattr(module, "LIMIT", surfaces.LONG)  # Pages and workers answer here, if the machine lets them.

    async def ask() -> Reported:
        if not page:
            return await SURFACES[surface](case)
        async with open_browser(case.endpoint) as browser, opened(browser, page, script):
            return await SURFACES[surface](case)

    reported = portal.call(ask)
    cell = CELLS[known][surface]
    text, status = cell if isinstance(cell, tuple) else (cell, None)
    fields = {
        "type": case.kind.replace("-", ""),
        "scope": case.scope,
        "page": page.partition("?")[0],
        "profile": case.profile,
    }
    assert text.format(**fields) in reported.text.replace('\\"', '"')
    assert status is None or reported.status == status, reported.text


def opened(browser: Any, page: str, script: str) -> AbstractAsyncContextManager[None]:
    return stages.open_one_page(browser, page, script) if page else nullcontext()


def case_of(known: str, surface: str, kind: str, folder: Path, request: pytest.FixtureRequest) -> tuple[Case, str, str]:
    """What the surface is asked, and the page that is open then, with a script of its own."""
    in_lab = surface in ("notifications.wait, click", "push_service.wait_delivered")
    kind = kind or "push"
    if known in ("the worker threw", "the worker rejected", "no handler") and not (in_lab and "handler" not in known):
        stage: Stage = request.getfixturevalue("workers")
        name = {"the worker threw": "throws", "the worker rejected": "rejects", "no handler": "none"}[known]
        lab = request.getfixturevalue("offline").lab if in_lab else None
        scope = f"{stage.site}{name}/"
        case = Case(folder=folder, endpoint=stage.endpoint, scope=scope, kind=kind, timeout=surfaces.LONG)
        return replace(case, lab=without_network(lab)), "", ""
    if known == "offline" or (in_lab and known == "the worker threw"):
        offline: Offline = request.getfixturevalue("offline")
        scope = f"{request.getfixturevalue('site')}throws/"
        services = offline.services if in_lab or surface == "wait_for, expect" else None
        return Case(folder=folder, endpoint=offline.endpoint, scope=scope, kind="sync", services=services), "", ""
    if known in ATTACHED_TO:
        attached: Stage = request.getfixturevalue(ATTACHED_TO[known])
        return Case(folder=folder, endpoint=attached.endpoint), "", ""
    if known == "locked by another machine":
        profile = folder / "profile"
        profile.mkdir()
        (profile / "SingletonLock").symlink_to("f408c5e12926-32")
        return Case(folder=folder, profile=profile), "", ""
    bare: Stage = request.getfixturevalue("bare")
    lab = request.getfixturevalue("offline").lab if in_lab else None
    page = {
        "blocked": f"{bare.site}handles/?secret#too",
        "insecure": f"{bare.site}handles/".replace("localhost", "insecure.test"),
        "registers none": f"{bare.site}handles/",
        "no page": "",
    }[known]
    case = Case(folder=folder, endpoint=bare.endpoint, lab=without_network(lab))
    return case, page, BLOCK if known == "blocked" else ""


def without_network(lab: Any) -> Any:
    """The same desktop, of a browser that is not in it: nothing is shown there."""
    if lab is None:
        return None
    desktop = Lab()
    desktop.notifications = lab.notifications
    return desktop
