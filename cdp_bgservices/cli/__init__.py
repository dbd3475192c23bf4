"""The command line: parse, call one function, print. One file per group of commands."""

import sys


def main() -> None:
    """``cdp-bgservices``; ends the process with the exit status of the contract."""
    try:
        from cdp_bgservices.cli.running import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # while still importing
        status = 130
    sys.exit(status)
