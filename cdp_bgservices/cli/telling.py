"""What record says on standard error when it begins and when it ends."""

from cdp_bgservices.cli.asked import Recording
from cdp_bgservices.cli.recorded import Run
from cdp_bgservices.query import format_duration
from cdp_bgservices.recorder import Recorder


def introduction(recording: Recording, recorder: Recorder, *, again: bool) -> str:
    contexts = len(recorder.contexts)
    what = "1 browser context" if contexts == 1 else f"{contexts} browser contexts"
    how_long = "" if recording.length is None else f" for {format_duration(recording.length)}"
    until = "" if recording.until is None else f" until {':'.join(recording.until)}"
    anew = " again" if again else ""
    return f"recording {what}{anew} of {recorder.browser.product} into {recorder.store.path}{how_long}{until}"


def conclusion(run: Run) -> str:
    recording, recorder, statistics = run.recording, run.recorder, run.statistics
    lines = [f"stored {statistics.stored} events in {run.store.path}"]
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
    kept_on = recording.attach is not None and not recording.stop_recording
    if kept_on and recorder is not None and recorder.armed_until:
        lines.append(f"the browser goes on recording by itself until {recorder.armed_until:%Y-%m-%d %H:%M} UTC")
    return "\n".join(lines)
