"""The secret in the viewer's address: a new one, or one that was chosen, so that a bookmark stays valid."""

import re
import secrets

from cdp_bgservices.errors import InvalidInputError

SHORTEST, LONGEST = 22, 256
"""Characters: 22 of base64 have 128 bits."""
TOKEN = re.compile(rf"[A-Za-z0-9._~-]{{{SHORTEST},{LONGEST}}}")


def make_token() -> str:
    """256 bits, for an address."""
    return secrets.token_urlsafe(32)


def check_token(token: str) -> str:
    """Unchanged. Raises InvalidInputError, without the token, where it is too short, or needs escapes in an address."""
    if not TOKEN.fullmatch(token):
        raise InvalidInputError(
            f"the token must have {SHORTEST} to {LONGEST} characters: letters, digits, “-”, “_”, “.” and “~”",
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    return token
