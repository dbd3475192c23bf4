#!/usr/bin/env python3
"""Check the wheel and the source archive that were built.

scripts/built.py DIST CHECKOUT   DIST has both, the wheel built from the archive; CHECKOUT has a wheel built from here
"""

import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
ADDED = {"PKG-INFO"}
"""What the archive has besides the files of the repository."""
EXTRAS = ("starlette", "hypercorn", "pyarrow", "psycopg", "prometheus_client", "cryptography", "jeepney", "pytest")
"""Packages that only extras bring."""


def faults(dist: Path, checkout: Path) -> list[str]:
    (archive,), (wheel,), (other,) = dist.glob("*.tar.gz"), dist.glob("*.whl"), checkout.glob("*.whl")
    found = [] if wheel.read_bytes() == other.read_bytes() else ["the archive does not build the wheel of the checkout"]
    there, wanted = files_of(archive), tracked()
    found += [f"{name} is in the archive, and not in the repository" for name in sorted(there - wanted - ADDED)]
    found += [f"{name} is not in the archive" for name in sorted(wanted - there)]
    return found + faults_installed(wheel)


def files_of(archive: Path) -> set[str]:
    with tarfile.open(archive) as opened:
        return {member.name.partition("/")[2] for member in opened.getmembers() if member.isfile()}


def tracked() -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in listed.split("\0") if name}


def faults_installed(wheel: Path) -> list[str]:
    """Of the wheel without extras, in an environment of its own."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        programs = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        subprocess.run([programs / "python", "-m", "pip", "install", "-q", wheel], check=True)
        code = f"from importlib.util import find_spec; print(*filter(find_spec, {EXTRAS}))"
        brought = run(folder, programs / "python", "-c", code)
        shown = run(folder, programs / "cdp-bgservices", "--version")
        helped = run(folder, programs / "cdp-bgservices", "--help")
    found = [f"the wheel brings {brought}, which only extras may"] if brought else []
    if wheel.name.split("-")[1] not in shown:
        found.append(f"the command says {shown!r} for its version")
    return found if "record" in helped else [*found, f"the command helps with {helped!r}"]


def run(folder: str, *command: Path | str) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def main(dist: str, checkout: str) -> int:
    found = faults(Path(dist), Path(checkout))
    for fault in found:
        print(fault, file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
