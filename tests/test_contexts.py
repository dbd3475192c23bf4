"""What browser contexts are called."""

from datetime import timedelta

import msgspec

from cdp_bgservices.contexts import DEFAULT, OTHER, BrowserContext, endings, labels
from cdp_bgservices.events import to_microseconds
from tests.making import NOW


def made(context: str, minute: int, number: int = 0, *, source: str = "shop", name: str = "") -> BrowserContext:
    """Without a number it is a default one."""
    moment, kind = NOW + timedelta(minutes=minute), OTHER if number else DEFAULT
    return BrowserContext(
        source=source, context=context, kind=kind, number=number, name=name, since=moment, noted=moment
    )


def test_a_profile_s_own_is_the_default_one_at_each_start_and_others_have_a_name_or_a_number() -> None:
    contexts = [
        made("A", 1),
        made("E", 9),
        made("B", 2, 2),
        made("D", 4, 3, name="test_cart"),
        made("F", 5, 4),
        made("X", 7, 2, source="other"),
    ]
    assert labels(contexts) == {
        ("shop", "A"): "default",
        ("shop", "E"): "default",
        ("shop", "B"): "context 2",
        ("shop", "D"): "test_cart",
        ("shop", "F"): "context 4",
        ("other", "X"): "context 2",
    }


def test_later_contexts_of_one_name_are_numbered() -> None:
    contexts = [made("B", 2, 3, name="test_cart"), made("A", 1, 2, name="test_cart"), made("C", 3, name="test_cart")]
    found = labels([*contexts, made("D", 1, source="other", name="test_cart")])
    assert {context: label for (_, context), label in found.items()} == {
        "A": "test_cart",
        "B": "test_cart (2)",
        "C": "test_cart (3)",
        "D": "test_cart",
    }


def test_each_that_is_over_has_an_end() -> None:
    ended = msgspec.structs.replace(made("A", 1), ended=NOW)
    assert endings([ended, made("B", 0)]) == {("shop", "A"): to_microseconds(NOW)}


def test_of_a_profile_that_is_gone_only_the_last_of_its_own_contexts_ends_its_stories() -> None:
    """The earlier ones went on in it."""
    contexts = [made("A", 1), made("B", 2), made("C", 1, 2), made("D", 3, source="other")]
    ended = [msgspec.structs.replace(each, ended=NOW, why="its profile was deleted") for each in contexts]
    assert sorted(endings(ended)) == [("other", "D"), ("shop", "B"), ("shop", "C")]
