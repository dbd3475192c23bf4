"""What a push carries."""

import json

from cdp_bgservices.errors import InvalidInputError

__tracebackhide__ = True  # pytest does not show the frames of this module.


def payload(data: object) -> str:
    """A text unchanged, anything else as JSON. Raises InvalidInputError for data that JSON cannot express."""
    if isinstance(data, str):
        return data
    try:
        return json.dumps(data, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"a push cannot carry {data!r}: {error}", "Give a text, or a mapping that can be written as JSON."
        ) from None
