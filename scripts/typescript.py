#!/usr/bin/env python3
"""Write the protocol in TypeScript, for the package for Playwright, from the methods that serve answers.

scripts/typescript.py           write clients/playwright/src/protocol.ts
scripts/typescript.py --check   exit with 1 if it is not what would be written
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from inspect import Parameter, cleandoc, getsource, signature, unwrap
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from cdp_bgservices.events import Service
from cdp_bgservices.lab.push.service import STATUSES
from cdp_bgservices.testing.expected import Criteria
from cdp_bgservices.testing.methods import METHODS
from cdp_bgservices.testing.methods.events import EventPage
from cdp_bgservices.testing.methods.ready import PushPlaces, Ready
from cdp_bgservices.testing.methods.schema import make_schema
from cdp_bgservices.testing.methods.table import VIEW, Method
from cdp_bgservices.testing.methods.wire import camel
from cdp_bgservices.vocabulary.permissions import STATES

TARGET = Path(__file__).parent.parent / "clients" / "playwright" / "src" / "protocol.ts"
FACES = {"": "Methods", "notification": "Notifications", "network": "Network", "push": "PushService"}
"""Groups of methods, and the interfaces that have them."""
IN_ITS_OWN_WAY = {"events", "subscribe", "unsubscribe", "context", "reset"}
"""Methods that the package has otherwise, or keeps to itself."""
READY = {f"push.{name}" for name in PushPlaces.__struct_fields__}
"""Methods that answer what the first message says."""
NAMES = {"Event": "BackgroundEvent", "Pattern": "RegExp"}
OFTEN = {"timeout": "Timeout"}
"""Parameters that are an interface of their own, since many methods have them."""
KNOWN = {
    "service": "Service",
    "state": " | ".join(map(repr, STATES)),
    "status": " | ".join(str(int(each)) for each in STATUSES),
}
"""The types of parameters whose mistakes Python explains itself."""
TAB = "  "

HEAD = """// Generated from cdp_bgservices/testing/methods by scripts/typescript.py: change those.
/** The protocol of `cdp-bgservices serve`. The names of errors are those of `BackgroundServicesError`. */

export type Service = {services};
/** Texts are compared as they are, patterns are searched for. */
export type Text = string | RegExp;
/** Milliseconds, by default 30,000; 0 is none. */
export interface Timeout {{ timeout?: number }}
"""

SCHEMA = make_schema()
CALLS = {each["title"]: each["properties"] for each in SCHEMA["oneOf"]}


def kind(schema: dict[str, Any], *, given: bool = False) -> str:
    """A type of TypeScript. ``given``: of a parameter."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        if "enum" in SCHEMA["$defs"][name]:
            return kind(SCHEMA["$defs"][name], given=given)
        return NAMES.get(name, name)
    if "enum" in schema:
        return " | ".join(map(repr, schema["enum"]))
    if "anyOf" in schema:
        kinds = list(dict.fromkeys(kind(each, given=given) for each in schema["anyOf"]))
        if {"string", "RegExp"} <= set(kinds):
            kinds = ["Text", *(each for each in kinds if each not in ("string", "RegExp"))]
        return " | ".join(sorted(kinds, key=lambda each: each == "null"))  # The versions of msgspec differ in it.
    match schema.get("type"):
        case "array":
            item = kind(schema["items"], given=given)
            return f"({item})[]" if "|" in item else f"{item}[]"
        case "object" if isinstance(value := schema.get("additionalProperties"), dict):
            return f"Record<string, {kind(value, given=given)}>"
        case "object":
            return "object" if given else "Record<string, any>"
        case "integer" | "number":
            return "number"
        case str(name):
            return name
        case _:
            return "any"


def left_out(of: str) -> str:
    """Of a parameter that need not be given: that is what null means."""
    return of.removesuffix(" | null")


def comment(text: str, margin: str = "") -> Iterator[str]:
    """Without what names Python."""
    text = re.sub(r":\w+:`~?([\w.]+)`", r"`\1`", re.sub(r" \(:mod:`[\w.]+`\)", "", text))
    lines = re.sub(r"\bNone\b", "null", text.replace("``", "`").replace("Raises", "Throws")).splitlines()
    if len(lines) == 1:
        yield f"{margin}/** {lines[0]} */"
    elif lines:
        yield from (f"{margin}/**", *(f"{margin} * {line}".rstrip() for line in lines), f"{margin} */")


def structs(kinds: Iterable[Any]) -> Iterator[type[msgspec.Struct]]:
    """Those that are in types, each before those that are in it."""
    for each in kinds:
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            yield each
            yield from structs(field.type for field in msgspec.structs.fields(each))
        yield from structs(get_args(each))


