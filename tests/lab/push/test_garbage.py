"""Whatever is thrown at its two ports: it is refused, and the service lives on."""

import logging
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdp_bgservices.lab.push import PushService, open_push_service
from cdp_bgservices.lab.push import serving as serving_module
from cdp_bgservices.lab.push.mcs import LAST_RECEIVED, VERSION, Tag, frame
from cdp_bgservices.protobuf import encode, varint
from tests.lab.push.acting import Key, posted
from tests.lab.push.peer import Registered, login, open_peer, open_secure, registered
from tests.lab.push.posting import request

CHUNK = 1 << 16


@pytest.fixture
async def push(caplog: pytest.LogCaptureFixture) -> AsyncIterator[PushService]:
    """One that nothing goes wrong in, and that still takes and delivers a message at the end."""
    with trio.fail_after(100), caplog.at_level(logging.WARNING, "cdp_bgservices"):
        async with open_push_service() as service:
            yield service
            key = Key()
            known = await registered(service, key.public, "wp:http://localhost/#last-V2")
            headers = {"TTL": "60", "Content-Encoding": "aes128gcm", **key.headers(service.proxy)}
            assert (await posted(known.endpoint(service), headers, b"x"))[0] == 201
            async with open_peer(service, known) as peer:
                await peer.take(1)
                await peer.acknowledge()
            assert service.waiting == []
    assert [record.getMessage() for record in caplog.records] == []


async def throw(port: str, data: bytes) -> bytes:
    """What is answered until the service closes the connection."""
    stream = await trio.open_tcp_stream("127.0.0.1", int(port))
    return await exchange(stream, data)


async def exchange(stream: trio.abc.HalfCloseableStream | trio.SSLStream[trio.SocketStream], data: bytes) -> bytes:
    answer = b""
    async with stream:
        try:
            await stream.send_all(data)
            if isinstance(stream, trio.SocketStream):
                await stream.send_eof()
            while more := await stream.receive_some(CHUNK):
                answer += more
        except trio.BrokenResourceError:
            pass
    return answer


def port_of(url: str) -> str:
    return url.rpartition(":")[2]


async def throw_bytes(push: PushService) -> None:
    source = random.Random(7)
    for _ in range(100):
        data = source.randbytes(source.randrange(1, 3000))
        for url in (push.proxy, push.url):
            assert b" 201 " not in await throw(port_of(url), data)
    for data in (b"", b"\x16\x03\x01", b"\x16\x03\x01\xff\xff" + bytes(70_000), b"\0" * 100_000):
        for url in (push.proxy, push.url):
            await throw(port_of(url), data)


