"""Which commands a browser has, by its own description of the protocol."""

from urllib.parse import urlsplit

import msgspec
import trio

from cdp_bgservices.browser.address import lasting, shown
from cdp_bgservices.browser.http import NoHttpError, get
from cdp_bgservices.errors import BrowserError

PATH = "/json/protocol"
LONGEST = 8 << 20
"""Bytes; that of Chromium 156 has 1.7 million."""
DEADLINE = 10.0


class Command(msgspec.Struct):
    name: str


class Domain(msgspec.Struct):
    domain: str
    commands: list[Command] = []


class Description(msgspec.Struct):
    domains: list[Domain]


async def commands_known(endpoint: str) -> set[str]:
    """As ``BackgroundService.startObserving``. ``endpoint`` is the URL of its websocket.

    Raises BrowserError where it does not say so: a gateway may not have the path, nor has a Chrome that was enabled at
    chrome://inspect.
    """
    asked = lasting(endpoint)
    parts = urlsplit(asked)
    try:
        answer = await get(parts._replace(path=PATH), deadline=DEADLINE, longest=LONGEST)
        found = msgspec.json.decode(answer.body, type=Description)
    except (OSError, ValueError, NoHttpError, trio.TooSlowError) as error:
        raise BrowserError(f"{shown(asked)} has no list of its commands", "Attach to the browser itself.") from error
    return {f"{domain.domain}.{command.name}" for domain in found.domains for command in domain.commands}
