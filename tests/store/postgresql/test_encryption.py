"""What leaves this machine is encrypted, for a server whose certificate is verified."""

from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.location import PostgresLocation, resolve_location
from cdp_bgservices.store.postgresql.connecting import connect
from cdp_bgservices.store.postgresql.encryption import effective, encryption, system_authorities
from tests.store.postgresql.conftest import HOST, PASSWORD, RemoteServer

VERIFIED = {"sslmode": "verify-full", "sslrootcert": system_authorities()}


@pytest.fixture(autouse=True)
def _without_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """libpq's environment, and the home folder with its authorities, are the test's."""
    for name in ("PGHOST", "PGHOSTADDR", "PGSSLMODE", "PGSSLROOTCERT", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    (tmp_path / "services").write_text(
        "[farm]\nhost=db.example\nsslmode=require\n[plain]\nhost=db.example\n[here]\nhost=localhost\n"
    )


@pytest.mark.parametrize(
    ("url", "added"),
    [
        ("postgresql:///events", {}),
        ("postgresql://localhost/events", {}),
        ("postgresql://127.0.0.7,[::1]/events", {}),
        ("postgresql:///events?host=/run/postgresql", {}),
        ("postgresql://%2Frun%2Fpostgresql/events", {}),
        ("postgresql://?service=here", {}),
        ("postgresql://db.example/events", VERIFIED),
        ("postgresql://localhost,db.example/events", VERIFIED),
        ("postgresql:///events?host=db.example&hostaddr=127.0.0.1", VERIFIED),
        ("postgresql://localhost/events?hostaddr=192.0.2.1", VERIFIED),
        ("postgresql://localhost.example/events", VERIFIED),
        ("postgresql://?service=plain", VERIFIED),
        ("postgresql://?service=farm", {}),
        ("postgresql://db.example/events?sslmode=prefer", {}),
        ("postgresql://db.example/events?sslmode=disable", {}),
        ("postgresql://db.example/events?sslrootcert=our.crt", {"sslmode": "verify-full"}),
        ("postgresql://db.example/events?sslmode=verify-full", {"sslrootcert": system_authorities()}),
        ("postgresql://localhost/events?sslmode=verify-full", {"sslrootcert": system_authorities()}),
    ],
)
def test_what_is_added(url: str, added: dict[str, str]) -> None:
    assert encryption(url, effective(url)) == added


def test_the_environment_decides_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = "postgresql:///events"
    monkeypatch.setenv("PGHOST", "db.example")
    assert encryption(url, effective(url)) == VERIFIED
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").touch()
    assert encryption(url, effective(url)) == {"sslmode": "verify-full"}
    monkeypatch.setenv("PGSSLMODE", "prefer")
    assert encryption(url, effective(url)) == {}


def location(server: RemoteServer, host: str = HOST, **options: object) -> PostgresLocation:
    rest = "".join(f"&{name}={value}" for name, value in options.items())
    url = f"postgresql://postgres:{quote(PASSWORD, safe='')}@{host}:{server.port}/events?hostaddr=127.0.0.1{rest}"
    found = resolve_location(url)
    assert isinstance(found, PostgresLocation)
    return found


def test_a_server_whose_certificate_is_right(remote_server: RemoteServer, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = remote_server.folder / "authority.crt"
    with connect(location(remote_server, sslrootcert=authority)) as connection:
        assert connection.pgconn.ssl_in_use
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))  # The system's authorities are read from it.
    with connect(location(remote_server)) as connection:
        assert connection.pgconn.ssl_in_use


def test_who_chooses_so_is_not_verified(remote_server: RemoteServer) -> None:
    with connect(location(remote_server, sslmode="require")) as connection:
        assert connection.pgconn.ssl_in_use
    with connect(location(remote_server, sslmode="disable")) as connection:
        assert not connection.pgconn.ssl_in_use


def test_a_certificate_of_another_name(remote_server: RemoteServer) -> None:
    with pytest.raises(StoreError) as caught:
        connect(location(remote_server, "db.other", sslrootcert=remote_server.folder / "authority.crt"))
    assert str(caught.value) == (
        f"The store db.other:{remote_server.port}/events has a certificate for another name "
        '(server certificate for "db.example" does not match host name "db.other")'
    )
    assert caught.value.remedy == "Put the certificate's name into the URL."


def test_a_certificate_of_an_unknown_authority(remote_server: RemoteServer) -> None:
    with pytest.raises(StoreError) as caught:
        connect(location(remote_server))
    assert "has a certificate that this machine does not trust" in str(caught.value)
    assert "?sslrootcert=FILE" in caught.value.remedy
    with pytest.raises(StoreError, match="cannot be verified: the file of authorities is missing"):
        connect(location(remote_server, sslrootcert=remote_server.folder / "none.crt"))


def test_a_server_without_encryption(remote_server: RemoteServer) -> None:
    set_encryption(remote_server, "off")
    try:
        with pytest.raises(StoreError) as caught:
            connect(location(remote_server))
        assert "offers no encryption" in str(caught.value)
        assert "?sslmode=disable" in caught.value.remedy
        connect(location(remote_server, sslmode="disable")).close()
    finally:
        set_encryption(remote_server, "on")


def set_encryption(server: RemoteServer, value: str) -> None:
    """Returns once new connections have it."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET ssl = {value}".encode())
        connection.execute("SELECT pg_reload_conf()")
    while True:
        with psycopg.connect(server.url("postgres")) as connection:
            if connection.execute("SHOW ssl").fetchone() == (value,):
                return
