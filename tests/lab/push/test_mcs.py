"""Frames, however they are cut, and whatever they say of their length."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_bgservices.lab.push.mcs import LONGEST, VERSION, FrameSplitter, Tag, frame
from cdp_bgservices.protobuf import MalformedError, encode, varint

FRAMES = st.lists(st.tuples(st.sampled_from(Tag), st.binary(max_size=300)))


def split(data: bytes, cuts: list[int] | None = None) -> list[tuple[Tag, bytes]]:
    splitter = FrameSplitter()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts or []), len(data)]
    frames = [each for start, end in pairwise(edges) for each in splitter.split(data[start:end])]
    return [(tag, bytes(fields.fields[1][0])) for tag, fields in frames]


@given(FRAMES, st.lists(st.integers(0, 1000)))
def test_frames_come_out_whole_wherever_they_are_cut(frames: list[tuple[Tag, bytes]], cuts: list[int]) -> None:
    wire = bytes([VERSION]) + b"".join(frame(tag, encode((1, payload))) for tag, payload in frames)
    assert split(wire, cuts) == split(wire) == frames


@given(st.binary(max_size=2000), st.integers(1, 50))
def test_any_bytes_are_split_or_refused(data: bytes, step: int) -> None:
    splitter = FrameSplitter()
    try:
        for start in range(0, len(data), step):
            for tag, _ in splitter.split(data[start : start + step]):
                assert isinstance(tag, Tag)
    except MalformedError:
        return
    assert len(splitter.buffer) <= len(data)


@given(st.integers(LONGEST + 1, (1 << 64) - 1))
def test_a_frame_that_is_too_long_is_refused_before_it_has_come(length: int) -> None:
    with pytest.raises(MalformedError):
        list(FrameSplitter().split(bytes([VERSION, Tag.DATA]) + varint(length)))


@pytest.mark.parametrize(
    "data",
    [
        b"\x26",
        b"GET / HTTP/1.1",
        bytes([VERSION, 99]),
        bytes([VERSION, 5, 0]),
        bytes([VERSION, Tag.PING, 0xFF, 0xFF, 0xFF]),
        bytes([VERSION, Tag.PING, 0x80, 0x80, 0x80, 0x00]),
        bytes([VERSION, Tag.LOGIN_REQUEST, 1, 0xFF]),
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        list(FrameSplitter().split(data))


def test_the_longest_frame_is_taken() -> None:
    payload = encode((1, bytes(LONGEST - 4)))
    assert len(payload) == LONGEST
    [(tag, fields)] = FrameSplitter().split(bytes([VERSION]) + frame(Tag.DATA, payload))
    assert (tag, len(fields.fields[1][0])) == (Tag.DATA, LONGEST - 4)  # type: ignore[arg-type]
