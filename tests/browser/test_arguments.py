"""Lists of arguments from several sources."""

import pytest

from cdp_bgservices.browser.arguments import joined


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        (["--lang=de", "--no-sandbox", "--lang=en"], ["--lang=de", "--no-sandbox", "--lang=en"]),
        (["--enable-features=A", "--x", "--enable-features=B,C"], ["--enable-features=B,C,A", "--x"]),
        (["--disable-features=A", "--disable-features="], ["--disable-features=A"]),
        (
            [f"--ignore-certificate-errors-spki-list={each}=" for each in ("b", "a")],
            ["--ignore-certificate-errors-spki-list=a=,b="],
        ),
        (
            ["--host-resolver-rules=MAP * 127.0.0.1", "--host-resolver-rules=MAP a.test 127.0.0.1:1"],
            ["--host-resolver-rules=MAP a.test 127.0.0.1:1,MAP * 127.0.0.1"],
        ),
        (["--proxy-bypass-list=<-loopback>", "--proxy-bypass-list=a;b"], ["--proxy-bypass-list=<-loopback>;a;b"]),
        (["--force-fieldtrials=One/Lab", "--force-fieldtrials=Two/B/"], ["--force-fieldtrials=One/Lab/Two/B"]),
        (["--force-fieldtrials=One/Lab/Two/B", "--force-fieldtrials=One/Mine"], ["--force-fieldtrials=One/Mine/Two/B"]),
        (
            ["--force-fieldtrial-params=One.Lab:a/1/b/2", "--force-fieldtrial-params=Two.B:c/3,One.Lab:a/9"],
            ["--force-fieldtrial-params=One.Lab:a/9,Two.B:c/3"],
        ),
    ],
)
def test_lists_are_joined_and_of_a_contradiction_the_last_counts(given: list[str], expected: list[str]) -> None:
    assert joined(given) == expected
