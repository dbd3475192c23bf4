"""What differs between systems: ``posix.py`` has it for Linux and macOS, ``windows.py`` for Windows."""

import sys

if sys.platform == "win32":
    from cdp_bgservices.browser.systems.windows import Group, holding, is_left, is_root, start_browser, start_group
else:
    from cdp_bgservices.browser.systems.posix import Group, holding, is_left, is_root, start_browser, start_group

__all__ = ["Group", "holding", "is_left", "is_root", "start_browser", "start_group"]
