"""The notification center: a program sees and clicks what Chromium shows on a desktop."""

from cdp_bgservices.errors import BrowserError

try:
    from cdp_bgservices.lab.notifications.center import NotificationCenter, open_notification_center
    from cdp_bgservices.lab.values import Action, Notification
except ModuleNotFoundError as error:
    if error.name != "jeepney":
        raise
    raise BrowserError(
        "the notification center needs the package jeepney", "Install it: pip install 'cdp-bgservices[lab]'"
    ) from error

__all__ = ["Action", "Notification", "NotificationCenter", "open_notification_center"]
