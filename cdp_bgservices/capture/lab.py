"""The lab of a capture, and how another process reaches it."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from cdp_bgservices.browser.launch import Launch, check_free
from cdp_bgservices.browser.opening import Browser
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.notices import Notice, Say

if TYPE_CHECKING:
    from cdp_bgservices.lab.opening import Lab
    from cdp_bgservices.lab.push import PushService
    from cdp_bgservices.testing.methods.session import Subject


LAB_VARIABLES = ("CDP_BGSERVICES_LAB", *(f"CDP_BGSERVICES_PUSH_{name}" for name in ("PROXY", "URL", "CERTIFICATE")))
"""How the command of ``--run`` reaches the lab, in its environment; the last three if it has a push service."""
NODE_VARIABLE = "NODE_EXTRA_CA_CERTS"
"""A file of what Node trusts besides its own list. It is set with a push service, too: what it had is in the file."""


class CaptureLab:
    """How to launch a browser, and the lab that it is in."""

    def __init__(self, launch: Launch, lab: "Lab | None" = None) -> None:
        self.launch = launch
        self.lab = lab
        self.published: dict[int, int] = {}
        """Ports of this machine, by those of the browser, which are the lab's until its end."""
        self.socket: Path | None = None
        """Where others drive it."""
        self.variables: dict[str, str] = {}
        """How the command of ``--run`` reaches it."""

    async def publish(self, browser: Browser) -> None:
        """Make the port of a browser in a network of its own one of this machine's loopback.

        The same number, since the profile folder has it, too; where the browser has chosen one that is taken here,
        another, which the profile folder then has. Raises InvalidInputError where it was asked for, and is taken;
        BrowserError.
        """
        if browser.endpoint is None or self.lab is None or self.lab.network is None:
            return
        parts = urlsplit(browser.endpoint)
        inside = parts.port or 0
        if inside not in self.published:
            try:
                check_free(inside)
                port = await self.lab.network.publish(inside, inside)
            except InvalidInputError:
                if self.launch.port:
                    raise
                port = await self.lab.network.publish(inside)
            self.published[inside] = port
        port = self.published[inside]
        if port != inside and browser.process is not None:
            await browser.process.note(port)
        browser.endpoint = parts._replace(netloc=f"127.0.0.1:{port}").geturl()


@asynccontextmanager
async def open_capture_lab(options: CaptureOptions, say: Say, subject: "Subject") -> AsyncIterator[CaptureLab]:
    """Without ``options.lab`` an empty one, which costs nothing. Its socket answers what tests ask about ``subject``.

    Raises InvalidInputError, BrowserError.
    """
    launch = options.launched
    if not options.lab:
        yield CaptureLab(launch)
        return
    from cdp_bgservices.capture.answering import answer_all
    from cdp_bgservices.lab.control import open_control, own_socket
    from cdp_bgservices.lab.opening import open_lab

    sites = (*options.urls, *options.grants)
    async with open_lab(
        options.lab,
        folder=push_folder(launch.profile),
        sites=sites,
        forward=options.forward,
        push_from_pages=options.push_from_pages,
    ) as lab:
        start = lab.start
        started = msgspec.structs.replace(
            launch,
            arguments=(*start.arguments, *launch.arguments),
            environment={**launch.environment, **start.environment},
            prefix=(*start.prefix, *launch.prefix),
        )
        opened = CaptureLab(started, lab)
        async with open_control(partial(answer_all, subject), own_socket()) as socket:
            said = f"the lab is open ({', '.join(options.lab)}); from another terminal: --lab {socket}"
            say(Notice("lab", said, parts=options.lab, socket=str(socket)))
            opened.socket = socket
            opened.variables[LAB_VARIABLES[0]] = str(socket)
            with kept_certificate(lab.push_service, socket, opened.variables, say):
                yield opened


@contextmanager
def kept_certificate(push: "PushService | None", socket: Path, variables: dict[str, str], say: Say) -> Iterator[None]:
    """For an application server of another process: the push service's certificate in a file beside the socket, and
    where it finds both. Raises InvalidInputError where it cannot be written.
    """
    if push is None:
        yield
        return
    from cdp_bgservices.lab.control import certificate_beside, node_certificates_beside

    certificate = push.certificate.encode()
    files = {
        certificate_beside(socket): certificate,
        node_certificates_beside(socket): trusted_by_node() + certificate,
    }
    path, node_path = files
    try:
        for each, content in files.items():
            each.write_bytes(content)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror}", "Set XDG_RUNTIME_DIR.") from error
    said = f"its push service, for an application server: HTTPS proxy {push.proxy}, certificate {path}"
    say(Notice("lab", said, proxy=push.proxy, certificate=str(path)))
    variables |= zip(LAB_VARIABLES[1:], (push.proxy, push.url, str(path)), strict=True)
    variables[NODE_VARIABLE] = str(node_path)
    try:
        yield
    finally:
        for each in files:
            each.unlink(missing_ok=True)


def trusted_by_node() -> bytes:
    """Besides its own list, as the user has set it. Node itself warns of a file that it cannot read."""
    with suppress(OSError):
        return Path(os.environ[NODE_VARIABLE]).read_bytes().rstrip() + b"\n" if os.environ.get(NODE_VARIABLE) else b""
    return b""


def push_folder(profile: Path | None) -> Path | None:
    """Beside a profile that is kept: its registrations must not be forgotten here."""
    return None if profile is None else profile.absolute().with_name(f"{profile.name}-push")
