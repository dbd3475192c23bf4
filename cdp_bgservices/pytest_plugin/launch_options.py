"""Which Chromium Playwright starts, and how: a full one, in new headless, with a debugging port."""

from collections.abc import Mapping
from typing import Any

from cdp_bgservices.browser.arguments import joined
from cdp_bgservices.browser.find import PLAYWRIGHTS_OWN, choose_for_playwright
from cdp_bgservices.browser.opening import limit_of
from cdp_bgservices.errors import BrowserError

PORT = "--remote-debugging-port"


def launch_options(chromium: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Playwright's options, with a port on loopback that the browser chooses, and a program unless one is given."""
    arguments = list(options.get("args") or ())
    if not any(argument.startswith(PORT) for argument in arguments):
        arguments.append(f"{PORT}=0")
    chosen = {**options, "args": joined(arguments)}
    if not options.get("channel") and not options.get("executable_path"):
        chosen.update(full_chromium(chromium.executable_path))
    return chosen


def full_chromium(playwrights_own: str) -> dict[str, Any]:
    """Playwright's own Chromium if it is installed, else one of the system; the headless shell without either.

    Raises BrowserError if ``$CHROMIUM`` does not name one: the user's choice is never replaced by another.
    """
    choice = choose_for_playwright(playwrights_own)
    if choice is None:
        return {}
    return {"channel": "chromium"} if choice.why == PLAYWRIGHTS_OWN else {"executable_path": str(choice.path)}


def refuse_headless_shell(product: str) -> None:
    """Raises BrowserError."""
    if limit := limit_of(product):
        raise BrowserError(
            limit,
            "Install the full Chromium (playwright install chromium), or name one in conftest.py:\n\n"
            '    @pytest.fixture(scope="session")\n'
            "    def browser_type_launch_args(browser_type_launch_args):\n"
            '        return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium"}\n',
        )
