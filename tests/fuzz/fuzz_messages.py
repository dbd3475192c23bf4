"""A coverage-guided run on what a browser sends: the message parser, the frame splitter and the pipe's splitter.

By hand, with atheris, which pytest and tox do not need:

    pip install atheris
    python tests/fuzz/fuzz_messages.py -max_total_time=600 -timeout=5 [CORPUS FOLDER]

It ends at the first exception that is not the documented one, and at the first input that takes 5 s.
"""

import sys
from itertools import pairwise

import atheris

with atheris.instrument_imports(include=["cdp_bgservices", "json"]):
    from cdp_bgservices.protocol.frames import FrameSplitter, PipeSplitter, TooLongError
    from cdp_bgservices.protocol.messages import (
        Message,
        ProtocolError,
        SessionParams,
        TargetCreated,
        TargetDestroyed,
        decode_params,
        encode_command,
        parse_message,
    )
    from cdp_bgservices.protocol.wire_events import RecordingState, parse_event

LONGEST = 300
"""Small, so that frames that are too long are found."""
PARAMETERS = (RecordingState, SessionParams, TargetCreated, TargetDestroyed)


def fuzz(data: bytes) -> None:
    """The first byte says what the rest is for, and where it is cut."""
    if not data:
        return
    choice, rest = data[0], data[1:]
    match choice % 4:
        case 0:
            fuzz_message(rest)
        case 1:
            fuzz_event(rest)
        case 2:
            fuzz_frames(rest, 1 + choice // 4)
        case _:
            fuzz_pipe(rest, 1 + choice // 4)


def fuzz_message(data: bytes) -> None:
    try:
        message = parse_message(data)
    except ProtocolError:
        return
    assert message.id is not None or message.method
    for kind in PARAMETERS:
        for raw in (message.params, message.result):
            try:
                decode_params(raw, kind)
            except ProtocolError:
                continue
    check_event(message)
    encode_command(1, {"method": message.method}, message.session_id)


def fuzz_event(data: bytes) -> None:
    """The bytes stand where an event's fields do, so that few of them are spent on what is round them."""
    try:
        message = parse_message(b'{"method":"e","params":{"backgroundServiceEvent":{"timestamp":1,' + data + b"}}}")
    except ProtocolError:
        return
    check_event(message)


def check_event(message: Message) -> None:
    try:
        event = parse_event(message.params, "source", "context", {"0": "scope"})
    except ProtocolError:
        return
    assert event == parse_event(message.params, "source", "context", {"0": "scope"})
    assert list(event.metadata) == sorted(event.metadata)
    for text in (event.service, event.event_name, event.origin, event.instance_id, *event.metadata.values()):
        text.encode()  # No lone surrogate is left, which could be neither stored nor printed.


def fuzz_frames(data: bytes, step: int) -> None:
    """The same comes out however it is cut, and nothing is lost."""
    assert split_frames(data, len(data) or 1) == split_frames(data, step)


def split_frames(data: bytes, step: int) -> tuple[list[bytes], bytes, bool]:
    splitter = FrameSplitter(LONGEST)
    messages: list[bytes] = []
    passed = b""
    try:
        for piece in pieces(data, step):
            whole, rest = splitter.split(piece)
            messages += whole
            passed += rest
    except TooLongError:
        return [], b"", True  # How many came before depends on the cut; the connection is over.
    assert len(passed) + sum(map(len, messages)) + len(splitter.buffer) <= len(data)
    return messages, passed, False


def fuzz_pipe(data: bytes, step: int) -> None:
    pipe = PipeSplitter(len(data))
    messages = [message for piece in pieces(data, step) for message in pipe.split(piece)]
    assert [*messages, b"".join(pipe.partial)] == data.split(b"\0")


def pieces(data: bytes, step: int) -> list[bytes]:
    edges = [*range(0, len(data), step), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz)
    atheris.Fuzz()
