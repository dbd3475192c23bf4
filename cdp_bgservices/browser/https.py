"""https with a certificate that Chromium does not trust."""

from cdp import security

from cdp_bgservices.browser.connection import Session
from cdp_bgservices.errors import BrowserError, CommandError

CERTIFICATE_ERROR = "net::ERR_CERT_"
"""How Chromium's own name of such an error begins."""
REMEDY = (
    "Let the browser trust the certificate, for example with mkcert, or ignore it: --ignore-https-errors, in Python "
    "ignore_https_errors=True."
)


async def ignore_https_errors(root: Session, *, ignored: bool = True) -> None:
    """Of the whole browser, until its connection ends: pages, service workers, WebSockets and background fetches.

    The same command on a page's session, as Playwright sends it, is for that page only: the script of a service worker
    is fetched by none. Raises BrowserError, where the browser refuses.
    """
    try:
        await root.call(security.set_ignore_certificate_errors(ignore=ignored))
    except CommandError as error:
        raise BrowserError(
            f"this browser cannot ignore https errors ({error})", "Start it with --ignore-certificate-errors."
        ) from error
