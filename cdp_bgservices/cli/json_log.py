"""``--log-format json``: each notice on standard error is a line of JSON, and there is nothing else."""

import logging
from datetime import UTC, datetime

from cdp_bgservices.export.terminal_escape import json_line
from cdp_bgservices.notices import Level, Notice, Say

LEVELS: dict[str, Level] = {"DEBUG": "debug", "INFO": "info", "WARNING": "warning"}
"""By the names of ``logging``; all others are errors."""


def log_line(text: str) -> str:
    """Without a line end. ``text`` is a Notice, if a program can know more of it than its words."""
    notice = text if isinstance(text, Notice) else Notice("log", text)
    known = {"time": datetime.now(UTC), "level": notice.level, "event": notice.event, "message": notice.message}
    return json_line({**known, **({"remedy": notice.remedy} if notice.remedy else {}), **notice.fields})


class Saying(logging.Handler):
    """What is logged, here or in another library, is a notice."""

    def __init__(self, say: Say) -> None:
        super().__init__()
        self.say = say

    def emit(self, record: logging.LogRecord) -> None:
        traceback = logging.Formatter().formatException(record.exc_info) if record.exc_info else None
        level = LEVELS.get(record.levelname, "error")
        self.say(Notice("log", record.getMessage(), level=level, logger=record.name, traceback=traceback))


def show_all(level: int, say: Say) -> None:
    """Of every logger from this level on, and Python's own warnings."""
    root = logging.getLogger()
    if not any(isinstance(handler, Saying) for handler in root.handlers):
        root.addHandler(Saying(say))
        root.setLevel(level)
        logging.captureWarnings(True)
