"""What an application server is answered: RFC 8030 and RFC 8292, over plain HTTP and over TLS."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.lab.push import PushService, open_push_service
from cdp_bgservices.protobuf import parse
from tests.lab.push.acting import Key, posted
from tests.lab.push.peer import Registered, check_in, login, open_peer, open_secure, register, registered

NESTED: Any = []
for _ in range(900):
    NESTED = [NESTED]
BODY = {"Content-Encoding": "aes128gcm"}


class Server:
    """An application server with one subscription."""

    def __init__(self, push: PushService, key: Key, known: Registered) -> None:
        self.push = push
        self.key = key
        self.known = known

    async def post(self, body: bytes = b"encrypted", **headers: str | None) -> tuple[int, str]:
        """Status and text; a header that is None is left out."""
        usual = {"TTL": "60", **BODY, **self.key.headers(self.push.proxy)}
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        chosen = {name: value for name, value in {**usual, **changed}.items() if value is not None}
        status, _, text = await posted(self.known.endpoint(self.push), chosen, body)
        return status, text


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    key = Key()
    with trio.fail_after(60):
        async with open_push_service() as push:
            yield Server(push, key, await registered(push, key.public))


@pytest.mark.parametrize("secure", [False, True])
async def test_what_is_taken_is_answered_201_with_a_location(server: Server, secure: bool) -> None:
    endpoint = server.known.endpoint(server.push)
    if secure:
        endpoint = endpoint.replace(server.push.proxy, server.push.url)
    # Some libraries leave out the port.
    for audience in (*server.push.audiences, "https://jmt17.google.com", "https://127.0.0.1", "https://localhost"):
        status, headers, text = await posted(endpoint, {"TTL": "60", **BODY, **server.key.headers(audience)}, b"x")
        assert (status, text, headers["ttl"]) == (201, "", "60")
        assert headers["location"] == f"/message/{server.push.waiting[-1].id}"


@pytest.mark.parametrize(
    ("headers", "body", "status", "reason"),
    [
        ({}, bytes(4096), 201, ""),
        ({}, bytes(4097), 413, "4097 bytes"),
        ({}, bytes(1 << 20), 413, "65536 bytes"),
        ({"Content_Encoding": None}, b"", 201, ""),
        ({"Content_Encoding": None}, b"x", 400, "Content-Encoding"),
        ({"Content_Encoding": "gzip"}, b"x", 400, '"gzip"'),
        ({"Content_Encoding": "AES128GCM"}, b"x", 201, ""),
        ({"TTL": None}, b"x", 400, "The TTL header is missing"),
        ({"TTL": "-1"}, b"x", 400, "TTL"),
        ({"TTL": "soon"}, b"x", 400, "TTL"),
        ({"TTL": "9" * 5000}, b"x", 201, ""),
        ({"Urgency": "urgent"}, b"x", 400, "very-low, low, normal, high"),
        ({"Urgency": "very-low"}, b"x", 201, ""),
        ({"Topic": "a" * 33}, b"x", 400, "Topic"),
        ({"Topic": "a b"}, b"x", 400, "Topic"),
        ({"Topic": ""}, b"x", 400, "Topic"),
        ({"Topic": "a-_9"}, b"x", 201, ""),
        ({"Authorization": None}, b"x", 401, "Authorization header is missing"),
        ({"Authorization": "Bearer abc"}, b"x", 401, "vapid t=…, k=…"),
        ({"Authorization": "vapid"}, b"x", 401, "not a point"),
        ({"Authorization": "WebPush a.b.c"}, b"x", 401, "not a point"),
    ],
)
async def test_what_is_posted_is_looked_at(
    server: Server, headers: dict[str, str | None], body: bytes, status: int, reason: str
) -> None:
    answered, text = await server.post(body, **headers)
    assert answered == status
    assert reason in text
    assert len(server.push.waiting) == (status == 201)
    if status == 201:
        [message] = server.push.waiting
        assert (message.urgency, message.topic) == (headers.get("Urgency") or "normal", headers.get("Topic"))
        assert message.expires_at <= time.time() + 28 * 24 * 60 * 60


async def test_the_ttl_of_the_answer_is_that_of_the_message_also_on_a_slow_disk(server: Server) -> None:
    database = server.push.queue.database
    database.create_function("slowly", 0, lambda: time.sleep(0.6))
    database.execute("CREATE TEMP TRIGGER slow AFTER INSERT ON main.messages BEGIN SELECT slowly(); END")
    for asked, granted in (("60", "60"), ("0", "0"), ("9" * 9, str(28 * 24 * 60 * 60))):
        posting = {**BODY, **server.key.headers(server.push.proxy), "TTL": asked}
        status, headers, _ = await posted(server.known.endpoint(server.push), posting, b"x")
        assert (status, headers["ttl"]) == (201, granted)


async def test_who_posts_is_looked_at(server: Server) -> None:
    now, ours = int(time.time()), server.push.proxy
    refused = {
        "for": await server.post(Authorization=server.key.headers("https://example.com")["Authorization"]),
        "expired": await server.post(Authorization=server.key.headers(ours, exp=now - 3600)["Authorization"]),
        "24 hours": await server.post(Authorization=server.key.headers(ours, exp=now + 90000)["Authorization"]),
    }
    for reason, (status, text) in refused.items():
        assert status == 401
        assert reason in text
    status, text = await server.post(Authorization=Key().headers(ours)["Authorization"])
    assert status == 403
    assert "another applicationServerKey" in text


@pytest.mark.parametrize(
    ("place", "with_what", "reason"),
    [
        (0, {"alg": "none", "typ": "JWT"}, "ES256"),
        (0, {"typ": "JWT"}, "cannot be read"),
        (0, [], "cannot be read"),
        (0, {"alg": "ES256", "crit": NESTED}, "signature is wrong"),
        (1, {"aud": "https://jmt17.google.com", "exp": 99999999999}, "signature is wrong"),
        (2, "short", "signature is wrong"),
        (2, None, "signature is wrong"),
    ],
)
async def test_a_token_that_was_changed_is_refused(server: Server, place: int, with_what: object, reason: str) -> None:
    authorization = server.key.headers(server.push.proxy)["Authorization"]
    token = authorization.partition("t=")[2].partition(",")[0]
    parts = token.split(".")
    text = json.dumps(with_what).encode() if with_what is not None else bytes(64)
    parts[place] = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    status, answered = await server.post(Authorization=authorization.replace(token, ".".join(parts)))
    assert status == 401
    assert reason in answered
    assert server.push.waiting == []


async def test_endpoints_that_are_none(server: Server) -> None:
    push = server.push
    unknown = ("/", "/fcm/send/", "/fcm/send/unknown", "/fcm/send/../checkin", "/message/1", "/wp/%00")
    for path in (*unknown, "/" + "x" * 9000):
        status, _, _ = await posted(push.proxy + path, {"TTL": "60"})
        assert status == 404, path
    for path in ("/checkin", "/register", f"/fcm/send/{server.known.token}"):
        status, headers, _ = await posted(push.proxy + path, {}, method="GET")
        assert (status, headers["allow"]) == (405, "POST")
    status, _, text = await posted(push.proxy + "/", {}, method="HEAD")
    assert (status, text) == (404, "")


async def test_only_the_browser_itself_ends_its_subscription(server: Server) -> None:
    push, known = server.push, server.known
    await server.post()
    form = {"X-subtype": "wp:http://localhost/#1-V2", "delete": "true"}
    for browser, secret in ((known.browser, "1"), ("", ""), ("a", "b"), ("9" * 30, "1"), ("٣", "1")):
        status, _, text = await register(push, browser.encode().decode("latin-1"), secret, form)
        assert (status, text) == (401, "Error=AUTHENTICATION_FAILED\n")
    other = await registered(push, "", "wp:http://localhost/#2-V2")
    assert (await register(push, other.browser, other.secret, form))[0] == 200
    assert len(push.waiting) == 1
    assert (await register(push, known.browser, known.secret, form))[0] == 200
    assert push.waiting == []
    assert await server.post() == (410, "The subscription has ended.\n")


@pytest.mark.parametrize(
    ("status", "reason"), [(410, "The subscription has ended.\n"), (404, "Unknown subscription.\n")]
)
async def test_a_subscription_that_the_push_service_ends(server: Server, status: int, reason: str) -> None:
    push, known = server.push, server.known
    await server.post()
    keys = {"p256dh": Key().public, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
    ours = {"endpoint": f"https://jmt17.google.com/fcm/send/{known.token}", "keys": keys}
    with pytest.raises(InvalidInputError, match="201 does not say that a subscription has ended"):
        push.expire(ours, status=201)
    assert push.knows(ours)
    push.expire(ours, status=status)
    assert (push.knows(ours), push.waiting) == (False, [])
    assert await server.post() == (status, reason)
    with pytest.raises(InvalidInputError, match=r"ended, by its page, by Chromium without the permission or by expire"):
        await push.send(ours, "data")
    form = {"X-subtype": "wp:http://localhost/#1-V2", "delete": "true"}
    assert (await register(push, known.browser, known.secret, form))[0] == 200
    assert await server.post() == (status, reason)
    with pytest.raises(InvalidInputError, match="not one of this push service"):
        push.expire({**ours, "endpoint": "https://jmt17.google.com/fcm/send/unknown"})


async def test_browsers_keep_their_number(server: Server) -> None:
    known = server.known
    for secret, is_same in ((known.secret, True), ("1", False)):
        answer = parse(await trio.to_thread.run_sync(check_in, server.push, known.browser, secret))
        assert answer.number(1) == 1
        assert (str(answer.number(7)) == known.browser) is is_same


async def test_a_topic_is_replaced_until_it_is_acknowledged(server: Server) -> None:
    push = server.push
    await server.post(b"one", Topic="a")
    await server.post(b"two", Topic="b")
    await server.post(b"three", Topic="a")
    assert [message.body for message in push.waiting] == [b"two", b"three"]
    async with open_peer(push, server.known) as peer:
        await peer.take(2)
        await peer.acknowledge()
        assert push.waiting == []
        await server.post(b"four", Topic="a")
        assert [message.body for message in push.waiting] == [b"four"]


async def test_ttl_0_is_now_or_never(server: Server) -> None:
    push = server.push
    assert await server.post(TTL="0") == (201, "")
    async with open_peer(push, server.known) as peer:
        while not push.browsers:
            await push.changed.wait()
        assert await server.post(TTL="0") == (201, "")
        [now] = await peer.take(1)
        await peer.acknowledge(1)
    async with open_peer(push, server.known) as peer:
        await server.post()
        [later] = await peer.take(1)
    assert later != now


async def test_waiting_for_delivery_ends_when_what_waits_has_expired(server: Server) -> None:
    assert await server.post(TTL="1") == (201, "")
    await server.push.wait_delivered()
    assert server.push.waiting == []


async def test_what_is_not_acknowledged_comes_again(server: Server) -> None:
    push = server.push
    for _ in range(5):
        await server.post()
    async with open_peer(push, server.known) as peer:
        sent = list(await peer.take(5))
        await peer.acknowledge(3)  # The login's response, and two of them.
    async with open_peer(push, server.known, received=[sent[2], "nothing of ours"]) as peer:
        assert await peer.take(2) == sent[3:]
        async with open_peer(push, server.known) as again:  # Without a word of the first connection's end.
            assert await again.take(2) == sent[3:]
            await again.acknowledge()
            with pytest.raises(EOFError):
                await peer.next()
    await push.wait_delivered()


async def test_a_login_that_comes_late_does_not_replace_a_newer_connection(server: Server) -> None:
    async with open_secure(server.push) as old:
        await old.do_handshake()
        async with open_peer(server.push, server.known) as new:
            await old.send_all(login(server.known.browser, server.known.secret))
            while await old.receive_some():
                pass  # It is answered, and then closed.
            await server.post()
            assert len(await new.take(1)) == 1
            await new.acknowledge()


async def test_send_refuses_what_is_none(server: Server) -> None:
    push = server.push
    for wrong in (
        "",
        "{}",
        "null",
        {"endpoint": "x"},
        {"endpoint": 1, "keys": {}},
        {"endpoint": "http://[", "keys": {"p256dh": "", "auth": ""}},
        "[" * 100_000,
    ):
        with pytest.raises(InvalidInputError, match="not a push subscription") as refused:
            await push.send(wrong, "data")
        assert "getSubscription" in refused.value.remedy
    keys = {"p256dh": "AAAA", "auth": "AAAA"}
    with pytest.raises(InvalidInputError, match="cannot encrypt"):
        await push.send({"endpoint": "https://jmt17.google.com/fcm/send/unknown", "keys": keys}, "data")
    keys = {"p256dh": Key().public, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
    with pytest.raises(InvalidInputError, match="not one of this push service"):
        await push.send({"endpoint": "https://jmt17.google.com/fcm/send/unknown", "keys": keys}, "data")
    ours = {"endpoint": f"https://jmt17.google.com/fcm/send/{server.known.token}", "keys": keys}
    with pytest.raises(InvalidInputError, match="4096"):
        await push.send(ours, bytes(5000))
    with pytest.raises(InvalidInputError, match="Urgency"):
        await push.send(ours, "data", urgency="")
    with pytest.raises(InvalidInputError, match="Topic"):
        await push.send(ours, "data", topic="two words")
    with pytest.raises(InvalidInputError, match="TTL"):
        await push.send(ours, "data", ttl=-1)