async def test_random_bytes_at_both_ports(push: PushService) -> None:
    await throw_bytes(push)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET\r\n\r\n", b"400"),
        (b"\x00\r\n\r\n", b"400"),
        (b"POST /checkin HTTP/1.1\r\n\r\n", b"400"),  # no Host
        (b"POST /checkin HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /checkin HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999999\r\n\r\n" + bytes(100_000), b"413"),
        (b"POST /checkin HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST /checkin HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n\x0f\x00", b"400"),
        (b"POST /checkin HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n\x12\x02ab", b"400"),
        (b"POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", b"401"),
        (
            b"POST /register HTTP/1.1\r\nHost: x\r\nAuthorization: AidLogin 1:2\r\nContent-Length: 4\r\n\r\na=\xff\xfe",
            b"400",
        ),
        (b"POST / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 100_000 + b"\r\n\r\n", b"431"),
        (b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", b"403"),
        (b"CONNECT jmt17.google.com HTTP/1.1\r\nHost: x\r\n\r\n", b"403"),
        (b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
    ],
)
async def test_http_that_is_none(push: PushService, data: bytes, status: bytes) -> None:
    assert (await throw(port_of(push.proxy), data)).split(b" ")[1] == status


async def test_a_body_that_waits_to_be_asked_for(push: PushService) -> None:
    """As curl sends one of more than a kilobyte."""
    key = Key()
    known = await registered(push, key.public)
    headers = {"TTL": "60", "Content-Encoding": "aes128gcm", "Expect": "100-continue", **key.headers(push.proxy)}
    head, body = request(f"/fcm/send/{known.token}", headers, bytes(4000)).split(b"\r\n\r\n", 1)
    stream = await trio.open_tcp_stream("127.0.0.1", push.ports[0])
    async with stream:
        await stream.send_all(head + b"\r\n\r\n")
        assert (await stream.receive_some(CHUNK)).startswith(b"HTTP/1.1 100 ")
        await stream.send_all(body)
        assert (await stream.receive_some(CHUNK)).startswith(b"HTTP/1.1 201 ")
    async with open_peer(push, known) as peer:
        await peer.take(1)
        await peer.acknowledge()


async def test_tls_in_a_tunnel_that_is_none(push: PushService) -> None:
    connect = b"CONNECT jmt17.google.com:443 HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = await throw(port_of(push.proxy), connect + b"no TLS at all\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 ")


LOGIN = bytes([VERSION]) + frame(Tag.LOGIN_REQUEST, encode((3, "1"), (5, "2")))


@pytest.mark.parametrize(
    "data",
    [
        bytes([VERSION]),
        bytes([VERSION]) + frame(Tag.PING),
        bytes([VERSION]) + frame(Tag.LOGIN_REQUEST, b"\xff"),
        bytes([VERSION, Tag.LOGIN_REQUEST]) + varint(1 << 40),
        bytes([VERSION]) + frame(Tag.LOGIN_REQUEST, encode((3, 1), (5, 2))),
        bytes([VERSION]) + frame(Tag.LOGIN_REQUEST, encode((3, b"\xff"))),
        LOGIN + LOGIN[1:],
        LOGIN * 2,
        LOGIN + b"\xff",
        LOGIN + frame(Tag.DATA, b"\x0f"),
        LOGIN + frame(Tag.IQ, encode((LAST_RECEIVED[Tag.IQ], "text"))),
        LOGIN + frame(Tag.PING, encode((2, (1 << 64) - 1))) * 1000 + frame(Tag.CLOSE),
        LOGIN + bytes([Tag.DATA]) + b"\xff" * 100,
    ],
)
async def test_mcs_that_is_none(push: PushService, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:  # No longer: the last browser may take its time.
        patched.setattr(serving_module, "HANDSHAKE", 0.5)  # Or half a login would be waited for.
        async with open_secure(push) as stream:
            await exchange(stream, data)


async def test_who_says_nothing_is_disconnected(push: PushService, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(serving_module, "HANDSHAKE", 0.05)
        stream = await trio.open_tcp_stream("127.0.0.1", int(port_of(push.url)))
        async with stream:
            assert await stream.receive_some() == b""


async def test_a_browser_that_is_not_who_it_says(push: PushService) -> None:
    known = await registered(push, "")
    async with open_secure(push) as stream:
        answer = await exchange(stream, login(known.browser, "1"))
    assert b"AUTHENTICATION_FAILED" in answer
    assert push.browsers == []


async def test_a_browser_that_breaks_off_in_the_middle(push: PushService) -> None:
    known = await registered(push, "")
    subscription = {"endpoint": known.endpoint(push), "keys": {"p256dh": "", "auth": ""}}
    for _ in range(300):
        await push.deliver(subscription, bytes(4096))
    for _ in range(5):
        async with open_peer(push, known) as peer:
            await peer.take(1)
            peer.stream.transport_stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.stream.transport_stream.socket.close()
        while push.browsers:
            await push.changed.wait()
    async with open_peer(push, known) as peer:
        assert len(set(await peer.take(300))) == 300
        await peer.acknowledge()


async def test_others_are_not_disturbed(push: PushService) -> None:
    key = Key()
    known = await registered(push, key.public)
    async with open_peer(push, known) as peer:
        await throw_bytes(push)
        headers = {"TTL": "60", "Content-Encoding": "aes128gcm", **key.headers(push.proxy)}
        for _ in range(3):
            assert (await posted(known.endpoint(push), headers, b"x"))[0] == 201
        await peer.take(3)
        await peer.acknowledge()


FRAMES = st.lists(
    st.builds(frame, st.sampled_from(Tag), st.binary(max_size=50))
    | st.builds(frame, st.sampled_from(Tag), st.builds(lambda n: encode((2, n), (10, n), (11, n)), st.integers(0, 9)))
    | st.binary(max_size=20),
    max_size=10,
)


def test_any_frames_after_a_login() -> None:
    """A session each: nothing that is sent makes the service fail, and nothing is lost that was not acknowledged."""

    async def run(known: Registered, service: PushService, sent: list[bytes]) -> None:
        async with open_secure(service) as stream:
            await stream.send_all(login(known.browser, known.secret))
            assert await stream.receive_some(CHUNK)
            while not service.browsers:
                await service.changed.wait()
            with suppress(trio.BrokenResourceError):
                await stream.send_all(b"".join(sent) + frame(Tag.CLOSE))
        # What looks like half a frame is waited for until we have gone.
        while service.browsers:
            await service.changed.wait()

    @given(FRAMES)
    @example([b"\x08\x7f"])  # Half a frame, which swallows the last one.
    @settings(max_examples=40, deadline=None)
    def check(sent: list[bytes]) -> None:
        async def main() -> None:
            with trio.fail_after(30):
                async with open_push_service() as service:
                    known = await registered(service, "")
                    assert (await posted(known.endpoint(service), {"TTL": "60"}))[0] == 201
                    await run(known, service, sent)
                    assert (await posted(known.endpoint(service), {"TTL": "60"}))[0] == 201
                    assert service.waiting

        trio.run(main)

    check()
