"""Print what the background services of a running Chromium do, as it is stored: python examples/follow.py 9222"""

import argparse

import trio

from cdp_bgservices import open_browser, open_recorder, open_store


async def follow(endpoint: str, store: str | None) -> None:
    async with (
        open_store(store) as kept,
        open_browser(endpoint) as browser,
        open_recorder(browser, kept) as recorder,
    ):
        async for event in recorder.events():
            print(f"{event.timestamp:%H:%M:%S.%f}", event.service, event.event_name, event.instance_id, event.metadata)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("endpoint", help="a port, host:port, URL or profile folder")
    parser.add_argument("--store", help="a file; the user's own store otherwise")
    arguments = parser.parse_args()
    trio.run(follow, arguments.endpoint, arguments.store)
