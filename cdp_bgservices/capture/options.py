"""What a capture is asked to do."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from cdp_bgservices.browser.address import shown
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.capture.health import Listening
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.rules.rule import Rule

Named = tuple[str, str]
"""A service and the name of an event."""

LAST_PORT = 65535

OF_LAUNCH = {
    "headed": "--headed",
    "transport": "--over",
    "profile": "--profile",
    "chromium": "--chromium",
    "arguments": "--chromium-arg",
    "environment": "environment",
    "prefix": "prefix",
    "port": "--port",
    "restart": "--restart",
    "lab": "--lab",
    "forward": "--forward",
    "push_from_pages": "--push-from-pages",
    "urls": "--url",
}
"""The fields that are about a browser that is launched, and how messages name them."""

OURS = {"--user-data-dir": "--profile DIR", "--remote-debugging-pipe": "--over pipe"}
"""Arguments of Chromium that a launch sets itself, and the options by which."""


class CaptureOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of ``record``, by the names that the command line gives them, and what they are without it."""

    store: str | Path | None = None
    """A file or URL, as :func:`~cdp_bgservices.open_store` takes it."""
    spool: str | Path | None = None
    """Where events stay until a shared store has them; otherwise in the user's data folder."""
    attach: str | None = None
    """A running browser, as :func:`~cdp_bgservices.open_browser` takes it; otherwise one is launched."""
    allow_remote: bool = False
    """Whether the browser to attach to may be on another machine."""
    wait: bool | None = None
    """Wait for the browser to attach to: at the start too (True), only after it went away (None), never (False)."""
    launch: Launch = Launch()
    restart: bool = False
    """Start the launched browser again when it crashes."""
    lab: tuple[str, ...] = ()
    """Parts of the lab that the browser is started in."""
    forward: tuple[int, ...] = ()
    """Ports of this machine that it reaches in the lab's network, beside those of ``urls`` and ``grants``."""
    push_from_pages: bool = False
    """Whether a page can post to its own subscription's endpoint in the lab."""
    urls: tuple[str, ...] = ()
    """Pages to open."""
    grants: tuple[str, ...] = ()
    """Origins that get the permissions that background services need."""
    ignore_https_errors: bool = False
    """Whether the browser accepts every certificate, for its service workers too."""
    services: tuple[str, ...] = ()
    """Only these; all if empty."""
    source: str | None = None
    """The name of the browser's first profile in the store; otherwise its user data folder; in a store that machines
    share ``HOST:folder``.
    """
    stop_recording: bool = False
    """At the end, switch off what was switched on in the browser."""
    rearm: bool = True
    """Switch recording on again when another client switches it off."""
    length: timedelta | None = None
    """How long to record, from the moment it is ready."""
    until: Named | None = None
    """The event that ends the recording."""
    command: str | None = None
    """A command line for the shell, to run beside the recording; its end is the end of the recording."""
    retention: timedelta | None = None
    """How long the store keeps events from now on."""
    redact: bool | None = None
    """Whether the store leaves out payloads from now on; None leaves this setting as it is."""
    health: Path | Listening | None = None
    """Where to show how the recorder is: a file, or a port."""
    metrics_port: int | None = None
    """A port on loopback for Prometheus; 0 is any free port."""
    rules: Sequence[Rule] = ()
    """What the verdicts are about."""
    strict: bool = False
    """Whether a possibly misspelt name is an error, and a gap or rules without any matching event are failures."""
    allow_idle: bool = False
    """Whether the browser may stay unused."""
    output: Path | None = None
    """A file for the events, as JSON lines."""
    summary: Path | None = None
    """A file for a summary in Markdown; a picture is written beside it."""
    junit: Path | None = None
    """A file for the verdicts as JUnit XML."""

    @property
    def launched(self) -> Launch:
        """How to launch the browser: a command attaches to it through a port."""
        if self.command is not None and self.attach is None and self.launch.port is None:
            return msgspec.structs.replace(self.launch, port=0)
        return self.launch

    @property
    def is_judged(self) -> bool:
        """Whether a browser that was not used is a failure: its silence proves nothing."""
        return bool(self.rules or self.command) and not self.allow_idle

    @property
    def keeps_events(self) -> bool:
        """Whether the verdicts or the reports need the events."""
        return bool(self.rules or self.summary or self.junit)

    @property
    def reads_events(self) -> bool:
        """Whether what is stored is read again while it is recorded."""
        return bool(self.keeps_events or self.output or self.until or self.is_judged)

    @property
    def place(self) -> str:
        """The address to attach to, without what is secret in it."""
        return shown(str(self.attach))

    @property
    def has_an_end(self) -> bool:
        """Whether a signal would cut the recording short."""
        return bool(self.until or self.length or self.command)


def check_options(options: CaptureOptions, spelled: Mapping[str, str] = {}) -> None:
    """Refuse what does not go together, and numbers out of range, with InvalidInputError.

    ``spelled``: how the command line names fields of OF_LAUNCH, where that differs.
    """
    names = {**OF_LAUNCH, **spelled}
    values, defaults = every_field(options), every_field(CaptureOptions())
    if options.attach is None and options.wait is not None:
        raise InvalidInputError("--wait and --no-wait are for the browser of --attach", "Leave it out.")
    if options.attach is not None and (given := [field for field in OF_LAUNCH if values[field] != defaults[field]]):
        message = f"{names[given[0]]} is for a browser that is started; --attach finds one that is running"
        raise InvalidInputError(message, "Leave one of the two out.")
    for name, instead in {**OURS, "--remote-debugging-port": f"{names['port']} N"}.items():
        if any(each.partition("=")[0] == name for each in options.launch.arguments):
            raise InvalidInputError(
                f"{name} cannot be given with {names['arguments']}: give {instead}", "Or leave it out."
            )
    if options.forward and "network" not in options.lab:
        raise InvalidInputError("--forward is for the lab's network", "Add --lab network, or leave it out.")
    if options.launch.transport == "port" and "network" in options.lab:
        message = "a browser in the lab's network is not driven over a port, which is inside that network"
        raise InvalidInputError(message, "Use --over pipe, or leave out the lab's network.")
    if options.push_from_pages and "push" not in options.lab:
        raise InvalidInputError("--push-from-pages is for the lab's push service", "Add --lab push, or leave it out.")
    asked = [(pattern.service, pattern.event_name) for rule in options.rules for pattern in rule.patterns()]
    for service, event_name in (*asked, *([options.until] if options.until else [])):
        if options.services and service not in options.services:
            message = f"{service}:{event_name} is asked for, which --service leaves out"
            raise InvalidInputError(message, "Record that service, too.")
    if options.command is not None and not options.command.strip():
        raise InvalidInputError("--run needs a command line", "Write it as for a shell.")
    if options.length is not None and options.length < timedelta():
        raise InvalidInputError(f"--for: {options.length} is less than nothing", "Give a longer time.")
    for name, port in ((names["port"], options.launch.port), ("--metrics-port", options.metrics_port)):
        if port is not None and not 0 <= port <= LAST_PORT:
            message = f"{name}: {port} is not in the range 0<=x<={LAST_PORT}"
            raise InvalidInputError(message, "Give 0 for any free port.")


def every_field(options: CaptureOptions) -> dict[str, object]:
    """Those of its Launch, too."""
    return msgspec.structs.asdict(options) | msgspec.structs.asdict(options.launch)
