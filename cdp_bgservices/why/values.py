"""``Facts``: what is known of a site and its browser. ``Reason``: what one of them means for a background service.

A fact is a value, None where it does not apply, or ``Unknown`` where it could not be looked at. An empty tuple says
that there is nothing; ``Unknown`` never does. Every fact is Unknown unless it was gathered.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.protocol.registrations import Version


class Unknown(msgspec.Struct, frozen=True):
    """A fact that could not be looked at."""

    unknown: str
    """Why: a clause, such as ``no page of it is open``."""


NOT_ASKED = Unknown("no browser was asked")
NO_STORE = Unknown("no store was read")


class Effect(StrEnum):
    """What a fact does to the service, the decisive first."""

    BLOCKS = "blocks"
    """Nothing comes until someone changes it."""
    DELAYS = "delays"
    """It comes later, by itself."""
    HIDES = "hides"
    """It may come, and no event shows it."""
    EXPLAINS = "explains"
    """It does not hinder, but says what to expect, or what has happened already."""
    UNKNOWN = "unknown"
    """It could not be looked at, so it may hinder."""
    OK = "ok"
    """It is as the service needs it."""


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """What a fact means for the service that was asked about."""

    key: str
    """Such as ``permission-denied``; the same for the same rule of the same service."""
    effect: Effect
    said: str
    """One sentence."""
    remedy: str = ""
    """What to do, one sentence; empty where there is nothing to do."""
    source: str = ""
    """The specification or the file of Chromium that the rule follows."""


class BrowserFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The browser, and the browser context in which the site was looked at."""

    product: str | Unknown = NOT_ASKED
    """Such as ``Chrome/156.0.8078.79``, or ``HeadlessChrome/…`` of the headless shell."""
    is_headless_shell: bool | Unknown = NOT_ASKED
    has_windows: bool | Unknown = NOT_ASKED
    """Whether it shows windows: it is not headless."""
    shows_late: bool | Unknown = NOT_ASKED
    """Whether the system shows its notifications: on macOS and Windows, with windows."""
    switches: tuple[str, ...] | Unknown = NOT_ASKED
    """Its command line, one switch each, such as ``--disable-notifications`` or ``--disable-features=A,B``."""
    browser_context: str | Unknown = NOT_ASKED
    """The context's id."""
    is_off_the_record: bool | Unknown = NOT_ASKED
    """Whether the context is incognito, or made by a test over the protocol: its data ends with it."""
    activating: tuple[str, ...] | Unknown = NOT_ASKED
    """The scopes of the workers in this context, of every site, that are activating."""


class SiteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The site, and the scope of it that was asked about."""

    origin: str
    """Without a trailing slash; empty where no site is known at all."""
    scope: str | None
    """The registration's scope URL; None where none is registered."""
    other_scopes: tuple[str, ...] | Unknown = NOT_ASKED
    """Further registrations of this origin in this context."""
    page: str | Unknown | None = NOT_ASKED
    """The address, without its query, of the open page that was asked; None if no page of the origin is open."""
    pages: int | Unknown = NOT_ASKED
    """The open pages of the origin, tabs only."""
    is_secure: bool | Unknown = NOT_ASKED
    """Whether it is a secure context."""
    is_third_party: bool | Unknown = NOT_ASKED
    """Whether the registration belongs to a frame in another site's page, whose storage is partitioned."""
    missing: str | Unknown | None = NOT_ASKED
    """Why no worker is registered, as far as the open pages show it: a clause. None where one is registered."""
    missing_remedy: str = ""
    page_errors: tuple[str, ...] | Unknown = NOT_ASKED
    """What the page threw and did not handle since it was loaded, oldest first, such as a refused registration."""
    is_online: bool | Unknown = NOT_ASKED
    """``navigator.onLine``: also false where DevTools emulates that."""
    is_emulated_offline: bool | Unknown = NOT_ASKED
    """Whether our own emulation has cut it off."""
    is_installed: bool | Unknown = NOT_ASKED
    """Whether the page's web app is installed in this profile."""
    engagement: "Engagement | Unknown" = NOT_ASKED

    @property
    def place(self) -> str:
        """Its scope, or its origin where it has none: for a sentence."""
        return self.scope or self.origin


class Engagement(msgspec.Struct, frozen=True, kw_only=True):
    """The site engagement score, as the profile has saved it (components/site_engagement/)."""

    score: float
    """``rawScore``, from 0 to 100, without the decay since ``last``; 0 where the profile has no entry."""
    last: datetime | None
    """The last engagement; None without an entry."""
    saved: datetime
    """When the browser wrote its file, which is seconds late."""


class WorkerFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The service worker of the scope."""

    versions: tuple[Version, ...] | Unknown = NOT_ASKED
    """All that the browser reports, the one that gets the events first; empty where none is registered."""
    was_started: bool = False
    """Whether it was started in order to ask it."""
    handlers: tuple[str, ...] | Unknown = NOT_ASKED
    """The types of events that it listens to, sorted: ``push``, ``sync``."""
    errors: tuple[str, ...] | Unknown = NOT_ASKED
    """What it threw and did not handle, oldest first: since it was started, and before that as far as it was recorded.
    """

    @property
    def active(self) -> Version | None:
        """The version that gets the events; None where there is none, or that is unknown."""
        versions = () if isinstance(self.versions, Unknown) else self.versions
        return next((each for each in versions if each.status == "activated"), None)


class Fetch(msgspec.Struct, frozen=True, kw_only=True):
    """A ``BackgroundFetchRegistration`` that is not over."""

    id: str
    downloaded: int
    """Bytes."""
    total: int
    """Bytes; 0 where the site did not say."""
    result: str
    """``""``, ``success`` or ``failure``."""
    failure_reason: str


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A ``PushSubscription``."""

    host: str
    """The push service's host."""
    user_visible_only: bool
    has_key: bool
    """Whether it was made with an ``applicationServerKey``."""
    expires: datetime | None


class ShownNotification(msgspec.Struct, frozen=True, kw_only=True):
    """A notification that is displayed."""

    tag: str
    title: str


class RegisteredFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the scope's registration has, as its own APIs say. None: the browser has no such API."""

    sync_tags: tuple[str, ...] | Unknown | None = NOT_ASKED
    periodic_tags: tuple[str, ...] | Unknown | None = NOT_ASKED
    fetches: tuple[Fetch, ...] | Unknown | None = NOT_ASKED
    subscriptions: tuple[Subscription, ...] | Unknown | None = NOT_ASKED
    """None or one."""
    notifications: tuple[ShownNotification, ...] | Unknown | None = NOT_ASKED
    has_payment_manager: bool | Unknown = NOT_ASKED
    """No API lists a worker's payment methods any more: PaymentInstruments was removed."""


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """One permission of the site."""

    page: str | Unknown | None = NOT_ASKED
    """As its page or worker sees it: ``granted``, ``denied``, ``prompt``; None where the browser does not know it. An
    override of DevTools counts.
    """
    profile: str | Unknown | None = NOT_ASKED
    """The user's own setting, as the profile has saved it: ``allow``, ``block``, ``ask``; None where the user has not
    decided, so that the browser's default counts."""
    default: str | Unknown | None = NOT_ASKED
    """The profile's setting for all sites, where the user has changed it."""


class RecorderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A recorder that is at work on this browser, as it says in the store."""

    host: str
    since: datetime


class GapFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A time that was not recorded completely."""

    begin: datetime
    end: datetime
    why: str


class RecordingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one service is recorded."""

    is_on: bool | Unknown | None = NOT_ASKED
    """Whether the browser records it in this context; None where the browser does not know the service."""
    armed_until: datetime | Unknown | None = NOT_ASKED
    """When the browser stops by itself; None where it does not record."""
    recorders: tuple[RecorderFacts, ...] | Unknown = NO_STORE
    gaps: tuple[GapFacts, ...] | Unknown = NO_STORE
    """Of the last day, oldest first."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one site, for a question about one service."""

    service: str
    """A :class:`~cdp_bgservices.events.Service`. ``msgspec.structs.replace`` asks about another one."""
    tag: str | None = None
    """The instance that was asked about: a sync's tag, a fetch's id, a notification's tag; None for any."""
    moment: datetime
    """When it was asked, UTC."""
    browser: BrowserFacts = BrowserFacts()
    site: SiteFacts
    worker: WorkerFacts = WorkerFacts()
    registered: RegisteredFacts = RegisteredFacts()
    permissions: dict[str, Permission] = {}
    """By the names of :data:`cdp_bgservices.vocabulary.permissions.PERMISSIONS`."""
    recordings: dict[str, RecordingFacts] = {}
    """By service."""
    events: tuple[Event, ...] | Unknown = NOT_ASKED
    """The latest of the scope's, of all services, oldest first: from the browser's own log and the store."""

    @property
    def recording(self) -> RecordingFacts:
        """Of the service."""
        return self.recordings.get(self.service, RecordingFacts())

    def permission(self, name: str) -> Permission:
        return self.permissions.get(name, Permission())

    def events_of(self, tag: str | None = None) -> list[Event]:
        """The service's, oldest first; of one instance where there is a tag. Empty where they are unknown."""
        events = () if isinstance(self.events, Unknown) else self.events
        return [
            event for event in events if event.service == self.service and (tag is None or event.instance_id == tag)
        ]
