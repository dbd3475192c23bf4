"""The application, served for the tests. Nothing here is about background services."""

import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from server import MessageServer


@pytest.fixture
def app() -> Iterator[MessageServer]:
    with MessageServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
