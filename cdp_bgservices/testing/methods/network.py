"""The browser's own network, in the lab; and without it, an emulated one."""

from typing import Annotated

import msgspec

from cdp_bgservices.testing.methods.table import InContext, Methods
from cdp_bgservices.testing.services import BackgroundServices

__tracebackhide__ = True  # pytest does not show the frames of this module.

methods = Methods("network")

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]


@methods
async def offline(test: BackgroundServices) -> None:
    """Disconnect: open connections are reset. Returns once Chromium, too, is offline."""
    await test.network.offline()


@methods
async def online(test: BackgroundServices) -> None:
    """Connect again. Chromium is online one to two seconds later."""
    await test.network.online()


@methods.value
def is_online(test: BackgroundServices) -> bool:
    """Whether the network is connected."""
    return test.network.is_online


@methods
async def forward(test: BackgroundServices, ports: list[Port]) -> None:
    """Let the browser reach further ports of this machine, at localhost, 127.0.0.1 and [::1]."""
    await test.network.forward(*ports)


methods.of(BackgroundServices.offline, InContext, "offline_emulated", emulated=True)
methods.of(BackgroundServices.online, InContext, "online_emulated", emulated=True)
