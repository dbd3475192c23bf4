"""A logged-in browser: messages out, acknowledgements in."""

import time
from collections import deque
from collections.abc import Callable

import trio

from cdp_bgservices.lab.push import mcs
from cdp_bgservices.lab.push.mcs import FrameSplitter, Tag
from cdp_bgservices.lab.push.queue import Queue
from cdp_bgservices.lab.values import Message
from cdp_bgservices.protobuf import MalformedError
from cdp_bgservices.protobuf import Message as Fields

CHUNK = 1 << 16


class Delivery:
    """One connection of a browser. Messages that it does not acknowledge are sent again over its next connection."""

    def __init__(self, stream: trio.abc.Stream, queue: Queue, acknowledged: Callable[[], None]) -> None:
        self.stream = stream
        self.queue = queue
        self.acknowledged = acknowledged
        """Called after acknowledgements."""
        self.began = trio.current_time()
        self.browser = ""
        """The browser's number, when it has logged in."""
        self.received = self.sent = 0
        """Counts of frames."""
        self.unacknowledged: deque[tuple[int, str]] = deque()
        """Messages that were sent: each frame's number and message id."""
        self.last = 0
        """The sequence of the last message that was sent."""
        self.now_or_never: deque[Message] = deque()
        """Messages that are not stored."""
        self.pings = 0
        """Pings to answer."""
        self.due = trio.Event()
        """Set when there is data to send."""
        self.due.set()
        self.replaced = trio.Event()
        """Set when the browser opens another connection."""
        self.splitter = FrameSplitter()

    async def log_in(self, first: bytes) -> bool:
        """Whether its secret is right. ``first`` was read already. Raises MalformedError, trio.BrokenResourceError."""
        data: bytes | bytearray = first
        while data:
            frames = list(self.splitter.split(data))
            if frames:
                break
            data = await self.stream.receive_some(CHUNK)
        else:
            return False
        (tag, login), *more = frames
        if tag is not Tag.LOGIN_REQUEST or more:
            raise MalformedError("the first frame is not a login")
        self.received = self.sent = 1
        browser = login.text(3)
        if not self.queue.admit(browser, login.text(5)):
            await self.stream.send_all(mcs.login_response(login.text(1), time.time(), error="AUTHENTICATION_FAILED"))
            return False
        self.browser = browser
        self.acknowledge(login.texts(10))
        await self.stream.send_all(mcs.login_response(login.text(1), time.time()))
        return True

    async def receive(self) -> None:
        """Receive frames until the browser disconnects. Raises MalformedError, trio.BrokenResourceError."""
        while data := await self.stream.receive_some(CHUNK):
            for tag, fields in self.splitter.split(data):
                if tag is Tag.CLOSE:
                    return
                self.take(tag, fields)

    def take(self, tag: Tag, fields: Fields) -> None:
        if tag in mcs.LAST_RECEIVED:
            last = fields.number(mcs.LAST_RECEIVED[tag])
            come = []
            while self.unacknowledged and self.unacknowledged[0][0] <= last:
                come.append(self.unacknowledged.popleft()[1])
            self.acknowledge(come)
        self.received += 1
        if tag is Tag.PING:
            self.pings += 1
            self.due.set()

    def acknowledge(self, message_ids: list[str]) -> None:
        if message_ids:
            self.queue.acknowledge(self.browser, message_ids)
            self.acknowledged()

    async def send(self) -> None:
        """Send what is due, until cancelled. Raises trio.BrokenResourceError."""
        while True:
            await self.due.wait()
            self.due = trio.Event()
            while frames := self.take_due():
                await self.stream.send_all(b"".join(frames))

    def take_due(self) -> list[bytes]:
        """The frames of one write."""
        frames = [mcs.ping_ack(self.received) for _ in range(self.pings)]
        self.sent += self.pings
        self.pings = 0
        messages = [*self.now_or_never, *self.queue.waiting(self.browser, after=self.last)]
        self.now_or_never.clear()
        for message in messages:
            self.last = max(self.last, message.sequence)
            subscription = self.queue.subscription(message.subscription)
            if subscription is None or subscription.ended:
                continue
            self.sent += 1
            self.unacknowledged.append((self.sent, message.id))
            frames.append(
                mcs.data_message(
                    sender=subscription.sender,
                    app_id=subscription.app_id,
                    message_id=message.id,
                    body=message.body,
                    headers=message.headers,
                    last_received=self.received,
                    acknowledge_now=message is messages[-1],
                )
            )
        return frames
