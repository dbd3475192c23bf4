"""What is left of an event without its content."""

import signal
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.browser.firing import fire
from cdp_bgservices.browser.launch import Launch
from cdp_bgservices.browser.opening import open_browser
from cdp_bgservices.browser.triggers import push
from cdp_bgservices.events import Service
from cdp_bgservices.redaction import Redactor
from cdp_bgservices.store import open_engine
from tests.acting import log_of, open_site
from tests.cli.running import open_command, run
from tests.making import event

SECRET = "the secret of this push"
RULES = """
[[rule]]
expect = "pushMessaging:Push event completed"
where = { Status = "Success" }
at_least = 2
"""
TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
REDACTOR = Redactor(b"k" * 32)


def redacted(metadata: Mapping[str, str], service: str = Service.PUSH_MESSAGING) -> dict[str, str]:
    return REDACTOR.redact(event(service=service, metadata=metadata)).metadata


def test_a_payload_is_its_length_and_a_digest() -> None:
    assert redacted({"Payload": "Grüße", "Success": "Yes"}) == {
        "Payload": "redacted: 7 bytes, " + REDACTOR.digest("Grüße", b"content", 8),
        "Success": "Yes",
    }
    assert redacted({"Payload": "x"})["Payload"].startswith("redacted: 1 byte, ")


@given(TEXT, TEXT)
def test_equal_stays_equal_and_different_different(one: str, other: str) -> None:
    first, second = redacted({"Payload": one}), redacted({"Payload": other})
    assert (first == second) is (one == other)


def test_a_payload_cannot_be_guessed_without_the_key() -> None:
    guess = "1234"
    (shown,) = redacted({"Payload": guess}).values()
    assert blake2b(guess.encode(), digest_size=8).hexdigest() not in shown
    assert Redactor(b"another").redact(event(service="pushMessaging", metadata={"Payload": guess})).metadata != {
        "Payload": shown
    }
    plain = event(service="pushMessaging", metadata={"Payload": guess})
    assert REDACTOR.redact(plain).id != plain.id, "an id is a digest of the payload, too"
    assert len(REDACTOR.redact(plain).id) == len(plain.id)


@pytest.mark.parametrize(
    ("service", "metadata"),
    [
        (Service.BACKGROUND_SYNC, {"Status": "succeeded", "Last Chance": "Yes"}),
        (Service.PERIODIC_BACKGROUND_SYNC, {"minInterval (ms)": "43200000"}),
        (Service.PUSH_MESSAGING, {"Status": "waitUntil Rejected", "Error Reason": "", "Payload": ""}),
        (Service.PAYMENT_HANDLER, {"Method Name #0": "https://pay.example", "Method Name #12": "x"}),
        (Service.BACKGROUND_FETCH, {"URL": "https://a.example/path", "Response Status": "404"}),
    ],
)
def test_chromium_s_own_words_stay_and_with_them_the_event(service: str, metadata: dict[str, str]) -> None:
    given_event = event(service=service, metadata=metadata)
    assert REDACTOR.redact(given_event) is given_event


@pytest.mark.parametrize(
    ("service", "key"),
    [
        (Service.NOTIFICATIONS, "Title"),
        (Service.NOTIFICATIONS, "Body"),
        (Service.NOTIFICATIONS, "Reply"),
        (Service.PAYMENT_HANDLER, "Method Data #0"),
        (Service.PAYMENT_HANDLER, "Address Line #1"),
        (Service.PAYMENT_HANDLER, "Total Value"),
        (Service.BACKGROUND_SYNC, "Invented Tomorrow"),
        ("newService", "Status"),
        (Service.PAYMENT_HANDLER, "Method Name #x"),
    ],
)
def test_whatever_is_not_known_to_be_chromium_s_is_content(service: str, key: str) -> None:
    assert "secret" not in redacted({key: "secret"}, service)[key]


def test_of_an_address_the_query_is_content() -> None:
    shown = redacted({"URL": "https://a.example/p?token=1#x"}, Service.BACKGROUND_FETCH)["URL"]
    assert shown.startswith("https://a.example/p?redacted: 9 bytes, ")
    assert "token" not in shown


@given(st.sampled_from([*Service, "newService"]), st.dictionaries(st.sampled_from(["Payload", "Title", "x"]), TEXT))
def test_nothing_of_the_content_is_anywhere(service: str, metadata: dict[str, str]) -> None:
    marked = {key: f"<<{value}>>" for key, value in metadata.items()}
    given_event = event(service=service, metadata=marked)
    shown = REDACTOR.redact(given_event)
    assert "<<" not in str(shown)
    assert list(shown.metadata) == list(given_event.metadata)
    assert REDACTOR.redact(given_event) == shown, "the same at every replay"


@pytest.mark.browser
async def test_a_push_s_payload_is_nowhere(site: str, tmp_path: Path) -> None:
    """A real Chromium, the whole command: files while it records and afterwards, outputs, reports."""
    profile, folder = tmp_path / "profile", tmp_path / "kept"
    folder.mkdir()
    store, reports = folder / "events.db", [folder / name for name in ("events.jsonl", "summary.md", "junit.xml")]
    (folder / "rules.toml").write_text(RULES)
    written = [
        word for pair in zip(("--output", "--summary", "--junit"), map(str, reports), strict=True) for word in pair
    ]
    verdict = ("--expect", "pushMessaging:Push event completed", "--rules", str(folder / "rules.toml"))
    arguments = ("record", "--attach", str(profile), "--redact", "payloads", *written, *verdict)
    with trio.fail_after(60):
        async with open_browser(launch=Launch(profile=profile, port=0)) as browser:
            await open_site(browser, site)
            async with open_command(store, *arguments) as command:
                await command.wait_said(", without payloads,")
                for _ in range(2):
                    await fire(browser, push(SECRET))
                printed = await run(store, "push", SECRET + "!", "--attach", str(profile), "--format", "jsonl")
                assert not holding(folder)
                result = await command.stop(signal.SIGINT)
            checked = await run(store, "check", "--rules", str(folder / "rules.toml"))
            shown = await run(store, "events", "--format", "jsonl")
            kept = await log_of(browser)
            replayed = await run(store, "record", "--attach", str(profile), "--for", "1ms", "--redact", "nothing")
            again = await run(store, "record", "--attach", str(profile), "--for", "1ms", "--redact", "payloads")
            (page,) = printed.events
    assert result.status == checked.status == 0, "what was expected came, and the rules were kept"
    assert not holding(folder)
    for text in (result.out, result.err, checked.out, checked.err, shown.out, shown.err, printed.out, printed.err):
        assert SECRET not in text
    assert all(path.stat().st_size for path in reports)
    payloads = [event.metadata["Payload"] for event in shown.events if event.metadata.get("Payload")]
    assert payloads[0] == payloads[1] != payloads[2]
    assert page.id in {event.id for event in shown.events}, "what was printed can be shown"
    assert len(shown.events) == len(kept), "each event once"
    assert SECRET in str(kept), "which the browser itself has"
    for later in (replayed, again):
        assert f"stored 0 events in {store} ({len(kept)} were there already)" in later.err


def holding(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if SECRET.encode() in path.read_bytes()]


@pytest.mark.browser
async def test_it_can_be_switched_off_again(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    for redact, redacts in (("payloads", True), ("nothing", False)):
        with trio.fail_after(60):
            assert (await run(store, "record", "--for", "1ms", "--redact", redact)).status == 0
        with open_engine(store) as database:
            assert database.redacts is redacts
