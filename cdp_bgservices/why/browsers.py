"""What the browser itself cannot do, or does not do in this context."""

from collections.abc import Callable, Iterator

from cdp_bgservices.vocabulary.services import title_of
from cdp_bgservices.why.kinds import Kind
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown

FULL = "Use a full Chromium, Chrome or Edge: new headless (--headless=new) has it."

HEADLESS_SHELL = Kind(
    key="headless-shell",
    effect=Effect.BLOCKS,
    means="The browser is the headless shell, which does not have this service.",
    remedy=FULL,
    source="headless/lib/browser/headless_browser_context_impl.cc",
)
OFF_THE_RECORD = Kind(
    key="off-the-record",
    effect=Effect.BLOCKS,
    means="The browser context is incognito, or made by a test, and refuses this service.",
    remedy="Use the default context of a profile.",
    source="chrome/browser/push_messaging/push_messaging_service_impl.cc",
)
NO_API = Kind(
    key="no-api",
    effect=Effect.BLOCKS,
    means="The browser does not have this API.",
    remedy="Use Chromium, Chrome or Edge; test for the API before you use it.",
    source="third_party/blink/renderer/platform/runtime_enabled_features.json5",
)
IN_FRAME = Kind(
    key="third-party-frame",
    effect=Effect.BLOCKS,
    means="The service worker belongs to a frame in another site's page, where this service is refused.",
    remedy="Open the site in a tab of its own.",
    source="content/browser/background_sync/background_sync_manager.cc",
)
SWITCHED_OFF = Kind(
    key="notifications-off",
    effect=Effect.BLOCKS,
    means="The browser was started with --disable-notifications, and so has neither notifications nor pushes.",
    remedy="Start it without that switch.",
    source="content/public/common/content_switches.cc",
)
KINDS = (HEADLESS_SHELL, OFF_THE_RECORD, NO_API, IN_FRAME, SWITCHED_OFF)


def has_service(why_not: str) -> Rule:
    """The rule that the browser is not the headless shell. ``why_not``: what it does instead, as a clause."""

    def rule(facts: Facts) -> Iterator[Reason]:
        if facts.browser.is_headless_shell is True:
            yield HEADLESS_SHELL.because(f"The browser is the headless shell: {why_not}.")

    return rule


def on_the_record(why_not: str) -> Rule:
    """The rule that the browser context is a profile's own."""

    def rule(facts: Facts) -> Iterator[Reason]:
        if facts.browser.is_off_the_record is True:
            yield OFF_THE_RECORD.because(
                f"The browser context is off the record (incognito, or made by a test): {why_not}."
            )

    return rule


def in_tab(why_not: str) -> Rule:
    """The rule that the worker is not that of a frame in another site's page."""

    def rule(facts: Facts) -> Iterator[Reason]:
        is_only_framed = facts.site.pages == 0 and isinstance(facts.site.page, str)
        if facts.site.is_third_party is True or is_only_framed:
            yield IN_FRAME.because(f"The service worker belongs to a frame in another site's page: {why_not}.")

    return rule


def has_api(name: str, listed: Callable[[Facts], object]) -> Rule:
    """The rule that the registration has an API; what that lists is None where it does not."""

    def rule(facts: Facts) -> Iterator[Reason]:
        if listed(facts) is None:
            yield NO_API.because(
                f"This browser has no ServiceWorkerRegistration.{name}, so no {title_of(facts.service).lower()}."
            )

    return rule


def has_switch(facts: Facts, switch: str) -> bool:
    """Whether the browser was certainly started with a switch."""
    switches = facts.browser.switches
    return not isinstance(switches, Unknown) and any(each.partition("=")[0] == switch for each in switches)


def switched_on(facts: Facts) -> Iterator[Reason]:
    if has_switch(facts, "--disable-notifications"):
        yield SWITCHED_OFF.because()
