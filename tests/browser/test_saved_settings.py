"""What a profile has saved of a site: whose pattern it is, the setting, the score, and an app's icons."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cdp_bgservices.browser.site.saved_settings import SavedSettings, fits, has_app

ORIGIN = "https://shop.example:8443"
LAST = 13440203881187448


def save(folder: Path, exceptions: object, defaults: object = None) -> SavedSettings:
    profile = {"content_settings": {"exceptions": exceptions}, "default_content_setting_values": defaults or {}}
    (folder / "Preferences").write_text(json.dumps({"profile": profile}))
    return SavedSettings(folder)


@pytest.mark.parametrize(
    ("pattern", "origin", "expected"),
    [
        ("https://shop.example:443", "https://shop.example", True),
        ("https://shop.example:443", "https://shop.example:8443", False),
        ("https://shop.example:443", "http://shop.example", False),
        ("http://localhost:8000", "http://localhost:8000", True),
        ("http://localhost:8000", "http://localhost:80", False),
        ("http://localhost:80", "http://localhost", True),
        ("[*.]example", "https://shop.example:8443", True),
        ("https://[*.]shop.example:443", "https://shop.example", True),
        ("[*.]hop.example", "https://shop.example", False),
        ("http://[::1]:8000", "http://[::1]:8000", True),
        ("http://127.0.0.1:*", "http://127.0.0.1:9", True),
        ("*", "https://shop.example", True),
        ("file:///home/user/*", "https://shop.example", False),
        ("", "https://shop.example", False),
    ],
)
def test_a_pattern_is_about_an_origin(pattern: str, origin: str, expected: bool) -> None:
    assert fits(pattern, origin) is expected


def test_the_narrowest_pattern_has_the_setting(tmp_path: Path) -> None:
    found = {"*,*": {"setting": 3}, "[*.]example,*": {"setting": 1}, f"{ORIGIN},*": {"setting": 2}}
    saved = save(tmp_path, {"notifications": found, "background_sync": {"https://other.example:443,*": {"setting": 2}}})

    assert saved.setting("notifications", ORIGIN) == "block"
    assert saved.setting("push", ORIGIN) == "block", "the same setting as that of notifications"
    assert saved.setting("notifications", "https://a.example") == "allow"
    assert saved.setting("notifications", "https://a.test") == "ask"
    assert saved.setting("background-sync", ORIGIN) is None
    assert saved.setting("background-fetch", ORIGIN) is None


def test_the_setting_for_all_sites(tmp_path: Path) -> None:
    saved = save(tmp_path, {}, {"background_sync": 2})

    assert saved.default("background-sync") == "block"
    assert saved.default("notifications") is None


def test_the_engagement_score_has_its_moments(tmp_path: Path) -> None:
    entry = {"setting": {"rawScore": 4.5, "lastEngagementTime": float(LAST), "pointsAddedToday": 4.5}}
    saved = save(tmp_path, {"site_engagement": {f"{ORIGIN},*": entry}})
    score, none = saved.engagement(ORIGIN), saved.engagement("https://other.example")

    assert score.score == 4.5
    assert score.last is not None
    assert f"{score.last:%Y-%m-%d %H:%M}" == "2026-11-26 21:58"
    assert abs((datetime.now(UTC) - score.saved).total_seconds()) < 60
    assert (none.score, none.last) == (0.0, None)


@pytest.mark.parametrize("exceptions", [{"site_engagement": []}, {"site_engagement": {f"{ORIGIN},*": 1}}])
def test_what_another_version_has_written_is_not_a_score(exceptions: object, tmp_path: Path) -> None:
    assert save(tmp_path, exceptions).engagement(ORIGIN).score == 0.0


def test_a_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Preferences").write_text("{")
    with pytest.raises(ValueError, match="truncated"):
        SavedSettings(tmp_path)


def test_an_app_has_its_folder(tmp_path: Path) -> None:
    """As Chromium 156 named it."""
    app = "http://localhost:36677/"
    (tmp_path / "Web Applications" / "Manifest Resources" / "pfpiledadgdnnggohabcgdjjpdajbibf").mkdir(parents=True)

    assert has_app(tmp_path, app)
    assert not has_app(tmp_path, f"{app}other")
