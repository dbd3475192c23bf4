"""Protocol Buffers: bytes that are messages, and bytes that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.protobuf import Field, MalformedError, encode, fixed64, parse, parse_varint, varint

NUMBERS = st.integers(0, (1 << 64) - 1)
FIELDS = st.integers(1, (1 << 29) - 1)


def test_the_bytes_are_those_of_the_specification() -> None:
    assert encode((1, 150)) == bytes.fromhex("089601")
    assert encode((2, "testing"), (3, encode((1, 150)))) == bytes.fromhex("120774657374696e671a03089601")


@given(st.lists(st.tuples(FIELDS, NUMBERS | st.text() | st.binary())))
def test_what_is_encoded_is_parsed(fields: list[Field]) -> None:
    parsed = parse(encode(*fields)).fields
    for field, values in parsed.items():
        given_values = [value for number, value in fields if number == field]
        assert values == [value.encode() if isinstance(value, str) else value for value in given_values]
    assert set(parsed) == {field for field, _ in fields}


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    try:
        fields = parse(data).fields
    except MalformedError:
        return
    assert all(values for values in fields.values())
    assert bool(fields) == bool(data)


@given(st.lists(st.tuples(FIELDS, NUMBERS | st.binary()), min_size=1), st.data())
def test_a_message_that_is_cut_within_a_field_is_refused(fields: list[Field], data: st.DataObject) -> None:
    last = encode(fields[-1])
    cut = data.draw(st.integers(1, len(last) - 1))
    with pytest.raises(MalformedError):
        parse(encode(*fields)[:-cut])


@given(NUMBERS)
def test_numbers(number: int) -> None:
    assert parse_varint(varint(number), 0) == (number, len(varint(number)))
    assert parse(fixed64(7, number)).number(7) == number


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00",  # field 0
        b"\x0b",  # a group
        b"\x0f\x00",  # an unknown kind
        b"\x08" + b"\xff" * 10 + b"\x01",  # a number of eleven bytes
        b"\x08" + b"\xff" * 9 + b"\x02",  # one over 2**64
        b"\x08" + b"\x80",
        b"\x0a\x05abcd",
        b"\x0a" + b"\xff" * 9 + b"\x01",  # a field of 2**64 - 1 bytes
        b"\x09\x00\x00\x00",
        b"\x0d\x00\x00\x00",
        b"\xff" * 20,
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(data)


def test_fields_are_of_the_kind_that_is_asked_for() -> None:
    message = parse(encode((1, "text"), (2, 5), (3, b"\xff"), (4, "one"), (4, "two")))
    assert (message.text(1), message.number(2), message.text(4)) == ("text", 5, "two")
    assert (message.text(9), message.number(9), message.texts(4)) == ("", 0, ["one", "two"])
    for ask in (lambda: message.number(1), lambda: message.text(3), lambda: message.text(2)):
        with pytest.raises(MalformedError):
            ask()
