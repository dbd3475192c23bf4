"""JavaScript modules joined into one script, each in a function of its own, as far as the page's own style goes: named
imports from relative paths, each a statement at the beginning of a line; exports of declarations, or of a list."""

import re
from pathlib import Path

IMPORT = re.compile(r"^import\s*\{([^}]*)\}\s*from\s*'([^']+)';\n?", re.MULTILINE)
EXPORT = re.compile(r"^export\s+(async\s+function\*?|function\*?|const|let|class)\s+([\w$]+)", re.MULTILINE)
EXPORT_LIST = re.compile(r"^export\s*\{([^}]*)\}\s*;?|(?<=[;}])export\s*\{([^}]*)\}\s*;?", re.MULTILINE)
LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\s*\(|\bimport\.meta\b", re.MULTILINE)
RENAMED = re.compile(r"\s+as\s+")

LOADER = """const definitions = [];
const exported = [];
const load = (number) => {
  if (!exported[number]) definitions[number]((exported[number] = {}));
  return exported[number];
};
"""
"""Functions are exported before anything is imported: so modules may need each other, as they may anyhow."""


def join_modules(folder: Path, entry: str) -> str:
    """One script that does what ``entry`` and everything that it imports do.

    Raises ValueError for what is written in another way than this understands.
    """
    numbers: dict[Path, int] = {}
    definitions: list[str] = []
    waiting = [(folder / entry).resolve()]
    numbers[waiting[0]] = 0
    while waiting:
        path = waiting.pop(0)
        code = path.read_text(encoding="utf-8")
        imports = []
        for names, place in IMPORT.findall(code):
            target = (path.parent / place).resolve()
            if not target.is_relative_to(folder.resolve()):
                raise ValueError(f"{path.name} imports {place}, which is not in the page")
            if target not in numbers:
                numbers[target] = len(numbers)
                waiting.append(target)
            imports.append(f"const {{ {destructured(names)} }} = load({numbers[target]});\n")
        definitions.append(f"definitions[{numbers[path]}] = (exports) => {{\n{wrapped(path, code, imports)}}};\n")
    return f"{LOADER}{''.join(definitions)}load(0);\n"


def wrapped(path: Path, code: str, imports: list[str]) -> str:
    """The body of the function that a module becomes."""
    declared = EXPORT.findall(code)
    lists = ["".join(found) for found in EXPORT_LIST.findall(code)]
    hoisted = [name for kind, name in declared if "function" in kind]
    others = [name for kind, name in declared if "function" not in kind]
    body = EXPORT_LIST.sub("", EXPORT.sub(r"\1 \2", IMPORT.sub("", code)))
    if left := LEFT.search(body):
        raise ValueError(f"{path.name} has a statement that cannot be joined: {left[0][:80]}")
    first = f"Object.assign(exports, {{ {', '.join(hoisted)} }});\n" if hoisted else ""
    pairs = [*others, *(pair for names in lists for pair in exported_pairs(names))]
    last = f"\nObject.assign(exports, {{ {', '.join(pairs)} }});\n" if pairs else "\n"
    return first + "".join(imports) + body + last


def destructured(names: str) -> str:
    """``a, b as c`` of an import as ``a, b: c``."""
    return ", ".join(RENAMED.sub(": ", name.strip()) for name in names.split(",") if name.strip())


def exported_pairs(names: str) -> list[str]:
    """``a, b as c`` of an export as ``a`` and ``c: b``."""
    pairs = [RENAMED.split(name.strip()) for name in names.split(",") if name.strip()]
    return [pair[0] if len(pair) == 1 else f"{pair[1]}: {pair[0]}" for pair in pairs]
