"""Which characters are equal whatever the case, as ``str.casefold`` has it."""

from functools import cache

LETTERS = range(128, 0x20000)
"""Where there are any that have a case; beyond are those of Chinese."""


@cache
def forms(char: str) -> tuple[str, ...]:
    """Every character that is folded to this one, or to a text with it; itself among them.

    A needle was folded before, so each of its letters is one that others are folded to, or only itself.
    """
    return folded().get(char, ()) or (char,)


@cache
def folded() -> dict[str, tuple[str, ...]]:
    """Of each letter that is not ASCII, the characters that fold to it, where there are others than itself."""
    found: dict[str, set[str]] = {}
    for code in LETTERS:
        char = chr(code)
        if (fold := char.casefold()) != char:
            for letter in fold:
                found.setdefault(letter, {letter}).add(char)
    return {letter: tuple(sorted(chars)) for letter, chars in found.items()}


@cache
def equals(char: str) -> str:
    """The characters that are folded to this one alone; itself among them."""
    others = {form for form in forms(char) if form.casefold() == char} | {char}
    if char.isascii():
        others.add(char.upper())
    return "".join(sorted(others))


@cache
def ligatures() -> dict[str, str]:
    """The characters that are folded to several, as ß to ss, by what they are folded to."""
    found: dict[str, str] = {}
    for code in LETTERS:
        fold = chr(code).casefold()
        if len(fold) > 1:
            found[fold] = found.get(fold, "") + chr(code)
    return found
