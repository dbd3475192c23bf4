"""The page as it goes out: its modules joined into one script and what comes before and after it, its style sheets into
one, five answers in place of seventy. The files that they are made of stay as they are, and can be read under their own
names."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import trio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cdp_bgservices.export.modules import join_in_two, join_modules
from cdp_bgservices.export.page import STYLESHEET, TITLE, replaced, with_words
from cdp_bgservices.export.page_values import page_words

EARLY, ENTRY = "early.js", "app.js"
STYLE, CODE, LATER = "page.css", "page.js", "page-later.js"
LINK = f'<link rel="stylesheet" href="{STYLE}">\n'
TYPES = {
    "index.html": "text/html",
    STYLE: "text/css",
    EARLY: "text/javascript",
    CODE: "text/javascript",
    LATER: "text/javascript",
}


class File:
    """One that is kept in memory."""

    def __init__(self, text: str, media_type: str) -> None:
        self.content = text.encode()
        self.media_type = media_type
        self.tag = f'"{sha256(self.content).hexdigest()[:32]}"'


@cache
def join_files(folder: Path) -> dict[str, File]:
    """Once for a process: by name, ``index.html`` and what it refers to."""
    index = (folder / "index.html").read_text(encoding="utf-8")
    style = "".join((folder / name).read_text(encoding="utf-8") for name in STYLESHEET.findall(index))
    page = replaced(STYLESHEET.sub("", index), TITLE, f"{TITLE}{LINK}").replace(ENTRY, CODE)
    page = with_words(page, page_words())
    first, later = join_in_two(folder, ENTRY, (CODE, LATER))
    texts = {"index.html": page, STYLE: style, EARLY: join_modules(folder, EARLY), CODE: first, LATER: later}
    return {name: File(text, TYPES[name]) for name, text in texts.items()}


def page_routes(folder: Path) -> list[Route]:
    """A browser asks each time whether what it has is still the same, so that it never shows an older version."""

    async def send(request: Request) -> Response:
        files = await trio.to_thread.run_sync(join_files, folder)
        file = files[request.url.path.removeprefix("/") or "index.html"]
        headers = {"ETag": file.tag}
        if file.tag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.media_type, headers=headers)

    return [Route(path, send) for path in ("/", *(f"/{name}" for name in TYPES))]
