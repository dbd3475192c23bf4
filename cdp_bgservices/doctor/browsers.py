"""The browsers of this machine: which are there, and which one is started."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import trio

from cdp_bgservices.browser.android.adb import find_adb
from cdp_bgservices.browser.find import (
    Choice,
    choose_chromium,
    choose_for_playwright,
    found_chromiums,
    found_shells,
    is_shell,
)
from cdp_bgservices.browser.opening import FULL_CHROMIUM
from cdp_bgservices.browser.playwright_folders import (
    folder_of_package,
    playwright_binaries,
    playwright_cache,
    playwright_folders,
)
from cdp_bgservices.browser.product import Product, ask_product
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.values import BROWSER_MISSING, Check, State, missing
from cdp_bgservices.errors import BrowserError

GROUP = "browser"
LAUNCHING, TESTS = "launching a browser", "the pytest fixture"
LACKS = "the headless shell has no background sync and no notifications"
SHELL = "background sync and notifications"
NUMBER = re.compile(r"-(\d+)$")


async def browsers(asked: Asked) -> list[Check]:
    """Which one ``record --launch`` starts, which one the pytest fixture, and all that are there."""
    launch, fixture = choice_of_launch(asked), choice_of_fixture(asked)
    paths = distinct(found_chromiums(asked.environ, asked.platform))
    shells = distinct(found_shells(asked.environ, asked.platform))
    chosen = [choice.path for choice in (launch, fixture) if isinstance(choice, Choice)]
    products: dict[Path, Product] = {}

    async def ask(path: Path) -> None:
        products[path] = await ask_product(path, asked.deadline * 0.8)

    async with trio.open_nursery() as nursery:
        for path in {*paths, *shells, *chosen}:
            nursery.start_soon(ask, path)
    return [
        chosen_check("launch", launch, products, LAUNCHING, 0 if asked.attach else BROWSER_MISSING),
        chosen_check("fixture", fixture, products, TESTS, 0),
        *(Check(group=GROUP, name="found", found=described(path, products[path])) for path in paths),
        *(
            Check(group=GROUP, name="headless-shell", found=f"{described(path, products[path])}: never chosen; {LACKS}")
            for path in shells
        ),
    ]


def choice_of_launch(asked: Asked) -> Choice | BrowserError:
    try:
        return choose_chromium(None, asked.environ, asked.platform)
    except BrowserError as error:
        return error


def choice_of_fixture(asked: Asked) -> Choice | BrowserError:
    try:
        choice = choose_for_playwright(own_of_package(asked), asked.environ)
    except BrowserError as error:
        return error
    return choice or BrowserError(
        "no full Chromium: Playwright would start the headless shell", "Install one: playwright install chromium"
    )


def chosen_check(
    name: str, choice: Choice | BrowserError, products: Mapping[Path, Product], stops: str, status: int
) -> Check:
    """``stops`` and ``status`` where it cannot be started."""

    def check(state: State, found: str, remedy: str = "", stops: str = stops) -> Check:
        return Check(group=GROUP, name=name, state=state, found=found, remedy=remedy, stops=stops, exit_status=status)

    if isinstance(choice, BrowserError):
        return missing(GROUP, name, choice, stops, status)
    product = products[choice.path]
    found = f"{described(choice.path, product)} ({choice.why})"
    if is_shell(choice.path):
        return check(State.WARNING, f"{found}: {LACKS}", FULL_CHROMIUM, SHELL)
    if product.name:
        return check(State.OK, found)
    return check(State.UNKNOWN if product.is_unknown else State.MISSING, found, "Give the path of a Chromium.")


def distinct(paths: Iterable[Path]) -> list[Path]:
    """Without those that lead to the same file."""
    by_target: dict[Path, Path] = {}
    for path in paths:
        by_target.setdefault(path.resolve(), path)
    return list(by_target.values())


def described(path: Path, product: Product) -> str:
    return f"{product.name or product.problem} at {path}"


def own_of_package(asked: Asked) -> Path | None:
    """Playwright's own Chromium: where it is, or would be."""
    name = wanted()
    if not name:
        return None
    return next(playwright_binaries(playwright_cache(asked.environ, asked.platform) / name), None)


def wanted() -> str:
    """The folder that Python's Playwright looks for; empty where that is not installed, or does not say so."""
    try:
        return folder_of_package() or ""
    except (OSError, ValueError, KeyError, StopIteration):
        return ""


def of_playwright(asked: Asked) -> list[Check]:
    """What Playwright has downloaded, beside what the installed package asks for."""
    there = [path.name for path in playwright_folders(asked.environ, asked.platform, "chromium*-*")]
    name, cache = wanted(), playwright_cache(asked.environ, asked.platform)
    has = f"{cache} has {', '.join(sorted(there, key=number_of))}" if there else f"nothing in {cache}"
    if not name:
        return [Check(group=GROUP, name="playwright", found=f"Python's Playwright is not installed; {has}")]
    if name in there:
        return [Check(group=GROUP, name="playwright", found=f"it wants {name}, which is there; {has}")]
    return [
        Check(
            group=GROUP,
            name="playwright",
            state=State.WARNING,
            found=f"it wants {name}, which is not there; {has}",
            remedy="Install it: playwright install chromium; otherwise tests start another Chromium.",
        )
    ]


def number_of(name: str) -> tuple[int, str]:
    found = NUMBER.search(name)
    return (int(found[1]) if found else 0, name)


def android_bridge(asked: Asked) -> list[Check]:
    """What reaches a browser on a device."""
    try:
        found = find_adb(asked.environ)
    except BrowserError as error:
        return [missing(GROUP, "adb", error, "--attach android")]
    return [Check(group=GROUP, name="adb", found=f"at {found}")]
