"""Values of Python as JSON has them: names in camelCase, durations in milliseconds, patterns as objects."""

import re
import warnings
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.events import Event

JSON_TYPES = {timedelta: float, object: Any}
MILLISECOND = timedelta(milliseconds=1)
GROUP = re.compile(r"(?<!\\)((?:\\\\)*)\(\?<(?![=!])")
"""The beginning of a named group, as JavaScript writes it."""
REFERENCE = re.compile(r"(?<!\\)((?:\\\\)*)\\k<(\w+)>")
FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "u": re.NOFLAG}
IGNORED = "gyd"
"""Flags of JavaScript that do not change what matches."""


class Pattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A regular expression, of JavaScript or of Python."""

    pattern: str
    flags: str = ""
    """i, m, s, u; g, y and d are ignored."""


def camel(name: str) -> str:
    """``instance_id`` is ``instanceId``; ``list_``, which avoids a name of Python's, is ``list``."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.title() for part in rest)


@lru_cache
def wire_type(kind: Any) -> Any:
    """The type that JSON has for a type of Python. An event is as it is in JSON lines."""
    origin, args = get_origin(kind), get_args(kind)
    if re.Pattern in (kind, origin):
        return Pattern
    if kind in JSON_TYPES:
        return JSON_TYPES[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not Event:
        return wire_struct(kind)
    if origin is Annotated:
        return Annotated[wire_type(args[0]), *args[1:]]
    if origin in (Union, UnionType):
        return reduce(or_, (wire_type(each) for each in args if each is not bytes))  # JSON has texts only.
    if args:
        return origin[tuple(each if each is ... else wire_type(each) for each in args)]
    return kind


def wire_struct(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    fields = [(field.name, wire_type(field.type)) for field in msgspec.structs.fields(kind)]
    return msgspec.defstruct(
        kind.__name__, fields, namespace={"__doc__": kind.__doc__}, module=kind.__module__, rename=camel, kw_only=True
    )


def to_wire(value: Any) -> Any:
    """What becomes JSON."""
    if isinstance(value, Event):
        return value
    if isinstance(value, msgspec.Struct):
        fields = {name: to_wire(getattr(value, name)) for name in value.__struct_fields__}
        return wire_type(type(value))(**fields)
    if isinstance(value, timedelta):
        return value / MILLISECOND
    if isinstance(value, list | tuple):
        return [to_wire(each) for each in value]
    return value


def read_wire(value: Any, kind: Any) -> Any:
    """Of what a peer answered: the value in Python, of that type. Raises ValidationError."""
    return plain(msgspec.convert(value, wire_type(kind)), kind)


def plain(value: Any, kind: Any) -> Any:
    """The value of a type of Python, of its counterpart on the wire."""
    if isinstance(value, list | tuple):
        of = get_args(kind)[0]
        return get_origin(kind)(plain(each, of) for each in value)
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return kind(**{field.name: plain(getattr(value, field.name), field.type) for field in fields})
    return value


def from_wire(value: Any) -> Any:
    """Of what a client sent, in the types of the wire: patterns are compiled. Raises InvalidInputError."""
    if isinstance(value, Pattern):
        return compile_pattern(value)
    if isinstance(value, Mapping):
        return {key: from_wire(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [from_wire(each) for each in value]
    return value


def compile_pattern(given: Pattern) -> re.Pattern[str]:
    """Raises InvalidInputError."""
    flags = re.NOFLAG
    for flag in given.flags:
        if flag not in FLAGS and flag not in IGNORED:
            raise InvalidInputError(f"{flag!r} is not a flag of a pattern", f"The flags are: {', '.join(FLAGS)}.")
        flags |= FLAGS.get(flag, re.NOFLAG)
    text = REFERENCE.sub(r"\1(?P=\2)", GROUP.sub(r"\1(?P<", given.pattern))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # A set that may be nested in a later Python.
            return re.compile(text, flags)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidInputError(
            f"the pattern {given.pattern!r} does not compile: {error}",
            "Write what JavaScript and Python both know.",
        ) from None
