"""What a browser cannot do, by its product."""

HEADLESS_SHELL = "HeadlessChrome/"
"""How the headless shell's product begins; a full Chromium's is ``Chrome/``, headless too."""

FULL_CHROMIUM = "Use a full Chromium, Chrome or Edge: new headless (--headless=new) has both."


def limit_of(product: str) -> str:
    """What a browser of this product (``Browser.getVersion``) lacks; ``""`` if nothing is known to be missing."""
    if product.startswith(HEADLESS_SHELL):
        return f"{product} is the headless shell, which has no background sync and no notifications"
    return ""
