"""``org.freedesktop.Notifications`` on a bus: it keeps the notifications, and signals what happens to them."""

from datetime import UTC, datetime
from itertools import count
from logging import getLogger

import trio
from jeepney import Message
from jeepney.io.trio import DBusConnection

from cdp_bgservices.errors import BrowserError
from cdp_bgservices.lab.notifications import interface
from cdp_bgservices.lab.notifications.interface import Reason, RefusedError
from cdp_bgservices.lab.notifications.notification import read_notify
from cdp_bgservices.lab.values import Notification

log = getLogger(__name__)


class NotificationService:
    """``connection`` owns the name already."""

    def __init__(self, connection: DBusConnection) -> None:
        self.connection = connection
        self.shown: dict[int, Notification] = {}
        self.senders: dict[int, str] = {}
        """The connections that showed them."""
        self.numbers = count(1)
        self.changed = trio.Event()
        self.ended = False
        """Whether the bus has ended, and every browser on it."""

    async def run(self) -> None:
        """Answer messages until the bus ends."""
        try:
            while True:
                message = await self.receive()
                if message is None:
                    continue
                if interface.is_call(message):
                    await self.answer(message)
                elif name := interface.gone(message):
                    for number in [number for number, sender in self.senders.items() if sender == name]:
                        self.forget(number)
        except (trio.EndOfChannel, trio.BrokenResourceError, trio.ClosedResourceError):
            log.debug("the session bus ended")
        finally:
            self.ended = True
            self.shown.clear()
            self.change()

    async def receive(self) -> Message | None:
        """The next message; None for one that jeepney cannot parse."""
        try:
            return await self.connection.receive()
        except (ValueError, LookupError, TypeError, AssertionError, RecursionError) as error:
            # jeepney has removed the message from its buffer, but does not know that.
            self.connection.parser.next_msg_size = None
            log.warning("a D-Bus message makes no sense, and is passed over: %r", error)
            return None

    async def answer(self, call: Message) -> None:
        try:
            member = interface.method_of(call)
            body, then = self.act(member, call)
            reply = interface.answer(call, member, body)
        except RefusedError as error:
            reply, then = interface.refusal(call, error), None
        if interface.expects_reply(call):
            await self.connection.send(reply)
        # Announce it only now: Chromium must know the notification before it is clicked.
        if isinstance(then, Notification):
            self.shown[then.id], self.senders[then.id] = then, interface.sender_of(call)
            self.change()
        elif then is not None:
            await self.connection.send(then)

    def act(self, member: str, call: Message) -> tuple[tuple[object, ...], Notification | Message | None]:
        """The answer, and what to show or to signal after it. Raises RefusedError."""
        if member == "GetCapabilities":
            return (interface.CAPABILITIES,), None
        if member == "GetServerInformation":
            return interface.SERVER, None
        if member == "CloseNotification":
            (number,) = call.body
            if number not in self.shown:
                raise RefusedError("InvalidArgs", f"notification {number} is not shown")
            self.forget(number)
            return (), interface.signal("NotificationClosed", number, Reason.CLOSED_BY_CALL)
        try:
            shown = read_notify(call.body[1] or self.free_number(), call.body, datetime.now(UTC))
        except ValueError as error:
            raise RefusedError("InvalidArgs", str(error)) from error
        return (shown.id,), shown

    def free_number(self) -> int:
        """A replacement of a notification that is no longer shown keeps its number."""
        return next(number for number in self.numbers if number not in self.shown)

    async def tell(self, signal: str, *body: object) -> None:
        """Raises BrowserError if the bus has ended."""
        try:
            await self.connection.send(interface.signal(signal, *body))
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise bus_ended() from error

    def forget(self, number: int) -> None:
        self.shown.pop(number, None)
        self.senders.pop(number, None)
        self.change()

    def change(self) -> None:
        """Wake up the tasks that wait for a change."""
        self.changed.set()
        self.changed = trio.Event()


def bus_ended() -> BrowserError:
    return BrowserError("the session bus of the notification center ended", "Open the lab again.")
