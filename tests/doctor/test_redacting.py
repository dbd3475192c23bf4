"""What identifies a user is left out of a report, wherever it stands."""

from pathlib import Path

import pytest

from cdp_bgservices.doctor.named import names_of, texts_of
from cdp_bgservices.doctor.parameters import Asked
from cdp_bgservices.doctor.redacting import Redactor, redactor_of
from cdp_bgservices.doctor.values import Check, State

ENVIRON = {
    "HOME": "/home/agatha",
    "USER": "agatha",
    "HOSTNAME": "berta.corp.example",
    "HTTPS_PROXY": "http://agatha:cilly@proxy.example:3128",
    "CDP_BGSERVICES_TOKEN": "t0ken-of-dora",
    "GITHUB_TOKEN": "ghs_emma",
    "SSH_AUTH_SOCK": "/run/ssh-frieda",
    "PATH": "/usr/bin",
}


def redacted(text: str, **asked: str) -> str:
    options = Asked(environ=ENVIRON, **asked)  # type: ignore[arg-type]
    return redactor_of(ENVIRON, texts_of(options), names_of(options)).text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Chromium at /home/agatha/bin/chromium", "Chromium at ~/bin/chromium"),
        ("The file of Agatha, agathas", "The file of USER, agathas"),
        ("locked on berta.corp.example and berta", "locked on HOST and HOST"),
        ("by http://agatha:cilly@proxy.example:3128", "by …"),
        ("the token t0ken-of-dora, ghs_emma at /run/ssh-frieda", "the token …, … at …"),
        ("ws://me:secret@there.example/devtools?token=abc", "ws://…@there.example/devtools?…"),
        ("http://there.example/#abc is not it", "http://there.example/?… is not it"),
        ("PATH is /usr/bin", "PATH is /usr/bin"),
        ("0600: for its owner only", "0600: for its owner only"),
    ],
)
def test_of_the_user_and_the_machine(text: str, expected: str) -> None:
    assert redacted(text) == expected


def test_a_link_to_the_home_folder(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    redactor = redactor_of({"HOME": f"{tmp_path}/link"}, {}, {})
    assert redactor.text(f"{tmp_path}/link/a {tmp_path}/disk/b") == "~/a ~/b"


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert redactor_of({}, {}, {}).text("nothing in ~/.cache") == "nothing in ~/.cache"


@pytest.mark.parametrize("name", ["root", "runner", "chromium"])
def test_an_ordinary_name_is_left(name: str) -> None:
    assert redactor_of({"USER": name}, {}, {}).text(f"a sentence of {name}") == f"a sentence of {name}"


@pytest.mark.parametrize("store", ["/srv/kundin/emilia.db", "sqlite:////srv/kundin/emilia.db"])
def test_of_a_store_in_a_file(store: str) -> None:
    assert redacted("/srv/kundin/emilia.db, in /srv/kundin", store=store) == "STORE, in FOLDER"
    assert redacted(f"{store} again", store=store) == "STORE again"


def test_of_a_shared_store() -> None:
    store = "postgresql://berta-ci:p%40ss@db.corp.example:6000/kundin?sslmode=require"
    said = f"{store} db.corp.example:6000/kundin p@ss p%40ss: no host db.corp.example, user berta-ci or database kundin"
    assert redacted(said, store=store) == "STORE STORE … …: no host STORE-HOST, user STORE-USER or database DATABASE"


def test_a_store_s_url_that_cannot_be_read() -> None:
    store = "postgresql://ci:a/geheim@h/events"
    assert redacted(f"{store} cannot be read", store=store) == "STORE cannot be read"


def test_of_an_endpoint(tmp_path: Path) -> None:
    profile = str(tmp_path)
    assert redacted(f"no browser on {profile}", attach=profile) == "no browser on PROFILE"
    given = "https://me:secret@grid.corp.example/x?token=1"
    said = "https://grid.corp.example/x refused; grid.corp.example is away"
    assert redacted(said, attach=given) == "ENDPOINT refused; BROWSER-HOST is away"
    assert redacted("nothing listens at localhost:9222", attach="localhost:9222") == "nothing listens at localhost:9222"
    assert redacted("'agnes' is neither", attach="agnes") == "'ENDPOINT' is neither"


def test_of_a_device() -> None:
    said = "the device R5CT10 of android:R5CT10/chrome is away"
    assert redacted(said, attach="android:R5CT10/chrome") == "the device DEVICE of android:DEVICE is away"
    assert redacted("no device for android", attach="android") == "no device for android"


def test_of_a_check_all_texts_that_are_not_ours() -> None:
    redactor = Redactor({"secret": "…"}, {})
    check = Check(
        group="store", name="file", state=State.MISSING, found="secret", remedy="no secret", stops="recording"
    )
    assert redactor.check(check) == Check(
        group="store", name="file", state=State.MISSING, found="…", remedy="no …", stops="recording"
    )
