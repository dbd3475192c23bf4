"""JavaScript modules joined into one script, each in a function of its own, as far as the page's own style goes: named
imports from relative paths, each a statement at the beginning of a line; exports of declarations, or of a list. What is
imported later, by ``import('./name.js')``, can be left to a second script."""

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

IMPORT = re.compile(r"^import\s*\{([^}]*)\}\s*from\s*'([^']+)';\n?", re.MULTILINE)
EXPORT = re.compile(r"^export\s+(async\s+function\*?|function\*?|const|let|class)\s+([\w$]+)", re.MULTILINE)
EXPORT_LIST = re.compile(r"^export\s*\{([^}]*)\}\s*;?|(?<=[;}])export\s*\{([^}]*)\}\s*;?", re.MULTILINE)
LATER = re.compile(r"\bimport\('([^']+)'\)")
LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\s*\(|\bimport\.meta\b", re.MULTILINE)
RENAMED = re.compile(r"\s+as\s+")

LOADER = """const $definitions = [];
const $loaded = [];
const $load = (number) => {
  if (!$loaded[number]) $definitions[number](($loaded[number] = {}));
  return $loaded[number];
};
"""
"""Functions are exported before anything is imported: so modules may need each other, as they may anyhow. Modules see
these names, and have none like them."""
ALL_HERE = "const $later = async (number) => $load(number);\n"


class Module(msgspec.Struct, frozen=True):
    """One file."""

    path: Path
    code: str
    needs: dict[str, Path]
    """By what it calls them."""
    later: dict[str, Path]


def join_modules(folder: Path, entry: str) -> str:
    """One script that does what ``entry`` and everything that it imports do.

    Raises ValueError for what is written in another way than this understands.
    """
    first, second = definitions(folder, entry)
    return f"{LOADER}{ALL_HERE}{first}{second}$load(0);\n"


def join_in_two(folder: Path, entry: str, names: tuple[str, str]) -> tuple[str, str]:
    """The same as two scripts, of these names in one folder: the second has what is imported later."""
    first, second = definitions(folder, entry)
    fetch = f"  if (!$definitions[number]) await import('./{names[1]}');\n"
    later = f"const $later = async (number) => {{\n{fetch}  return $load(number);\n}};\n"
    shared = "{ $definitions, $load, $later }"
    return (
        f"{LOADER}{later}{first}$load(0);\nexport {shared};\n",
        f"import {shared} from './{names[0]}';\n{second}",
    )


def definitions(folder: Path, entry: str) -> tuple[str, str]:
    """Of what ``entry`` needs at once, and of what it needs later."""
    modules: dict[Path, Module] = {}
    add_modules(folder, [(folder / entry).resolve()], modules)
    at_once = len(modules)
    while wanted := {path for module in modules.values() for path in module.later.values()} - set(modules):
        add_modules(folder, sorted(wanted), modules)
    numbers = {path: number for number, path in enumerate(modules)}
    defined = [definition(module, numbers) for module in modules.values()]
    return "".join(defined[:at_once]), "".join(defined[at_once:])


def add_modules(folder: Path, waiting: list[Path], modules: dict[Path, Module]) -> None:
    """These, and what they need at once."""
    while waiting:
        path = waiting.pop(0)
        if path not in modules:
            modules[path] = read_module(folder, path)
            waiting += modules[path].needs.values()


def read_module(folder: Path, path: Path) -> Module:
    code = path.read_text(encoding="utf-8")

    def targets(places: Iterable[str]) -> dict[str, Path]:
        found = {place: (path.parent / place).resolve() for place in places}
        for place, target in found.items():
            if not target.is_relative_to(folder.resolve()):
                raise ValueError(f"{path.name} imports {place}, which is not in the page")
        return found

    return Module(path, code, targets(place for _, place in IMPORT.findall(code)), targets(LATER.findall(code)))


def definition(module: Module, numbers: dict[Path, int]) -> str:
    """The function that a module becomes."""
    imports = [
        f"const {{ {destructured(names)} }} = $load({numbers[module.needs[place]]});\n"
        for names, place in IMPORT.findall(module.code)
    ]
    code = LATER.sub(lambda found: f"$later({numbers[module.later[found[1]]]})", module.code)
    body = wrapped(module.path, code, imports)
    # A function in parentheses is compiled with the script, and not once more when it is called.
    return f"$definitions[{numbers[module.path]}] = (function ($exports) {{\n{body}}});\n"


def wrapped(path: Path, code: str, imports: list[str]) -> str:
    """Its body."""
    declared = EXPORT.findall(code)
    lists = ["".join(found) for found in EXPORT_LIST.findall(code)]
    hoisted = [name for kind, name in declared if "function" in kind]
    others = [name for kind, name in declared if "function" not in kind]
    body = EXPORT_LIST.sub("", EXPORT.sub(r"\1 \2", IMPORT.sub("", code)))
    if left := LEFT.search(body):
        raise ValueError(f"{path.name} has a statement that cannot be joined: {left[0][:80]}")
    first = f"Object.assign($exports, {{ {', '.join(hoisted)} }});\n" if hoisted else ""
    pairs = [*others, *(pair for names in lists for pair in exported_pairs(names))]
    last = f"\nObject.assign($exports, {{ {', '.join(pairs)} }});\n" if pairs else "\n"
    return first + "".join(imports) + body + last


def destructured(names: str) -> str:
    """``a, b as c`` of an import as ``a, b: c``."""
    return ", ".join(RENAMED.sub(": ", name.strip()) for name in names.split(",") if name.strip())


def exported_pairs(names: str) -> list[str]:
    """``a, b as c`` of an export as ``a`` and ``c: b``."""
    pairs = [RENAMED.split(name.strip()) for name in names.split(",") if name.strip()]
    return [pair[0] if len(pair) == 1 else f"{pair[1]}: {pair[0]}" for pair in pairs]
