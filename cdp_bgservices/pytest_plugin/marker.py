"""The arguments of ``@pytest.mark.bgservices(…)``, and the permissions that they grant in a test for trio."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
import trio

from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.browser.permissions import grant, set_permission
from cdp_bgservices.browser.targets import ContextGoneError
from cdp_bgservices.errors import BrowserLostError, InvalidInputError
from cdp_bgservices.query import parse_origin
from cdp_bgservices.recorder import Recorder
from cdp_bgservices.vocabulary.permissions import parse_permission

__tracebackhide__ = True  # pytest does not show the frames of this module.


class Permission(NamedTuple):
    origin: str | None
    """None for all origins."""
    name: str
    state: str


class Marker(NamedTuple):
    grants: tuple[str | None, ...] = ()
    """Origins; None for all origins."""
    parts: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    ignores_https_errors: bool = False
    push_from_pages: bool = False

    @property
    def sets_permissions(self) -> bool:
        return bool(self.grants or self.permissions)

    async def apply(self, browser: Browser, browser_context: str | None = None) -> None:
        """Set the permissions in a browser context. What is named in ``permission`` precedes ``grant``.

        Raises BrowserError, ContextGoneError.
        """
        for origin in self.grants:
            await grant(browser, origin, browser_context)
        for permission in self.permissions:
            await set_permission(browser, *permission, browser_context)


ARGUMENTS = ("grant", "lab", "permission", "ignore_https_errors", "push_from_pages")


def marker_of(item: pytest.Item) -> Marker:
    """The markers of a test, its class and its module together. Raises InvalidInputError for invalid arguments."""
    given: dict[str, Any] = {}
    for marker in item.iter_markers("bgservices"):  # The nearest comes first, and takes precedence.
        if marker.args or set(marker.kwargs) - set(ARGUMENTS):
            raise InvalidInputError(
                f"@pytest.mark.bgservices takes {', '.join(ARGUMENTS[:-1])} and {ARGUMENTS[-1]} only",
                'Write @pytest.mark.bgservices(grant=True, lab="all").',
            )
        given = {**marker.kwargs, **given}
    parts = parts_of(given.get("lab", ""))
    push_from_pages = flag_of(given, "push_from_pages")
    if push_from_pages and "push" not in parts:
        raise InvalidInputError(
            "@pytest.mark.bgservices: push_from_pages is for a lab with push", 'Add lab="push", or leave it out.'
        )
    return Marker(
        grants_of(given.get("grant", False)),
        parts,
        tuple(permissions_of(given.get("permission", {}))),
        ignores_https_errors=flag_of(given, "ignore_https_errors"),
        push_from_pages=push_from_pages,
    )


def flag_of(given: Mapping[str, Any], name: str) -> bool:
    """Raises InvalidInputError for anything but True and False."""
    if not isinstance(wanted := given.get(name, False), bool):
        raise InvalidInputError(f"@pytest.mark.bgservices cannot take {name}={wanted!r}", "Write True or False.")
    return wanted


def grants_of(wanted: Any) -> tuple[str | None, ...]:
    """An origin, a list of them, or True for all. Raises InvalidInputError."""
    if isinstance(wanted, bool):
        return (None,) if wanted else ()
    origins = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(origins, Iterable) or not all(isinstance(origin, str) for origin in origins):
        raise InvalidInputError(
            f"@pytest.mark.bgservices cannot take grant={wanted!r}",
            'Write grant=True, or grant="http://localhost:8000", or a list of such origins.',
        )
    try:
        return tuple(parse_origin(origin) for origin in origins)
    except InvalidInputError as error:
        raise error.with_traceback(None) from None


def parts_of(wanted: Any) -> tuple[str, ...]:
    """``push,clock``, or a list of parts. Raises InvalidInputError."""
    if not wanted:
        return ()
    from cdp_bgservices.lab.opening import parse_parts

    if not isinstance(wanted, str | list | tuple | set):
        raise InvalidInputError(
            f"@pytest.mark.bgservices cannot take lab={wanted!r}", 'Write lab="all", or lab="push,clock".'
        )
    try:
        return parse_parts(wanted if isinstance(wanted, str) else ",".join(wanted))
    except InvalidInputError as error:
        raise error.with_traceback(None) from None


def permissions_of(wanted: Any, origin: str | None = None) -> Iterator[Permission]:
    """``{"notifications": "denied"}``, or ``{"http://localhost:8000": {"notifications": "denied"}}``.

    Raises InvalidInputError.
    """
    if not isinstance(wanted, Mapping):
        raise InvalidInputError(
            f"@pytest.mark.bgservices cannot take permission={wanted!r}",
            'Write permission={"notifications": "denied"}, '
            'or permission={"http://localhost:8000": {"notifications": "denied"}}.',
        )
    try:
        for name, state in wanted.items():
            if origin is None and isinstance(state, Mapping):
                yield from permissions_of(state, parse_origin(str(name)))
            else:
                yield Permission(origin, *parse_permission(name, state))
    except InvalidInputError as error:
        raise error.with_traceback(None) from None


async def keep_permissions(
    recorder: Recorder, marker: Marker, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """In every browser context that is open when it has started, and in each later one. Raises BrowserError."""

    async def apply(context_id: str) -> None:
        with suppress(ContextGoneError, BrowserLostError):  # Nothing is left to set them in.
            await marker.apply(recorder.browser, context_id)

    assert recorder.observation is not None
    await recorder.observation.for_each(apply, task_status)
