"""What a Chromium must be started with to be in the lab."""

from collections.abc import Mapping

import msgspec


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Of one part of the lab, or of several together."""

    arguments: tuple[str, ...] = ()
    """For its command line."""
    environment: Mapping[str, str] = {}
    """In addition to ours."""
    prefix: tuple[str, ...] = ()
    """A command that runs the program whose command line is appended to it, such as ``nsenter … --``."""

    def __add__(self, other: "Start") -> "Start":
        return Start(
            arguments=self.arguments + other.arguments,
            environment={**self.environment, **other.environment},
            prefix=self.prefix + other.prefix,
        )
