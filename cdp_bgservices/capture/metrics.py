"""``record --metrics-port``: the recording's numbers in Prometheus' text format, for this machine only."""

from collections.abc import Iterable, Iterator
from logging import getLogger
from typing import TYPE_CHECKING

import trio

from cdp_bgservices.capture.run import Run
from cdp_bgservices.errors import InvalidInputError, StoreError
from cdp_bgservices.shipping.spooled import SpooledStore
from cdp_bgservices.store.trio_store import Store

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from prometheus_client import Metric

log = getLogger(__name__)

PREFIX = "cdp_bgservices_"
COUNTERS = {
    "received": ("events_received", "Events that the browser sent, replays included."),
    "stored": ("events_stored", "Events that were new, and are in the store."),
    "known": ("events_known", "Events that were in the store already."),
    "too_old": ("events_too_old", "Events that were past retention when they were received."),
    "not_understood": ("messages_not_understood", "Messages of the browser that were not understood."),
    "reattachments": ("reattachments", "How often a browser that went away was recorded again."),
    "gaps": ("gaps", "Gaps that were found in what was recorded."),
}
"""By field of the recorder's Statistics: the name, and what it means."""


def metrics_app(run: Run) -> "WSGIApplication":
    """Raises InvalidInputError if the library is not installed."""
    try:
        from prometheus_client import CollectorRegistry, make_wsgi_app
    except ImportError as error:
        raise InvalidInputError(
            f"--metrics-port needs prometheus_client ({error})", "Install it: pip install 'cdp-bgservices[metrics]'"
        ) from error
    registry = CollectorRegistry()
    registry.register(Collector(run, trio.lowlevel.current_trio_token()))
    return make_wsgi_app(registry)


class Collector:
    """Called by the server's threads. The numbers are read in trio's thread, where nothing changes them in between."""

    def __init__(self, run: Run, token: trio.lowlevel.TrioToken) -> None:
        self.run = run
        self.token = token

    def collect(self) -> "Iterable[Metric]":
        try:
            return trio.from_thread.run(read_metrics, self.run, trio_token=self.token)
        except (trio.RunFinishedError, trio.Cancelled):
            return []  # The recording has just ended.


async def read_metrics(run: Run) -> "list[Metric]":
    metrics = list(recording_metrics(run))
    try:
        statistics = await run.store.statistics()
    except StoreError as error:
        log.debug("no metrics of the store: %s", error)
        return metrics
    return [*metrics, *store_metrics(statistics.size, statistics.events), *await shipping_metrics(run.store)]


async def shipping_metrics(store: Store) -> "list[Metric]":
    """Of a spool. Raises StoreError."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    if not isinstance(store, SpooledStore):
        return []
    sent = store.shipper.sent  # First: what is sent while the spool is read is not given as both sent and waiting.
    report = await store.report()
    shipped, waiting = (
        "Events that are in the shared store.",
        "Events that are in the spool, and not in the shared store.",
    )
    metrics = [
        CounterMetricFamily(f"{PREFIX}events_shipped", shipped, value=sent),
        GaugeMetricFamily(f"{PREFIX}events_to_ship", waiting, value=report.waiting),
    ]
    if report.error_at is not None:
        text = "When the shared store could not be reached; missing while it can."
        metrics.append(
            GaugeMetricFamily(f"{PREFIX}shipping_failed_timestamp_seconds", text, value=report.error_at.timestamp())
        )
    return metrics


def recording_metrics(run: Run) -> "Iterator[Metric]":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    recorder = run.recorder
    if recorder:
        recorder.count()
    for field, (name, text) in COUNTERS.items():
        yield CounterMetricFamily(PREFIX + name, text, value=getattr(run.statistics, field))
    waiting = len(recorder.writer.backlog.events) if recorder else 0
    contexts = len(recorder.contexts) if recorder else 0
    peak = run.statistics.peak_backlog
    yield GaugeMetricFamily(f"{PREFIX}backlog_events", "Events that wait for the store.", value=waiting)
    yield GaugeMetricFamily(f"{PREFIX}backlog_peak_events", "The most that ever waited at once.", value=peak)
    yield GaugeMetricFamily(
        f"{PREFIX}browser_contexts", "Contexts observed; 0 while there is no browser.", value=contexts
    )
    armed_until = recorder.armed_until if recorder else None
    if armed_until is not None:
        text = "When the browser would stop recording by itself, if the recorder went away now."
        yield GaugeMetricFamily(f"{PREFIX}armed_until_timestamp_seconds", text, value=armed_until.timestamp())


def store_metrics(size: int, events: dict[str, int]) -> "Iterator[Metric]":
    from prometheus_client.core import GaugeMetricFamily

    yield GaugeMetricFamily(f"{PREFIX}store_bytes", "The store on the disk, its log included.", value=size)
    stored = GaugeMetricFamily(f"{PREFIX}store_events", "Events in the store.", labels=["service"])
    for service, count in events.items():
        stored.add_metric([service], count)
    yield stored
