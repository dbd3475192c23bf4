"""What comes over the bus that no Chromium sends: refused, and the center lives on."""

import random
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import trio
from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageFlag,
    MessageType,
    message_bus,
    new_method_call,
)
from jeepney.io.trio import DBusRouter, Proxy, open_dbus_connection, open_dbus_router

from cdp_bgservices.errors import BrowserError, InvalidInputError
from cdp_bgservices.lab.notifications import open_notification_center
from cdp_bgservices.lab.notifications.center import NotificationCenter
from cdp_bgservices.lab.notifications.interface import LARGEST_TEXT, NAME, PATH

SERVER = DBusAddress(PATH, bus_name=NAME, interface=NAME)
NOTIFY = "susssasa{sv}i"
PLAIN: tuple[Any, ...] = ("an application", 0, "", "Title", "Body", ["default", "Activate"], {}, -1)


@pytest.fixture
async def center() -> AsyncIterator[NotificationCenter]:
    with trio.fail_after(60):
        async with open_notification_center() as opened:
            yield opened


@pytest.fixture
async def caller(center: NotificationCenter) -> AsyncIterator[DBusRouter]:
    async with open_dbus_router(center.address) as router:
        yield router


async def call(
    caller: DBusRouter, method: str, signature: str | None = None, body: Any = (), to: Any = SERVER
) -> Message:
    return await caller.send_and_get_reply(new_method_call(to, method, signature, body))


def error_of(reply: Message) -> str:
    assert reply.header.message_type is MessageType.error
    return str(reply.header.fields[HeaderFields.error_name]).removeprefix("org.freedesktop.DBus.Error.")


def notify(**changed: object) -> tuple[object, ...]:
    names = ("app_name", "replaces_id", "app_icon", "title", "body", "actions", "hints", "expiry")
    return tuple({**dict(zip(names, PLAIN, strict=True)), **changed}.values())


async def test_what_it_can_and_who_it_is(caller: DBusRouter) -> None:
    (capabilities,) = (await call(caller, "GetCapabilities")).body
    assert {"actions", "body", "inline-reply", "persistence"} <= set(capabilities)
    assert not {"body-markup", "body-hyperlinks"} & set(capabilities)
    assert (await call(caller, "GetServerInformation")).body[0] == "cdp-bgservices"


@pytest.mark.parametrize(
    ("method", "signature", "body", "to", "error"),
    [
        ("Notify", "s", ("only a name",), SERVER, "InvalidArgs"),
        ("Notify", None, (), SERVER, "InvalidArgs"),
        ("Notify", NOTIFY + "s", (*PLAIN, "more"), SERVER, "InvalidArgs"),
        ("GetCapabilities", "u", (1,), SERVER, "InvalidArgs"),
        ("CloseNotification", "i", (1,), SERVER, "InvalidArgs"),
        ("CloseNotification", "u", (77,), SERVER, "InvalidArgs"),
        ("Notify", NOTIFY, notify(actions=["key"]), SERVER, "InvalidArgs"),
        ("Notify", NOTIFY, notify(body="x" * LARGEST_TEXT), SERVER, "LimitsExceeded"),
        ("Explode", None, (), SERVER, "UnknownMethod"),
        ("Notify", NOTIFY, PLAIN, SERVER.with_interface("org.example.Other"), "UnknownInterface"),
        ("Introspect", None, (), SERVER.with_interface("org.freedesktop.DBus.Introspectable"), "UnknownInterface"),
        ("Notify", NOTIFY, PLAIN, DBusAddress("/elsewhere", bus_name=NAME, interface=NAME), "UnknownObject"),
    ],
)
async def test_wrong_calls_are_refused_and_right_ones_are_taken_thereafter(
    center: NotificationCenter, caller: DBusRouter, method: str, signature: str | None, body: Any, to: Any, error: str
) -> None:
    assert error_of(await call(caller, method, signature, body, to)) == error
    assert center.notifications == []
    (number,) = (await call(caller, "Notify", NOTIFY, PLAIN)).body
    assert (await center.wait("Title")).id == number


async def test_a_call_without_an_interface_is_meant_for_the_only_one(
    center: NotificationCenter, caller: DBusRouter
) -> None:
    assert (await call(caller, "Notify", NOTIFY, PLAIN, DBusAddress(PATH, bus_name=NAME))).body == (1,)


