"""A browser's side of the wire, for what a real one cannot be made to do at will."""

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import msgspec
import requests
import trio

from cdp_bgservices.lab.push import PushService
from cdp_bgservices.lab.push.mcs import VERSION, FrameSplitter, Tag, frame
from cdp_bgservices.protobuf import Message as Fields
from cdp_bgservices.protobuf import encode, fixed64, parse
from tests.lab.push.acting import posted

CHUNK = 1 << 16


class Registered(msgspec.Struct, frozen=True):
    """A browser that has checked in and has one subscription."""

    browser: str
    secret: str
    token: str

    def endpoint(self, push: PushService) -> str:
        return f"{push.proxy}/fcm/send/{self.token}"


async def registered(push: PushService, sender: str, app_id: str = "wp:http://localhost/#1-V2") -> Registered:
    answer = parse(await trio.to_thread.run_sync(check_in, push))
    browser, secret = str(answer.number(7)), str(answer.number(8))
    status, _, text = await register(push, browser, secret, {"X-subtype": app_id, "sender": sender})
    assert status == 200
    return Registered(browser, secret, text.removeprefix("token="))


def check_in(push: PushService, browser: str = "0", secret: str = "0") -> bytes:
    body = encode((2, int(browser))) + fixed64(13, int(secret))
    answer = requests.post(f"{push.proxy}/checkin", data=body, timeout=10)
    answer.raise_for_status()
    return answer.content


async def register(
    push: PushService, browser: str, secret: str, form: Mapping[str, str]
) -> tuple[int, Mapping[str, str], str]:
    headers = {"Authorization": f"AidLogin {browser}:{secret}", "Content-Type": "application/x-www-form-urlencoded"}
    return await posted(f"{push.proxy}/register", headers, urlencode(form).encode())


class Peer:
    """Logged in."""

    def __init__(self, stream: trio.SSLStream[trio.SocketStream]) -> None:
        self.stream = stream
        self.splitter = FrameSplitter()
        self.pending: list[tuple[Tag, Fields]] = []
        self.count = 0
        """Frames that came."""
        self.messages: list[str] = []
        """Ids, as they came."""

    async def next(self) -> tuple[Tag, Fields]:
        """The next frame. Raises EOFError when the service closes the connection."""
        while not self.pending:
            data = await self.stream.receive_some(CHUNK)
            if not data:
                raise EOFError
            self.pending += self.splitter.split(data)
        tag, fields = self.pending.pop(0)
        self.count += 1
        if tag is Tag.DATA:
            self.messages.append(fields.text(9))
        return tag, fields

    async def take(self, count: int) -> list[str]:
        """This many messages."""
        while len(self.messages) < count:
            await self.next()
        return self.messages

    async def acknowledge(self, number: int | None = None) -> None:
        """Up to this frame, or all that came; and wait until it is known."""
        await self.stream.send_all(frame(Tag.PING, encode((2, self.count if number is None else number))))
        while (await self.next())[0] is not Tag.PING_ACK:
            pass


@asynccontextmanager
async def open_secure(push: PushService) -> AsyncIterator[trio.SSLStream[trio.SocketStream]]:
    """Raises whatever the service does to it, when it is used."""
    context = ssl.create_default_context(cadata=push.certificate)
    host, port = push.url.removeprefix("https://").split(":")
    stream = await trio.open_ssl_over_tcp_stream(host, int(port), ssl_context=context, https_compatible=True)
    async with stream:
        yield stream


@asynccontextmanager
async def open_peer(push: PushService, known: Registered, received: Sequence[str] = ()) -> AsyncIterator[Peer]:
    """``received`` are the messages that it says to have had."""
    async with open_secure(push) as stream:
        await stream.send_all(login(known.browser, known.secret, received))
        peer = Peer(stream)
        tag, response = await peer.next()
        assert tag is Tag.LOGIN_RESPONSE
        assert 3 not in response.fields, "refused"
        yield peer


def login(browser: str, secret: str, received: Sequence[str] = ()) -> bytes:
    fields = [(1, "chrome-156"), (2, "mcs.android.com"), (3, browser), (4, browser), (5, secret), (6, "android-1")]
    return bytes([VERSION]) + frame(
        Tag.LOGIN_REQUEST, encode(*fields, *((10, message_id) for message_id in received), (14, 1), (16, 2))
    )
