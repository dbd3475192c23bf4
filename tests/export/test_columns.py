"""Every table's columns begin at the same place, whatever is in their cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.export.columns import GAP, aligned, fields, fit, fit_middle, measure, table, wrap

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


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("see http://localhost:8000/a/long/path now", ["see", "http://localhost:8000/a/long/path", "now"]),
        ("http://localhost:8000/a/long/path", ["http://localhost:8000/a/long/path"]),
        ("one two three", ["one two", "three"]),
        ("  indented text", ["  indented", "text"]),
        ("", [""]),
    ],
)
def test_a_long_word_can_stay_whole(text: str, lines: list[str]) -> None:
    assert [*wrap(text, 10, breaks=False)] == lines


@pytest.mark.parametrize("width", [10, 30, 60, None])
def test_fields_and_tables_fit_a_terminal(width: int | None) -> None:
    rows = [("SCOPE", "SCRIPT"), ("http://localhost:8000/", "http://localhost:8000/worker.js"), ("b", "")]
    for text in (fields(rows, width), table(rows, width)):
        assert width is None or max(map(measure, text.splitlines())) <= width
        assert "http://localhost:8000/worker.js" in text.replace("\n", "").replace(" ", "")
    assert (table(rows, width) == aligned(rows)) is (width in (None, 60))
    assert table([], width) == fields([], width) == ""


def test_what_is_cut_in_the_middle_keeps_both_ends() -> None:
    assert fit_middle("p#http://localhost:8000/#0ada", 13) == "p#http…/#0ada"


@given(st.text(st.sampled_from("ab 漢🎉"), max_size=60), st.integers(2, 20), st.integers(1, 4))
def test_what_is_wrapped_fits_and_keeps_its_words(text: str, width: int, most: int) -> None:
    lines = [*wrap(text, width, most)]
    assert len(lines) <= most
    assert all(measure(line) <= width for line in lines)
    if not any("…" in line for line in lines):
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
