"""Which sites are meant, and which were found."""

from collections.abc import Iterable, Sequence

import msgspec

from cdp_bgservices.browser.missing_worker import SCHEMES
from cdp_bgservices.browser.site.sites import Site, origin_of
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.why.values import Facts


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Which sites are meant; all of them without any of these."""

    scope: str | None = None
    origin: str | None = None
    browser_context: str | None = None
    """The beginning of its id."""

    def takes(self, site: Site) -> bool:
        return (
            (self.scope is None or (site.scope or "").rstrip("/") == self.scope.rstrip("/"))
            and self.origin in (None, site.origin)
            and self.takes_context(site.browser_context)
        )

    def takes_context(self, browser_context: str) -> bool:
        return browser_context.startswith(self.browser_context or "")

    @property
    def place(self) -> tuple[str, str | None] | None:
        """The origin and the scope, where one is named."""
        if self.scope is not None:
            return origin_of(self.scope), self.scope
        return None if self.origin is None else (self.origin, None)


def is_meant(site: Site, chosen: Chosen) -> bool:
    """Workers of extensions, and of the browser's own pages, only where their scope is named."""
    return chosen.takes(site) and (chosen.scope is not None or site.name.startswith(SCHEMES))


def the_only(found: Sequence[Facts], where: str) -> Facts:
    """Raises InvalidInputError if there is none, or more than one. ``where``: what was searched, for a sentence."""
    if not found:
        raise InvalidInputError(f"{where} has no open page and no service worker", "Open the page first.")
    if len(found) > 1:
        raise InvalidInputError("there are several sites", f"Give the scope of one: {names_of(found)}")
    return found[0]


def names_of(found: Iterable[Facts]) -> str:
    return ", ".join(dict.fromkeys(each.site.scope or f"{each.site.origin}/" for each in found))