async def test_who_expects_no_answer_gets_none(center: NotificationCenter) -> None:
    async with await open_dbus_connection(center.address) as connection:
        for method in ("Notify", "Explode"):
            message = new_method_call(SERVER, method, NOTIFY, PLAIN)
            message.header.flags = MessageFlag.no_reply_expected
            await connection.send(message)
        await connection.send(new_method_call(SERVER, "GetServerInformation"))
        while (message := await connection.receive()).header.message_type is MessageType.signal:
            pass
        assert message.header.fields[HeaderFields.reply_serial] == 4, "Hello was 1"
        assert [each.title for each in center.notifications] == ["Title"]


async def test_numbers_are_kept_by_what_replaces(center: NotificationCenter, caller: DBusRouter) -> None:
    for replaces, number, titles in ((0, 1, ["0"]), (1, 1, ["1"]), (2, 2, ["1", "2"]), (0, 3, ["1", "2", "0"])):
        reply = await call(caller, "Notify", NOTIFY, notify(replaces_id=replaces, title=str(replaces)))
        assert reply.body == (number,)
        await center.wait(str(replaces))
        assert [each.title for each in center.notifications] == titles


@pytest.mark.parametrize(
    ("act", "signal", "body"),
    [
        (lambda center: center.click(1), "ActionInvoked", (1, "default")),
        (lambda center: center.click(1, "One"), "ActionInvoked", (1, "a")),
        (lambda center: center.reply(1, "text"), "NotificationReplied", (1, "text")),
        (lambda center: center.expire(1), "NotificationClosed", (1, 1)),
        (lambda center: center.close(1), "NotificationClosed", (1, 2)),
    ],
)
async def test_signals(
    center: NotificationCenter, caller: DBusRouter, act: Callable[..., Any], signal: str, body: tuple[object, ...]
) -> None:
    async with open_signals(caller) as signals:
        await call(caller, "Notify", NOTIFY, notify(actions=["a", "One", "inline-reply", "Reply"]))
        await center.wait("Title")
        await act(center)
        message = await signals.receive()
        assert (message.header.fields[HeaderFields.member], message.body) == (signal, body)


async def test_one_that_is_closed_over_the_bus_is_reported_to_all(
    center: NotificationCenter, caller: DBusRouter
) -> None:
    async with open_signals(caller) as signals:
        (number,) = (await call(caller, "Notify", NOTIFY, PLAIN)).body
        assert (await call(caller, "CloseNotification", "u", (number,))).body == ()
        assert (await signals.receive()).body == (number, 3)
    assert center.notifications == []


@asynccontextmanager
async def open_signals(caller: DBusRouter) -> AsyncIterator[trio.MemoryReceiveChannel[Message]]:
    rule = MatchRule(type="signal", interface=NAME)
    await Proxy(message_bus, caller).AddMatch(rule)
    async with caller.filter(rule, bufsize=10) as signals:
        yield signals


async def test_a_client_that_goes_away_takes_its_notifications_along(
    center: NotificationCenter, caller: DBusRouter
) -> None:
    await call(caller, "Notify", NOTIFY, notify(title="Stays"))
    async with open_dbus_router(center.address) as other:
        (number,) = (await call(other, "Notify", NOTIFY, notify(title="Goes"))).body
        await center.wait("Goes")
    await center.wait_closed(number)
    assert [each.title for each in center.notifications] == ["Stays"]


async def test_no_other_client_gets_the_name(caller: DBusRouter) -> None:
    replace_existing, no_queue, exists = 2, 4, 3
    assert await Proxy(message_bus, caller).RequestName(NAME, replace_existing | no_queue) == (exists,)


async def test_wrong_hints_are_as_good_as_none(center: NotificationCenter, caller: DBusRouter) -> None:
    hints = {
        "suppress-sound": ("s", "yes"),
        "x-kde-origin-name": ("u", 3),
        "image-path": ("as", ["/tmp"]),
        "deep": ("v", ("v", ("a{sv}", {"x": ("ay", b"\0\1")}))),
    }
    await call(caller, "Notify", NOTIFY, notify(hints=hints))
    shown = await center.wait("Title")
    assert (shown.silent, shown.origin, shown.icon) == (False, "", "")


