"""The Markdown of a job's page, as a Markdown reader understands it."""

import re

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cdp_bgservices.contexts import BrowserContext
from cdp_bgservices.events import Event
from cdp_bgservices.export.documents import About
from cdp_bgservices.export.summary import summary_markdown
from cdp_bgservices.rules import Kind, Outcome, Verdict
from tests.export.capture import NASTY, a_sync, nasty_events, nasty_verdicts, words
from tests.making import NOW, event, events

PASSED = Verdict(rule="every sync completes", outcome=Outcome.PASSED)
FAILED = Verdict(rule="no sync fails", outcome=Outcome.FAILED, message="occurred once", events=(a_sync()[3],))

FOLD = re.compile(r"<details>\n<summary>(\d+ checks|Events by service)</summary>\n|</details>\n")
OURS = {"<code>", "</code>", "<br>"}
"""HTML that the summary is written with."""


def read(text: str) -> list[Token]:
    """Flat."""
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def cells(text: str) -> list[list[str]]:
    """Of each row of every table, what a reader sees."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and token.level >= 4 and rows:
            rows[-1].append("".join(part.content for part in token.children or () if part.type != "html_inline"))
    return rows


def test_it_says_what_was_asked_for_and_what_came() -> None:
    text = summary_markdown(a_sync(), [PASSED, FAILED], picture="report.svg")
    assert text.startswith("## Background services: ❌ 1 of 2 checks failed\n")
    assert "4 events in 1 s, starting 2026-11-21 11:59:00 UTC. 1 failure.\n" in text
    assert ["✅ passed", "rule", "every sync completes", ""] in cells(text)
    assert ["❌ failed", "rule", "no sync fails", "occurred once"] in cells(text)
    story = "Registered sync → ✕ sync event failed +1 µs"
    why = f"waitUntil rejectedwaiting for retry{story}rule: no sync fails"
    assert ["11-21 11:59:01.123", "Background sync reject", "http://localhost:8000", why] in cells(text)
    assert ["Registered sync", "2", "11-21 11:59:00.123", "11-21 11:59:01.123"] in cells(text)
    (image,) = [token for token in read(text) if token.type == "image"]
    assert image.attrs["src"] == "report.svg"
    assert "<pre>" not in text


def test_what_failed_stands_first_and_what_was_counted_is_folded() -> None:
    missing = Verdict(rule="a click occurs", kind=Kind.EXPECTED, outcome=Outcome.FAILED, message="did not occur")
    gap = Verdict(rule="everything", kind=Kind.RECORDING, outcome=Outcome.UNDECIDED, message="a gap of 2 min")
    late = Verdict(rule="it ends", outcome=Outcome.UNDECIDED, message="too soon")
    text = summary_markdown(a_sync(), [PASSED, missing, gap, late, FAILED])
    titles = ("### What failed", "### Missing", "### The recording", "### Undecided", "### Timeline", "<details>")
    assert sorted(map(text.index, titles)) == [text.index(title) for title in titles]
    assert ["--expect", "a click occurs", "did not occur"] in cells(text)
    assert ["recording", "everything", "a gap of 2 min"] in cells(text)
    assert text.index("<summary>Events by service</summary>") < text.index("### backgroundSync")


def test_one_failing_fetch_is_one_failure() -> None:
    names = ("Background Fetch registered", "Request processing completed", "Background Fetch completed")
    metadata: list[dict[str, str]] = [{}, {"Response Status": "404"}, {"Failure Reason": "BAD_STATUS"}]
    fetch = [
        event(number, service="backgroundFetch", event_name=name, instance_id="song", metadata=data)
        for number, (name, data) in enumerate(zip(names, metadata, strict=True))
    ]
    text = summary_markdown(fetch, [])
    assert " 1 failure.\n" in text
    (row,) = [row for row in cells(text) if len(row) == 4 and row[1] == "Background fetch song"]
    assert row[3].startswith("Response Status: 404BAD_STATUS")


def test_a_failure_names_its_context() -> None:
    contexts = [
        BrowserContext(source="test", context="CONTEXT", kind="other", number=2, since=NOW, noted=NOW, name="test_cart")
    ]
    assert "http://localhost:8000, test_cart" in [
        row[2] for row in cells(summary_markdown(a_sync(), [], about=About(contexts=contexts))) if len(row) == 4
    ]


def test_without_a_picture_the_timeline_is_text() -> None:
    text = summary_markdown(a_sync(), [])
    assert "![" not in text
    assert f"Background sync\n  outbox{' ' * 16}●{' ' * 61}✓ succeeded\n  reject{' ' * 75}✕  waiting for retry" in text


def test_a_picture_s_name_is_an_address() -> None:
    text = summary_markdown(a_sync(), [], picture="a) [b](c d.svg")
    (image,) = [token for token in read(text) if token.type == "image"]
    assert image.attrs["src"] == "a%29%20%5Bb%5D%28c%20d.svg"


def test_a_recording_that_failed_says_so() -> None:
    text = summary_markdown([], [PASSED], problem="the browser was killed by signal 9, its last words:\n  <b>x</b>")
    assert text.startswith("## Background services: ❌ the recording failed\n")
    assert "killed by signal 9, its last words:   &#60;b&#62;x&#60;/b&#62;\n" in text
    assert "No events." in text


def test_with_nothing_asked_for_it_is_a_record() -> None:
    assert summary_markdown(events(1), []).startswith("## Background services: recorded\n\n1 event in 0, starting")


def test_what_makes_a_rule_fail_is_among_the_failures() -> None:
    """Though it is none by itself."""
    blamed = event(event_name="Generic notification shown", instance_id="blamed")
    verdict = Verdict(rule="none is shown", outcome=Outcome.FAILED, message="occurred once", events=(blamed,))
    undecided = Verdict(rule="wait", outcome=Outcome.UNDECIDED, message="too soon", events=(event(5),))
    text = summary_markdown([blamed, event(5)], [verdict, undecided])
    assert text.count("### What failed") == 1
    assert [row[1::2] for row in cells(text)[:2]] == [
        ["what", "why"],
        ["Background sync blamed", "✕ Generic notification shownrule: none is shown"],
    ]


def test_failed_checks_stand_first_and_those_that_nothing_came_about_last() -> None:
    verdicts = [Verdict(rule=f"{outcome} {number}", outcome=outcome) for number in (1, 2) for outcome in Outcome]
    first = [row[2] for row in cells(summary_markdown([], verdicts)) if len(row) == 4][1:]
    outcomes = ("failed", "undecided", "passed", "not applicable")
    assert first == [f"{outcome} {number}" for outcome in outcomes for number in (1, 2)]


@pytest.mark.parametrize(
    ("outcomes", "headline"),
    [
        ([Outcome.PASSED] * 2, "✅ 2 of 2 checks passed"),
        ([Outcome.PASSED, Outcome.UNDECIDED], "⚪ 1 of 2 checks passed, 1 undecided"),
        ([Outcome.PASSED, *[Outcome.NOT_APPLICABLE] * 3], "✅ 1 of 4 checks passed, 3 not applicable"),
        ([Outcome.NOT_APPLICABLE], "⚪ 0 of 1 checks passed, 1 not applicable"),
        ([Outcome.NOT_APPLICABLE, Outcome.UNDECIDED], "⚪ 0 of 2 checks passed, 1 undecided, 1 not applicable"),
        ([Outcome.NOT_APPLICABLE, Outcome.FAILED], "❌ 1 of 2 checks failed"),
        ([], "recorded"),
    ],
)
def test_the_headline_counts_as_passed_what_was_put_to_the_test(outcomes: list[Outcome], headline: str) -> None:
    verdicts = [Verdict(rule="rule", outcome=outcome) for outcome in outcomes]
    assert summary_markdown([], verdicts).splitlines()[0] == f"## Background services: {headline}"


def assert_nothing_acts(text: str, made_of: list[Event]) -> None:
    tokens = read(text)
    allowed = {"text", "inline", "softbreak", "heading_open", "heading_close", "paragraph_open", "paragraph_close"}
    found = {token.type for token in tokens if not token.type.startswith(("table_", "thead_", "tbody_", "t"))} - allowed
    assert found <= {"html_inline", "html_block", "strong_open", "strong_close"}
    assert {token.content for token in tokens if token.type == "html_inline"} <= OURS
    folds: list[str] = []
    blocks: list[str] = []
    for token in tokens:
        if token.type == "html_block":
            (folds if FOLD.fullmatch(token.content) else blocks).append(token.content)
    assert len(folds) == 4
    (block,) = blocks
    assert block.count("<") == 2
    widths = {len(row) for row in cells(text)}
    assert widths == {3, 4}
    assert all(line.isprintable() for line in text.split("\n"))


def test_text_of_a_page_cannot_act() -> None:
    text = summary_markdown(nasty_events(), nasty_verdicts(), problem=NASTY)
    assert_nothing_acts(text, nasty_events())
    for acting in ("http://evil", "www.evil", "@someone</code>", "<script", "\x1b", "\u202e"):
        assert acting not in text
    assert "alert(1)" in text


@pytest.mark.browser
@given(words)
def test_no_text_can_act(text: str) -> None:
    assert_nothing_acts(
        summary_markdown(nasty_events(text), nasty_verdicts(text), problem=f"x{text}"), nasty_events(text)
    )


def test_huge_payloads_and_crowds_are_cut() -> None:
    """GitHub takes a megabyte."""
    failed = [
        event(number, event_name=f"failed {number}", metadata={f"{n}": "x" * 5000 for n in range(50)})
        for number in range(2000)
    ]
    many = [event(number, service=f"service {number}") for number in range(2000)]
    text = summary_markdown([*failed, *many], [PASSED] * 2000)
    assert len(text.encode()) < 300_000
    assert "and 1950 more" in text
