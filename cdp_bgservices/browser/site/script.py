"""What a page, or a service worker, is asked about a scope's registration, in JavaScript; and how it is read.

Each question has its own answer and its own time: one that fails leaves the others.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cdp_bgservices.vocabulary.permissions import PERMISSIONS
from cdp_bgservices.why.values import Fetch, RegisteredFacts, ShownNotification, Subscription, Unknown

LIMIT = 1.5
"""Seconds for each answer."""

NO_REGISTRATION = "NO_REGISTRATION"

SCRIPT = """
  const within = (answer) => Promise.race([answer, new Promise((resolve, reject) =>
    setTimeout(() => reject(new Error(`no answer within ${LIMIT} s`)), LIMIT * 1000))]);
  const find = async () => {
    if (globalThis.registration instanceof ServiceWorkerRegistration) return globalThis.registration;
    const all = await navigator.serviceWorker.getRegistrations();
    return all.find((each) => each.scope === SCOPE);
  };
  const text = (value) => { const all = String(value ?? ''); return all.toWellFormed ? all.toWellFormed() : all; };
  const fetches = async (manager) => {
    const found = await Promise.all((await manager.getIds()).map((id) => manager.get(id)));
    return found.filter(Boolean).map(({ id, downloaded, downloadTotal, result, failureReason }) => (
      { id: text(id), downloaded, total: downloadTotal, result, failureReason }));
  };
  const subscription = async (manager) => {
    const found = await manager.getSubscription();
    if (!found) return [];
    const { endpoint, options, expirationTime } = found;
    return [{ endpoint: text(endpoint), userVisibleOnly: Boolean(options.userVisibleOnly),
      hasKey: Boolean(options.applicationServerKey), expires: expirationTime }];
  };
  const has = (name, ask) => async (own) => (name in own ? ask(own[name]) : null);
  const QUESTIONS = {
    sync: has('sync', async (sync) => (await sync.getTags()).map(text)),
    periodicSync: has('periodicSync', async (sync) => (await sync.getTags()).map(text)),
    fetches: has('backgroundFetch', fetches),
    subscriptions: has('pushManager', subscription),
    payment: async (own) => 'paymentManager' in own,
    ...(NOTIFICATIONS ? { notifications: async (own) =>
      (await own.getNotifications()).map(({ tag, title }) => ({ tag: text(tag), title: text(title) })) } : {}),
  };
  const answered = async (answer) => {
    try {
      return { value: await within(answer()) };
    } catch (error) {
      return { error: text(error?.message ?? error), isType: error instanceof TypeError };
    }
  };
  const found = await answered(find);
  const own = found.value;
  const each = Object.entries(QUESTIONS).map(async ([name, ask]) => [name,
    own ? await answered(() => ask(own)) : { error: found.error ?? NO_REGISTRATION }]);
  const permissions = PERMISSIONS.map(async (name) => [name,
    await answered(async () => (await navigator.permissions.query({ name, userVisibleOnly: true })).state)]);
  return JSON.stringify({
    isSecure: globalThis.isSecureContext,
    isOnline: navigator.onLine,
    hasRegistration: found.error === undefined ? Boolean(own) : null,
    registered: Object.fromEntries(await Promise.all(each)),
    permissions: Object.fromEntries(await Promise.all(permissions)),
  });
"""


class Answered(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to one question, or why there is none."""

    value: Any = None
    error: str | None = None
    is_type: bool = False
    """Whether it is a ``TypeError``: the browser does not know what was asked."""

    def read(self, kind: Any) -> Any:
        """The value, or Unknown."""
        if self.error == NO_REGISTRATION:
            return Unknown("the page does not see that registration")
        if self.error is not None:
            return Unknown(f"the site's own API refused: {self.error}")
        return msgspec.convert(self.value, kind)


class SiteAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """All that a page or a worker has answered."""

    is_secure: bool
    is_online: bool
    has_registration: bool | None
    """Whether it sees the registration; None if it could not look."""
    registered: dict[str, Answered]
    permissions: dict[str, Answered]

    def facts(self) -> RegisteredFacts:
        """Raises msgspec.ValidationError where the page's code has answered something else."""
        answer = self.registered
        return RegisteredFacts(
            sync_tags=answer["sync"].read(tuple[str, ...] | None),
            periodic_tags=answer["periodicSync"].read(tuple[str, ...] | None),
            fetches=mapped(answer["fetches"].read(tuple[FetchAnswer, ...] | None)),
            subscriptions=mapped(answer["subscriptions"].read(tuple[SubscriptionAnswer, ...] | None)),
            notifications=answer["notifications"].read(tuple[ShownNotification, ...])
            if "notifications" in answer
            else Unknown("to read them could remove one that is just being displayed"),
            has_payment_manager=answer["payment"].read(bool),
        )

    def permission(self, name: str) -> str | Unknown | None:
        answer = self.permissions[name]
        return None if answer.is_type else answer.read(str)


class FetchAnswer(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    downloaded: int
    total: int
    result: str
    failure_reason: str

    def fact(self) -> Fetch:
        return Fetch(
            id=self.id,
            downloaded=self.downloaded,
            total=self.total,
            result=self.result,
            failure_reason=self.failure_reason,
        )


class SubscriptionAnswer(msgspec.Struct, frozen=True, rename="camel"):
    endpoint: str
    user_visible_only: bool
    has_key: bool
    expires: float | None
    """Milliseconds since 1970."""

    def fact(self) -> Subscription:
        return Subscription(
            host=urlsplit(self.endpoint).netloc,
            user_visible_only=self.user_visible_only,
            has_key=self.has_key,
            expires=None if self.expires is None else datetime.fromtimestamp(self.expires / 1000, UTC),
        )


def mapped(answers: Any) -> Any:
    """Each of them as a fact; Unknown and None stay."""
    return tuple(each.fact() for each in answers) if isinstance(answers, tuple) else answers


def script(scope: str | None, *, notifications: bool) -> str:
    """An expression whose value is the promise of a text, for ``read_answer``."""
    constants = {
        "SCOPE": scope,
        "NOTIFICATIONS": notifications,
        "PERMISSIONS": PERMISSIONS,
        "LIMIT": LIMIT,
        "NO_REGISTRATION": NO_REGISTRATION,
    }
    declared = "\n".join(f"  const {name} = {json.dumps(value)};" for name, value in constants.items())
    return f"(async () => {{\n{declared}{SCRIPT}}})()"


def read_answer(text: str) -> SiteAnswer:
    """Raises msgspec.DecodeError, which a ValidationError is."""
    return msgspec.json.decode(text, type=SiteAnswer)


HANDLERS = """(() => {
  if (!String(getEventListeners).includes('[Command Line API]')) return null;
  const types = new Set(Object.keys(getEventListeners(self)));
  for (const name in self) if (/^on[a-z]+$/.test(name) && typeof self[name] === 'function') types.add(name.slice(2));
  return [...types].sort();
})()"""
"""The types of events that a worker listens to; null where the worker's own code hides the console's function."""
