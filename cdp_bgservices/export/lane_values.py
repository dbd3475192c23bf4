"""Lanes as the page gets them: ten thousand in a few megabytes."""

from typing import Any

from cdp_bgservices.failures import Kind
from cdp_bgservices.stories import Lane

KINDS = {Kind.GOING_ON: 0, Kind.SUCCEEDED: 1, Kind.FAILED: 2}


def lane_values(lanes: list[Lane]) -> dict[str, Any]:
    """``texts``: what is said more than once; where a field is said to be a text, its number stands.

    ``lanes``: ``key``, ``label``, and as texts ``service``, ``origin``, ``scope``, ``source``, ``context``; ``begin``,
    ``end`` (``null``: open), ``kind`` (0 going on, 1 succeeded, 2 failed), ``spans`` of [begin, end or ``null``, name
    (text), kind, row, id of the event that began it], ``marks`` of [moment, name (text), kind, id, failure (text)].
    """
    texts: dict[str, int] = {}

    def text(value: str) -> int:
        return texts.setdefault(value, len(texts))

    values = [
        {
            "key": lane.head.key,
            "label": lane.head.label,
            "service": text(lane.head.service),
            "origin": text(lane.head.origin),
            "scope": text(lane.head.scope),
            "source": text(lane.head.source),
            "context": text(lane.head.context),
            "begin": lane.begin,
            "end": lane.end,
            "kind": KINDS[lane.kind],
            "spans": [
                [span.begin, span.end, text(span.name), KINDS[span.kind], span.row, span.id] for span in lane.spans
            ],
            "marks": [
                [mark.at, text(mark.event.event_name), KINDS[mark.kind], mark.event.id, text(mark.failure)]
                for mark in lane.marks
            ],
        }
        for lane in lanes
    ]
    return {"texts": list(texts), "lanes": values}
