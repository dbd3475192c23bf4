"""Videos of a browser that has ended: Playwright has written them, but no longer copies them."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cdp_bgservices.pytest_plugin.steps import Steps, wrap

__tracebackhide__ = True  # pytest does not show the frames of this module.


def pages_of(context: Any) -> list[Any]:
    """A list of a context's pages. Later pages are added to it."""
    pages = list(context.pages)
    context.on("page", lambda page: pages.append(page))  # Playwright does not accept a built-in method.
    return pages


def find_videos(pages: Sequence[Any]) -> Steps[list[tuple[Any, Path]]]:
    """The videos of these pages, each with its file, while their browser is running."""
    from playwright.sync_api import Error  # The same in both APIs.

    found = []
    for page in pages:
        try:
            if video := page.video:
                found.append((video, Path((yield video.path()))))
        except Error:
            pass  # The page was closed before anything was recorded.
    return found


def keep_videos(videos: Sequence[tuple[Any, Path]]) -> None:
    """Copy and delete these videos as files from now on."""
    for video, path in videos:
        if path.exists():
            wrap(video, "save_as", partial(save_as, path))
            wrap(video, "delete", partial(delete, path))


def save_as(source: Path, original: Callable[..., Any], path: Any) -> Steps[None]:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, path)
    yield from ()


def delete(source: Path, original: Callable[..., Any]) -> Steps[None]:
    source.unlink(missing_ok=True)
    yield from ()
