"""Whether a port is free for debugging: at both addresses of loopback, which clients treat as one."""

import errno
import socket
from collections.abc import Iterable

from cdp_bgservices.errors import InvalidInputError

ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def check_free(port: int, addresses: Iterable[tuple[socket.AddressFamily, str]] = ADDRESSES) -> None:
    """Raises InvalidInputError where something listens there.

    Chromium takes ::1 if 127.0.0.1 is in use, and goes on without a port if both are. A client that has only the
    number, or ``localhost``, would reach another program.
    """
    for family, address in addresses:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As Chromium does.
                probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                host = f"[{address}]" if family == socket.AF_INET6 else address
                raise InvalidInputError(
                    f"port {port} is already in use at {host}:{port}",
                    "Give another port, or 0 for any that is free.",
                ) from error
