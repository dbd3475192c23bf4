"""How each language is run, page by page. An example that no line of RUNNERS is for is an error: add a runner."""

import ast
import inspect
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from runpy import run_path
from threading import Thread
from typing import Any

import msgspec
import trio

from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.events import Event, make_event, to_microseconds
from cdp_bgservices.lab.opening import PARTS, open_lab
from cdp_bgservices.learned import check_details
from cdp_bgservices.recorder import open_recorder
from cdp_bgservices.store import open_store
from cdp_bgservices.tasks import open_tasks
from tests.acting import open_site
from tests.debian import ensure_program
from tests.docs import ci_files, consoles
from tests.docs.blocks import ROOT, Block
from tests.pytest_plugin.conftest import ASYNC, SYNC, TRIO
from tests.secure import encrypt

PORT = '"9222"'
ADDRESS, SECURE_ADDRESS = "http://localhost:8000/", "https://localhost:8443"
"""What stands in the examples; a test has others."""
SUITE, CLIENT = "npm test", "cdp-bgservices sync it --attach $CDP_BGSERVICES_PORT --timeout 30s"
"""The command beside a capture, and one that uses its browser."""
DEADLINE = 150.0
"""Seconds for the examples of one page."""


class Place(msgspec.Struct, frozen=True):
    """Where the examples of a page are run."""

    folder: Path
    """The working folder, empty at first."""
    site: str
    """The address of the bundled site."""


async def console(blocks: Sequence[Block], place: Place) -> None:
    """Commands, each understood by its program; the tests of the commands and of docs/ci run them."""
    for block in blocks:
        for words in consoles.commands(block.text):
            consoles.understand(words, place.folder)


async def readme(blocks: Sequence[Block], place: Place) -> None:
    """A test, and a program."""
    (test,) = [block for block in blocks if "bgservices" in block.text and block.text.startswith("def ")]
    await suites([test], place)
    await program([block for block in blocks if block is not test], place)


async def program(blocks: Sequence[Block], place: Place) -> None:
    """Each one whole, against a browser that is running; only the port is another."""
    profile = place.folder / "running"
    async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
        await open_site(browser, place.site)
        for block in blocks:
            script = place.folder / "example.py"
            script.write_text(block.text.replace(PORT, repr(str(profile))))
            done = await trio.run_process(
                [sys.executable, script], cwd=place.folder, capture_stdout=True, capture_stderr=True, check=False
            )
            assert done.returncode == 0, f"{block.place}: {done.stderr.decode()}"
            assert "backgroundSync Dispatched sync event" in done.stdout.decode(), block.place
            assert place.site in done.stdout.decode(), block.place


async def session(blocks: Sequence[Block], place: Place) -> None:
    """All of them the inside of one async function, beside a site that goes on syncing, recorded in events.db."""
    profile = place.folder / "running"
    names: dict[str, Any] = {}
    async with (
        open_browser(launch=Launch(profile=profile, port=0)) as browser,
        open_store("recorded.db") as store,
        open_tasks() as tasks,
    ):
        page = await open_site(browser, place.site)
        tasks.start_soon(sync_on, page)
        tasks.start_soon(record, str(profile))
        for block in blocks:
            names |= {"browser": browser, "store": store}
            text = block.text.replace(PORT, repr(str(profile))).replace(ADDRESS, place.site).replace(SUITE, CLIENT)
            await inside(text, block.place, names)
            if SUITE in block.text:
                assert names["capture"].result.exit_status == 0, names["capture"].result
                assert names["verdict"].outcome in ("passed", "not applicable")
                assert (place.folder / "summary.md").read_text().startswith("## Background services: ✅")


