"""What the tests share: a Chromium, and the bundled site."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cdp_bgservices.browser.install import ensure_chromium
from cdp_bgservices.site import serve_site
from tests.chromium import without_address_bar
from tests.debian import ensure_program

pytest_plugins = ["pytester"]


# How long an example takes says how busy the machine is.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# With the clock ahead it is the day that matters, not the number of examples.
settings.register_profile("few", settings.get_profile("unhurried"), max_examples=5)
settings.load_profile("few" if "DAYS_AHEAD" in os.environ else "unhurried")


def pytest_configure(config: pytest.Config) -> None:
    """Tests that send SIGINT or SIGHUP start commands as a terminal does, also where ``&`` or ``nohup`` started
    us to ignore it.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that start a browser come first: the short ones fill the cores while the last of the long ones end."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Without psycopg, which is an extra, the tests that import it are skipped, and all others run."""
    report = yield
    if report.failed and find_spec("psycopg") is None and "No module named 'psycopg" in str(report.longrepr):
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), 0, "Skipped: it needs the package psycopg")
    return report


@pytest.fixture(scope="session", autouse=True)
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """The Chromium that everything here starts, installed where there is none; None where the clock is ahead."""
    if "DAYS_AHEAD" in os.environ:
        yield None
        return
    program = without_address_bar(ensure_chromium(), tmp_path_factory.mktemp("chromium"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHROMIUM", str(program))
        yield program


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the bundled site."""
    with serve_site() as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def runtime_folder() -> Iterator[None]:
    """Separate for these tests: the newest lab is their own, not that of a parallel test."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    with tempfile.TemporaryDirectory(prefix="run-") as folder:  # Short: a socket's path may not be long.
        os.environ["XDG_RUNTIME_DIR"] = folder
        yield
    if before is None:
        del os.environ["XDG_RUNTIME_DIR"]
    else:
        os.environ["XDG_RUNTIME_DIR"] = before


@pytest.fixture(scope="session", autouse=True)
def user_data() -> Iterator[Path]:
    """Not the user's own, which has their store, and the spools of their recordings."""
    with tempfile.TemporaryDirectory(prefix="data-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", folder)
        yield Path(folder) / "cdp-bgservices"


@pytest.fixture(autouse=True)
def own_data_folder(user_data: Path) -> Iterator[None]:
    """A test that takes the default store or spool has a folder of its own: otherwise the next test finds it."""
    yield
    left = sorted(path.name for path in user_data.glob("*"))
    for path in user_data.glob("*"):
        path.unlink()
    assert not left, "set XDG_DATA_HOME to a folder of the test's own"


@pytest.fixture(scope="session")
def lab_programs() -> None:
    """What the lab needs, installed where it is not there."""
    ensure_program("dbus-daemon", "dbus-daemon")
    ensure_program("ip", "iproute2")


@pytest.fixture(scope="session")
def namespaces(lab_programs: None) -> None:
    """Asked of the system itself, so that a fault of ours is not taken for one of its limits."""
    for kind in ((), ("--user",)):
        if not subprocess.run(["unshare", *kind, "--net", "true"], capture_output=True).returncode:
            return
    pytest.skip("this system allows no network namespace")
