"""The first message: how a driver reaches the browser, and an application server the lab."""

import msgspec

PROTOCOL = 1
"""It grows when a client of before would not understand what it is answered."""


class PushPlaces(msgspec.Struct, frozen=True):
    """The lab's push service, for an application server."""

    proxy: str
    """It answers for the built-in hosts, as an HTTPS proxy."""
    url: str
    """In place of the built-in host in an endpoint."""
    certificate: str
    """A file, to trust."""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of the notification ``ready``."""

    protocol: int
    version: str
    """Of cdp-bgservices."""
    endpoint: str | None
    """For a driver: a websocket of the browser."""
    browser: str
    """Such as ``Chrome/156.0.1.2``."""
    store: str
    lab: tuple[str, ...]
    """Its parts."""
    socket: str | None
    """Of the lab, for other processes."""
    push: PushPlaces | None
    """null without the lab's push service."""
