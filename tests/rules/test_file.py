"""Rules files: right ones, and wrong ones on purpose."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Service
from cdp_bgservices.rules.file import load_rules, parse_rules
from cdp_bgservices.rules.rule import Count, Order, Sequel
from cdp_bgservices.rules.spelling import doubts
from cdp_bgservices.rules.table import RuleTable
from cdp_bgservices.vocabulary.event_names import ANY, EVENT_NAMES
from tests.rules.making import rule

DOCS = Path(__file__).parents[2] / "docs"
A, C = '"backgroundSync:Registered sync"', '"backgroundSync:Sync completed"'


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", (DOCS / "rules.md").read_text(), re.DOTALL))
def test_the_rules_of_the_page_are_rules(block: str) -> None:
    rules = parse_rules(block)
    assert len(rules) == block.count("[[rule]]")
    assert not list(doubts(rules))


def test_every_field_is_on_the_page() -> None:
    described = (DOCS / "rules.md").read_text().partition("| field |")[2].partition("\n\n")[0]
    assert set(RuleTable.__struct_fields__) <= set(re.findall(r"`(\w+)`", described))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"never = {A}", "no backgroundSync:Registered sync"),
        (f"never = [{A}, {C}]", "no backgroundSync:Registered sync or backgroundSync:Sync completed"),
        (
            f'never = {C}\nwhere = {{ Status = ["failed", "timeout"] }}',
            "no backgroundSync:Sync completed where Status is failed or timeout",
        ),
        (
            f'never = {C}\nwhere_not = {{ Status = "succeeded" }}',
            "no backgroundSync:Sync completed where Status is not succeeded",
        ),
        (f"expect = {A}", "backgroundSync:Registered sync occurs"),
        (f"expect = {A}\nat_least = 2", "backgroundSync:Registered sync occurs 2 times or more"),
        (f"expect = {A}\nat_most = 2", "backgroundSync:Registered sync occurs 1 to 2 times"),
        (f"expect = {A}\nat_most = 1", "backgroundSync:Registered sync occurs once"),
        (f"expect = {A}\nat_least = 3\nat_most = 3", "backgroundSync:Registered sync occurs 3 times"),
        (
            f"after = {A}\nthen = {C}",
            "every backgroundSync:Registered sync is followed by backgroundSync:Sync completed",
        ),
        (
            f'after = {A}\nthen = {C}\nwithin = "90s"\norigin = "http://a"',
            "every backgroundSync:Registered sync is followed by backgroundSync:Sync completed within 90s, origin http://a",
        ),
        (f"expect = {A}\nexactly = 2", "backgroundSync:Registered sync occurs 2 times"),
        *(
            (f"after = {A}\nthen = {C}\n{numbers}", f"{name} backgroundSync:Sync completed")
            for numbers, name in (
                ("exactly = 1", "every backgroundSync:Registered sync is followed by exactly one"),
                ("exactly = 3", "every backgroundSync:Registered sync is followed by exactly 3"),
                ("at_least = 2", "every backgroundSync:Registered sync is followed by 2 or more"),
                ("at_most = 2", "every backgroundSync:Registered sync is followed by 1 to 2"),
                ("at_least = 0\nat_most = 2", "every backgroundSync:Registered sync is followed by at most 2"),
                ("exactly = 0", "no backgroundSync:Registered sync is followed by"),
            )
        ),
        (f"order = [{A}, {C}]", "in this order: backgroundSync:Registered sync, backgroundSync:Sync completed"),
        (f'name = "mine"\nnever = {A}\ninstance = "x"', "mine"),
    ],
)
def test_a_name_is_made_where_there_is_none(text: str, name: str) -> None:
    assert rule(text).name == name


def test_what_the_fields_mean() -> None:
    never = rule(f'never = {A}\ninstance = ["x", "y"]\nscope = "http://a/"')
    assert isinstance(never, Count)
    assert (never.at_least, never.at_most, never.instance_ids, never.scopes) == (0, 0, ("x", "y"), ("http://a/",))
    sequel = rule(f'after = {A}\nthen = "PUSHMESSAGING: Push event dispatched "\nwithin = "1.5s"\nshared = true')
    assert isinstance(sequel, Sequel)
    assert (sequel.within, sequel.shared, sequel.same) == (timedelta(seconds=1.5), True, "registration")
    assert sequel.then[0].service == Service.PUSH_MESSAGING
    assert sequel.then[0].event_name == "Push event dispatched"
    order = rule(f'order = [{A}, {C}]\nsame = "origin"')
    assert isinstance(order, Order)
    assert order.same == "origin"
    own = rule(f'never = {{ event = {C}, where = {{ a = "1" }} }}\nwhere = {{ a = "2", b = "3" }}')
    assert own.patterns()[0].where == {"a": ("1",), "b": ("3",)}


WRONG = [
    ("[[rule]]", ["rule 1: says nothing", "never, expect, order"]),
    ('[[rule]]\nname = "n"', ["rule 1 (n): says nothing"]),
    (f"[[rule]]\nnever = {A}\n[[rule]]\nnever = {A}\nexpect = {C}", ["rule 2: has both never and expect"]),
    (f"[[rule]]\nnevr = {A}", ["rule 1: object contains unknown field 'nevr'", "never, expect"]),
    ("[[rule]]\nnever = 3", ["rule 1: never: expected text or a table or a list, got a whole number", "SERVICE:"]),
    (f"[[rule]]\nnever = [{A}, 3]", ["rule 1: never: expected text or a table", "SERVICE:"]),
    ("[[rule]]\nnever = []", ["rule 1: never: names no event"]),
    ('[[rule]]\nnever = ""', ["rule 1: says nothing"]),
    ('[[rule]]\nnever = [""]', ["rule 1: never: '' is not SERVICE:EVENT_NAME"]),
    ('[[rule]]\nnever = "Sync completed"', ["never: 'Sync completed' is not SERVICE:EVENT_NAME"]),
    ('[[rule]]\nnever = "backgroundSync:"', ["never: 'backgroundSync:' is not SERVICE:EVENT_NAME"]),
    ('[[rule]]\nnever = "syncing:x"', ["never: 'syncing' is not a background service", *Service]),
    (f'[[rule]]\nafter = {A}\nthen = "syncing:x"', ["then: 'syncing' is not a background service"]),
    (f"[[rule]]\nafter = {A}", ["rule 1: after: needs then"]),
    (f"[[rule]]\nthen = {A}", ["rule 1: says nothing"]),
    (f"[[rule]]\nafter = {A}\nthen = []", ["rule 1: then: names no event"]),
    (f"[[rule]]\nafter = {A}\nthen = {C}\nwithin = 30", ["within: expected text, got a whole number", "90s"]),
    (f'[[rule]]\nafter = {A}\nthen = {C}\nwithin = "30"', ["within: '30' is not a duration", "90s"]),
    (f'[[rule]]\nafter = {A}\nthen = {C}\nwithin = "-1s"', ["within: '-1s' is not a duration"]),
    (f'[[rule]]\nafter = {A}\nthen = {C}\nsame = "tag"', ["same: invalid enum value 'tag'", "registration"]),
    (f'[[rule]]\nafter = {A}\nthen = {C}\nshared = "yes"', ["shared: expected true or false, got text"]),
    (f'[[rule]]\nafter = {A}\nthen = {C}\nwhere = {{ a = "1" }}', ["where: does not go with after"]),
    (
        f'[[rule]]\nafter = {A}\nthen = "pushMessaging:x"\nsame = "instance"',
        ["same: events of several services have no instance in common", "registration"],
    ),
    (f"[[rule]]\norder = {A}", ["order: expected a list, got text"]),
    (f"[[rule]]\norder = [{A}]", ["order: needs two events or more"]),
    (f"[[rule]]\norder = [{A}, {C}, {A}]", ["order: has backgroundSync:Registered sync twice"]),
    (f'[[rule]]\norder = [{A}, {C}]\nwithin = "1s"', ["within: does not go with order"]),
    (f"[[rule]]\nnever = {A}\nat_most = 1", ["at_most: does not go with never"]),
    (f"[[rule]]\nexpect = {A}\nat_least = -1", ["at_least: -1 is not a number of events"]),
    (f"[[rule]]\nexpect = {A}\nat_least = 0", ["at_least: 0 or more is true of anything"]),
    (f"[[rule]]\nexpect = {A}\nat_most = 0", ["at_most: 0 is less than at_least, which is 1"]),
    (f"[[rule]]\nexpect = {A}\nat_least = 0\nat_most = 0", ["at_most: 0 are expected", "never"]),
    (f"[[rule]]\nexpect = {A}\nexactly = 0", ["exactly: 0 are expected", "never"]),
    (f"[[rule]]\nexpect = {A}\nexactly = 1\nat_most = 2", ["exactly: goes without at_least and at_most"]),
    (f"[[rule]]\nafter = {A}\nthen = {C}\nexactly = -1", ["exactly: -1 is not a number of events"]),
    (f"[[rule]]\nafter = {A}\nthen = {C}\nat_most = 0", ["at_most: 0 is less than at_least, which is 1"]),
    (f"[[rule]]\nafter = {A}\nthen = {C}\nat_least = 0", ["at_least: 0 or more is true of anything"]),
    (f"[[rule]]\norder = [{A}, {C}]\nexactly = 1", ["exactly: does not go with order"]),
    (f"[[rule]]\nexpect = {A}\nat_least = 3\nat_most = 2", ["at_most: 2 is less than at_least, which is 3"]),
    (f"[[rule]]\nexpect = {A}\nat_most = 1.5", ["at_most: expected a whole number, got a fraction"]),
    (f"[[rule]]\nexpect = {A}\nat_most = 2026-11-21", ["at_most: expected a whole number, got date"]),
    (f"[[rule]]\nnever = {A}\nwhere = {{ a = 1 }}", ["where: expected text or a list, got a whole number", "text"]),
    (f"[[rule]]\nnever = {A}\nwhere = {{ a = [] }}", ["where: a has no value"]),
    (f'[[rule]]\nnever = {A}\nwhere = "a"', ["where: expected a table, got text"]),
    ("[[rule]]\nnever = { evnt = 'a:b' }", ["never: object contains unknown field 'evnt'", "event ="]),
    ("[[rule]]\nnever = { where = { a = 'b' } }", ["never: object missing required field 'event'"]),
    (f"[[rule]]\nnever = {{ event = {A}, where_not = {{ a = [1] }} }}", ["never: where_not: expected text"]),
    (
        f'[[rule]]\nnever = {A}\norigin = "localhost:8000"',
        ["origin: 'localhost:8000' is not a valid origin", "http://"],
    ),
    (f'[[rule]]\nnever = {A}\nscope = "/shop/"', ["scope: '/shop/' is not a valid scope", "http://"]),
    (f"[[rule]]\nnever = {A}\nname = 3", ["rule 1: name: expected text"]),
    ("", ["has no rule", "[[rule]]"]),
    ("rule = []", ["has no rule", "[[rule]]"]),
    ("rule = 3", ["rule is not a list of tables", "[[rule]]"]),
    ("rule = [3]", ["rule is not a list of tables", "[[rule]]"]),
    (f"[rule]\nnever = {A}", ["rule is not a list of tables", "[[rule]]"]),
    (f"[[rules]]\nnever = {A}", ["'rules' is not a field of a rules file", "[[rule]]"]),
    ("[[rule]]\nnever = \n", ["is not valid TOML", "line 2"]),
    ("[[rule]]\nnever = 'a'\nnever = 'b'\n", ["is not valid TOML", "line 3"]),
    ("a = " + "[" * 100_000, ["is not valid TOML"]),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=range(len(WRONG)))
def test_wrong_rules(text: str, said: list[str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_rules(text, "rules.toml")
    message = str(caught.value)
    assert message.startswith("rules.toml")
    assert len(message.splitlines()) == 1
    for part in said:
        assert part in f"{message} {caught.value.remedy}"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'[[rule]]\nname = "\xe4"')
    for path, reason in (
        (tmp_path / "none.toml", "No such file"),
        (tmp_path, "director"),
        (tmp_path / "latin.toml", "not UTF-8"),
        (tmp_path / "nul\0.toml", "cannot be read"),
    ):
        with pytest.raises(InvalidInputError, match=reason) as caught:
            load_rules(str(path))
        assert "recommended" in caught.value.remedy


def test_a_file_that_windows_wrote(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_bytes(b"\xef\xbb\xbf[[rule]]\r\nnever = " + A.encode() + b"\r\n")
    assert [rule.name for rule in load_rules(str(tmp_path / "rules.toml"))] == ["no backgroundSync:Registered sync"]


def test_the_recommended_rules_are_of_this_chromium() -> None:
    rules = load_rules("recommended")
    assert len(rules) == len({rule.name for rule in rules}) == 10
    assert not list(doubts(rules))


def test_the_known_names_are_those_of_the_page() -> None:
    page = (DOCS / "events.md").read_text()
    table = page.partition("| service (`instance_id`)")[2].partition("\n\n")[0]
    described: dict[str, set[str]] = {}
    service = ""
    for row in table.splitlines()[2:]:
        first, names = row.split("|")[1:3]
        service = first.split("`")[1] if "`" in first else service
        described.setdefault(service, set()).update(name.strip() for name in names.split(","))
    assert described == {service: set(names) for service, names in EVENT_NAMES.items()}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("backgroundSync:Sync event failed", "did you mean 'sync event failed'?"),
        ("backgroundSync:Sync complete", "did you mean 'Sync completed'?"),
        ("notifications:xyz", "it has Notification displayed, Notification scheduled"),
    ],
)
def test_a_name_that_may_be_misspelt_is_doubted(named: str, said: str) -> None:
    (doubt,) = doubts([rule(f'never = ["{named}", {A}]')])
    assert named.partition(":")[2] in doubt
    assert said in doubt


FETCHED, SYNCED = '"backgroundFetch:Background Fetch completed"', '"backgroundSync:Sync completed"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f'never = {FETCHED}\nwhere = {{ "Failure reason" = "BAD_STATUS" }}',
            "has no metadata 'Failure reason' that is known here: did you mean 'Failure Reason'?",
        ),
        (f'never = {SYNCED}\nwhere_not = {{ status = "succeeded" }}', "did you mean 'Status'?"),
        (
            f'never = {SYNCED}\nwhere = {{ Outcome = "x" }}',
            "has no metadata 'Outcome' that is known here: it has Status",
        ),
        (f'never = {A}\nwhere = {{ Tag = "x" }}', "has no metadata 'Tag' that is known here: it has none"),
        (f'after = {A}\nthen = {{ event = {C}, where = {{ Sttus = "x" }} }}', "did you mean 'Status'?"),
        (f'order = [{A}, {{ event = {C}, where_not = {{ Stat = "succeeded" }} }}]', "did you mean 'Status'?"),
        (
            f'never = {SYNCED}\nwhere = {{ Status = "waitUntil Rejected" }}',
            "Status of backgroundSync:Sync completed is never 'waitUntil Rejected', as far as is known here: "
            "did you mean 'waitUntil rejected'?",
        ),
        (f'never = {SYNCED}\nwhere_not = {{ Status = ["succeeded", "Failed"] }}', "did you mean 'failed'?"),
    ],
)
def test_metadata_that_may_be_misspelt_is_doubted(text: str, said: str) -> None:
    (doubt,) = doubts([rule(text)])
    assert said in doubt


@pytest.mark.parametrize(
    "text",
    [
        f'never = {FETCHED}\nwhere = {{ "Failure Reason" = "BackgroundFetchFailureReason::BAD_STATUS" }}',
        'never = "paymentHandler:Payment request"\nwhere = { "Method Name #0" = "https://pay.example" }',
        'never = "paymentHandler:Payment request"\nwhere = { "Modifier #1 Total Value" = "5" }',
        'never = "pushMessaging:Push event completed"\nwhere_not = { Status = "Success" }',
    ],
)
def test_metadata_that_chromium_has_is_not_doubted(text: str) -> None:
    assert list(doubts([rule(text)])) == []


def test_the_known_metadata_is_that_of_the_page() -> None:
    """But for payments, of which the page does not name every key."""
    page = (DOCS / "events.md").read_text()
    table = page.partition("| service (`instance_id`)")[2].partition("\n\n")[0]
    service = ""
    for row in table.splitlines()[2:]:
        first, names, cell = row.split("|")[1:4]
        service = first.split("`")[1] if "`" in first else service
        if service == "paymentHandler":
            continue
        known = EVENT_NAMES[service][names.strip()].metadata
        said = {key.partition(":")[0].strip().rstrip("?"): key.partition(":")[2] for key in cell.split(";")}
        said.pop("", None)
        assert set(said) == set(known), names
        for key, values in said.items():
            if known[key] != ANY:  # Else the page says in words what comes.
                assert {value.strip() for value in values.split(",") if value.strip()} <= set(known[key]), key
