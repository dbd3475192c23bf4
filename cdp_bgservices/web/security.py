"""Who may send requests: this machine's own page, with the token; no other page, under whatever name of this server."""

import secrets
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cdp_bgservices.web.answers import refusal

HOSTS = ("127.0.0.1", "localhost", "[::1]")
JSON = "application/json"
TOKEN_IN_ADDRESS = ("/api/live", "/api/export")
"""What a page cannot send a header with: an EventSource, and a link to a download."""
NO_TOKEN = ("the token is missing or wrong", "Open the address that `cdp-bgservices view` printed, with #token=…")
"""The refusal that the page answers by asking for a token: its header says so."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer."""


class Guard:
    """ASGI middleware: refuses what does not come from our own page, and sets the headers of every answer.

    The token is asked for under ``/api/`` only; the page itself holds no secret.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self.app = app
        self.token = token.encode()
        self.hosts = {f"{host}:{port}" for host in HOSTS} | ({*HOSTS} if port == 80 else set())
        self.origins = {f"http://{host}" for host in self.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        is_api = scope["path"].startswith("/api/")

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers["Cache-Control"] = "no-store" if is_api else "no-cache"
            await send(message)

        app = self.refuse(scope, is_api) or self.app
        await app(scope, receive, send_guarded)

    def refuse(self, scope: Scope, is_api: bool) -> Response | None:
        """None where it is not."""
        headers = Headers(scope=scope)
        if reason := self.suspect(scope, headers, is_api):
            refused = refusal(403, *reason)
            if reason == NO_TOKEN:
                refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        # What a form of another site's page cannot send.
        if scope["method"] == "POST" and headers.get("content-type", "").partition(";")[0].strip() != JSON:
            return refusal(400, "the request is not JSON", f"Send it as {JSON}.")
        return None

    def suspect(self, scope: Scope, headers: Headers, is_api: bool) -> tuple[str, str] | None:
        """Why it may not be our own page that asks, and what to do; None where it is."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.hosts:
            return "unexpected Host header", "Open the address that `cdp-bgservices view` printed."
        if any(origin.lower() not in self.origins for origin in headers.getlist("origin")):
            return "cross-site requests are refused", "Open the address that `cdp-bgservices view` printed."
        if any(site not in ("same-origin", "none") for site in headers.getlist("sec-fetch-site")):
            return "cross-site requests are refused", "Type the address, or open it from the terminal."
        if is_api and not self.knows_token(scope, headers):
            return NO_TOKEN
        return None

    def knows_token(self, scope: Scope, headers: Headers) -> bool:
        given = [value[7:] for value in headers.getlist("authorization") if value[:7].lower() == "bearer "]
        if scope["path"] in TOKEN_IN_ADDRESS and not given:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return len(given) == 1 and secrets.compare_digest(given[0].encode(), self.token)
