"""The viewer: a page over a store, served on this machine only.

``open_viewer`` serves it; ``cdp-bgservices view`` is its command line. What the page asks is in ``api.py``, what it may
ask of a browser in ``browser_routes.py``, who may ask in ``security.py``; the page itself is in ``page/``.
"""
