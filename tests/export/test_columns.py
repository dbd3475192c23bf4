"""Every table's columns begin at the same place, whatever is in their cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.export.columns import GAP, aligned, fit, measure

WORDS = st.text(st.sampled_from("aé漢🎉\x1b\n\u202e"), max_size=8)


@given(st.lists(st.tuples(WORDS, WORDS, st.just("|")), min_size=1))
def test_columns_begin_at_the_same_place(rows: list[tuple[str, str, str]]) -> None:
    lines = aligned(rows).splitlines()
    assert len(lines) == len(rows)
    assert all(line.isprintable() for line in lines)
    assert len({measure(line) for line in lines}) == 1


def test_a_row_of_text_and_nothing_at_its_end() -> None:
    assert aligned([("a", "b"), ("long", "")]) == f"a   {GAP}b\nlong\n"
    assert aligned([]) == ""


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("é", 1), ("e\u0301", 1), ("漢字", 4), ("🎉", 2), ("ﾊﾝ", 2), ("Ａ", 2), ("", 0)]
)
def test_how_wide_text_is_on_a_terminal(text: str, width: int) -> None:
    assert measure(text) == width


@pytest.mark.parametrize("text", ["", "abc", "abcdef", "漢字漢字", "a🎉漢字"])
def test_what_is_fitted_has_just_the_width(text: str) -> None:
    assert [measure(fit(text, width)) for width in range(10)] == list(range(10))