async def inside(text: str, where: str, names: dict[str, Any]) -> None:
    """As the inside of an async function that knows these names."""
    code = compile(text, where, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if inspect.isawaitable(result := eval(code, names)):
        await result


async def in_lab(blocks: Sequence[Block], place: Place) -> None:
    """Those that open a lab are whole; the others are the inside of one that is open."""

    async def run(block: Block, **names: Any) -> None:
        await inside(block.text.replace(ADDRESS.rstrip("/"), place.site.rstrip("/")), block.place, names)

    for block in blocks:
        if "open_lab(" in block.text:
            await run(block)
    async with open_lab(PARTS, sites=(place.site,)) as lab, open_store("lab.db") as store:
        start = lab.start
        launch = Launch(arguments=start.arguments, environment=start.environment, prefix=start.prefix)
        async with open_browser(launch=launch) as browser, open_recorder(browser, store) as recorder:
            page = await open_site(browser, place.site)
            for block in blocks:
                if "open_lab(" not in block.text:
                    await run(block, lab=lab, browser=browser, recorder=recorder, page=page)


async def sync_on(page: Page) -> None:
    """With a pause: otherwise the examples wait for a processor that nothing but syncs has."""
    while True:
        await page.evaluate("site.sync('send-message')")
        await trio.sleep(0.1)


async def record(endpoint: str) -> None:
    async with (
        open_store("events.db") as store,
        open_browser(endpoint) as browser,
        open_recorder(browser, store),
    ):
        await trio.sleep_forever()


LEARNED = ("id", "received_at", "details")
"""Fields that make_event does not take."""


async def event_json(blocks: Sequence[Block], place: Place) -> None:
    """An event with all of its fields, and with the id that they make; or details."""
    for block in blocks:
        if "notification" in (details := msgspec.json.decode(block.text)):
            assert not check_details(details), block.place
            continue
        shown = msgspec.json.decode(block.text, type=Event)
        assert set(msgspec.json.decode(block.text)) == set(Event.__struct_fields__), block.place
        fields = msgspec.structs.asdict(shown) | {"timestamp": to_microseconds(shown.timestamp)}
        made = make_event(**{name: value for name, value in fields.items() if name not in LEARNED})
        assert made.id == shown.id, f"{block.place}: the id would be {made.id}"


async def ci_file(blocks: Sequence[Block], place: Place) -> None:
    """A file of docs/ci, whole: test_ci.py runs its steps."""
    for block in blocks:
        assert len(block.shows) == 1, f"{block.place} is to show one file of docs/ci, and nothing else"
        assert block.shows[0] in ci_files.FILES, f"{block.shows[0]} is none that test_ci.py runs"


async def ci_suite(blocks: Sequence[Block], place: Place) -> None:
    """The sample suite: test_ci.py runs it."""
    for block in blocks:
        assert block.shows == (ci_files.SUITE,), f"{block.place} is not {ci_files.SUITE}"


SELENIUM = "examples/selenium_sync.py"


async def suites(blocks: Sequence[Block], place: Place) -> None:
    """Each one a test module of its own, against the application of examples/messages."""
    with serve_messages() as address, serve_messages(secure=True) as secure_address:
        for block in blocks:
            if block.shows:
                assert block.shows == (SELENIUM,), f"{block.place}: no test runs that"
                continue
            module = place.folder / "test_example.py"
            text = block.text.replace(SECURE_ADDRESS, secure_address.rstrip("/"))
            module.write_text(text.replace(ADDRESS.rstrip("/"), address.rstrip("/")))
            (place.folder / "pytest.ini").write_text("[pytest]\n")
            plugins = TRIO if "mark.trio" in block.text else ASYNC if "mark.asyncio" in block.text else SYNC
            command = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider", *plugins, module]
            done = await trio.run_process(command, cwd=place.folder, capture_stdout=True, check=False)
            assert "1 passed" in done.stdout.decode(), f"{block.place}: {done.stdout.decode()}"


async def shell_script(blocks: Sequence[Block], place: Place) -> None:
    """Each one beside a recording, in bash, against the application of examples/messages."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with serve_messages() as address:
        for block in blocks:
            script = place.folder / "e2e.sh"
            script.write_text(block.text.replace(ADDRESS.rstrip("/"), address.rstrip("/")))
            start = ["--launch"]
            if "notification wait" in block.text:
                ensure_program("dbus-daemon", "dbus-daemon")
                start = ["--lab", "notifications"]
            options = [*start, "--url", address, "--grant", address.rstrip("/"), "--store", "recorded.db"]
            done = await trio.run_process(
                [sys.executable, "-m", "cdp_bgservices", "record", *options, "--run", "bash e2e.sh"],
                cwd=place.folder,
                env={**os.environ, "PATH": programs},
                capture_stdout=True,
                capture_stderr=True,
                check=False,
            )
            assert done.returncode == 0, f"{block.place}: {done.stderr.decode()}"
            assert ("occurred instead, the nearest first" in done.stderr.decode()) == ("if cdp" in block.text)
            assert ("Dispatched sync event" in done.stdout.decode()) == ("bgservices sync" in block.text), block.place


@contextmanager
def serve_messages(*, secure: bool = False) -> Iterator[str]:
    """The application of the sample project; its address. ``secure``: with a certificate that nothing trusts."""
    sample = run_path(str(ROOT / "examples" / "messages" / "server.py"))
    with sample["MessageServer"]() as server:
        if secure:
            encrypt(server)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.url.replace("http:", "https:") if secure else server.url
        finally:
            server.shutdown()
            thread.join()


async def printed(blocks: Sequence[Block], place: Place) -> None:
    """What a failed test prints; tests/pytest_plugin/test_failures.py sees it printed."""
    for block in blocks:
        assert "occurred instead, the nearest first" in block.text


def tested_by(module: str) -> "Runner":
    """Its examples have a test of their own."""

    async def runner(blocks: Sequence[Block], place: Place) -> None:
        for block in blocks:
            assert Path(block.page).name in (ROOT / module).read_text(), f"{module} does not read {block.page}"

    return runner


Runner = Callable[[Sequence[Block], Place], Awaitable[None]]

RUNNERS: dict[tuple[str, str], Runner] = {
    ("README.md", "python"): readme,
    ("docs/ci/*", "groovy"): ci_file,
    ("docs/ci/*", "yaml"): ci_file,
    ("docs/ci/index.md", "python"): ci_suite,
    ("docs/coverage.md", "text"): tested_by("tests/export/test_coverage.py"),
    ("docs/events.md", "json"): event_json,
    ("docs/fleet.md", "sql"): tested_by("tests/docs/test_fleet.py"),
    ("docs/fleet.md", "yaml"): tested_by("tests/docs/test_fleet.py"),
    ("docs/https.md", "python"): suites,
    ("docs/lab.md", "python"): in_lab,
    ("docs/lab.md", "text"): tested_by("tests/cli/test_demo.py"),
    ("docs/library.md", "python"): session,
    ("docs/node.md", "js"): tested_by("tests/clients/test_drivers.py"),
    ("docs/node.md", "ts"): tested_by("tests/clients/test_playwright.py"),
    ("docs/pytest.md", "python"): suites,
    ("docs/pytest.md", "text"): printed,
    ("docs/service.md", "json"): tested_by("tests/docs/test_service.py"),
    **{("docs/serve.md", name): tested_by("tests/docs/test_serve.py") for name in ("text", "js", "java")},
    ("docs/shell.md", "bash"): shell_script,
    ("docs/rules.md", "toml"): tested_by("tests/rules/test_file.py"),
    ("*", "console"): console,
}
"""By page and language; the first that fits."""


def runner_of(page: str, language: str) -> Runner | None:
    fitting = (run for (pages, name), run in RUNNERS.items() if fnmatchcase(page, pages) and name == language)
    return next(fitting, None)
