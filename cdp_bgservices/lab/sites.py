"""Which URLs are of this machine's loopback, so that a browser in its own network can be given their ports."""

from pathlib import Path
from urllib.parse import urlsplit

ADDRESSES = ("127.0.0.1", "::1")
"""Where a port is forwarded."""
HOSTS = Path("/etc/hosts")


def loopback_port(url: str) -> int | None:
    """The port of a URL on this machine's loopback; None for any other."""
    try:
        parts = urlsplit(url)
        return (parts.port or {"https": 443}.get(parts.scheme, 80)) if is_loopback(parts.hostname or "") else None
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """In the lab's network no nameserver answers: a name counts if Chromium knows it without one."""
    return host in ("localhost", *ADDRESSES) or host.endswith(".localhost") or host in names_here(HOSTS)


def names_here(hosts: Path) -> set[str]:
    """The names that this file gives to these addresses, in lower case."""
    try:
        lines = [line.partition("#")[0].split() for line in hosts.read_text(errors="replace").splitlines()]
    except OSError:
        return set()
    return {name.lower() for address, *names in filter(None, lines) if address in ADDRESSES for name in names}
