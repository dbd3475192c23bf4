#!/usr/bin/env python3
"""Write the asynchronous face of the lab's parts from the methods that serve answers: one table for every language.

scripts/faces.py           write cdp_bgservices/testing/asynchronous/lab.py; then run scripts/unasync.py
scripts/faces.py --check   exit with 1 if it is not what would be written
"""

import ast
import builtins
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
METHODS = ROOT / "cdp_bgservices" / "testing" / "methods"
TARGET = METHODS.parent / "asynchronous" / "lab.py"
FACES = {"network": "Network", "notification": "Notifications", "push_service": "PushService"}
"""Modules of methods, and the classes that have them."""
WITHOUT_LAB = "_emulated"
"""The end of the names of those that are methods of the services themselves."""
WIDTH = 120

HEAD = '''# Generated from cdp_bgservices/testing/methods by scripts/faces.py: change those.
"""The lab's parts for asyncio, as Playwright's asynchronous API has it. Timeouts are in milliseconds; 0 is none."""

{imports}

__tracebackhide__ = True  # pytest does not show the frames of this module.
'''

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module:
    """The methods of one group."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tree = ast.parse((METHODS / f"{name}.py").read_text(encoding="utf-8"))
        self.used: set[str] = set()
        """The names that its annotations have."""

    @property
    def functions(self) -> Iterator[Function]:
        for node in self.tree.body:
            if isinstance(node, Function) and node.decorator_list and not node.name.endswith(WITHOUT_LAB):
                yield node

    @property
    def imports(self) -> dict[str, str]:
        """Where each of its names comes from."""
        found = {}
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {alias.name: node.module for alias in node.names}
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = f"cdp_bgservices.testing.methods.{self.name}"
        return found

    def annotation(self, node: ast.expr | None) -> str:
        assert node is not None, "every parameter has a type"
        if isinstance(node, ast.Name) and node.id == "Milliseconds":
            return "float | None"
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
        return shown

    def parameter(self, each: ast.arg, default: ast.expr | None) -> str:
        value = "" if default is None else f" = {'None' if quoted(default) == 'TIMEOUT' else quoted(default)}"
        return f"{each.arg}: {self.annotation(each.annotation)}{value}"

    def method(self, function: Function) -> str:
        is_async = isinstance(function, ast.AsyncFunctionDef)
        passed = [each.arg for each in function.args.args[1:]]
        for each in function.args.kwonlyargs:
            value = "self.calls.milliseconds(timeout)" if each.arg == "timeout" else each.arg
            passed.append(f"{each.arg}={value}")
        target = f"{self.name}.{function.name}"
        called = "await self.call" if is_async else target
        passed = [target if is_async else "self.calls.services", *passed]
        is_value = isinstance(function.decorator_list[0], ast.Attribute)
        returned = self.annotation(function.returns)
        lines = ["    @property"] if is_value else []
        head = f"{'async ' if is_async else ''}def {function.name.rstrip('_')}"
        lines += folded(f"    {head}", self.parameters(function), f" -> {returned}:")
        lines += docstring(function)
        lines += folded(f"        {'' if returned == 'None' else 'return '}{called}", passed, "")
        return "\n".join(lines)

    def face(self) -> str:
        text = ast.get_docstring(self.tree, clean=True)
        assert text is not None
        methods = "\n\n".join(map(self.method, self.functions))
        return f'class Asyncio{FACES[self.name]}(AsyncioLabPart):\n    """{text}"""\n\n{methods}\n'


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


def imports(modules: list[Module]) -> str:
    """Sorted: those of Python first."""
    places: dict[str, set[str]] = {
        "cdp_bgservices.testing.asynchronous.calls": {"AsyncioLabPart"},
        "cdp_bgservices.testing.methods": {module.name for module in modules},
    }
    for module in modules:
        for name in module.used - set(dir(builtins)):
            places.setdefault(module.imports[name], set()).add(name)
    lines = {place: f"from {place} import {', '.join(sorted(names))}" for place, names in sorted(places.items())}
    ours = [line for place, line in lines.items() if place.startswith("cdp_bgservices.")]
    return "\n".join([*(line for line in lines.values() if line not in ours), "", *ours])


def lab() -> str:
    modules = [Module(name) for name in FACES]
    faces = [module.face() for module in modules]
    return "\n\n".join([HEAD.format(imports=imports(modules)), *faces])


def main(arguments: list[str]) -> int:
    text = lab()
    is_stale = not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text
    if "--check" in arguments:
        if is_stale:
            print(f"{TARGET} is stale: run scripts/faces.py", file=sys.stderr)
        return int(is_stale)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
