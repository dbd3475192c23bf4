"""The time in which no recorder was attached: what is known of it from what came before and after it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from cdp_bgservices.coverage.values import OTHER, Interval, Series, State, Tail

Loss = tuple[State, str]
"""What happened to a service's part of the browser's log, and details."""


def missed(series: Series, *, was_recording: bool, until: datetime, loss: Loss | None = None) -> list[Interval]:
    """From when a series was last seen until it was recorded again, which is when it was switched on there.

    The rules are those of Chromium's content/browser/devtools/devtools_background_services_context_impl.cc: recording
    lapses silently, so that ``isRecording`` proves nothing, but the moment at which it lapses is known. What was
    recorded is in the replay, except what was deleted with its registration or cleared.
    """
    since, lapses = series.seen_until, series.armed_until
    if until <= since:
        return []
    if series.is_over:
        return [series.interval(since, until, State.NEVER_RECORDED)]
    if series.context_kind == OTHER:
        # Nothing reports a context that came and went in that time.
        return [series.interval(since, until, State.CONTEXT_ENDED)]
    if lapses is None or (lapses > until and not was_recording):
        return [series.interval(since, until, State.SWITCHED_OFF)]
    recorded = series.interval(since, min(lapses, until), *(loss or (State.BROWSER, "")))
    intervals = [recorded] if recorded.begin < recorded.end else []
    if lapses < until:
        intervals.append(series.interval(max(lapses, since), until, State.LAPSED))
    return intervals


def losses(missing: Iterable[Tail], registrations: Mapping[str, object]) -> dict[str, Loss]:
    """By service, of the tails that the replay did not have: their registration is gone, or it is still there."""
    found: dict[str, Loss] = {}
    for tail in missing:
        if tail.registration_id in registrations:
            found[tail.service] = (State.CLEARED, "")
        elif tail.service not in found:
            found[tail.service] = (State.UNREGISTERED, tail.scope)
    return found
