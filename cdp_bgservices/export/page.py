"""A page of files joined into one that needs no server: its style, its modules and its data are in it, and a policy
that lets nothing else run and nothing be fetched."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path

from cdp_bgservices.export.modules import join_modules

PAGE = Path(__file__).parents[1] / "web" / "page"
"""The folder of its files."""
STYLESHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">\n?')
ICON = re.compile(r'<link rel="icon" href="([^"]+)">')
SCRIPT = re.compile(r'<script type="module" src="[^"]+"></script>\n?')
TITLED = re.compile("<title>[^<]*</title>")
CHARSET = '<meta charset="utf-8">'
TITLE = "</title>\n"
BODY = "</body>"
ENDING = re.compile(r"</(?=s(?:cript|tyle))", re.IGNORECASE)


def join_page(folder: Path, entry: str, words: str, title: str) -> tuple[str, str]:
    """The page of ``folder/index.html``, whose only script is ``entry``: what comes before its data, and after it.
    ``words`` is JSON, see ``with_words``; ``title`` is text.

    The data is JSON in a ``<script type="application/json" id="data">``, through ``safe_json``.
    """
    index = (folder / "index.html").read_text(encoding="utf-8")
    style = "".join((folder / name).read_text(encoding="utf-8") for name in STYLESHEET.findall(index))
    script = escape_code(join_modules(folder, entry))
    policy = (
        f"default-src 'none'; script-src {source_of(script)}; style-src {source_of(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    page = replaced(index, CHARSET, f'{CHARSET}\n<meta http-equiv="Content-Security-Policy" content="{policy}">')
    page = TITLED.sub(lambda _: f"<title>{escape(title)}</title>", page)
    page = with_words(SCRIPT.sub("", STYLESHEET.sub("", page)), words)
    page = ICON.sub(lambda match: f'<link rel="icon" href="{data_url(folder / match[1])}">', page)
    page = replaced(page, "</head>", f"<style>{style}</style>\n</head>")
    before, _, after = page.rpartition(BODY)
    begin = f'{before}<script type="application/json" id="data">'
    return begin, f'</script>\n<script type="module">{script}</script>\n{BODY}{after}'


def with_words(page: str, words: str) -> str:
    """The page with JSON that went through ``safe_json`` in a ``<script type="application/json" id="words">``."""
    return replaced(page, TITLE, f'{TITLE}<script type="application/json" id="words">{words}</script>\n')


def replaced(text: str, old: str, new: str) -> str:
    """There is exactly one."""
    before, found, after = text.partition(old)
    assert found, f"the page has no {old}"
    assert old not in after, f"the page has {old} twice"
    return before + new + after


def source_of(code: str) -> str:
    """What a content security policy says of an inline script or style."""
    assert not ENDING.search(code), "an inline script or style would end too early"
    return f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'"


def escape_code(script: str) -> str:
    """The same script; what would end its element, or hide what follows it, is in strings and templates only."""
    return ENDING.sub(r"<\\/", script).replace("<!--", r"<\!--")


def safe_json(text: str) -> str:
    """The same JSON, with nothing in it that HTML looks at: every ``<`` stands in a string."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def data_url(file: Path) -> str:
    return f"data:image/svg+xml;base64,{b64encode(file.read_bytes()).decode()}"
