"""``python -m cdp_bgservices`` is ``cdp-bgservices``."""

from cdp_bgservices.cli import main

if __name__ == "__main__":
    main()
