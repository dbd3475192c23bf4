"""The commands of a notification center for other processes: handlers for ``open_control``."""

from collections.abc import Mapping

from cdp_bgservices.lab.control import Handler
from cdp_bgservices.lab.notifications.center import NotificationCenter
from cdp_bgservices.lab.notifications.notification import Notification


def notification_commands(center: NotificationCenter) -> Mapping[str, Handler]:
    """``notification.list``, ``.click``, ``.reply``, ``.close`` and ``.expire``."""

    async def list_notifications() -> list[Notification]:
        return center.notifications

    async def click(notification_id: int, action: int | str | None = None) -> None:
        await center.click(notification_id, action)

    async def reply(notification_id: int, text: str) -> None:
        await center.reply(notification_id, text)

    async def close(notification_id: int) -> None:
        await center.close(notification_id)

    async def expire(notification_id: int) -> None:
        await center.expire(notification_id)

    return {
        "notification.list": list_notifications,
        "notification.click": click,
        "notification.reply": reply,
        "notification.close": close,
        "notification.expire": expire,
    }
