#!/usr/bin/env python3
"""Write the asynchronous faces. A method's names, parameters, types and docstring stand once:

- the services' own in their trio face, ``testing/services.py``: the table of serve's methods names them there;
- those of the lab's parts in that table, ``testing/methods/``.

By hand stay ``expect``, a context manager with a class of its own in each face, and the triggers, a class that the trio
face and the asynchronous one share.

scripts/faces.py           write lab.py and passed_on.py in testing/asynchronous; then run scripts/unasync.py
scripts/faces.py --check   exit with 1 if one of them is not what would be written
"""

import ast
import builtins
import sys
from collections.abc import Sequence
from pathlib import Path

TESTING = Path(__file__).parent.parent / "cdp_bgservices" / "testing"
PARTS = {"network": "Network", "notification": "Notifications", "push_service": "PushService"}
"""Modules of methods, and the classes that have them."""
NOT_PASSED_ON = ("wait_after", "context", "in_each_context")
"""What only the trio face of the services has."""
WIDTH = 120

HEAD = '''# Generated from cdp_bgservices/testing/{source} by scripts/faces.py: change {that}.
"""{title} for asyncio, as Playwright's asynchronous API has it. Timeouts are in milliseconds; 0 is none."""

{imports}

__tracebackhide__ = True  # pytest does not show the frames of this module.
'''

Function = ast.FunctionDef | ast.AsyncFunctionDef


