"""Every table's columns begin at the same place, whatever is in their cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.export.columns import GAP, aligned, fit, fit_middle, measure, wrap

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
    ("text", "width"),
    [("abc", 3), ("é", 1), ("e\u0301", 1), ("漢字", 4), ("🎉", 2), ("ﾊﾝ", 2), ("Ａ", 2), ("❤\ufe0f", 2), ("", 0)],
)
def test_how_wide_text_is_on_a_terminal(text: str, width: int) -> None:
    assert measure(text) == width


@pytest.mark.parametrize("text", ["", "abc", "abcdef", "漢字漢字", "a🎉漢字"])
def test_what_is_fitted_has_just_the_width(text: str) -> None:
    assert [measure(fit(text, width)) for width in range(10)] == list(range(10))
    assert [measure(fit_middle(text, width)) for width in range(10)] == list(range(10))


def test_what_is_cut_in_the_middle_keeps_both_ends() -> None:
    assert fit_middle("p#http://localhost:8000/#0ada", 13) == "p#http…/#0ada"


@given(st.text(st.sampled_from("ab 漢🎉"), max_size=60), st.integers(2, 20), st.integers(1, 4))
def test_what_is_wrapped_fits_and_keeps_its_words(text: str, width: int, most: int) -> None:
    lines = [*wrap(text, width, most)]
    assert len(lines) <= most
    assert all(measure(line) <= width for line in lines)
    if not any("…" in line for line in lines):
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
