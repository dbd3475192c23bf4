"""The parameters of the ``Target`` domain's notifications."""

import msgspec


class SessionParams(msgspec.Struct, rename="camel"):
    """The parameters that are used of ``Target.attachedToTarget`` and ``Target.detachedFromTarget``."""

    session_id: str


class TargetInfo(msgspec.Struct, rename="camel"):
    """The fields that are used of ``Target.TargetInfo``."""

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
