"""What is said of a capture when it begins and when it ends."""

import msgspec

from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.run import Run
from cdp_bgservices.query import format_duration
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.statistics import Statistics


def introduction(options: CaptureOptions, recorder: Recorder, *, again: bool) -> str:
    contexts = len(recorder.contexts)
    what = "1 browser context" if contexts == 1 else f"{contexts} browser contexts"
    how_long = "" if options.length is None else f" for {format_duration(options.length)}"
    until = "" if options.until is None else f" until {':'.join(options.until)}"
    repeated = " again" if again else ""
    redacted = ", without payloads," if recorder.store.redacts else ""
    product, path = recorder.browser.product, recorder.store.name
    return f"recording {what}{repeated} of {product}{redacted} into {path}{how_long}{until}"


def counted(statistics: Statistics) -> str:
    """Every number, even 0: those are why a recording is trusted."""
    names = {"known": "known already", "reattachments": "re-attachments"}
    numbers = msgspec.structs.asdict(statistics)
    counts = ", ".join(f"{names.get(name, name.replace('_', ' '))} {number}" for name, number in numbers.items())
    return counts + (" (`cdp-bgservices coverage` shows them)" if statistics.gaps else "")


def conclusion(run: Run) -> str:
    options, recorder, statistics = run.options, run.recorder, run.statistics
    lines = [f"stored {statistics.stored} events in {run.store.name}"]
    others = [
        f"{number} {what}"
        for number, what in (
            (statistics.known, "were there already"),
            (statistics.too_old, "were past retention"),
            (statistics.not_understood, "messages were not understood"),
        )
        if number
    ]
    lines[0] += f" ({', '.join(others)})" if others else ""
    lines.append(counted(statistics))
    kept_on = options.attach is not None and not options.stop_recording
    if kept_on and recorder is not None and recorder.armed_until:
        lines.append(f"the browser goes on recording by itself until {recorder.armed_until:%Y-%m-%d %H:%M} UTC")
    return "\n".join(lines)
