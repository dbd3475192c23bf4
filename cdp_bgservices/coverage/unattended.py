"""What became of the time for which nobody was attached: by what was known before it, and what was found after it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from cdp_bgservices.coverage.values import OTHER, Lane, Span, State, Tail

Loss = tuple[State, str]
"""What happened to a service's part of the browser's log, and details."""


def missed(lane: Lane, *, was_recording: bool, until: datetime, loss: Loss | None = None) -> list[Span]:
    """From when a lane was last seen until it was recorded again, which is when it was switched on there.

    The rules are those of Chromium's content/browser/devtools/devtools_background_services_context_impl.cc: recording
    lapses in silence, so that ``isRecording`` is no proof, but the moment at which it lapses is known. What was
    recorded is in the replay, except what went with its registration or was cleared.
    """
    since, lapses = lane.seen_until, lane.armed_until
    if until <= since:
        return []

    def span(begin: datetime, end: datetime, state: State, detail: str = "") -> Span:
        return Span(
            context_kind=lane.context_kind, service=lane.service, begin=begin, end=end, state=state, detail=detail
        )

    if lane.is_over:
        return [span(since, until, State.NEVER_RECORDED)]
    if lane.context_kind == OTHER:
        # One that came and went meanwhile is nowhere told of.
        return [span(since, until, State.CONTEXT_ENDED)]
    if lapses is None or (lapses > until and not was_recording):
        return [span(since, until, State.SWITCHED_OFF)]
    recorded = span(since, min(lapses, until), *(loss or (State.BROWSER, "")))
    spans = [recorded] if recorded.begin < recorded.end else []
    if lapses < until:
        spans.append(span(max(lapses, since), until, State.LAPSED))
    return spans


def losses(missing: Iterable[Tail], registrations: Mapping[str, object]) -> dict[str, Loss]:
    """By service, of the tails that the replay did not have: their registration is gone, or it is still there."""
    found: dict[str, Loss] = {}
    for tail in missing:
        if tail.registration_id in registrations:
            found[tail.service] = (State.CLEARED, "")
        elif tail.service not in found:
            found[tail.service] = (State.UNREGISTERED, tail.scope)
    return found
