"""The arguments of ``@pytest.mark.bgservices(…)``, and the permissions that they grant in a test for trio."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
import trio

from cdp_bgservices.browser.pages import grant
from cdp_bgservices.browser.targets import ContextGoneError
from cdp_bgservices.errors import BrowserLostError, InvalidInputError
from cdp_bgservices.query import parse_origin
from cdp_bgservices.recorder import Recorder

__tracebackhide__ = True  # pytest does not show the frames of this module.


class Marker(NamedTuple):
    grants: tuple[str | None, ...] = ()
    """Origins; None for all origins."""
    parts: tuple[str, ...] = ()
    ignores_https_errors: bool = False


ARGUMENTS = ("grant", "lab", "ignore_https_errors")


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
    return Marker(
        grants_of(given.get("grant", False)),
        parts_of(given.get("lab", "")),
        ignores_https_errors=flag_of(given, "ignore_https_errors"),
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


async def keep_granting(
    recorder: Recorder, origins: Sequence[str | None], task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """In every browser context that is open when it has started, and in each later one. Raises BrowserError."""

    async def grant_all(context_id: str) -> None:
        with suppress(ContextGoneError, BrowserLostError):  # Nothing is left to grant it in.
            for origin in origins:
                await grant(recorder.browser, origin, context_id)

    assert recorder.observation is not None
    await recorder.observation.for_each(grant_all, task_status)
