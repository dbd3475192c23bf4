"""The Chromium of the tests, which starts for half of the processor's time."""

import sys
from pathlib import Path

UNSEEN = "WebUIOmniboxPopup,WebUIOmniboxAimPopup"
"""Features of Chromium: each window loads two pages for the list below its address bar, before it is shown."""

# Of several lists, Chromium reads the last one: Playwright has one of its own.
SCRIPT = f"""#!/bin/sh
for argument; do
    shift
    case $argument in --disable-features=*) argument=$argument,{UNSEEN} ;; esac
    set -- "$@" "$argument"
done
exec "%s" --disable-features={UNSEEN} "$@"
"""


def without_address_bar(chromium: Path, folder: Path) -> Path:
    """A program in that folder: this Chromium, which does not load what no test looks at."""
    if sys.platform == "win32":
        return chromium  # Windows runs no such script.
    program = folder / "chromium"
    program.write_text(SCRIPT % chromium)
    program.chmod(0o755)
    return program
