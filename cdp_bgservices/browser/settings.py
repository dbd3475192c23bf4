"""What is observed in a browser context, and how its recording is kept on."""

from datetime import timedelta

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What is observed, and how it is kept on."""

    source: str
    services: tuple[str, ...]
    arm: bool = True
    """Switch recording on; without it, only listen."""
    rearm: bool = True
    """Switch recording on again when another client has switched it off."""
    left_off: set[str] = msgspec.field(default_factory=set)
    """Services that are not switched on in any context. Without ``rearm`` it changes when another client switches a
    service of the default context off or on."""
    renew_every: timedelta = timedelta(hours=12)
    """How often recording is switched on again, long before it lapses."""
    share_pages: bool = False
    """Observe from pages that are open. It costs less if contexts are made often; a page that closes is replaced."""
