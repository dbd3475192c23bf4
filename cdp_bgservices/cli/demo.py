"""The demo command."""

import click

from cdp_bgservices.cli.options import debug_option, store_option


@click.command()
@click.option("--chromium", metavar="PATH", help="The Chromium to start; otherwise $CHROMIUM, or the usual places.")
@click.option("--lab", "in_lab", is_flag=True, help="Nothing emulated: a real push, click, retry and lost network.")
@store_option
@debug_option
def demo(chromium: str | None, in_lab: bool, store: str | None) -> None:
    """Start a headless Chromium and the bundled site, make all six services act, and print what was recorded.

    With --lab in the lab, which tells its story act by act. What this system lacks for it is said, and left out; the
    exit status is 1 where an act that was possible did not come to its end.

    Where no Chromium is found, one is installed: Debian's package, or else Playwright's.
    """
    import trio

    from cdp_bgservices.browser.install import ensure_chromium
    from cdp_bgservices.cli.output import print_events, say, show_log
    from cdp_bgservices.demo import run_demo, run_lab_demo
    from cdp_bgservices.events import Event
    from cdp_bgservices.store import open_store

    show_log()
    program = str(ensure_chromium(chromium))

    async def run() -> tuple[list[Event], bool, str]:
        async with open_store(store) as opened:
            say("starting a Chromium and the bundled site; this takes some seconds")
            if in_lab:
                return *await run_lab_demo(opened, say, program), opened.name
            return await run_demo(opened, program), True, opened.name

    recorded, is_whole, path = trio.run(run)
    print_events(recorded, None)
    services = len({event.service for event in recorded})
    say(f"\n{len(recorded)} events of {services} services, kept for three days in {path}")
    say("look at one with: cdp-bgservices show ID")
    if not is_whole:
        raise click.exceptions.Exit(1)
