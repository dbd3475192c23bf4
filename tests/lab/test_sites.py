"""Which URLs are of this machine."""

from pathlib import Path

import pytest

from cdp_bgservices.lab.sites import loopback_port, names_here


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://localhost:8000/", 8000),
        ("https://app.localhost/", 443),
        ("http://127.0.0.1/", 80),
        ("http://[::1]:5173/", 5173),
        ("http://127.0.0.2:8000/", None),
        ("https://www.example.org/", None),
        ("http://localhost:99999/", None),
        ("about:blank", None),
    ],
)
def test_the_port_of_a_url_on_loopback(url: str, port: int | None) -> None:
    assert loopback_port(url) == port


def test_names_that_the_hosts_file_gives_to_loopback(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(
        "127.0.0.1 localhost\n127.0.0.1\tmyapp.test API.myapp.test # mine\n::1 six.test\n"
        "127.0.0.2 other.test\n10.0.0.1 far.test\n#127.0.0.1 off.test\n\n127.0.0.1\n"
    )
    assert names_here(hosts) == {"localhost", "myapp.test", "api.myapp.test", "six.test"}
    assert names_here(tmp_path / "none") == set()
