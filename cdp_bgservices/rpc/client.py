"""A client that blocks, for commands: one request to the peer at a socket."""

import socket
from pathlib import Path
from typing import Any

import msgspec

from cdp_bgservices.errors import BrowserError
from cdp_bgservices.rpc.messages import Answered, raised, request_line

PATIENCE = 60.0
"""Seconds to wait for an answer."""


def ask(path: Path, method: str, params: dict[str, Any], *, remedy: str, patience: float = PATIENCE) -> Any:
    """Its answer. Raises BrowserError with the remedy if nothing answers there, or the peer's own error."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(patience)
            connection.connect(str(path))
            connection.sendall(request_line(1, method, params))
            with connection.makefile("rb") as lines:
                # Anything else is a notification, for those who stay.
                answered = next(
                    answer for line in lines if not (answer := msgspec.json.decode(line, type=Answered)).method
                )
    except TimeoutError as error:
        raise BrowserError(f"the lab at {path} did not answer within {patience:g} s", remedy) from error
    except (OSError, msgspec.MsgspecError, StopIteration) as error:
        raise BrowserError(f"no lab answers at {path}", remedy) from error
    if answered.error is not None:
        raise raised(answered.error)
    return answered.result
