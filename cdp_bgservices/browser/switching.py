"""The recording of one browser context: switched on and kept on, or left as other clients set it."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from logging import getLogger

import msgspec
import trio

from cdp_bgservices.browser.calls import Call
from cdp_bgservices.browser.connection import Session
from cdp_bgservices.coverage.values import DEFAULT, OTHER
from cdp_bgservices.errors import CommandError
from cdp_bgservices.protocol import commands
from cdp_bgservices.protocol.arming import Arming
from cdp_bgservices.protocol.messages import INVALID_PARAMETERS, Json

log = getLogger(__name__)

LOOK_EVERY = 60.0
"""Seconds between two looks at the clock: a sleeping computer stops trio's clock, but recording lapses by another."""


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


async def has_service(call: Call[Json]) -> bool:
    """Whether the browser knows the service of a command: it may be older or newer than the six."""
    try:
        await call.result()
    except CommandError as error:
        if error.code != INVALID_PARAMETERS:
            raise
        return False
    return True


class Switching:
    """Of one browser context. It sends the commands; what is known of the recording is in its ``arming``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.kind = OTHER
        """The kind of the browser context, once it is known."""
        self.arming = Arming()
        self.armed = trio.Event()
        """Set once all services that should record do."""
        self.withheld: Collection[str] = ()
        """Services that are switched on only once the profile is known: they distinguish it from others."""
        self.observed_on: Session | None = None
        """The last session on which all services are observed: :meth:`arm` has ended there."""
        self.stopping = False
        """Set when nothing must be switched on any more."""
        self.switched_off: set[str] = set()
        """Services to switch on again."""
        self.attention = trio.Event()
        """Set when there is something to do, or when the session ends; and then replaced."""

    async def arm(self, session: Session) -> None:
        """Observe and record all services. It ends after the replay.

        The commands are sent together: the state that a service was found in, and its stored events, come
        before the reply to startObserving. This also shows which services were switched on here.
        """
        # The browser records without us, so observing again must not switch on what was left off.
        switch_on = self.settings.arm and (self.settings.rearm or not self.armed.is_set())
        observing: dict[str, Call[Json]] = {}
        recording: dict[str, Call[Json]] = {}
        began = datetime.now(UTC)
        for service in self.settings.services:
            observing[service] = await session.send(commands.start_observing(service), replay=True)
            if switch_on and service not in self.settings.left_off and service not in self.withheld:
                recording[service] = await session.send(
                    commands.set_recording(service, should_record=True), replay=True
                )
        for service, call in recording.items():
            if await has_service(call):
                self.arming.note_armed(service, began)
        self.armed.set()
        for service, call in observing.items():
            if not await has_service(call):
                log.warning("this browser has no service %s", service)
        self.observed_on = session

    async def switch_on(self, session: Session, services: Collection[str]) -> None:
        """Switch on those services that the browser has, except those that are left off."""
        for service in sorted(set(services) - self.settings.left_off):
            began = datetime.now(UTC)
            if await has_service(await session.send(commands.set_recording(service, should_record=True))):
                self.arming.note_armed(service, began)

    async def switch_on_withheld(self, session: Session) -> None:
        await self.switch_on(session, self.withheld)
        self.withheld = ()

    async def observe_again(self, session: Session) -> None:
        """Have everything replayed once more."""
        for service in tuple(self.arming.recordings):  # The browser may report another one in the meantime.
            await session.call(commands.stop_observing(service))
            await (await session.send(commands.start_observing(service), replay=True)).result()

    async def wait_attention(self) -> set[str]:
        """Wait until there may be services to switch on again, and return them."""
        await self.attention.wait()
        return self.take_switched_off()

    def take_switched_off(self) -> set[str]:
        self.attention = trio.Event()
        again, self.switched_off = self.switched_off, set()
        return again

    async def keep_armed(self, session: Session) -> None:
        """Renew the recording regularly, and when another client switches it off, until the session ends."""
        if self.stopping:
            return
        while not session.ended.is_set():
            with trio.move_on_after(min(LOOK_EVERY, self.settings.renew_every.total_seconds())):
                await self.attention.wait()
            due = self.arming.due(self.settings.renew_every) | self.take_switched_off()
            if not session.ended.is_set() and not self.stopping:
                await self.record(session, due)

    async def record(self, session: Session, services: Collection[str]) -> None:
        """Switch recording on, perhaps again, which also moves the time at which it lapses."""
        for service in sorted(services):
            if not self.settings.rearm and service not in self.arming.armed_until:
                continue  # Another client has switched it off just now.
            await session.call(commands.set_recording(service, should_record=True))
            self.arming.note_armed(service)

    def arm_again(self) -> None:
        """Arm in another minute; if nothing is armed yet, also the services that were withheld."""
        self.withheld = self.withheld if self.arming.armed_between else ()
        self.switched_off |= set(self.settings.services)
        self.attention.set()

    def note_state(self, service: str, *, is_recording: bool) -> None:
        """A service that another client switches off is switched on again or left off: here, and in later contexts."""
        known, is_wished = self.arming.recordings.get(service), service in self.settings.left_off
        changes = known.is_recording != is_recording if known else is_recording and is_wished
        was_switched_off = self.arming.note_state(service, is_recording=is_recording)
        if changes and not self.settings.rearm and not self.stopping:
            self.follow(service, is_recording=is_recording)
        if not was_switched_off or is_wished or self.stopping:
            return
        again = self.settings.rearm
        log.warning(
            "recording of %s was switched off by another client, or lapsed%s",
            service,
            ": switching it on again" if again else "; it is left off",
        )
        if again:
            self.switched_off.add(service)
            self.attention.set()

    def follow(self, service: str, *, is_recording: bool) -> None:
        if is_recording:
            self.arming.note_armed(service)  # Any client arms it for three days from now.
        if self.kind == DEFAULT:
            (set.discard if is_recording else set.add)(self.settings.left_off, service)
