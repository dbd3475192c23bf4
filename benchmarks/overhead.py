"""What ``bgservices`` adds to a test: fifty that each make a context and a page, with it and without.

    python -m benchmarks.overhead [ROUNDS]

Both kinds run in turns, in runs of pytest of their own, with the same Chromium; a test's time is that of its
set-up, its call and its teardown. The first test of a run starts the browser, and is not counted.
"""

import re
import subprocess
import sys
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

from cdp_bgservices.browser.install import ensure_chromium
from cdp_bgservices.site import serve_site

TESTS = 50

CONFTEST = """
import pytest


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {{**browser_type_launch_args, "executable_path": {chromium!r}}}


def pytest_runtest_logreport(report):
    with open("durations", "a") as file:
        print(report.nodeid, report.duration, file=file)
"""

PLAIN = """
import pytest


@pytest.mark.parametrize("number", range({tests}))
def test_sync(page, number):
    page.goto({site!r})
    page.evaluate("site.registerSync('tag')")
"""

WITH = """
import pytest


@pytest.mark.parametrize("number", range({tests}))
def test_sync(page, bgservices, number):
    page.goto({site!r})
    page.evaluate("site.registerSync('tag')")
"""

EXPECTING = """
import pytest


@pytest.mark.parametrize("number", range({tests}))
def test_sync(page, bgservices, number):
    page.goto({site!r})
    with bgservices.expect("backgroundSync", "Registered sync"):
        page.evaluate("site.registerSync('tag')")
"""

KINDS = {"plain": PLAIN, "bgservices": WITH, "bgservices.expect": EXPECTING}


def run(folder: Path, kind: str, site: str) -> list[float]:
    """Seconds of each test but the first."""
    (folder / "test_overhead.py").write_text(KINDS[kind].format(tests=TESTS, site=site))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:playwright-asyncio"]
    command += ["-p", "no:asyncio"]
    durations = folder / "durations"
    durations.unlink(missing_ok=True)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    times: dict[int, float] = {}
    for number, seconds in re.findall(r"\[chromium-(\d+)\] ([\d.e-]+)", durations.read_text()):
        times[int(number)] = times.get(int(number), 0.0) + float(seconds)
    assert len(times) == TESTS, done.stdout
    return [seconds for number, seconds in sorted(times.items()) if number]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with serve_site() as site, TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conftest.py").write_text(CONFTEST.format(chromium=str(ensure_chromium())))
        (folder / "pytest.ini").write_text("[pytest]\n")
        for _ in range(rounds):
            for kind in KINDS:
                found[kind] += run(folder, kind, site)
    plain = found["plain"]
    for kind, times in found.items():
        print(
            f"{kind:18} median {median(times) * 1000:6.1f} ms  mean {mean(times) * 1000:6.1f} ms"
            f"  more than plain: median {(median(times) - median(plain)) * 1000:5.1f} ms,"
            f" mean {(mean(times) - mean(plain)) * 1000:5.1f} ms"
        )


if __name__ == "__main__":
    main()
