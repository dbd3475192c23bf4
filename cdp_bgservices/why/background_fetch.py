"""The rules of background fetch."""

from collections.abc import Iterator

from cdp_bgservices.events import Event, Service
from cdp_bgservices.vocabulary.permissions import DENIED, GRANTED, PROMPT
from cdp_bgservices.why.browsers import has_api, has_service
from cdp_bgservices.why.kinds import Kind, fine, listed, unknown
from cdp_bgservices.why.network import online
from cdp_bgservices.why.rule import Rule
from cdp_bgservices.why.times import at
from cdp_bgservices.why.values import Effect, Facts, Fetch, Reason, Unknown
from cdp_bgservices.why.workers import handles

SERVICE = Service.BACKGROUND_FETCH
PERMISSION = "chrome/browser/background_fetch/background_fetch_permission_context.cc"
JOB = "content/browser/background_fetch/background_fetch_job_controller.cc"
REGISTERED, RESPONSE, COMPLETED = (
    "Background Fetch registered",
    "Request processing completed",
    "Background Fetch completed",
)
SUCCESS = "BackgroundFetchSuccessEvent"

NEEDS_CLICK = Kind(
    key="needs-click",
    effect=Effect.BLOCKS,
    means="The tab has used up the one download that needs no click, so its next background fetch needs one.",
    remedy="Start it in the handler of a real click. In a test: --grant ORIGIN.",
    source=PERMISSION,
)
REFUSED = Kind(
    key="downloads-refused",
    effect=Effect.BLOCKS,
    means="Chromium refuses further downloads of this tab, and with them its background fetches.",
    remedy="Open the site in a new tab, and start each fetch from a real click. In a test: --grant ORIGIN.",
    source=PERMISSION,
)
PAUSED = Kind(
    key="paused",
    effect=Effect.BLOCKS,
    means="The fetch was started paused, as from a frame, and waits until the user resumes it.",
    remedy="Resume it in the browser's list of downloads, or start it in the top-level page.",
    source="content/browser/background_fetch/background_fetch_scheduler.cc",
)
IN_PROGRESS = Kind(
    key="in-progress",
    effect=Effect.DELAYS,
    means="The fetch is not over.",
    remedy="Wait. If it does not go on, look whether the server answers.",
    source=JOB,
)
SUCCEEDED = Kind(
    key="succeeded",
    effect=Effect.BLOCKS,
    means="The fetch has succeeded already, and is over.",
    remedy="Start another one with backgroundFetch.fetch().",
    source=JOB,
)
FAILED = Kind(
    key="failed",
    effect=Effect.BLOCKS,
    means="The fetch has failed, or was aborted, and is over.",
    remedy="Fix the cause, and start it again.",
    source="https://wicg.github.io/background-fetch/",
)
NONE_STARTED = Kind(
    key="not-registered",
    effect=Effect.BLOCKS,
    means="No background fetch with this id was started.",
    remedy="Start it in an open page: registration.backgroundFetch.fetch(id, requests). A worker cannot start one.",
    source="https://wicg.github.io/background-fetch/",
)
NOT_HEARD = Kind(
    key="no-success-handler",
    effect=Effect.EXPLAINS,
    means="The service worker does not listen to 'backgroundfetchsuccess', so what is fetched is thrown away.",
    remedy="Add it, and keep the records there: self.addEventListener('backgroundfetchsuccess', …).",
    source="https://wicg.github.io/background-fetch/",
)
KINDS = (NEEDS_CLICK, REFUSED, PAUSED, IN_PROGRESS, SUCCEEDED, FAILED, NONE_STARTED, NOT_HEARD)

REMEDIES = {
    "BAD_STATUS": "The server has to answer each request with a status from 200 to 299.",
    "FETCH_ERROR": "Check that the server can be reached, its certificate, and CORS for another origin.",
    "QUOTA_EXCEEDED": "Free storage of the site: navigator.storage.estimate() says what is left.",
    "DOWNLOAD_TOTAL_EXCEEDED": "The responses are larger than downloadTotal: give the real size, or none.",
    "SERVICE_WORKER_UNAVAILABLE": "Keep the service worker registered until the fetch is over.",
    "CANCELLED_FROM_UI": "The user has cancelled it: start it again when the user asks for it.",
    "CANCELLED_BY_DEVELOPER": "The site has called abort(): find out where.",
}
"""By the failure reason."""


