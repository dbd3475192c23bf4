"""The errors of an endpoint that cannot be attached to, each with its remedy."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import SplitResult

from cdp_bgservices.browser.address import is_name, shown
from cdp_bgservices.errors import BrowserError

HOW_TO_START = (
    "Start the browser with --remote-debugging-port=9222 and --user-data-dir=FOLDER. FOLDER must not be the default "
    "profile: Chrome 136 and later silently ignore the port there."
)
PORT = re.compile(r"(?:^|:)(\d+)(?:/|$)", re.ASCII)
"""In the name of an endpoint."""
CONSENT = "check the browser's window: it may ask for consent to be debugged"
BY_ADDRESS = "Attach by its address or by localhost: Chromium refuses other host names."


class UnreachableError(BrowserError):
    """Nothing answers at the endpoint."""


def clearest(refusals: Sequence[BrowserError]) -> BrowserError:
    """That of a server that answers, if one does: the system may have no second address."""
    return next((error for error in refusals if not isinstance(error, UnreachableError)), refusals[0])


def unreachable(name: str, error: OSError, remedy: str = HOW_TO_START) -> UnreachableError:
    """``remedy``: for an endpoint where nothing listens."""
    # trio tries each address of a name, and raises one OSError for all of them.
    causes = error.__cause__.exceptions if isinstance(error.__cause__, BaseExceptionGroup) else (error.__cause__,)
    if any(isinstance(each, ConnectionRefusedError) for each in (error, *causes)):
        port = PORT.search(name)
        return UnreachableError(f"nothing listens at {name}", remedy.replace("9222", port[1]) if port else remedy)
    return UnreachableError(f"{name} cannot be reached: {error}", HOW_TO_START)


TO_ANY = {
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: (
        "is a proxy that needs a user and a password",
        "Attach to the browser itself, not to a proxy.",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "accepts no more sessions now",
        "Wait, or end another session there; then try again.",
    ),
}
"""What a refusal of any request means, by its HTTP status, and its remedy."""
TO_QUESTION = {
    **TO_ANY,
    HTTPStatus.FORBIDDEN: (
        "does not allow access",
        "Chromium never answers 403 here: check the gateway in front of it, and its token in the URL.",
    ),
    HTTPStatus.NOT_FOUND: (
        "answers, but has no /json/version",
        "A Chrome that was enabled at chrome://inspect/#remote-debugging has none: attach to its profile folder "
        "instead. Otherwise it is not a browser.",
    ),
}
"""The same for ``/json/version``."""
TO_HANDSHAKE = {
    **TO_ANY,
    HTTPStatus.FORBIDDEN: (
        "refused to be debugged",
        "Start the browser with --remote-allow-origins=* if a proxy adds an Origin header; "
        f"or {CONSENT}; or check that the URL has the token that a gateway needs.",
    ),
    HTTPStatus.NOT_FOUND: (
        "has no such DevTools endpoint",
        "The path changes at every start of the browser: attach by its port or its profile folder.",
    ),
}
"""The same for the handshake of a websocket."""


def refused(
    meanings: Mapping[HTTPStatus, tuple[str, str]], name: str, asked: SplitResult, status: int, location: str
) -> BrowserError:
    """The error for a request that was answered with this HTTP status. ``name`` is the endpoint without secrets."""
    match status:
        case _ if status in meanings:
            what, remedy = meanings[HTTPStatus(status)]
        case HTTPStatus.UNAUTHORIZED:
            has_one = asked.username or asked.query
            what = "does not accept the user or token in the URL" if has_one else "needs a user or a token"
            remedy = "Put them into the URL: http://USER:PASSWORD@HOST:PORT, or http://HOST:PORT/?token=TOKEN."
        case HTTPStatus.INTERNAL_SERVER_ERROR if asked.scheme.startswith("ws") and asked.path.startswith(
            "/devtools/page/"
        ):
            what, remedy = "is not a page that is open", "Attach to the whole browser, by its port or profile folder."
        case HTTPStatus.INTERNAL_SERVER_ERROR if is_name(host := asked.hostname or ""):
            what, remedy = f"refused the host name {host}", BY_ADDRESS
        case _ if 300 <= status < 400:
            what = f"redirects to {shown(location)}" if location else "redirects"
            remedy = "Redirects are not followed: attach to the address that it leads to."
        case _ if status >= 500:
            what = "answers with a server error"
            remedy = "A gateway does so if its browser has ended or has not started yet: check its log, then try again."
        case _:
            return BrowserError(f"{name} refused: HTTP status {status}", HOW_TO_START)
    return BrowserError(f"{name} {what} ({status})", remedy)
