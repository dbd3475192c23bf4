"""A recording for the tests of the reports, and text that would like to act in them."""

from datetime import timedelta

from hypothesis import strategies as st

from cdp_bgservices.events import Event
from cdp_bgservices.rules import Outcome, Verdict
from tests.making import event

NASTY = (
    "\x1b]0;t\x07\x00\x0b]]></svg></title></code></pre><script>alert(1)</script> | \\| `x` ``` "
    "[a](http://evil.example) ![b](javascript:0) <http://evil.example> www.evil.example @someone #1 !1 "
    "~~~ **bold** __b__ &lt; &#60;\n# head\n\r| - |\u2028\u202e\ufffe \u0085"
)

words = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    [
        "|",
        "\\|",
        "`",
        "<b>",
        "[a](b)",
        "![a](b)",
        "http://a.b",
        "www.a.b",
        "\n\n# x",
        "\x00",
        "\ufffe",
        "]]>",
        "*a*",
        "_a_",
    ]
)


def nasty_events(text: str = NASTY) -> list[Event]:
    names = ("Registered sync", "sync event failed", text)
    return [
        event(number, service=text, event_name=name, instance_id=text, origin=text, metadata={text: text})
        for number, name in enumerate(names)
    ]


def nasty_verdicts(text: str = NASTY) -> list[Verdict]:
    events = tuple(nasty_events(text)[1:2])
    return [Verdict(rule=text, outcome=outcome, message=text, events=events) for outcome in Outcome]


def a_sync() -> list[Event]:
    """One that succeeds, a second later one that fails."""
    stories = (
        ("outbox", 0, {"Registered sync": {}, "Sync completed": {"Status": "succeeded"}}),
        ("reject", 1, {"Registered sync": {}, "sync event failed": {"Failure Reason": "waitUntil rejected"}}),
    )
    return [
        event(number, age=timedelta(seconds=60 - second), event_name=name, instance_id=tag, metadata=metadata)
        for tag, second, story in stories
        for number, (name, metadata) in enumerate(story.items())
    ]
