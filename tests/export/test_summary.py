"""The Markdown of a job's page, as a Markdown reader understands it."""

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cdp_bgservices.events import Event
from cdp_bgservices.export.summary import summary_markdown
from cdp_bgservices.rules import Outcome, Verdict
from tests.export.capture import NASTY, a_sync, nasty_events, nasty_verdicts, words
from tests.making import event, events

PASSED = Verdict(rule="every sync completes", outcome=Outcome.PASSED)
FAILED = Verdict(rule="no sync fails", outcome=Outcome.FAILED, message="occurred once", events=(a_sync()[3],))

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
    assert text.startswith("## Background services: ❌ 1 of 2 rules failed\n")
    assert "4 events in 1 s, starting 2026-11-21 11:59:00 UTC." in text
    assert ["✅ passed", "every sync completes", ""] in cells(text)
    assert ["❌ failed", "no sync fails", "occurred once"] in cells(text)
    failure = ["11-21 11:59:01.123", "backgroundSync", "sync event failed", "reject"]
    assert [*failure, "Failure Reason: waitUntil rejected", "it failedrule: no sync fails"] in cells(text)
    assert ["Registered sync", "2", "11-21 11:59:00.123", "11-21 11:59:01.123"] in cells(text)
    (image,) = [token for token in read(text) if token.type == "image"]
    assert image.attrs["src"] == "report.svg"
    assert "<pre>" not in text


def test_without_a_picture_the_timeline_is_text() -> None:
    text = summary_markdown(a_sync(), [])
    assert "![" not in text
    assert f"backgroundSync\n  outbox{' ' * 16}●\n  reject{' ' * 75}✕\n" in text


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
    assert text.count("### Failures") == 1
    assert [row[3:] for row in cells(text) if len(row) == 6] == [
        ["instance", "metadata", "why"],
        ["blamed", "Event Tag: 0", "rule: none is shown"],
    ]


def test_failed_rules_stand_first_and_those_that_nothing_came_about_last() -> None:
    verdicts = [Verdict(rule=f"{outcome} {number}", outcome=outcome) for number in (1, 2) for outcome in Outcome]
    first = [row[1] for row in cells(summary_markdown([], verdicts)) if len(row) == 3][1:]
    outcomes = ("failed", "undecided", "passed", "not applicable")
    assert first == [f"{outcome} {number}" for outcome in outcomes for number in (1, 2)]


@pytest.mark.parametrize(
    ("outcomes", "headline"),
    [
        ([Outcome.PASSED] * 2, "✅ 2 of 2 rules passed"),
        ([Outcome.PASSED, Outcome.UNDECIDED], "⚪ 1 of 2 rules passed, 1 undecided"),
        ([Outcome.PASSED, *[Outcome.NOT_APPLICABLE] * 3], "✅ 1 of 4 rules passed, 3 not applicable"),
        ([Outcome.NOT_APPLICABLE], "⚪ 0 of 1 rules passed, 1 not applicable"),
        ([Outcome.NOT_APPLICABLE, Outcome.UNDECIDED], "⚪ 0 of 2 rules passed, 1 undecided, 1 not applicable"),
        ([Outcome.NOT_APPLICABLE, Outcome.FAILED], "❌ 1 of 2 rules failed"),
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
    (block,) = [token.content for token in tokens if token.type == "html_block"]
    assert block.count("<") == 2
    widths = {len(row) for row in cells(text)}
    assert widths == {3, 4, 6}
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
