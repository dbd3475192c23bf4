"""``org.freedesktop.Notifications`` in D-Bus messages: calls, refusals and signals. No I/O."""

from collections.abc import Sequence
from enum import IntEnum

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageFlag,
    MessageType,
    message_bus,
    new_error,
    new_method_return,
    new_signal,
)

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
BUS = "org.freedesktop.DBus"

METHODS = {
    "GetCapabilities": ("", "as"),
    "GetServerInformation": ("", "ssss"),
    "Notify": ("susssasa{sv}i", "u"),
    "CloseNotification": ("u", ""),
}
"""The signatures of their arguments and of their answers."""

# Without markup, texts arrive as the page wrote them; x-kde-origin-name keeps the origin separate.
CAPABILITIES = ["actions", "body", "inline-reply", "persistence", "x-kde-origin-name", "x-kde-reply-placeholder-text"]
SERVER = ("cdp-bgservices", "cdp-bgservices", "1.0", "1.2")
"""Name, vendor, version, and the specification's version."""

LARGEST_TEXT = 1 << 20
"""Characters of a notification's title and body together."""

SIGNALS = {"ActionInvoked": "us", "NotificationReplied": "us", "NotificationClosed": "uu"}

GONE_RULE = MatchRule(type="signal", sender=BUS, interface=BUS, member="NameOwnerChanged", path=message_bus.object_path)


class Reason(IntEnum):
    """Why a notification was closed."""

    EXPIRED = 1
    DISMISSED = 2
    CLOSED_BY_CALL = 3


class RefusedError(Exception):
    """A call that is answered with an error."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = f"{BUS}.Error.{name}"


def method_of(call: Message) -> str:
    """The name of a valid call. Raises RefusedError."""
    fields = call.header.fields
    member = fields[HeaderFields.member]
    if fields.get(HeaderFields.path) != PATH:
        raise RefusedError("UnknownObject", f"the only object is {PATH}")
    if fields.get(HeaderFields.interface, NAME) != NAME:
        raise RefusedError("UnknownInterface", f"the only interface is {NAME}")
    if member not in METHODS:
        raise RefusedError("UnknownMethod", f"{NAME} has the methods {', '.join(METHODS)}")
    expected, given = METHODS[member][0], fields.get(HeaderFields.signature, "")
    if given != expected:
        raise RefusedError("InvalidArgs", f"{member} takes {expected!r}, and not {given!r}")
    if member == "Notify" and sum(map(len, call.body[3:5])) > LARGEST_TEXT:
        raise RefusedError("LimitsExceeded", f"a title and a body may have at most {LARGEST_TEXT} characters")
    return str(member)


def is_call(message: Message) -> bool:
    return message.header.message_type is MessageType.method_call


def expects_reply(call: Message) -> bool:
    return not call.header.flags & MessageFlag.no_reply_expected


def sender_of(message: Message) -> str:
    return str(message.header.fields.get(HeaderFields.sender, ""))


def gone(message: Message) -> str:
    """The connection that ended; empty if the message means something else."""
    fields = message.header.fields
    if not GONE_RULE.matches(message) or fields.get(HeaderFields.signature) != "sss":
        return ""
    name, _, new_owner = message.body
    return name if name.startswith(":") and not new_owner else ""


def answer(call: Message, member: str, body: Sequence[object] = ()) -> Message:
    signature = METHODS[member][1]
    return new_method_return(call, signature or None, tuple(body))


def refusal(call: Message, error: RefusedError) -> Message:
    return new_error(call, error.name, "s", (str(error),))


def signal(name: str, *body: object) -> Message:
    return new_signal(DBusAddress(PATH, interface=NAME), name, SIGNALS[name], body)
