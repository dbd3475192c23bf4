"""What the why command prints of facts."""

from typing import Any

from msgspec.structs import replace

from cdp_bgservices.cli.why_text import json_of, service_text, sites_text
from cdp_bgservices.events import Service
from cdp_bgservices.why.values import Facts, Unknown
from tests.why.making import BROWSER, REGISTERED, SCOPE, SITE, WORKER, site_facts

SYNC = Service.BACKGROUND_SYNC


def facts(**changes: Any) -> Facts:
    return replace(site_facts(SYNC), **changes)


def site(number: int) -> Facts:
    return facts(site=replace(SITE, scope=f"https://site.example/{number}/"))


def test_a_service_that_the_site_does_not_use_has_no_line() -> None:
    text = sites_text([facts(worker=replace(WORKER, handlers=("sync", "push")))], None)

    assert text.startswith(f"{SCOPE}\n")
    assert "\n  backgroundSync " in text
    assert "\n  pushMessaging " in text
    assert text.endswith(
        "\n  No sign of: Background fetch, Notifications, Payment handler, Periodic background sync.\n"
    )


def test_one_reason_for_every_service_stands_once() -> None:
    missing = replace(SITE, scope=None, missing="no page of it is open", missing_remedy="Open the page first.")
    text = sites_text([facts(site=missing, worker=replace(WORKER, versions=(), handlers=()))], None)

    assert [line.split("  ")[1] for line in text.splitlines()[1:]] == ["every service"]
    assert "no page of it is open" in text


def test_a_worker_that_was_started_is_said() -> None:
    text = service_text([facts(worker=replace(WORKER, was_started=True))], SYNC, None, None)

    assert text.endswith("\nThe worker was stopped, and was started for this answer.\n")


def test_several_sites_have_a_short_answer_each_and_a_way_to_choose() -> None:
    text = service_text([site(number) for number in range(12)], SYNC, "mail", None)

    assert text.count("\nBackground sync of ") == 9
    assert "'mail'" in text
    assert "Other facts" not in text
    assert text.endswith("or --browser-context ID.\n")
    assert "and 2 more: --format json has them all." in text
    assert len(json_of([site(number) for number in range(12)], SYNC, None)["sites"]) == 12


def test_json_has_no_value_of_a_switch_that_may_be_secret() -> None:
    switches = ("--proxy-server=http://user:password@proxy", "--disable-features=One,Two", "--flag-end about:blank")
    known = json_of([facts(browser=replace(BROWSER, switches=switches))], SYNC, None)["sites"][0]["facts"]

    assert known["browser"].switches == ("--proxy-server", "--disable-features=One,Two", "--flag-end")
    unknown = facts(browser=replace(BROWSER, switches=Unknown("it does not say")))
    assert json_of([unknown], SYNC, None)["sites"][0]["facts"]["browser"].switches == Unknown("it does not say")


def test_what_a_site_says_cannot_control_the_terminal() -> None:
    tags = replace(REGISTERED, sync_tags=("\x1b[2J",))
    text = service_text([facts(registered=tags)], SYNC, "\x1b[2J", 80)

    assert "\x1b" not in text
