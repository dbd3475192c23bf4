"""What a failed expectation says."""

import re
from datetime import timedelta

from cdp_bgservices.testing.expected import expected
from cdp_bgservices.testing.failure import MOST, WIDTH, Known, explain_failure
from tests.making import event

WANTED = expected("backgroundSync", "Sync completed", {})


def test_many_events_do_not_bury_the_nearest() -> None:
    others = [event(number, service="notifications", event_name="Notification closed") for number in range(100)]
    near = event(event_name="Sync complete", age=timedelta(hours=2))
    text = explain_failure(WANTED, "5s", Known(events=[*others, near]))
    table = text.partition("METADATA\n")[2].partition("\n\n")[0].splitlines()
    assert len(table) == MOST
    assert "Sync complete " in table[0]
    assert f"101 events occurred instead, the nearest first ({101 - MOST} more are not shown):" in text


def test_what_a_page_wrote_cannot_act() -> None:
    nasty = event(instance_id="\x1b[31m\nforged line", metadata={"Body": "x" * 1_000_000})
    text = explain_failure(WANTED, "5s", Known(events=[nasty]))
    assert "\x1b" not in text
    assert "\nforged" not in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_one_that_came_too_early_is_marked() -> None:
    early, late = event(1, event_name="Sync completed"), event(2)
    text = explain_failure(WANTED, "5s", Known(events=[early, late], earlier={early.id}))
    assert [line[0] for line in text.splitlines() if "backgroundSync  " in line] == ["*", " "]
    assert "* occurred before the wait" in text
    assert "*" not in explain_failure(WANTED, "5s", Known(events=[early, late]))


def test_a_name_that_may_be_misspelt() -> None:
    misspelt = expected("backgroundSync", "Sync complete", {})
    text = explain_failure(misspelt, "5s", Known())
    assert "backgroundSync has no event 'Sync complete' that is known here: did you mean 'Sync completed'?" in text
    key = expected("backgroundSync", "Sync completed", {"metadata": {"status": re.compile("x")}})
    assert "has no metadata 'status' that is known here: did you mean 'Status'?" in explain_failure(key, "5s", Known())
    value = expected("backgroundSync", "Sync completed", {"metadata": {"Status": "Succeeded"}})
    assert "did you mean 'succeeded'?" in explain_failure(value, "5s", Known())
    assert "known here" not in explain_failure(WANTED, "5s", Known())
