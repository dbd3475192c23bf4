"""What a report says of a machine, without what identifies its user: it is made to be pasted into an issue.

``cdp_bgservices.redaction`` is another thing: it replaces the content of events, and keeps what is equal equal.
"""

import os
import re
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from cdp_bgservices.doctor.values import Check

ORDINARY = frozenset({"root", "localhost", "user", "home", "runner", "chromium", "chrome", "tmp", "nonexistent"})
"""Names of users and machines that say nothing of anyone, and occur in other sentences."""
SECRET_NAMES = re.compile(r"TOKEN|SECRET|PASSW|PROXY|CREDENTIAL|(^|_)(PASS|KEY|AUTH)(_|$)", re.IGNORECASE)
"""Variables whose values are never shown."""
SHORTEST = 4
"""Characters of such a value: a shorter one would be found by chance."""
LOGIN = re.compile(r"(?<=://)[^/@\s]+@")
QUERY = re.compile(r"(\w+://[^\s?#]+)[?#]\S+")
"""Of a URL: where tokens are."""
LEFT_OUT = "…"


class Redactor:
    """Made by :func:`redactor_of`, with everything that must not be shown and what stands in its place."""

    def __init__(self, replacements: Mapping[str, str], words: Mapping[str, str]) -> None:
        self.replacements = sorted(replacements.items(), key=lambda pair: -len(pair[0]))
        """Texts, wherever they are; the longest first."""
        self.words = [
            (re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE), new)
            for word, new in sorted(words.items(), key=lambda pair: -len(pair[0]))
        ]
        """Names: as whole words only."""

    def text(self, text: str) -> str:
        for secret, replacement in self.replacements:
            text = text.replace(secret, replacement)
        text = QUERY.sub(rf"\1?{LEFT_OUT}", LOGIN.sub(f"{LEFT_OUT}@", text))
        for word, replacement in self.words:
            text = word.sub(replacement, text)
        return text

    def check(self, check: Check) -> Check:
        """Group, name and what stops are our own words."""
        return Check(
            group=check.group,
            name=check.name,
            state=check.state,
            found=self.text(check.found),
            remedy=self.text(check.remedy),
            stops=check.stops,
            exit_status=check.exit_status,
        )


def redactor_of(environ: Mapping[str, str], texts: Mapping[str, str], names: Mapping[str, str]) -> Redactor:
    """For this user on this machine. ``texts`` and ``names``: what else must not be shown, as a profile's folder or a
    database's host, and what stands in its place.
    """
    replacements = dict.fromkeys(secrets_of(environ), LEFT_OUT)
    replacements |= {text: new for text, new in texts.items() if text}
    replacements |= dict.fromkeys(home_folders(environ), "~")
    words = dict.fromkeys(host_names(environ), "HOST") | dict.fromkeys(user_names(environ), "USER") | dict(names)
    return Redactor(replacements, {word: new for word, new in words.items() if word.lower() not in ORDINARY})


def secrets_of(environ: Mapping[str, str]) -> Iterable[str]:
    return (value for name, value in environ.items() if SECRET_NAMES.search(name) and len(value) >= SHORTEST)


def home_folders(environ: Mapping[str, str]) -> set[str]:
    """As they are written, and as links lead there."""
    written = {environ.get("HOME", ""), environ.get("USERPROFILE", ""), os.path.expanduser("~")}
    folders = {folder for each in written if os.path.isabs(each) for folder in (each, os.path.realpath(each))}
    return {folder.rstrip("/\\") for folder in folders if len(Path(folder).parts) > 1}


def user_names(environ: Mapping[str, str]) -> set[str]:
    names = {environ.get(name, "") for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER")}
    return {name for name in (*names, *account_names(), *map(last_part, home_folders(environ))) if name}


def last_part(folder: str) -> str:
    return re.split(r"[/\\]", folder)[-1]


def account_names() -> Iterable[str]:
    """Empty where the system knows no account for this process, as in some containers."""
    try:
        import pwd  # It does not exist on Windows.

        yield pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return


def host_names(environ: Mapping[str, str]) -> set[str]:
    """With and without the domain."""
    names = {socket.gethostname(), environ.get("HOSTNAME", ""), environ.get("COMPUTERNAME", "")}
    return {name for each in names for name in (each, each.partition(".")[0]) if name}