def allowed(facts: Facts) -> Iterator[Reason]:
    """Whether another one may start. It follows the rule for several downloads of one tab: it has no setting itself."""
    if asked_fetches(facts) or (facts.tag is not None and end_of(facts)):
        return  # It has started.
    seen = facts.permission("background-fetch").page
    if isinstance(seen, Unknown):
        yield unknown("permission", "The permission 'background-fetch', as the page sees it,", seen)
    elif seen == PROMPT:
        yield NEEDS_CLICK.because(f"{NEEDS_CLICK.means[:-1]}: the permission 'background-fetch' is 'prompt'.")
    elif seen == DENIED:
        yield REFUSED.because(f"{REFUSED.means[:-1]}: the permission 'background-fetch' is 'denied'.")
    elif seen == GRANTED:
        yield fine("permission", "The permission 'background-fetch' is granted.")


def state(facts: Facts) -> Iterator[Reason]:
    fetches = facts.registered.fetches
    if isinstance(fetches, Unknown):
        yield unknown("registered", "Which background fetches are not over", fetches)
        return
    asked = asked_fetches(facts)
    for fetch in asked:
        yield in_progress(facts, fetch)
    if not asked and fetches is not None:
        yield over(facts, [fetch.id for fetch in fetches])


def asked_fetches(facts: Facts) -> list[Fetch]:
    """Those that are not over, of the id that was asked about."""
    fetches = facts.registered.fetches
    known = () if isinstance(fetches, Unknown) else fetches or ()
    return [fetch for fetch in known if facts.tag in (None, fetch.id)]


def in_progress(facts: Facts, fetch: Fetch) -> Reason:
    last = {event.event_name: event for event in facts.events_of(fetch.id)}
    if REGISTERED in last and last[REGISTERED].metadata.get("Start Paused") == "Yes" and RESPONSE not in last:
        return PAUSED.because(
            f"The background fetch '{fetch.id}' was started paused, and waits for the user to resume it."
        )
    total = f" of {fetch.total:,} bytes" if fetch.total else " bytes"
    return IN_PROGRESS.because(f"The background fetch '{fetch.id}' is not over: it has {fetch.downloaded:,}{total}.")


def over(facts: Facts, others: list[str]) -> Reason:
    """What became of it, or of the last one."""
    completed = end_of(facts)
    if completed is None:
        which = f"'{facts.tag}' " if facts.tag is not None else ""
        goes_on = f"; not over: {listed(others)}" if others else ""
        return NONE_STARTED.because(f"No background fetch {which}was started{goes_on}.")
    when = at(completed.timestamp, facts.moment)
    if completed.metadata.get("Event Type") == SUCCESS:
        return SUCCEEDED.because(f"The background fetch '{completed.instance_id}' has succeeded already, {when}.")
    reason = completed.metadata.get("Failure Reason", "").rpartition("::")[2]
    return FAILED.because(
        f"The background fetch '{completed.instance_id}' ended {when} as {reason or 'failed'}"
        f"{answer(facts.events_of(completed.instance_id))}.",
        REMEDIES.get(reason),
    )


def end_of(facts: Facts) -> Event | None:
    """The end of the fetch that was asked about, or of the last one."""
    events = reversed(facts.events_of(facts.tag))
    return next((event for event in events if event.event_name == COMPLETED), None)


def answer(events: list[Event]) -> str:
    """What the server answered last, if that is why."""
    for event in reversed(events):
        if event.event_name == RESPONSE:
            status, url = event.metadata.get("Response Status", ""), event.metadata.get("URL", "")
            return f": {url.partition('?')[0]} was answered with {status}" if status[:1] in ("4", "5") else ""
    return ""


RULES: tuple[Rule, ...] = (
    has_service("a background fetch starts there, and never ends"),
    has_api("backgroundFetch", lambda facts: facts.registered.fetches),
    online("a background fetch waits for the network"),
    allowed,
    state,
    handles("backgroundfetchsuccess", NOT_HEARD),
)


def next_step(facts: Facts) -> str:
    """What comes next, and when."""
    return "A background fetch starts when an open page calls registration.backgroundFetch.fetch()."
