"""The demo command."""

import click

from cdp_bgservices.cli.options import debug_option, store_option


@click.command()
@click.option("--chromium", metavar="PATH", help="The Chromium to start; otherwise $CHROMIUM, or the usual places.")
@store_option
@debug_option
def demo(chromium: str | None, store: str | None) -> None:
    """Start a headless Chromium and the bundled site, make all six services act, and print what was recorded.

    Where no Chromium is found, one is installed: Debian's package, or else Playwright's.
    """
    import trio

    from cdp_bgservices.browser.install import ensure_chromium
    from cdp_bgservices.cli.output import print_events, say, show_log
    from cdp_bgservices.demo import run_demo
    from cdp_bgservices.events import Event
    from cdp_bgservices.store import open_store

    show_log()
    program = str(ensure_chromium(chromium))

    async def run() -> tuple[list[Event], str]:
        async with open_store(store) as opened:
            say("starting a Chromium and the bundled site; this takes some seconds")
            return await run_demo(opened, program), str(opened.path)

    recorded, path = trio.run(run)
    print_events(recorded, None)
    services = len({event.service for event in recorded})
    say(f"\n{len(recorded)} events of {services} services, kept for three days in {path}")
    say("look at one with: cdp-bgservices show ID")
