"""How a terminal's width is shared by a table's columns: so that as few characters as possible are cut."""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

MOST = 400
"""Columns of a cell; a longer one is as long, here."""


class Need:
    """What one column needs, by the cells that it has had."""

    def __init__(self, least: int, weight: int) -> None:
        """It has at least ``least``; a character of a cell counts ``weight``."""
        self.least = least
        self.weight = weight
        self.cells: Counter[int] = Counter()
        """How many there are of each width."""

    def add(self, width: int) -> None:
        self.cells[min(width, MOST)] += 1

    def gains(self) -> list[int]:
        """For each width: what one column more is worth."""
        at_most = accumulate(self.cells[width] for width in range(MOST))
        return [(self.cells.total() - number) * self.weight for number in at_most]


def share(needs: Sequence[Need], room: int) -> list[int]:
    """A width for each. What one more column is worth falls with the width: so the best is always taken next."""
    widths = [need.least for need in needs]
    gains = [need.gains() for need in needs]
    for _ in range(room - sum(widths)):
        worth, number = max(
            (gains[number][width] if width < MOST else 0, -number) for number, width in enumerate(widths)
        )
        if not worth:
            break
        widths[-number] += 1
    return widths
