"""Whole messages taken out of the bytes of a websocket or a pipe, however these arrive."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.protocol.frames import CLOSE, PING, PONG, TEXT, FrameSplitter, PipeSplitter, TooLongError

LONGEST = 70_000
SIZES = st.sampled_from([0, 1, 125, 126, 127, 65_535, 65_536])
FOREIGN = [0x82, 0x01, 0x00, 0xC1]
"""Binary, the first and a middle fragment, compressed."""


def frame(first: int, payload: bytes) -> bytes:
    """As a server sends it: not masked."""
    size = len(payload)
    if size < 126:
        return bytes([first, size]) + payload
    if size < 1 << 16:
        return bytes([first, 126]) + size.to_bytes(2) + payload
    return bytes([first, 127]) + size.to_bytes(8) + payload


Frames = list[tuple[int, int, int]]


def joined(frames: Frames, *, of: Callable[[int], bool] = lambda _: True) -> bytes:
    return b"".join(frame(first, bytes([fill]) * size) for first, size, fill in frames if of(first))


def texts(frames: Frames) -> list[bytes]:
    return [bytes([fill]) * size for first, size, fill in frames if first == TEXT]


def chunks(data: bytes, cuts: list[float]) -> list[bytes]:
    """The same bytes in pieces; a cut is a fraction of the whole."""
    edges = [0, *sorted(int(cut * len(data)) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def split_all(splitter: FrameSplitter, pieces: list[bytes]) -> tuple[list[bytes], bytes]:
    messages: list[bytes] = []
    passed = b""
    for piece in pieces:
        whole, rest = splitter.split(piece)
        messages += whole
        passed += rest
    return messages, passed


FRAMES = st.lists(
    st.tuples(st.just(TEXT), SIZES) | st.tuples(st.sampled_from([PING, PONG, CLOSE]), st.integers(0, 125)), max_size=8
).map(lambda frames: [(first, size, number) for number, (first, size) in enumerate(frames)])
"""First byte, size, and the byte that fills it."""
CUTS = st.lists(st.floats(0, 1), max_size=8)


@given(FRAMES, CUTS)
def test_texts_come_out_and_the_rest_is_passed_on(frames: Frames, cuts: list[float]) -> None:
    messages, passed = split_all(FrameSplitter(LONGEST), chunks(joined(frames), cuts))
    assert messages == texts(frames)
    assert passed == joined(frames, of=lambda first: first != TEXT)


@pytest.mark.parametrize("first", FOREIGN)
@given(before=FRAMES, after=FRAMES, cuts=CUTS)
def test_all_is_passed_on_from_the_first_foreign_frame(
    first: int, before: Frames, after: Frames, cuts: list[float]
) -> None:
    foreign = frame(first, b"{}") + joined(after)
    messages, passed = split_all(FrameSplitter(LONGEST), chunks(joined(before) + foreign, cuts))
    assert messages == texts(before)
    assert passed == joined(before, of=lambda each: each != TEXT) + foreign


def test_a_masked_frame_is_passed_on() -> None:
    masked = bytes([TEXT, 0x82, 1, 2, 3, 4, 5, 6])
    assert FrameSplitter(LONGEST).split(masked) == ([], masked)


def test_single_bytes_make_a_frame() -> None:
    data = frame(TEXT, b"x" * 300)
    assert split_all(FrameSplitter(LONGEST), [bytes([byte]) for byte in data]) == ([b"x" * 300], b"")


def test_a_frame_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLongError, match=str(LONGEST + 1)):
        FrameSplitter(LONGEST).split(frame(TEXT, b"x" * (LONGEST + 1))[:10])


@given(
    st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\0", b"")), max_size=8),
    st.lists(st.floats(0, 1), max_size=8),
)
def test_a_pipe_is_split_the_same_however_it_is_cut(messages: list[bytes], cuts: list[float]) -> None:
    splitter = PipeSplitter(LONGEST)
    data = b"".join(message + b"\0" for message in messages) + b"a beginning"
    assert [message for piece in chunks(data, cuts) for message in splitter.split(piece)] == messages
    assert splitter.split(b" and its end\0") == [b"a beginning and its end"]


def test_a_pipe_takes_no_message_that_is_too_long() -> None:
    splitter = PipeSplitter(3)
    assert splitter.split(b"abc") == []
    with pytest.raises(TooLongError):
        splitter.split(b"d")
