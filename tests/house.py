"""The house: each part of the package, what it is for, and what it may import. ``python -m tests.house`` prints it.

The one table of who may import whom: tests/test_architecture.py holds the imports to it, and CONTRIBUTING.md prints it.
"""

from typing import NamedTuple

WORDS = "the words"


class Part(NamedTuple):
    modules: tuple[str, ...]
    """Folders and files in the package, without suffix."""
    purpose: str
    may_import: tuple[str, ...]
    """Names of parts. All of them stand below it."""


RECORDING = ("recorder", "browser", "protocol", "store", "coverage", WORDS)

HOUSE = {
    "cli": Part(
        ("cli", "__main__", "demo"),
        "parse, call one function, print; `demo` is the tour of `cdp-bgservices demo`",
        ("doctor", "capture", "testing", "web", "shipping", "export", "rules", "lab", "rpc", "site", "why", *RECORDING),
    ),
    "doctor": Part(
        ("doctor",),
        "what this machine has and lacks, by the code that records; redacted, for an issue",
        ("shipping", "export", "lab", "browser", "protocol", "store", "coverage", "platforms", WORDS),
    ),
    "capture": Part(
        ("capture",),
        "a whole recording, for `record` and for programs: reconnecting, the lab, a command beside it, verdicts, "
        "reports, metrics, and the methods of tests answered about it",
        ("testing", "shipping", "export", "rules", "lab", "rpc", *RECORDING),
    ),
    "pytest_plugin": Part(
        ("pytest_plugin",),
        "the plugin: make Playwright's Chromium reachable, give the fixture, keep the artifacts",
        ("testing", "export", "lab", "recorder", "browser", "store", WORDS),
    ),
    "testing": Part(
        ("testing",),
        "wait for events, trigger them, explain what happened instead: for trio, for asyncio, for blocking callers, "
        "and in `methods/` for any language; also in a store that others record into",
        ("export", "rules", "lab", "rpc", "why", *RECORDING),
    ),
    "web": Part(
        ("web",),
        "the viewer: a server on loopback that reads the store, and in `page/` what it serves, with no build step",
        ("export", "stories", "why", *RECORDING),
    ),
    "lab": Part(
        ("lab",),
        "what a production browser has around it, on this machine: push service, desktop, clock, network",
        ("protobuf", "platforms", WORDS),
    ),
    "rpc": Part(
        ("rpc",),
        "JSON-RPC over a byte stream: messages, a peer that answers side by side, a client that blocks; it knows no "
        "browser",
        (WORDS,),
    ),
    "shipping": Part(
        ("shipping",),
        "from a recorder's own store, the spool, to one that many share: any `Engine` to any other",
        ("store", WORDS),
    ),
    "recorder": Part(
        ("explanation", "recorder", "accounts", "context_log", "heartbeat", "writer", "backlog"),
        "the only place where browser and store meet: backlog and writer between them, the accounts of what was "
        "recorded completely, with an accountant for each profile, the log of browser contexts, and the heartbeat by "
        "which others see a recorder; `explanation`: the reasons why nothing happens, from the facts of both",
        ("browser", "why", "protocol", "store", "coverage", WORDS),
    ),
    "export": Part(
        ("export",),
        "events in, text out; verdicts, too",
        ("rules", "stories", "protocol", "coverage", "protobuf", WORDS),
    ),
    "browser": Part(
        ("browser",),
        "the boundary to Chromium: launch, attach, observe, trigger; `android/` is about devices, `site/` gathers the "
        "facts of a site, `systems/` has what differs between operating systems",
        ("why", "protocol", "coverage", "platforms", WORDS),
    ),
    "why": Part(
        ("why",),
        "facts about a site's background services in, the reasons why nothing happens out",
        ("protocol", WORDS),
    ),
    "protocol": Part(
        ("protocol",),
        "the DevTools protocol without I/O: messages, events, commands, registrations, recording state, websocket "
        "frames; tested on bytes",
        ("coverage", WORDS),
    ),
    "store": Part(
        ("store",),
        "the boundary to the disk: `Engine` is what a database has to answer, `sqlite/` and `postgresql/` are those "
        "that do, `Store` is its face for trio",
        ("stories", "coverage", WORDS),
    ),
    "rules": Part(("rules",), "rules and events in, verdicts out", (WORDS,)),
    "stories": Part(
        ("stories",),
        "events in, the story of each instance out: what the timeline, the numbers and a trace show",
        (WORDS,),
    ),
    "coverage": Part(("coverage",), "what a recorder saw completely, and the gaps that follow: values without I/O", ()),
    "site": Part(("site",), "the bundled site, served on loopback", ()),
    "protobuf": Part(("protobuf",), "Protocol Buffers: for the push service and for traces", ()),
    "platforms": Part(
        ("platforms",),
        "what each system can do: what a part asks before it refuses, and docs/platforms.md shows",
        (WORDS,),
    ),
    WORDS: Part(
        (
            "delays",
            "query",
            "redaction",
            "failures",
            "learned",
            "notification_details",
            "thrown",
            "statistics",
            "tasks",
            "identity",
            "contexts",
            "events",
            "vocabulary",
            "near_words",
            "notices",
            "errors",
            "release",
        ),
        "values without I/O; each imports only those after it",
        (),
    ),
}
"""From the top of the house to the bottom."""


def rows() -> list[str]:
    """The table in Markdown: where it is, what it is, what it may import."""
    lines = ["| where | what it is | may import |", "|---|---|---|"]
    for part in HOUSE.values():
        where = ", ".join(f"`{module}`" for module in part.modules if module != "__main__")
        imports = ", ".join(name if name == WORDS else f"`{name}`" for name in part.may_import) or "nothing of ours"
        lines.append(f"| {where} | {part.purpose} | {imports} |")
    return lines


if __name__ == "__main__":
    print(*rows(), sep="\n")
