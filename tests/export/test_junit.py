"""JUnit XML, as an XML reader understands it."""

import re
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
        Verdict(rule="two", outcome=Outcome.FAILED, message="occurred once", events=(failure,)),
        Verdict(rule="three", outcome=Outcome.UNDECIDED, message="still within the deadline"),
        Verdict(rule="four", outcome=Outcome.NOT_APPLICABLE, message="no event of notifications occurred"),
    ]
    text = junit_xml(a_sync(), verdicts, started_at=NOW, length=timedelta(seconds=2.5))
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<testsuites ')
    root = ElementTree.fromstring(text.encode())
    (suite,) = root
    for element in (root, suite):
        counted = {name: element.get(name) for name in ("tests", "failures", "errors")}
        assert counted == {"tests": "5", "failures": "1", "errors": "0"}
    assert suite.get("skipped") == "2"
    assert (suite.get("timestamp"), suite.get("time")) == ("2026-11-21T12:00:00", "2.500")
    recorded, one, two, three, four = suite.findall("testcase")
    assert [case.get("name") for case in suite.iter("testcase")] == [RECORDED, "one", "two", "three", "four"]
    assert (len(recorded), len(one)) == (0, 0)
    assert two[0].tag == "failure"
    assert two[0].get("message") == (
        "occurred once: sync event failed 'reject' of http://localhost:8000: waitUntil rejected"
    )
    assert two[0].get("type") == "rule"
    assert "sync event failed  'reject'  Failure Reason=waitUntil rejected  at http://localhost:8000" in str(
        two[0].text
    )
    assert (three[0].tag, three[0].get("message")) == ("skipped", "undecided: still within the deadline")
    assert (four[0].tag, four[0].get("message")) == ("skipped", "not applicable: no event of notifications occurred")


def validate(root: ElementTree.Element) -> None:
    """After junit-10.xsd of Jenkins' xUnit plugin, which refuses a file that has anything else."""
    assert root.tag == "testsuites"
    for element in root.iter():
        children, attributes, required = SCHEMA[element.tag]
        assert {child.tag for child in element} <= children, element.tag
        assert required <= set(element.attrib) <= attributes | required, element.tag
        assert SUREFIRE_TIME.fullmatch(element.get("time", "0.000"))


SUREFIRE_TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?")
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors"}, set()),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url", "version"},
        {"name", "tests", "failures", "errors"},
    ),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"time", "classname", "group"},
        {"name"},
    ),
    **{tag: (set(), {"type", "message"}, set()) for tag in ("failure", "error", "skipped")},
    "system-out": (set(), set(), set()),
}
"""Of each element: the elements that may be in it, the attributes that it may have, and those that it has."""


def test_jenkins_takes_it() -> None:
    verdicts = [Verdict(rule=outcome, outcome=outcome, message="why") for outcome in Outcome]
    for problem in ("", "the browser went away"):
        text = junit_xml(a_sync(), verdicts, problem=problem, started_at=NOW, length=timedelta(hours=1.5))
        validate(ElementTree.fromstring(text.encode()))


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
    assert [root[0].get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "1", "1", "2"]
    for element in root.iter():
        assert all(value.isprintable() for value in element.attrib.values())


def test_huge_messages_and_crowds_are_cut() -> None:
    crowd = tuple(event(number, metadata={"Payload": "x" * 100_000}) for number in range(1000))
    verdict = Verdict(rule="r" * 10_000, outcome=Outcome.FAILED, message="m" * 100_000, events=crowd)
    text = junit_xml(crowd, [verdict])
    assert len(text) < 100_000
    assert "and 900 more" in text
