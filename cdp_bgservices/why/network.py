"""The network, as the page sees it."""

from collections.abc import Iterator

from cdp_bgservices.why.kinds import Kind, fine, unknown
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown

OFFLINE = Kind(
    key="offline",
    effect=Effect.DELAYS,
    means="The browser is offline.",
    remedy="Connect the machine, or end what emulates it: DevTools, or a test's set_offline(). "
    "In the lab: cdp-bgservices network online.",
    source="content/browser/background_sync/background_sync_network_observer.cc",
)
EMULATED = Kind(
    key="emulated-offline",
    effect=Effect.DELAYS,
    means="DevTools emulates that the site is offline.",
    remedy="End the emulation: cdp-bgservices network online; in DevTools: Network, 'No throttling'.",
    source="content/browser/devtools/protocol/network_handler.cc",
)
KINDS = (OFFLINE, EMULATED)


def online(then: str) -> Rule:
    """The rule that the site is online. ``then``: what the service does while it is not, as a clause."""

    def rule(facts: Facts) -> Iterator[Reason]:
        if facts.site.is_emulated_offline is True:
            yield EMULATED.because(f"An emulation of ours keeps {facts.site.origin} offline: {then}.")
        elif isinstance(facts.site.is_online, Unknown):
            yield unknown("network", "Whether the browser is online", facts.site.is_online)
        elif facts.site.is_online:
            yield fine("network", "The browser is online.")
        else:
            yield OFFLINE.because(f"The page is offline (navigator.onLine is false): {then}.")

    return rule
