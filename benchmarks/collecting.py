"""What the plugin costs a run of pytest that does not use it: ``pytest --collect-only`` with it and without.

    python -m benchmarks.collecting [ROUNDS]

Both take turns; the figure is the ratio of the medians. The other plugins that are installed here are left out.
"""

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

TESTS = 200
OTHERS = ("playwright", "playwright-asyncio", "asyncio", "trio", "hypothesispytest", "xdist", "html", "allure_pytest")


def collect(folder: Path, *arguments: str) -> float:
    """Seconds."""
    without = [f"-pno:{name}" for name in OTHERS]
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-pno:cacheprovider", *without, *arguments]
    started = perf_counter()
    # With compiled modules, as an installed package has them: the first round, not counted, compiles them.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    elapsed = perf_counter() - started
    assert f"{TESTS} tests collected" in done.stdout, done.stdout + done.stderr
    return elapsed


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "test_many.py").write_text("".join(f"def test_{number}(): pass\n" for number in range(TESTS)))
        pairs = [(collect(folder), collect(folder, "-pno:bgservices")) for _ in range(rounds + 1)][1:]
    loaded, without = (median(times) for times in zip(*pairs, strict=True))
    print(f"with {loaded * 1000:.0f} ms, without {without * 1000:.0f} ms: {loaded / without:.3f} times")


if __name__ == "__main__":
    main()
