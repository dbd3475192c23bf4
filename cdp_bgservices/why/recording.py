"""Whether the service is recorded at all: what is not recorded may well have happened."""

from collections.abc import Iterator

from cdp_bgservices.vocabulary.services import title_of
from cdp_bgservices.why.kinds import Kind, fine, unknown
from cdp_bgservices.why.times import at
from cdp_bgservices.why.values import Effect, Facts, Reason, Unknown

LOG = "content/browser/devtools/devtools_background_services_context_impl.cc"
RECORD = "Record it: cdp-bgservices record --attach ENDPOINT."

UNKNOWN_SERVICE = Kind(
    key="service-unknown",
    effect=Effect.HIDES,
    means="The browser's DevTools does not know this service, so nothing of it can be recorded.",
    remedy="Use Chromium, Chrome or Edge of this year.",
    source="third_party/blink/public/devtools_protocol/domains/BackgroundService.pdl",
)
NOT_RECORDED = Kind(
    key="not-recorded",
    effect=Effect.HIDES,
    means="The browser does not record this service, so what happens is not seen.",
    remedy=RECORD,
    source=LOG,
)
LAPSED = Kind(
    key="recording-lapsed",
    effect=Effect.HIDES,
    means="The three days for which the browser records are over: it drops the next event.",
    remedy=RECORD,
    source=LOG,
)
GAP = Kind(
    key="recording-gap",
    effect=Effect.EXPLAINS,
    means="In the last day there was a time that was not recorded completely: what happened in it may be missing.",
    remedy="Let the recorder run all the time; the whole list: cdp-bgservices coverage.",
    source="docs/coverage.md",
)
NO_RECORDER = Kind(
    key="no-recorder",
    effect=Effect.EXPLAINS,
    means="The browser keeps the events itself, but no recorder takes them into this store.",
    remedy=RECORD,
    source=LOG,
)
KINDS = (UNKNOWN_SERVICE, NOT_RECORDED, LAPSED, GAP, NO_RECORDER)


def recorded(facts: Facts) -> Iterator[Reason]:
    title, recording = title_of(facts.service), facts.recording
    if isinstance(recording.is_on, Unknown):
        yield unknown("recording", "Whether the browser records it", recording.is_on)
    elif recording.is_on is None:
        yield UNKNOWN_SERVICE.because()
    elif not recording.is_on:
        yield NOT_RECORDED.because(f"The browser does not record {title!r}, so what happens is not seen.")
    elif (until := recording.armed_until) and not isinstance(until, Unknown):
        if until <= facts.moment:
            yield LAPSED.because(f"The browser's recording ended {at(until, facts.moment)}: it drops the next event.")
        else:
            yield fine("recording", f"The browser records it; that ends by itself {at(until, facts.moment)}.")
    else:
        yield fine("recording", "The browser records it.")


def stored(facts: Facts) -> Iterator[Reason]:
    """Of a store that was read; nothing where none was."""
    recorders, gaps = facts.recording.recorders, facts.recording.gaps
    if not isinstance(recorders, Unknown) and not recorders and facts.recording.is_on is True:
        yield NO_RECORDER.because()
    if not isinstance(gaps, Unknown) and gaps:
        last = gaps[-1]
        count = f"{len(gaps)} times" if len(gaps) > 1 else "once"
        yield GAP.because(
            f"In the last day the recording was not complete {count}; the last time ended "
            f"{at(last.end, facts.moment)}: {last.why}."
        )
