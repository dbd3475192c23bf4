"""JUnit XML, as an XML reader understands it."""

from datetime import timedelta
from xml.etree import ElementTree

from hypothesis import given

from cdp_bgservices.export.junit import RECORDED, junit_xml
from cdp_bgservices.rules import Outcome, Verdict
from tests.export.capture import a_sync, nasty_events, nasty_verdicts, words
from tests.making import NOW, event


def test_a_test_case_for_each_verdict() -> None:
    failure = a_sync()[3]
    verdicts = [
        Verdict(rule="one", outcome=Outcome.PASSED),
        Verdict(rule="two", outcome=Outcome.FAILED, message="came once", events=(failure,)),
        Verdict(rule="three", outcome=Outcome.UNDECIDED, message="still had time"),
    ]
    text = junit_xml(a_sync(), verdicts, started_at=NOW, length=timedelta(seconds=2.5))
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<testsuites ')
    root = ElementTree.fromstring(text.encode())
    (suite,) = root
    for element in (root, suite):
        counted = {name: element.get(name) for name in ("tests", "failures", "errors", "skipped")}
        assert counted == {"tests": "4", "failures": "1", "errors": "0", "skipped": "1"}
    assert (suite.get("timestamp"), suite.get("time")) == ("2026-11-21T12:00:00", "2.500")
    recorded, one, two, three = suite.findall("testcase")
    assert [case.get("name") for case in (recorded, one, two, three)] == [RECORDED, "one", "two", "three"]
    assert (len(recorded), len(one)) == (0, 0)
    assert two[0].tag == "failure"
    assert two[0].get("message") == "came once"
    assert "sync event failed  'reject'  Failure Reason=waitUntil rejected" in str(two[0].text)
    assert (three[0].tag, three[0].get("message")) == ("skipped", "still had time")


def test_a_recording_that_failed_is_an_error() -> None:
    root = ElementTree.fromstring(junit_xml([], [], problem="the browser went away\nStart it again."))
    assert (root.get("tests"), root.get("errors"), root.get("failures")) == ("1", "1", "0")
    (error,) = root.iter("error")
    assert error.get("message") == "the browser went away Start it again."
    assert error.text == "the browser went away\nStart it again."


@given(words)
def test_no_text_can_act(text: str) -> None:
    root = ElementTree.fromstring(junit_xml(nasty_events(text), nasty_verdicts(text), problem=f"x{text}").encode())
    tags = {element.tag for element in root.iter()}
    assert tags == {"testsuites", "testsuite", "testcase", "failure", "skipped", "error", "system-out"}
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["4", "1", "1", "1"]
    for element in root.iter():
        assert all(value.isprintable() for value in element.attrib.values())


def test_huge_messages_and_crowds_are_cut() -> None:
    crowd = tuple(event(number, metadata={"Payload": "x" * 100_000}) for number in range(1000))
    verdict = Verdict(rule="r" * 10_000, outcome=Outcome.FAILED, message="m" * 100_000, events=crowd)
    text = junit_xml(crowd, [verdict])
    assert len(text) < 100_000
    assert "and 900 more" in text
