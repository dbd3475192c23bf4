"""What a profile has saved of a site: the user's own settings, and the score of how much the site is used.

Chromium writes ``Preferences`` some seconds after a change, and at its end; components/content_settings/core/ and
components/site_engagement/.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cdp_bgservices.browser.profile import SINCE_1601
from cdp_bgservices.events import EPOCH
from cdp_bgservices.vocabulary.permissions import NOTIFICATIONS, PUSH
from cdp_bgservices.why.values import Engagement

SETTINGS = {1: "allow", 2: "block", 3: "ask", 4: "allow"}
"""components/content_settings/core/common/content_settings.h; 4 is until the browser ends."""
PORTS = {"http": 80, "https": 443}
PATTERN = re.compile(
    r"(?:(?P<scheme>[a-z-]+)://)?(?P<host>\[\*\.\][^:/]*|\[[0-9a-f:.]+\]|[^:/]+)(?::(?P<port>\d+|\*))?"
)


class Entry(msgspec.Struct, frozen=True):
    """Of a pattern of sites."""

    setting: Any = None


class ContentSettings(msgspec.Struct, frozen=True):
    exceptions: dict[str, Any] = {}
    """By type, and then by ``PATTERN,PATTERN``."""


class ProfilePreferences(msgspec.Struct, frozen=True):
    content_settings: ContentSettings = ContentSettings()
    default_content_setting_values: dict[str, Any] = {}


class SitePreferences(msgspec.Struct, frozen=True):
    """What is used of ``Preferences``."""

    profile: ProfilePreferences = ProfilePreferences()


class Score(msgspec.Struct, frozen=True, rename="camel"):
    """Of one site."""

    raw_score: float = 0.0
    last_engagement_time: float = 0.0
    """Microseconds since 1601."""


class SavedSettings:
    """Of one profile's folder. Raises OSError and ValueError where it cannot be read."""

    def __init__(self, folder: Path) -> None:
        file = folder / "Preferences"
        self.saved = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        self.preferences = msgspec.json.decode(file.read_bytes(), type=SitePreferences).profile

    def setting(self, permission: str, origin: str) -> str | None:
        """The user's own setting for a site; None where there is none."""
        return word(self.best(type_of(permission), origin))

    def default(self, permission: str) -> str | None:
        """The user's own setting for all sites; None where it is the browser's."""
        return word(self.preferences.default_content_setting_values.get(type_of(permission)))

    def engagement(self, origin: str) -> Engagement:
        try:
            score = msgspec.convert(self.best("site_engagement", origin) or {}, Score)
            moment = EPOCH - SINCE_1601 + timedelta(microseconds=score.last_engagement_time)
        except (msgspec.ValidationError, OverflowError):
            score, moment = Score(), EPOCH
        last = moment if score.last_engagement_time else None
        return Engagement(score=score.raw_score, last=last, saved=self.saved)

    def best(self, type_: str, origin: str) -> Any:
        """What the narrowest pattern that fits the site has."""
        entries = self.preferences.content_settings.exceptions.get(type_)
        if not isinstance(entries, Mapping):
            return None
        fitting = [pattern for pattern in map(str, entries) if fits(pattern.partition(",")[0], origin)]
        if not fitting:
            return None
        try:
            return msgspec.convert(entries[max(fitting, key=narrowness)], Entry).setting
        except msgspec.ValidationError:
            return None


def word(setting: Any) -> str | None:
    return SETTINGS.get(setting) if isinstance(setting, int) else None


def type_of(permission: str) -> str:
    """As ``Preferences`` spells it. Notifications and pushes have one setting."""
    return (NOTIFICATIONS if permission == PUSH else permission).replace("-", "_")


def narrowness(pattern: str) -> tuple[bool, int]:
    is_exact = not pattern.startswith("*") and "[*.]" not in pattern
    return is_exact, len(pattern)


def fits(pattern: str, origin: str) -> bool:
    """Whether a pattern of content settings is about an origin: ``https://a.example:443``, ``[*.]example``, ``*``."""
    if pattern == "*":
        return True
    match = PATTERN.fullmatch(pattern.rstrip("/"))
    site = urlsplit(origin)
    if match is None or site.hostname is None:
        return False
    scheme, host, port = match["scheme"], match["host"].strip(), match["port"]
    name = site.netloc.rpartition("@")[2].removesuffix(f":{site.port}")
    is_host = f".{name}".endswith(f".{host.removeprefix('[*.]')}") if host.startswith("[*.]") else host in ("*", name)
    is_port = port in (None, "*", str(site.port or PORTS.get(site.scheme)))
    return is_host and is_port and scheme in (None, site.scheme)


def has_app(folder: Path, manifest_id: str) -> bool:
    """Whether a web app is installed in a profile: then the profile keeps its icons
    (chrome/browser/web_applications/web_app_helpers.cc, which hashes the id twice).
    """
    digest = sha256(sha256(manifest_id.encode()).digest()).hexdigest()[:32]
    name = digest.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))
    return (folder / "Web Applications" / "Manifest Resources" / name).is_dir()
