"""Where a shared store is, and that nothing of a password is shown."""

import subprocess
import sys

import pytest

from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.location import PostgresLocation, resolve_location
from cdp_bgservices.store.postgres_location import UNREADABLE


def locate(text: str) -> PostgresLocation:
    place = resolve_location(text)
    assert isinstance(place, PostgresLocation)
    return place


@pytest.mark.parametrize(
    ("text", "name", "url"),
    [
        ("postgresql://db.example/events", "db.example/events", "postgresql://db.example/events"),
        ("Postgres://db.example:5432/events", "db.example/events", "postgresql://db.example:5432/events"),
        ("postgresql://ci@db:6432/a%20b", "db:6432/a b", "postgresql://ci@db:6432/a%20b"),
        ("postgresql://a,b:1/events", "a,b:1/events", "postgresql://a,b:1/events"),
        ("postgresql://[::1]:1/events", "[::1]:1/events", "postgresql://[::1]:1/events"),
        ("postgresql:///events?host=/run/pg", "/run/pg/events", "postgresql:///events?host=%2Frun%2Fpg"),
        ("postgresql://%2Frun%2Fpg/events", "/run/pg/events", "postgresql://%2Frun%2Fpg/events"),
        ("postgresql://h/events?application_name=a@b", "h/events", "postgresql://h/events?application_name=a%40b"),
        ("postgresql://?service=fleet", "fleet", "postgresql:///?service=fleet"),
        ("postgresql://", "localhost", "postgresql:///"),
    ],
)
def test_a_url(text: str, name: str, url: str) -> None:
    place = locate(text)
    assert (place.name, place.url, place.dsn, place.has_password) == (name, url, url, False)
    assert locate(url) == place


@pytest.mark.parametrize(
    ("text", "dsn"),
    [
        ("postgresql://u:geheim@h/e", "postgresql://u:geheim@h/e"),
        ("postgresql://u:geh:eim@h@im@h/e", "postgresql://u:geh%3Aeim%40h%40im@h/e"),
        ("postgresql://u:geheim geheim@h/e", "postgresql://u:geheim%20geheim@h/e"),
        ("postgresql://u:geheim%zz%25%ff@h/e", "postgresql://u:geheim%25zz%25%FF@h/e"),
        ("postgresql://h/e?user=u&password=geheim", "postgresql://h/e?user=u&password=geheim"),
        ("postgresql://h/e?pass%77ord=geheim", "postgresql://h/e?password=geheim"),
        ("postgresql://h/e?PASSWORD=geheim", "postgresql://h/e?PASSWORD=geheim"),
        ("postgresql://h/e?sslpassword=geheim", "postgresql://h/e?sslpassword=geheim"),
    ],
)
def test_a_password_is_for_connecting_only(text: str, dsn: str) -> None:
    place = locate(text)
    assert place.dsn == dsn
    assert place.has_password
    assert "geh" not in place.name + place.url + repr(place)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:geh/eim@h/e",
        "postgresql://u:1234/geheim@h/e",
        "postgresql://u:geh?eim@h/e",
        "postgresql://u:1234?geheim@h/e",
        "postgresql://u:geheim@[::1/e",
        "postgresql://u:geheim@h:port/e",
        "postgresql://h:geheim/e",
        "postgresql:/u:geheim@h/e",
        "postgres:u:geheim@h/e",
        "postgresql://u:geheim\udcff@h/e",
    ],
)
def test_what_cannot_be_read_is_not_quoted(text: str) -> None:
    with pytest.raises(StoreError) as caught:
        resolve_location(text)
    assert (str(caught.value), caught.value.remedy) == UNREADABLE


@pytest.mark.parametrize(
    "text", ["mysql://u:geheim@h/e", "host=h password=geheim", "postgresql://u:geheim@h/%00", "http://u:geheim@h"]
)
def test_nor_is_another_program_s(text: str) -> None:
    with pytest.raises(StoreError) as caught:
        resolve_location(text)
    assert "geheim" not in str(caught.value) + caught.value.remedy


HOMELESS = (
    "unshare",
    "--user",
    "--map-user=54321",
    "env",
    "-u",
    "HOME",
    "-u",
    "XDG_DATA_HOME",
    "-u",
    "CDP_BGSERVICES_STORE",
)
"""A user whom the system does not know, as a container's or a service's may be."""


@pytest.mark.skipif(
    subprocess.run([*HOMELESS, "true"], capture_output=True, check=False).returncode != 0
    if sys.platform == "linux"
    else True,
    reason="takes a user namespace to be such a user in",
)
def test_a_user_without_a_home_is_asked_for_a_store() -> None:
    script = """
from cdp_bgservices.errors import StoreError
from cdp_bgservices.store.location import resolve_location
try:
    print(resolve_location(None))
except StoreError as error:
    print(error, error.remedy, sep="\\n")
"""
    done = subprocess.run([*HOMELESS, sys.executable, "-c", script], capture_output=True, text=True, check=True)
    message, remedy = done.stdout.splitlines()
    assert message == "There is no place for the default store: this user has no home folder"
    assert "--store" in remedy
