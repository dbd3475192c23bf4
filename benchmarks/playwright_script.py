"""What one writes with Playwright today: store a browser's background-service events in SQLite. Prints seconds."""

import json
import sqlite3
import sys
import time
from typing import Any

from playwright.sync_api import sync_playwright


def main(endpoint: str, store: str, expected: int) -> None:
    database = sqlite3.connect(store)
    database.execute(
        "CREATE TABLE events (timestamp REAL, service TEXT, name TEXT, origin TEXT, storage_key TEXT, "
        "registration_id TEXT, instance_id TEXT, metadata TEXT, "
        "UNIQUE (timestamp, service, name, origin, registration_id, instance_id, metadata))"
    )
    batch: list[tuple[Any, ...]] = []

    def commit() -> None:
        with database:
            database.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", batch)
        batch.clear()

    def keep(params: dict[str, Any]) -> None:
        event = params["backgroundServiceEvent"]
        metadata = json.dumps({pair["key"]: pair["value"] for pair in event["eventMetadata"]}, sort_keys=True)
        names = ("timestamp", "service", "eventName", "origin", "storageKey", "serviceWorkerRegistrationId")
        batch.append((*(event[name] for name in names), event["instanceId"], metadata))
        if len(batch) >= 1000:
            commit()

    with sync_playwright() as playwright:
        started = time.perf_counter()
        browser = playwright.chromium.connect_over_cdp(endpoint)
        session = browser.contexts[0].new_cdp_session(browser.contexts[0].pages[0])
        session.on("BackgroundService.backgroundServiceEventReceived", keep)
        session.send("BackgroundService.startObserving", {"service": "backgroundSync"})
        commit()
        seconds = time.perf_counter() - started
        stored = database.execute("SELECT count(*) FROM events").fetchone()[0]
        assert stored == expected, f"{stored} of {expected} stored"
        print(seconds)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
