"""What browser contexts are called."""

from datetime import timedelta

import msgspec

from cdp_bgservices.contexts import DEFAULT, OTHER, BrowserContext, endings, labels
from cdp_bgservices.events import to_microseconds
from tests.making import NOW


def made(context: str, minute: int, *, source: str = "shop", name: str = "", default: bool = False) -> BrowserContext:
    moment = NOW + timedelta(minutes=minute)
    return BrowserContext(
        source=source, context=context, kind=DEFAULT if default else OTHER, name=name, since=moment, noted=moment
    )


def test_a_profile_s_own_is_the_default_one_at_each_start_and_others_are_counted_as_they_came() -> None:
    contexts = [
        made("C", 3),
        made("A", 1, default=True),
        made("E", 9, default=True),
        made("D", 4, name="test_cart"),
        made("F", 5),
        made("B", 2),
        made("X", 7, source="other"),
    ]
    assert labels(contexts) == {
        ("shop", "A"): "default",
        ("shop", "E"): "default",
        ("shop", "B"): "context 2",
        ("shop", "C"): "context 3",
        ("shop", "D"): "test_cart",
        ("shop", "F"): "context 5",
        ("other", "X"): "context 2",
    }


def test_contexts_of_one_name_are_numbered() -> None:
    contexts = [made("A", 1, name="test_cart"), made("B", 2, name="test_cart"), made("C", 3, name="test_cart")]
    found = labels([*contexts, made("D", 1, source="other", name="test_cart", default=True)])
    assert list(found.values()) == ["test_cart", "test_cart", "test_cart (2)", "test_cart (3)"]


def test_each_that_is_over_has_an_end() -> None:
    ended = msgspec.structs.replace(made("A", 1), ended=NOW)
    assert endings([ended, made("B", 1)]) == {("shop", "A"): to_microseconds(NOW)}