class LabPart:
    """A class that has the methods of one group."""

    parent = "AsyncioLabPart"
    timeout = "self.calls.milliseconds(timeout)"

    def __init__(self, name: str) -> None:
        self.title = f"Asyncio{PARTS[name]}"
        self.target = name
        self.read(f"methods.{name}")
        self.text = ast.get_docstring(self.tree)
        self.functions = [each for each in self.tree.body if isinstance(each, Function) and each.decorator_list]

    def read(self, module: str) -> None:
        self.place = f"cdp_bgservices.testing.{module}"
        self.tree = ast.parse((TESTING / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
        self.used: set[str] = set()
        """The names that its annotations have."""

    @property
    def imports(self) -> dict[str, str]:
        """Where each of its names comes from."""
        found = {}
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {alias.name: node.module for alias in node.names}
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = self.place
        return found

    def annotation(self, node: ast.expr | None) -> str:
        assert node is not None, "every parameter has a type"
        self.used |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        return quoted(node)

    def parameters(self, function: Function) -> list[str]:
        """All but the first, which is what a test sees."""
        given = function.args
        shown = ["self"]
        missing = len(given.args) - len(given.defaults)
        for number, each in enumerate(given.args[1:], start=1):
            default = None if number < missing else given.defaults[number - missing]
            shown.append(self.parameter(each, default))
        if given.kwonlyargs:
            shown.append("*")
            shown += map(self.parameter, given.kwonlyargs, given.kw_defaults)
        return [*shown, f"**{self.parameter(given.kwarg, None)}"] if given.kwarg else shown

    def parameter(self, each: ast.arg, default: ast.expr | None) -> str:
        """Without a timeout the default of the test holds."""
        is_timeout = each.arg == "timeout"
        value = "" if default is None else f" = {None if is_timeout else quoted(default)}"
        return f"{each.arg}: {'float | None' if is_timeout else self.annotation(each.annotation)}{value}"

    def passed(self, function: Function) -> list[str]:
        given = function.args
        values = {"timeout": self.timeout}
        shown = [values.get(each.arg, each.arg) for each in given.args[1:]]
        shown += [f"{each.arg}={values.get(each.arg, each.arg)}" for each in given.kwonlyargs]
        return [*shown, f"**{given.kwarg.arg}"] if given.kwarg else shown

    def method(self, function: Function) -> str:
        is_async = isinstance(function, ast.AsyncFunctionDef)
        target = f"{self.target}.{function.name}"
        called = "await self.call" if is_async else target
        passed = [target if is_async else "self.calls.services", *self.passed(function)]
        is_value = any(isinstance(each, ast.Attribute) for each in function.decorator_list)
        returned = self.annotation(function.returns)
        lines = ["    @property"] if is_value else []
        head = f"{'async ' if is_async else ''}def {function.name.rstrip('_')}"
        lines += folded(f"    {head}", self.parameters(function), f" -> {returned}:")
        lines += docstring(function)
        lines += folded(f"        {'' if returned == 'None' else 'return '}{called}", passed, "")
        return "\n".join(lines)

    def face(self) -> str:
        methods = "\n\n".join(map(self.method, self.functions))
        return f'class {self.title}({self.parent}):\n    """{self.text}"""\n\n{methods}\n'


class Services(LabPart):
    """The class of the services' own methods. In the trio face their timeouts are in seconds."""

    parent = "AsyncioCalls"
    timeout = "self.seconds(timeout)"

    def __init__(self) -> None:
        self.title = "AsyncioPassedOn"
        self.target = "self.services"
        self.text = "What is passed on, as it is, to the services in trio's thread."
        self.read("services")
        methods = next(each.body for each in self.tree.body if getattr(each, "name", "") == "BackgroundServices")
        self.functions = [
            each
            for each in methods
            if isinstance(each, ast.AsyncFunctionDef) and not each.decorator_list and each.name not in NOT_PASSED_ON
        ]


def quoted(node: ast.expr) -> str:
    """As in the source, with double quotes."""
    return ast.unparse(node).replace("'", '"')


def folded(head: str, arguments: list[str], tail: str) -> list[str]:
    """On one line; or the arguments on a line, or a line for each: as a formatter has it."""
    line = f"{head}({', '.join(arguments)}){tail}"
    if len(line) <= WIDTH:
        return [line]
    margin = " " * (len(head) - len(head.lstrip()))
    inner = f"{margin}    {', '.join(arguments)}"
    rows = [inner] if len(inner) <= WIDTH else [f"{margin}    {each}," for each in arguments]
    return [f"{head}(", *rows, f"{margin}){tail}"]


def docstring(function: Function) -> list[str]:
    text = ast.get_docstring(function, clean=True)
    assert text is not None, f"{function.name} has no docstring"
    lines = text.splitlines()
    rows = [f'        """{lines[0]}', *(f"        {line}".rstrip() for line in lines[1:])]
    return [*rows[:-1], f'{rows[-1]}"""'] if len(rows) == 1 else [*rows, '        """']


def imports(sources: Sequence[LabPart]) -> str:
    """Sorted: those of Python first."""
    places = {"cdp_bgservices.testing.asynchronous.calls": {source.parent for source in sources}}
    if methods := {source.target for source in sources if source.target in PARTS}:
        places["cdp_bgservices.testing.methods"] = methods
    for source in sources:
        for name in source.used - set(dir(builtins)):
            places.setdefault(source.imports[name], set()).add(name)
    lines = {place: f"from {place} import {', '.join(sorted(names))}" for place, names in sorted(places.items())}
    ours = [line for place, line in lines.items() if place.startswith("cdp_bgservices.")]
    return "\n".join([*(line for line in lines.values() if line not in ours), "", *ours])


def module(sources: Sequence[LabPart], **words: str) -> str:
    faces = [source.face() for source in sources]
    return "\n\n".join([HEAD.format(imports=imports(sources), **words), *faces])


def main(arguments: list[str]) -> int:
    written = {
        "lab.py": module([LabPart(name) for name in PARTS], title="The lab's parts", source="methods", that="those"),
        "passed_on.py": module([Services()], title="The services", source="services.py", that="that"),
    }
    is_stale = False
    for path, text in ((TESTING / "asynchronous" / name, text) for name, text in written.items()):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in arguments:
            print(f"{path} is stale: run scripts/faces.py", file=sys.stderr)
            is_stale = True
        else:
            path.write_text(text, encoding="utf-8")
    return int(is_stale)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