async def test_what_cannot_be_done_is_said(center: NotificationCenter, caller: DBusRouter) -> None:
    with pytest.raises(InvalidInputError, match="notification 1 is not shown") as none:
        await center.close(1)
    assert none.value.remedy == "None is shown now."
    await call(caller, "Notify", NOTIFY, notify(actions=["default", "Activate"]))
    await center.wait("Title")
    with pytest.raises(InvalidInputError, match="notification 2 is not shown") as other:
        await center.expire(2)
    assert other.value.remedy == "Shown now: 1 ('Title')."
    with pytest.raises(InvalidInputError, match="has no action 0"):
        await center.click(1, 0)
    with pytest.raises(InvalidInputError, match="has no field for a reply"):
        await center.reply(1, "text")
    await call(caller, "Notify", NOTIFY, notify(title="Talk", actions=["inline-reply", "Answer"]))
    talk = await center.wait("Talk")
    for text in ("NUL \0", "half \ud83d"):
        with pytest.raises(InvalidInputError, match="an invalid character"):
            await center.reply(talk.id, text)
    await center.reply(talk.id, "and goes on")


def garbage(source: random.Random) -> bytes:
    """Bytes, some of them almost a message."""
    head = struct.pack("<cBBBIII", b"l", source.randrange(6), source.randrange(8), 1, source.randrange(2**32), 7, 2**20)
    return source.choice([b"", head, head[: source.randrange(16)]]) + source.randbytes(source.randrange(200))


async def test_garbage_ends_the_connection_of_who_sends_it_and_no_other(center: NotificationCenter) -> None:
    source = random.Random(5)
    path = center.address.removeprefix("unix:path=").partition(",")[0]
    for greet in [True, False] * 50:
        async with AsyncExitStack() as stack:
            if greet:
                connection = await stack.enter_async_context(await open_dbus_connection(center.address))
                stream = trio.SocketStream(connection.socket)
            else:
                stream = await stack.enter_async_context(await trio.open_unix_socket(path))
            try:
                await stream.send_all(garbage(source))
            except trio.BrokenResourceError:
                continue
    async with open_dbus_router(center.address) as caller:
        await call(caller, "Notify", NOTIFY, PLAIN)
        assert [await center.wait("Title")] == center.notifications


async def test_unknown_header_fields_are_ignored(center: NotificationCenter) -> None:
    """The specification lets them come; jeepney has no names for them."""
    async with await open_dbus_connection(center.address) as connection:
        message = new_method_call(SERVER, "Notify", NOTIFY, PLAIN)
        data = bytearray(message.serialise(9))
        fields_length = struct.unpack_from("<I", data, 12)[0]
        end = 16 + fields_length
        padded = end + -end % 8
        unknown = b"\0" * (padded - end) + b"\xf0\x01s\0" + struct.pack("<I", 1) + b"x\0"
        head = data[:12] + struct.pack("<I", fields_length + len(unknown)) + data[16:end] + unknown
        await trio.SocketStream(connection.socket).send_all(bytes(head + b"\0" * (-len(head) % 8) + data[padded:]))
        async with open_dbus_router(center.address) as caller:
            await call(caller, "Notify", NOTIFY, notify(title="After"))
            await center.wait("After")


async def test_a_body_of_many_megabytes(center: NotificationCenter, caller: DBusRouter) -> None:
    huge = {"image-data": ("ay", bytes(20_000_000))}
    await call(caller, "Notify", NOTIFY, notify(hints=huge))
    assert (await center.wait("Title")).icon == ""
    assert error_of(await call(caller, "Notify", NOTIFY, notify(body="x" * 20_000_000))) == "LimitsExceeded"


async def test_after_the_end_everything_says_so(center: NotificationCenter, caller: DBusRouter) -> None:
    await call(caller, "Notify", NOTIFY, PLAIN)
    await center.wait("Title")
    await center.service.connection.aclose()
    while not center.service.ended:
        await center.service.changed.wait()
    with pytest.raises(BrowserError, match="session bus of the notification center ended"):
        await center.click(1)
