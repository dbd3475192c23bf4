"""The parameters of the ``Target`` domain's notifications."""

import msgspec


class SessionParams(msgspec.Struct, rename="camel"):
    """The parameters of ``Target.attachedToTarget`` and ``Target.detachedFromTarget``, what is used of them."""

    session_id: str


class TargetInfo(msgspec.Struct, rename="camel"):
    """``Target.TargetInfo``, what is used of it."""

    target_id: str
    type: str = ""
    url: str = ""
    attached: bool = False
    browser_context_id: str = ""


class TargetCreated(msgspec.Struct, rename="camel"):
    """The parameters of ``Target.targetCreated``."""

    target_info: TargetInfo


class TargetDestroyed(msgspec.Struct, rename="camel"):
    """The parameters of ``Target.targetDestroyed``."""

    target_id: str
