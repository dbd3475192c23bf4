"""The bundled site over https, with a certificate that nothing trusts."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from threading import Thread

from cdp_bgservices.lab.push.certificate import make_certificate
from cdp_bgservices.site import Hold, SiteServer


def encrypt(server: ThreadingHTTPServer) -> None:
    context = make_certificate(("localhost",)).server_context()
    # The handshake is for the connection's own thread.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


@contextmanager
def serve_securely() -> Iterator[str]:
    """Its URL."""
    with SiteServer("127.0.0.1", 0, defaultdict(Hold)) as server:
        encrypt(server)
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