def field_docs(of: type) -> dict[str, str]:
    """What stands below the fields of a class."""
    (node,) = ast.parse(getsource(of)).body
    assert isinstance(node, ast.ClassDef)
    return {
        field.target.id: cleandoc(below.value.value)
        for field, below in pairwise(node.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }


def interface(of: type[msgspec.Struct]) -> Iterator[str]:
    docs = field_docs(of)
    properties = SCHEMA["$defs"][of.__name__]["properties"]
    yield from comment(cleandoc(of.__doc__ or ""))
    yield f"export interface {NAMES.get(of.__name__, of.__name__)} {{"
    for name, (wire, schema) in zip(of.__struct_fields__, properties.items(), strict=True):
        yield from comment(docs.get(name, ""), TAB)
        yield f"{TAB}{wire}: {kind(schema)};"
    yield "}"


def criteria() -> Iterator[str]:
    docs = field_docs(Criteria) | {"since": "A mark, instead of the start of the test."}
    properties = SCHEMA["$defs"]["wait.params"]["properties"]
    fields = dict(zip(METHODS["wait"].parameters.__struct_fields__, properties.items(), strict=True))
    yield from comment("Of an event, besides its service and its name.")
    yield "export interface Criteria {"
    for name, (wire, schema) in fields.items():
        if name == "since" or (name in Criteria.__annotations__ and name not in VIEW):
            yield from comment(docs.get(name, ""), TAB)
            yield f"{TAB}{wire}?: {left_out(kind(schema, given=True))};"
    yield "}"


class Face:
    """A method, as the package has it: parameters by position where Python has them so, the others in an object."""

    def __init__(self, method: Method) -> None:
        self.method = method
        self.group, _, self.name = method.name.rpartition(".")
        properties = CALLS[method.name]["params"]
        self.schemas = SCHEMA["$defs"][properties["$ref"].rpartition("/")[2]].get("properties", {})
        names = zip(method.parameters.__struct_fields__, method.parameters.__struct_encode_fields__, strict=True)
        self.wire = dict(names)
        of_python = unwrap(method.function)
        if not self.group:
            self.name = camel(of_python.__name__)  # As a test calls it: ``wait`` is ``waitFor``.
        _, *own = signature(of_python).parameters.values()
        own = [each for each in own if each.name in self.wire or each.kind is Parameter.VAR_KEYWORD]
        self.positional = [each for each in own if each.kind is Parameter.POSITIONAL_OR_KEYWORD]
        self.named = [each for each in own if each.kind is Parameter.KEYWORD_ONLY]
        self.has_criteria = any(each.kind is Parameter.VAR_KEYWORD for each in own)

    def parameter(self, each: Parameter) -> str:
        wire = self.wire[each.name]
        is_optional = each.default is not Parameter.empty
        of = kind(self.schemas[wire], given=True)
        of = left_out(of) if is_optional else of
        of = KNOWN.get(each.name, of)
        return f"{wire}{'?' if is_optional else ''}: {of}"

    @property
    def takes(self) -> list[str]:
        """What the running test gives."""
        return [name for name in (*VIEW, *OFTEN) if name in self.wire]

    def lines(self) -> Iterator[str]:
        options = [self.parameter(each) for each in self.named if each.name not in OFTEN]
        kinds = [f"{{ {'; '.join(options)} }}"] if options else ["Criteria"] if self.has_criteria else []
        kinds += [OFTEN[each.name] for each in self.named if each.name in OFTEN]
        shown = [*map(self.parameter, self.positional), *([f"options?: {' & '.join(kinds)}"] if kinds else [])]
        yield from comment(re.sub(r"``(\w+)``", self.named_here, self.method.description), TAB)
        yield f"{TAB}{self.name}({', '.join(shown)}): Promise<{kind(CALLS[self.method.name]['result'])}>;"

    def named_here(self, name: re.Match[str]) -> str:
        """A parameter has its own name in TypeScript: ``start_worker`` is ``startWorker``."""
        return f"``{self.wire.get(name[1], name[1])}``"

    def row(self) -> str:
        given = [self.wire[each.name] for each in self.positional]
        return f"    {self.name}: ['{self.method.name}', {given}, {self.takes}],"


def protocol() -> str:
    faces = [Face(each) for name, each in METHODS.items() if name not in IN_ITS_OWN_WAY | READY]
    results: list[Any] = [Ready, EventPage]
    results += [get_type_hints(face.method.function)["return"] for face in faces]
    lines = [*HEAD.format(services=" | ".join(repr(each.value) for each in Service)).splitlines(), *criteria()]
    for struct in dict.fromkeys(structs(results)):
        lines += ["", *interface(struct)]
    for group, name in FACES.items():
        lines += ["", f"export interface {name} {{"]
        lines += [line for face in faces if face.group == group for line in face.lines()]
        lines += ["}"]
    lines += [
        "",
        "/** Each method's name in the protocol, its parameters by position, and those that the running test gives. */",
    ]
    lines += ["export const METHODS: Record<string, Record<string, [string, string[], string[]]>> = {"]
    for group, name in FACES.items():
        lines += [f"  {name}: {{", *(face.row() for face in faces if face.group == group), "  },"]
    return "\n".join([*lines, "};", ""])


def main(arguments: list[str]) -> int:
    text = protocol()
    is_stale = not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text
    if "--check" in arguments:
        if is_stale:
            print(f"{TARGET} is stale: run scripts/typescript.py", file=sys.stderr)
        return int(is_stale)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
