"""The one profile of a browser and its lab, as if they were new: what a driver needs between two tests."""

from cdp_bgservices.browser.resetting import reset_profile
from cdp_bgservices.testing.emulating import switch_network
from cdp_bgservices.testing.services import BackgroundServices

__tracebackhide__ = True  # pytest does not show the frames of this module.


async def reset(test: BackgroundServices) -> None:
    """The network comes first: Chromium needs a second to notice it. Raises InvalidInputError, BrowserError."""
    lab = test.scope.lab
    if lab and lab.network:
        await lab.network.online()
    await switch_network(test, offline=False)
    await reset_profile(test.browser)
    center = lab.notifications if lab else None
    while center and (shown := center.notifications):
        await center.close(shown[0].id)
    if lab and lab.push_service:
        lab.push_service.expire_all()
