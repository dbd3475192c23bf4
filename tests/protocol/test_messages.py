"""Bytes in, values out: what a browser says, whatever it says."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.protocol.messages import (
    Message,
    ProtocolError,
    TargetInfo,
    decode_params,
    encode_command,
    parse_message,
)
from cdp_bgservices.protocol.wire_events import parse_event

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def test_a_reply_keeps_its_number_and_result() -> None:
    reply = parse_message(b'{"id":7,"result":{"a":1},"sessionId":"S"}')
    assert (reply.id, bytes(reply.result), reply.session_id, reply.error) == (7, b'{"a":1}', "S", None)


def test_an_error_keeps_code_message_and_data() -> None:
    error = parse_message(b'{"id":7,"error":{"code":-32602,"message":"Invalid","data":"why"}}').error
    assert error is not None
    assert (error.code, error.message, error.data) == (-32602, "Invalid", "why")


def test_a_notification_keeps_method_session_and_parameters() -> None:
    message = parse_message(b'{"method":"A.b","params":{"x":[1]},"sessionId":"S","tomorrow":{}}')
    assert (message.id, message.method, message.session_id, bytes(message.params)) == (None, "A.b", "S", b'{"x":[1]}')


DEEP = b"[" * 1_000_000 + b"]" * 1_000_000  # Python 3.14 goes as deep as its stack.
GARBAGE = [
    b"",
    b"null",
    b"[]",
    b"{",
    b'"text"',
    b"\xff\xfe",
    b"{}",
    b'{"id":"seven"}',
    b'{"id":1,"error":5}',
    b'{"x":NaN}',
]


@pytest.mark.parametrize("data", [*GARBAGE, DEEP, b'{"id":1,"result":' + DEEP + b"}", b'{"id":' + b"9" * 9999])
def test_garbage_is_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_message(data)


@given(st.binary(max_size=60) | st.text(max_size=60) | JSON.map(json.dumps))
def test_nothing_but_a_protocol_error_is_ever_raised(data: bytes | str) -> None:
    try:
        message = parse_message(data)
    except ProtocolError:
        return
    assert isinstance(message, Message)
    with pytest.raises(ProtocolError):
        parse_event(message.params, "", "", {})


def test_invalid_unicode_in_other_parameters_is_kept_too() -> None:
    params = parse_message(b'{"method":"m","params":{"targetId":"\xff","title":"\\ud800"}}').params
    assert decode_params(params, TargetInfo).target_id == "\N{REPLACEMENT CHARACTER}"


@given(st.integers(1, 2**31), TEXT, st.dictionaries(TEXT, TEXT, max_size=3))
def test_a_command_is_written_for_one_session(number: int, session: str, params: dict[str, str]) -> None:
    written = json.loads(encode_command(number, {"method": "A.b", "params": params}, session))
    assert written.pop("sessionId", "") == session
    assert written == {"id": number, "method": "A.b", "params": params}
