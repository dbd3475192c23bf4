"""The server of the bundled site, at the level of HTTP; what its pages do is tested in a browser."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import active_count
from urllib.parse import urlsplit

import pytest

from cdp_bgservices.site import LARGEST_DOWNLOAD, SiteServer, serve_site, site_folder
from tests.browser.peers import free_port

TIMEOUT = 30.0


@pytest.fixture
def site() -> Iterator[str]:
    with serve_site() as url:
        yield url


def ask(site: str, path: str, method: str = "GET", host: str = "127.0.0.1") -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(host, urlsplit(site).port, timeout=TIMEOUT)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_folder_has_the_page() -> None:
    assert (site_folder() / "index.html").is_file()


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/second/", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/site.js", "text/javascript; charset=utf-8"),
        ("/worker.js", "text/javascript; charset=utf-8"),
        ("/icon.png", "image/png"),
        ("/site.webmanifest", "application/manifest+json"),
        ("/pay/app.webmanifest", "application/manifest+json"),
        ("/pay/method.json", "application/json"),
    ],
)
def test_files(site: str, path: str, content_type: str) -> None:
    response, body = ask(site, path)
    assert response.status == 200
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Cache-Control"] == "no-store"
    assert len(body) == int(response.headers["Content-Length"])


def test_head_has_no_body(site: str) -> None:
    response, body = ask(site, "/site.js", "HEAD")
    assert response.status == 200
    assert body == b""


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_payment_method_links_to_its_manifest(site: str, method: str) -> None:
    response, _ = ask(site, "/pay/", method)
    assert response.status == 200
    assert response.headers["Link"] == '</pay/method.json>; rel="payment-method-manifest"'


@pytest.mark.parametrize(
    "path",
    [
        "/missing",
        "/third/",
        "/../pyproject.toml",
        "/..%2fpyproject.toml",
        "//etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/download/",
        "/download/-1",
        "/download/%C2%B2",
        f"/download/{LARGEST_DOWNLOAD + 1}",
    ],
)
def test_nothing_else_is_there(site: str, path: str) -> None:
    response, _ = ask(site, path)
    assert response.status == 404


def test_no_folder_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.setattr("cdp_bgservices.site.site_folder", lambda: tmp_path)
    with serve_site() as site:
        assert ask(site, "/folder/")[0].status == 404


def test_posting_elsewhere_is_not_found(site: str) -> None:
    response, _ = ask(site, "/", "POST")
    assert response.status == 404


@pytest.mark.parametrize("size", [0, 1, 300_000])
def test_download(site: str, size: int) -> None:
    _, body = ask(site, f"/download/{size}")
    assert len(body) == size


def test_hold_answers_when_it_is_released(site: str) -> None:
    with ThreadPoolExecutor() as pool:
        held = pool.submit(ask, site, "/hold/one")
        assert ask(site, "/arrived/one")[0].status == 200
        assert not held.done()
        assert ask(site, "/release/one", "POST")[0].status == 200
        assert held.result(TIMEOUT)[1] == b"held"


def test_a_held_answer_is_released_at_the_end() -> None:
    with ThreadPoolExecutor() as pool:
        with serve_site() as url:
            held = pool.submit(ask, url, "/hold/one")
            ask(url, "/arrived/one")
        assert held.result(TIMEOUT)[1] == b"held"


@pytest.fixture
def second_address() -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


def test_both_addresses_of_localhost_answer(second_address: None, site: str) -> None:
    assert ask(site, "/", host="::1")[0].status == 200


def test_a_chosen_port_is_used_and_given_back() -> None:
    port = free_port()  # Given back, it is given to no connection before it is taken again.
    with serve_site(port) as url:
        assert url == f"http://localhost:{port}/"
        with pytest.raises(OSError, match="in use"), serve_site(port):
            pass
    with serve_site(port) as again:
        assert again == f"http://localhost:{port}/"


def test_a_port_that_is_in_use_at_one_address_only_is_not_chosen(
    second_address: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one of a browser's connections to the other address may have it."""
    taken: list[socket.socket] = []
    bind = SiteServer.server_bind

    def take_first(server: SiteServer) -> None:
        if server.address_family == socket.AF_INET6 and not taken:
            taken.append(socket.create_server(server.server_address[:2], family=socket.AF_INET6))
        bind(server)

    monkeypatch.setattr(SiteServer, "server_bind", take_first)
    with serve_site() as url:
        (other,) = taken
        assert urlsplit(url).port != other.getsockname()[1]
        assert ask(url, "/", host="::1")[0].status == ask(url, "/")[0].status == 200
    other.close()


def test_a_client_that_goes_away_is_not_an_error(site: str, capfd: pytest.CaptureFixture[str]) -> None:
    port = urlsplit(site).port
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as client:
        client.sendall(b"GET /download/50000000 HTTP/1.0\r\n\r\n")
        client.recv(1)
    assert ask(site, "/")[0].status == 200
    assert capfd.readouterr().err == ""


def test_several_sites_at_once() -> None:
    before = active_count()
    with serve_site() as one, serve_site() as two:
        assert one != two
        assert ask(one, "/")[0].status == ask(two, "/")[0].status == 200
    assert active_count() <= before + 2  # Those that answered may be ending just now.
