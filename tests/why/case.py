"""A case of a reason: how the facts differ from those of a site where all is as it should be."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from cdp_bgservices.events import Event, Service
from cdp_bgservices.why.values import Engagement, Facts, GapFacts, Permission, RecordingFacts, Subscription
from tests.why.making import HANDLERS, IS_ON, NOW, site_facts

FETCH, SYNC, SHOWN = Service.BACKGROUND_FETCH, Service.BACKGROUND_SYNC, Service.NOTIFICATIONS
PAYMENT, PERIODIC, PUSH = Service.PAYMENT_HANDLER, Service.PERIODIC_BACKGROUND_SYNC, Service.PUSH_MESSAGING

Changes = Mapping[str, Any]
SUBSCRIPTION = Subscription(host="fcm.googleapis.com", user_visible_only=True, has_key=True, expires=None)
SUBSCRIBED = {"subscriptions": (SUBSCRIPTION,)}
ONE_SYNC = {"sync_tags": ("mail",)}
ONE_PERIODIC = {"periodic_tags": ("mail",)}
OFFLINE = {"is_online": False}


class Case(msgspec.Struct, frozen=True):
    service: str
    key: str
    said: str
    """A part of the sentence."""
    browser: Changes = {}
    site: Changes = {}
    worker: Changes = {}
    registered: Changes = {}
    permissions: Mapping[str, Permission] = {}
    recording: RecordingFacts = IS_ON
    events: tuple[Event, ...] = ()
    tag: str | None = None

    @property
    def facts(self) -> Facts:
        facts = site_facts(self.service, self.tag)
        return replace(
            facts,
            browser=replace(facts.browser, **self.browser),
            site=replace(facts.site, **self.site),
            worker=replace(facts.worker, **self.worker),
            registered=replace(facts.registered, **self.registered),
            permissions={**facts.permissions, **self.permissions},
            recordings={self.service: self.recording},
            events=self.events,
        )


def denied(profile: str | None = None, default: str | None = None) -> Permission:
    return Permission(page="denied", profile=profile, default=default)


def without(type_: str) -> Changes:
    return {"handlers": tuple(each for each in HANDLERS if each != type_)}


ASKED = Permission(page="prompt", profile=None, default=None)
FAILED = {"Failure_Reason": "waitUntil rejected", "Next_Attempt": "300000"}
HOURS = 3_600_000
GAP = GapFacts(begin=NOW - timedelta(hours=3), end=NOW - timedelta(hours=2), why="the recorder was not running")
UNUSED = Engagement(score=0, last=None, saved=NOW)
