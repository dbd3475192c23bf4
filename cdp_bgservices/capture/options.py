"""One run of ``record``, as it was asked for."""

from datetime import timedelta
from pathlib import Path

import msgspec

from cdp_bgservices.browser.address import shown
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.rules.rule import Rule

Named = tuple[str, str]
"""A service and the name of an event."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says."""

    store: str | None
    attach: str | None = None
    allow_remote: bool = False
    """Whether it may be on another machine."""
    launch: Launch = Launch()
    wait: bool | None = None
    """For the browser that was attached to: at the start, too; only when it went away; or not at all (False)."""
    restart: bool = False
    """Start the browser that was launched again when it crashes."""
    lab: tuple[str, ...] = ()
    """Parts of the lab that the browser is started in."""
    urls: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    services: tuple[str, ...]
    source: str | None = None
    length: timedelta | None = None
    until: Named | None = None
    retention: timedelta | None = None
    redact: bool | None = None
    """What the store is set to: payloads left out, or nothing; None leaves it as it is."""
    metrics_port: int | None = None
    stop_recording: bool = False
    rearm: bool = True
    rules: tuple[Rule, ...] = ()
    """What decides on the exit status: of --fail-on, --expect and --rules."""
    output: Path | None = None
    """A file for the events, as JSON lines."""
    summary: Path | None = None
    """A file for Markdown; a picture goes beside it."""
    junit: Path | None = None
    """A file for JUnit XML."""
    command: str | None = None
    """A command line for the shell, to be run beside it."""

    strict: bool = False
    """Whether it is a failure that nothing came that any rule is about."""
    allow_idle: bool = False
    """Whether the browser may stay unused."""

    @property
    def must_be_used(self) -> bool:
        """Whether something is judged, of which silence would be no proof."""
        return bool(self.rules or self.command) and not self.allow_idle

    @property
    def place(self) -> str:
        """Where it was attached to, as people may read it."""
        return shown(str(self.attach))

    @property
    def has_an_end(self) -> bool:
        """Whether something was asked for that a signal would cut short."""
        return bool(self.until or self.length or self.command)
