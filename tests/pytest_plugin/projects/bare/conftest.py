"""No site, and no Chromium either."""
