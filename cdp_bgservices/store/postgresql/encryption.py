"""Encryption of a connection: what leaves this machine is encrypted for a server whose certificate is verified.

libpq's own default takes an unencrypted connection where the server offers no other, and says nothing.
"""

import os
from ipaddress import ip_address
from pathlib import Path
from ssl import get_default_verify_paths

from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

UNDECIDED = ("allow", "prefer")
"""Modes that encrypt if it happens to be possible; the second one is libpq's default."""
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # macOS, BSD
)


def encryption(url: str, asked: dict[str, str]) -> dict[str, str]:
    """What the URL's effective parameters lack: ``verify-full`` unless the user chose another mode, or the server is on
    this machine; and with it the system's authorities, unless the user has some of their own.
    """
    mode = asked.get("sslmode", "")
    is_chosen = "sslmode" in conninfo_to_dict(url) or "PGSSLMODE" in os.environ or mode not in UNDECIDED
    added = {} if is_chosen or is_local(asked) else {"sslmode": "verify-full"}
    verifies = bool(added) or mode == "verify-full"
    if verifies and "sslrootcert" not in asked and not own_authorities().exists():
        added["sslrootcert"] = system_authorities()
    return added


def effective(url: str) -> dict[str, str]:
    """The parameters as libpq takes them: from the URL, a service's file, the environment, or its defaults.

    No server is asked: port 0 is refused before anything is resolved or sent.
    """
    connection = pq.PGconn.connect_start(make_conninfo(url, port="0").encode())
    try:
        return {option.keyword.decode(): option.val.decode() for option in connection.info if option.val}
    finally:
        connection.finish()


def is_local(asked: dict[str, str]) -> bool:
    """Whether every server that is named is on this machine, by the text alone; without a host it is a socket."""
    hosts = ",".join(asked[name] for name in ("host", "hostaddr") if name in asked)
    return all(is_loopback(host) for host in hosts.split(",") if host)


def is_loopback(host: str) -> bool:
    try:
        return host.startswith(("/", "@")) or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def own_authorities() -> Path:
    """The user's file of authorities: libpq takes it by itself, if it is there."""
    folder = (
        Path(os.environ.get("APPDATA", ""), "postgresql")
        if os.name == "nt"
        else Path(os.path.expanduser("~"), ".postgresql")
    )
    return folder / "root.crt"


def system_authorities() -> str:
    """The file of the authorities that this system trusts.

    libpq's own word for them, ``system``, finds none where psycopg comes as a binary: its OpenSSL looks in a folder
    of its own. It is left for systems whose file is elsewhere.
    """
    candidates = (get_default_verify_paths().cafile, *BUNDLES)
    return next((file for file in candidates if file and Path(file).exists()), "system")
