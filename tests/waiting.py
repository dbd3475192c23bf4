"""Waiting for what nothing announces: another process's files, and what a browser answers next."""

import trio


async def look_again() -> None:
    """A moment until the next look, which leaves the processor to those that are waited for."""
    await trio.sleep(0.01)
