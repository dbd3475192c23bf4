"""How a command asks a lab that another terminal has opened, and the options by which it finds one."""

import os
from typing import Any

from cdp_bgservices.cli.command import OTHERS, option_group
from cdp_bgservices.cli.options import debug_option, ignored_store_option, lab_option
from cdp_bgservices.errors import BrowserError, InvalidInputError

group_options = option_group(OTHERS, ignored_store_option, debug_option)
lab_options = option_group(OTHERS, lab_option, group_options)


def ask_lab(lab: str | None, method: str, seconds: float = 0.0, **arguments: object) -> Any:
    """At the named socket, or the only one. ``seconds`` is how long the method itself may wait.

    Raises BrowserError if none answers, InvalidInputError.
    """
    from cdp_bgservices.lab.control import START_AGAIN, choose_lab
    from cdp_bgservices.rpc.client import PATIENCE, ask

    if not lab and os.environ.get("CDP_BGSERVICES_ENDPOINT"):  # The one that is open is then another recording's.
        raise BrowserError(
            "the recording that runs this command has no lab", "Start that with --lab, or name a lab: --lab SOCKET."
        )
    try:
        return ask(choose_lab(lab), method, arguments, remedy=START_AGAIN, patience=seconds + PATIENCE)
    except InvalidInputError as error:
        # A test is also shown what occurred instead.
        raise InvalidInputError(str(error).partition("\n")[0], error.remedy) from None
