"""The triggers of a test: a method for each."""

from collections.abc import Mapping

from cdp_bgservices.browser import triggers
from cdp_bgservices.browser.triggers import Trigger
from cdp_bgservices.events import Event

__tracebackhide__ = True
"""pytest shows a failed test, and none of the frames here."""


class Triggers:
    """Of a class that knows how to trigger. Without a timeout its own default holds."""

    async def trigger(self, trigger: Trigger, scope: str | None, timeout: float | None, *, check: bool) -> Event:
        raise NotImplementedError

    async def sync(
        self,
        tag: str,
        *,
        last_chance: bool = False,
        scope: str | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> Event:
        """Dispatch a sync, and return its ``Dispatched sync event``.

        This and the next two warn if the worker has no handler. Raises TriggerError; with ``check``, HandlerError if
        the handler threw at once, or Chromium reports that it did not succeed.
        """
        return await self.trigger(triggers.sync(tag, last_chance=last_chance), scope, timeout, check=check)

    async def periodic_sync(
        self, tag: str, *, scope: str | None = None, timeout: float | None = None, check: bool = True
    ) -> Event:
        """Dispatch a periodic sync, and return its ``Dispatched periodicsync event``."""
        return await self.trigger(triggers.periodic_sync(tag), scope, timeout, check=check)

    async def push(
        self,
        data: str | Mapping[str, object] = "",
        *,
        scope: str | None = None,
        timeout: float | None = None,
        check: bool = True,
    ) -> Event:
        """Deliver a push message, a mapping as JSON, and return its ``Push event completed``."""
        return await self.trigger(triggers.push(triggers.payload(data)), scope, timeout, check=check)
