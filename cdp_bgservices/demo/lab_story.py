"""The lab in five acts on the bundled site. In each, Chromium itself does what is emulated without a lab."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import trio

from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.pages import Page
from cdp_bgservices.browser.triggers import push
from cdp_bgservices.errors import BackgroundServicesError, BrowserError, BrowserLostError
from cdp_bgservices.events import Event
from cdp_bgservices.lab.opening import PARTS, Lab, problem_of
from cdp_bgservices.query import Query
from cdp_bgservices.recorder import Recorder

ACT_DEADLINE = 20.0
"""Seconds for one act; each takes less than seven."""
OFFLINE_SYNC, FAILING_SYNC, PERIODIC_SYNC = "outbox", "reject-report", "news"
LETTER = "A letter for you"
PUSHED = "push"
"""The tag of the notification that the site's worker shows for a push."""


class Stage(msgspec.Struct, frozen=True):
    """What an act works with."""

    lab: Lab
    browser: Browser
    recorder: Recorder
    page: Page
    """A page of the bundled site, with all permissions."""

    async def wait(self, event_name: str, instance_id: str, count: int = 1) -> list[Event]:
        """The first ``count`` events of that name and instance."""
        found: list[Event] = []
        async for event in self.recorder.events(Query(event_names=(event_name,), instance_ids=(instance_id,))):
            found.append(event)
            if len(found) == count:
                break
        return found


class Act(msgspec.Struct, frozen=True):
    title: str
    part: str
    """The attribute of :class:`Lab` that the act needs."""
    play: Callable[[Stage], Awaitable[str]]
    """Returns what happened, in a few words. Raises BackgroundServicesError for anything unexpected."""


async def usable_parts(say: Callable[[str], object]) -> tuple[str, ...]:
    """The parts of :data:`PARTS` that work on this system. ``say`` gets a line for each other part: what is missing."""
    usable = []
    for part in PARTS:
        if (problem := await problem_of(part)) is None:
            usable.append(part)
        else:
            say(f"skipped, {part}: {problem}. {problem.remedy}".rstrip())
    return tuple(usable)


async def tell_story(stage: Stage, say: Callable[[str], object]) -> bool:
    """Play every act whose part the lab has, with a line for each; whether all completed. Raises BrowserLostError."""
    is_whole = True
    for act in ACTS:
        if getattr(stage.lab, act.part) is None:
            continue
        try:
            with trio.fail_after(ACT_DEADLINE):
                outcome = await act.play(stage)
        except BrowserLostError:
            raise
        except (BackgroundServicesError, trio.TooSlowError) as error:
            is_whole = False
            # An error of the page is followed by its stack.
            outcome = str(error).partition("\n")[0] or f"not completed within {ACT_DEADLINE:g} s"
        say(f"{act.title}: {outcome}")
    return is_whole


async def sync_offline(stage: Stage) -> str:
    """The sync is held back until the network is back."""
    network = stage.lab.network
    assert network is not None
    await network.offline()
    try:
        await stage.page.evaluate(f"site.registerSync({OFFLINE_SYNC!r})")
        await stage.wait("Registered sync", OFFLINE_SYNC)
    finally:
        back = datetime.now(UTC)
        with trio.CancelScope(shield=True):  # The other acts need it.
            await network.online()
    (dispatched,) = await stage.wait("Dispatched sync event", OFFLINE_SYNC)
    if dispatched.timestamp < back:
        raise BrowserError("a sync that was registered offline was not held back")
    await stage.wait("Sync completed", OFFLINE_SYNC)
    waited = seconds(dispatched.timestamp - back)
    return f"registered offline, held back, fired by Chromium {waited} after the network came back"


async def receive_push(stage: Stage) -> str:
    """From an application server to the worker, encrypted."""
    service = stage.lab.push_service
    assert service is not None
    subscription = await stage.page.evaluate(f"site.subscribe({application_server_key()!r})")
    message = await service.send(subscription, LETTER)
    (received,) = await stage.wait("Push message received", message)
    if received.metadata.get("Payload") != LETTER:
        raise BrowserError("the push that was received is not the one that was sent")
    await stage.wait("Push event completed", message)
    return "subscribed, sent encrypted through the push service, decrypted by Chromium, shown by the worker"


async def click_notification(stage: Stage) -> str:
    """Click the push's notification. Without a push service, DevTools delivers the push."""
    center = stage.lab.notifications
    assert center is not None
    if stage.lab.push_service is None:
        await fire(stage.browser, push(LETTER))
    shown = await center.wait(body=LETTER)
    await center.click(shown.id)
    opened: dict[str, Any] = await stage.page.evaluate("site.answer({service: 'notifications', outcome: 'opened'})")
    await stage.wait("Notification clicked", PUSHED)
    await stage.wait("Notification closed", PUSHED)
    return f"clicked the notification {shown.title!r}; its worker opened a window at {opened['url']}"


async def fail_sync(stage: Stage) -> str:
    """The sync fails each time, up to its last chance."""
    await stage.page.evaluate(f"site.registerSync({FAILING_SYNC!r})")
    await stage.wait("Sync completed", FAILING_SYNC)
    attempts = stage.lab.clock.attempts if stage.lab.clock and stage.lab.clock.attempts else 1
    dispatched = await stage.wait("Dispatched sync event", FAILING_SYNC, attempts)
    chances = [event.metadata.get("Last Chance") for event in dispatched]
    if chances != ["No"] * (attempts - 1) + ["Yes"]:
        raise BrowserError(f"unexpected last chances of a failing sync: {chances}")
    took = dispatched[-1].timestamp - dispatched[0].timestamp
    return f"a failing sync was tried {attempts} times in {seconds(took)}, the last time as its last chance"


async def sync_periodically(stage: Stage) -> str:
    """Chromium's own timer fires the sync."""
    await stage.page.evaluate(f"site.periodicSync({PERIODIC_SYNC!r}, 1000)")
    (registered,) = await stage.wait("Registered periodicsync", PERIODIC_SYNC)
    (dispatched,) = await stage.wait("Dispatched periodicsync event", PERIODIC_SYNC)
    await stage.wait("periodicsync event completed", PERIODIC_SYNC)
    await stage.page.evaluate(f"site.stopPeriodicSync({PERIODIC_SYNC!r})")
    await stage.wait("Unregistered periodicsync", PERIODIC_SYNC)
    return f"fired by Chromium {seconds(dispatched.timestamp - registered.timestamp)} after its registration"


ACTS = (
    Act("sync", "network", sync_offline),
    Act("push", "push_service", receive_push),
    Act("click", "notifications", click_notification),
    Act("retries", "clock", fail_sync),
    Act("periodic sync", "clock", sync_periodically),
)


def application_server_key() -> str:
    """A public key in base64url. No application server signs with its private half: the lab itself is the service."""
    from base64 import urlsafe_b64encode

    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).decode().rstrip("=")


def seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.1f} s"
