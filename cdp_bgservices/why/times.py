"""Moments in a sentence: the clock time where the reader is, and how long until then or since."""

from datetime import datetime, timedelta

UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def at(moment: datetime, now: datetime) -> str:
    """``at 22:35:10, in 4 min 59 s``; ``at 2026-11-25 08:00:00, 14 h ago``."""
    local = moment.astimezone()
    clock = local.strftime("%H:%M:%S" if local.date() == now.astimezone().date() else "%Y-%m-%d %H:%M:%S")
    distance = moment - now
    return f"at {clock}, {f'in {length(distance)}' if distance > timedelta() else f'{length(-distance)} ago'}"


def length(duration: timedelta) -> str:
    """In its two largest units: ``12 h``, ``4 min 59 s``, ``2 d 3 h``."""
    seconds = round(duration.total_seconds())
    parts: list[str] = []
    for size, unit in UNITS:
        count, seconds = divmod(seconds, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
        elif parts:
            parts.append("")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part)
