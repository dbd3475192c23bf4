"""The errors of an endpoint that cannot be attached to, each with its remedy."""

from http import HTTPStatus
from urllib.parse import SplitResult

from cdp_bgservices.browser.address import is_name, shown
from cdp_bgservices.errors import BrowserError

HOW_TO_START = (
    "Start the browser with --remote-debugging-port=9222 and --user-data-dir=FOLDER. FOLDER must not be the default "
    "profile: Chrome 136 and later silently ignore the port there."
)
CONSENT = "check the browser's window: it may ask for consent to be debugged"
BY_ADDRESS = "Attach by its address or by localhost: Chromium refuses other host names."


class UnreachableError(BrowserError):
    """Nothing answers at the endpoint."""


def unreachable(name: str, error: OSError, remedy: str = HOW_TO_START) -> UnreachableError:
    """``remedy``: for an endpoint where nothing listens."""
    # trio tries each address of a name, and raises one OSError for all of them.
    causes = error.__cause__.exceptions if isinstance(error.__cause__, BaseExceptionGroup) else (error.__cause__,)
    if any(isinstance(each, ConnectionRefusedError) for each in (error, *causes)):
        return UnreachableError(f"nothing listens at {name}", remedy)
    return UnreachableError(f"{name} cannot be reached: {error}", HOW_TO_START)


def refused_question(name: str, asked: SplitResult, status: int, location: str = "") -> BrowserError:
    """``/json/version`` was answered with this HTTP status; ``name`` is the endpoint without secrets."""
    if status == HTTPStatus.FORBIDDEN:
        return BrowserError(
            f"{name} does not allow access (403)",
            "Chromium never answers 403 here: check the gateway in front of it, and its token in the URL.",
        )
    if status == HTTPStatus.NOT_FOUND:
        return BrowserError(
            f"{name} answers, but has no /json/version (404)",
            "A Chrome that was enabled at chrome://inspect/#remote-debugging has none: attach to its profile folder "
            "instead. Otherwise it is not a browser.",
        )
    return refused(name, asked, status, location)


def refused_handshake(name: str, asked: SplitResult, status: int, location: str = "") -> BrowserError:
    """The websocket's handshake was answered with this HTTP status."""
    if status == HTTPStatus.FORBIDDEN:
        return BrowserError(
            f"{name} refused to be debugged (403)",
            "Start the browser with --remote-allow-origins=* if a proxy adds an Origin header; "
            f"or {CONSENT}; or check that the URL has the token that a gateway needs.",
        )
    if status == HTTPStatus.NOT_FOUND:
        return BrowserError(
            f"{name} has no such DevTools endpoint (404)",
            "The path changes at every start of the browser: attach by its port or its profile folder.",
        )
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and asked.path.startswith("/devtools/page/"):
        return BrowserError(
            f"{name} is not a page that is open (500)", "Attach to the whole browser, by its port or profile folder."
        )
    return refused(name, asked, status, location)


def refused(name: str, asked: SplitResult, status: int, location: str) -> BrowserError:
    """What a status means for any request."""
    host = asked.hostname or ""
    match status:
        case HTTPStatus.UNAUTHORIZED:
            has_one = asked.username or asked.query
            what = "does not accept the user or token in the URL" if has_one else "needs a user or a token"
            return BrowserError(
                f"{name} {what} (401)",
                "Put them into the URL: http://USER:PASSWORD@HOST:PORT, or http://HOST:PORT/?token=TOKEN.",
            )
        case HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return BrowserError(
                f"{name} is a proxy that needs a user and a password (407)",
                "Attach to the browser itself, not to a proxy.",
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            return BrowserError(
                f"{name} accepts no more sessions now (429)", "Wait, or end another session there; then try again."
            )
        case HTTPStatus.INTERNAL_SERVER_ERROR if is_name(host):
            return BrowserError(f"{name} refused the host name {host} (500)", BY_ADDRESS)
        case _ if 300 <= status < 400:
            where = f" to {shown(location)}" if location else ""
            return BrowserError(
                f"{name} redirects{where} ({status})",
                "Redirects are not followed: attach to the address that it leads to.",
            )
        case _ if status >= 500:
            return BrowserError(
                f"{name} answers with a server error ({status})",
                "A gateway does so if its browser has ended or has not started yet: check its log, then try again.",
            )
    return BrowserError(f"{name} refused: HTTP status {status}", HOW_TO_START)
