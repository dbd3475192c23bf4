"""The README leaves no command out. Its examples are run by docs/test_examples.py."""

import re

from cdp_bgservices.cli.commands import COMMANDS
from tests.docs.blocks import ROOT, blocks
from tests.docs.consoles import commands


def test_every_command_is_in_the_readme() -> None:
    consoles = [block.text for block in blocks("README.md") if block.language == "console"]
    shown = {words[1] for text in consoles for words in commands(text) if words[0] == "cdp-bgservices"}
    described = set(re.findall(r"`cdp-bgservices ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert set(COMMANDS) <= shown | described, set(COMMANDS) - shown - described
