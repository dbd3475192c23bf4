"""The notification command: list, click, answer and close the notifications of a lab, from another terminal."""

from typing import TYPE_CHECKING

import click

from cdp_bgservices.cli.lab_options import ask_lab, common_options, lab_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdp_bgservices.lab.notifications.notification import Notification


@click.group()
@common_options
def notification() -> None:
    """See and use the notifications of a browser that `record --lab notifications` has started.

    Example: cdp-bgservices notification list
    """


@notification.command("list")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", help="Default: table.")
@lab_option
@common_options
def list_(format_: str, lab: str | None) -> None:
    """List the notifications that are shown now, oldest first.

    Example: cdp-bgservices notification list --format json
    """
    import msgspec

    from cdp_bgservices.cli.output import say, write
    from cdp_bgservices.export.terminal_escape import to_json
    from cdp_bgservices.lab.notifications.notification import Notification

    shown = msgspec.convert(ask_lab(lab, "notification.list"), list[Notification])
    write(to_json(shown) if format_ == "json" else notifications_text(shown))
    if not shown and format_ == "table":
        say("no notification is shown")


@notification.command("click")
@click.argument("notification_id", metavar="ID", type=int)
@click.argument("action", required=False)
@lab_option
@common_options
def click_(notification_id: int, action: str | None, lab: str | None) -> None:
    """Click on a notification, or on its button: ACTION is the button's title, or its position from 0.

    Example: cdp-bgservices notification click 1 Reply
    """
    from cdp_bgservices.cli.output import say

    ask_lab(lab, "notification.click", notification_id=notification_id, action=action)
    say(f"clicked on notification {notification_id}" + (f", {action!r}" if action is not None else ""))


@notification.command()
@click.argument("notification_id", metavar="ID", type=int)
@click.argument("text")
@lab_option
@common_options
def reply(notification_id: int, text: str, lab: str | None) -> None:
    """Write TEXT into a notification's field, and send it.

    Example: cdp-bgservices notification reply 1 "See you"
    """
    from cdp_bgservices.cli.output import say

    ask_lab(lab, "notification.reply", notification_id=notification_id, text=text)
    say(f"replied to notification {notification_id}")


@notification.command()
@click.argument("notification_id", metavar="ID", type=int)
@click.option("--expired", is_flag=True, help="Let it expire instead: no user dismissed it.")
@lab_option
@common_options
def close(notification_id: int, expired: bool, lab: str | None) -> None:
    """Dismiss a notification, as a user does.

    Example: cdp-bgservices notification close 1
    """
    from cdp_bgservices.cli.output import say

    ask_lab(lab, "notification.expire" if expired else "notification.close", notification_id=notification_id)
    say(f"closed notification {notification_id}")


def notifications_text(shown: "Sequence[Notification]") -> str:
    from datetime import UTC

    from cdp_bgservices.export.columns import aligned

    rows = [("ID", "SHOWN (UTC)", "TITLE", "BODY", "ACTIONS", "ORIGIN")] if shown else []
    rows += [
        (
            str(each.id),
            f"{each.shown_at.astimezone(UTC):%H:%M:%S}",
            each.title,
            each.body,
            ", ".join([action.title for action in each.actions] + ([each.reply_title] if each.reply_title else [])),
            each.origin,
        )
        for each in shown
    ]
    return aligned(rows)
