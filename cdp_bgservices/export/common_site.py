"""What the addresses of several sites have in common, so that the rest tells them apart."""

import re
from collections.abc import Collection
from itertools import takewhile

PARTS = re.compile(r"[a-z]+://|:\d+|/?[^/:]+|.", re.IGNORECASE | re.DOTALL)
"""Of an address: scheme, host, port, and each folder of the path."""


def split_sites(sites: Collection[str]) -> tuple[str, int]:
    """The beginning that all share, in whole parts, and its length. It is everything of a single one, and leaves
    something of each of several.

    >>> split_sites(["http://localhost:8000/", "http://localhost:8001/"])
    ('http://localhost', 16)
    """
    parted = [PARTS.findall(site) for site in sites]
    if not parted:
        return "", 0
    compared = parted if len(parted) == 1 else [parts[:-1] for parts in parted]
    same = takewhile(lambda parts: len({*parts}) == 1, zip(*compared, strict=False))
    beginning = "".join(parts[0] for parts in same)
    return beginning, len(beginning)
