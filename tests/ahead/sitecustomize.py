"""Sets the clock ahead, by ``DAYS_AHEAD``, in every Python that has this folder on its path: `tox -e ahead`.

The wall clock only: deadlines go by the monotonic one. The first process also ignores SIGINT, as one that a script
starts with ``&`` does; those that it starts inherit that, unless a test sees to it.
"""

import os
import signal
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(days=int(os.environ["DAYS_AHEAD"])), tick=True).start()
if os.environ.pop("IGNORE_SIGINT", ""):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
