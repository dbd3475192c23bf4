"""What a reply means for the command that it answers."""

from collections.abc import Generator
from typing import TypeVar

from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol.messages import Json, Message, decode_params

Result = TypeVar("Result")

NO_SUCH_SESSION = -32001
"""The error of a command to a session that has ended."""
INVALID_PARAMETERS = -32602
"""The error of a command about a service that the browser does not have, for one."""


def result_of(reply: Message, method: str, command: Generator[Json, Json, Result]) -> Result:
    """The command's result, from its reply. The command has yielded its request before.

    Raises CommandError for an error of the browser's and for a result that cannot be understood, BrowserLostError
    where the session has ended.
    """
    if reply.error is not None:
        if reply.error.code == NO_SUCH_SESSION:
            raise BrowserLostError("the target is gone")
        data = reply.error.data
        raise CommandError(method, reply.error.code, reply.error.message, data if isinstance(data, str) else "")
    try:
        command.send(decode_params(reply.result, dict))
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # PyCDP raises any of these.
        raise CommandError(method, 0, f"the answer was not understood: {error!r}") from error
    raise RuntimeError(f"{method} asked for a second request")
