"""Notices: what a command says beside its answer, to a person or to a program that reads its log."""

from collections.abc import Callable
from typing import Any, Literal

Level = Literal["debug", "info", "warning", "error"]

KINDS = {
    "recording": "a browser is recorded",
    "waiting": "there is no browser: it is waited for",
    "restarting": "the launched browser crashed, and is started again",
    "anotherBrowser": "another browser is in the place of the first one",
    "reachable": "where other clients reach the launched browser",
    "serving": "where the metrics or the health are",
    "lab": "the lab is open",
    "health": "the health file cannot be written, or can again",
    "hangup": "SIGHUP came: what it does",
    "stored": "the end of a recording: what it received and stored",
    "sharedStoreAway": "a shared store cannot be reached: events wait in the spool",
    "sharedStoreBack": "the shared store is there again",
    "shipping": "what else there is to say about events for a shared store",
    "sent": "`ship` has sent a store's events",
    "verdict": "a rule was broken, or could not be decided; what it is about",
    "verdicts": "how many rules were kept, broken and undecided",
    "report": "a report was written, or could not be",
    "page": "a page could not be opened, or a permission not granted",
    "method": "a method of a test has something to add",
    "doubt": "a name may be misspelt, or a rule matches nothing",
    "password": "who can see the password of a shared store's URL",
    "live": "the events from before were printed; what follows is live",
    "viewer": "about the viewer itself",
    "log": "a message of the library; `logger` is its module",
    "error": "why the command ends; `status` is its exit status",
}
"""What a notice is about, and what that means. A test compares them with those that are used, and with the docs."""


class Notice(str):
    """The text is for a person. The attributes are for a program."""

    event: str
    """One of KINDS."""
    level: Level
    message: str
    remedy: str
    fields: dict[str, object]

    def __new__(cls, event: str, message: str, *, level: Level = "info", remedy: str = "", **fields: Any) -> "Notice":
        """``fields`` are further facts, by their names; those that are None are left out."""
        text = message if level == "info" else f"{level}: {message}"
        self = super().__new__(cls, f"{text}\n{remedy}" if remedy else text)
        self.event, self.level, self.message, self.remedy = event, level, message, remedy
        self.fields = {name: value for name, value in fields.items() if value is not None}
        return self


Say = Callable[[Notice], None]
"""Takes one notice at a time: what ``record`` prints on standard error. A function that takes text is one."""
