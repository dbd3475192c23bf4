"""The network switch: a Chromium that is really offline, and really back."""

from cdp_bgservices.lab.network.switch import Network, open_network

__all__ = ["Network", "open_network"]
