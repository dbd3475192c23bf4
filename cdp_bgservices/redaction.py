"""Events without the content of a page or its server: metadata values become their length and a keyed digest."""

import re
from hashlib import blake2b
from typing import Any

import msgspec

from cdp_bgservices.events import Event
from cdp_bgservices.notification_details import ADDRESSES, CUT, MISSING, NOTIFICATION, PLAIN
from cdp_bgservices.thrown import THREW, Thrown
from cdp_bgservices.vocabulary.services import SERVICES

NUMBERED = re.compile(r" #\d+\Z", re.ASCII)
"""What Chromium appends to a repeated key."""
ADDRESS = re.compile(r"([^?#]*[?#])(.+)", re.DOTALL)
"""A URL up to its query, and the rest, which may have tokens and names."""

ERRORS = "Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError SuppressedError"
EXCEPTIONS = (
    "AbortError ConstraintError DataCloneError DataError EncodingError HierarchyRequestError InUseAttributeError "
    "InvalidAccessError InvalidCharacterError InvalidModificationError InvalidNodeTypeError InvalidStateError "
    "NamespaceError NetworkError NoModificationAllowedError NotAllowedError NotFoundError NotReadableError "
    "NotSupportedError OperationError OptOutError QuotaExceededError ReadOnlyError SecurityError TimeoutError "
    "TransactionInactiveError UnknownError URLMismatchError VersionError WrongDocumentError"
)
"""ECMAScript's, and Web IDL's names of a DOMException. A page may have invented any other name from its content."""
MESSAGE = re.compile(
    rf"(Uncaught (?:\(in promise\) )?(?:(?:{'|'.join([*ERRORS.split(), *EXCEPTIONS.split()])})(?:: |\Z))?)(.*)",
    re.DOTALL,
)
"""What Chromium writes before an error's own text, with the error's class, and that text: it may quote a payload, as
JSON.parse does."""
NOTE = re.compile(r"redacted: \d+ bytes?, [0-9a-f]{16}", re.ASCII)
"""The replacement of content."""
CONTENT_URL = "data:"
"""A URL that begins so is content as a whole."""
PLAIN_OF_ACTION = frozenset({"action", "type"})
KEPT = frozenset(PLAIN) | {MISSING, CUT}
"""Fields of a notification that do not count as content. Of all others the values are taken for content."""
encode_json = msgspec.json.Encoder().encode


class Redactor:
    """Replaces content. With the same key, equal content stays equal; without the key, a guess cannot be tested."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        """Up to 64 bytes."""

    def redact(self, event: Event) -> Event:
        """The event without its content; the same object if it has none, or is redacted already.

        It then has a new id, made from the old one and the key: the old id is a digest of everything, so short
        content could be guessed by trying.
        """
        kept = SERVICES[event.service].plain if event.service in SERVICES else frozenset()
        metadata = {key: self.value(key, value, kept) for key, value in event.metadata.items()}
        details = event.details and {key: self.redact_detail(key, value) for key, value in event.details.items()}
        if metadata == event.metadata:
            return event if details == event.details else msgspec.structs.replace(event, details=details)
        return msgspec.structs.replace(event, id=self.redact_id(event.id), metadata=metadata, details=details)

    def redact_id(self, id_: str) -> str:
        """The id of an event whose content is redacted."""
        return self.digest(id_, b"id", 16)

    def redact_thrown(self, thrown: Thrown) -> Thrown:
        """Keeps the class of the error and its place; the id is also a new one.

        The same object if it has no content.
        """
        redacted = msgspec.structs.replace(
            thrown,
            message=self.message(thrown.message),
            source_url=self.address(thrown.source_url),
            script_url=self.address(thrown.script_url),
        )
        return thrown if redacted == thrown else msgspec.structs.replace(redacted, id=self.redact_id(thrown.id))

    def redact_detail(self, key: str, value: Any) -> Any:
        """The same for a value of an event's details."""
        if key == THREW:
            return [self.redact_error(item) for item in value]
        return self.redact_notification(value) if key == NOTIFICATION else value

    def redact_error(self, item: dict[str, Any]) -> dict[str, Any]:
        return {
            **item,
            "message": self.message(item["message"]),
            "source_url": self.address(item["source_url"]),
        }

    def redact_notification(self, found: dict[str, Any]) -> dict[str, Any]:
        """Keeps its options, the addresses up to their query, and how many actions it has, with their names."""
        return {name: value if name in KEPT else self.option(name, value) for name, value in found.items()}

    def option(self, name: str, value: Any) -> Any:
        """Of a notification, or of one of its actions. What is empty stays so: that is not content."""
        if name == "actions":
            return [
                {key: text if key in PLAIN_OF_ACTION else self.option(key, text) for key, text in item.items()}
                for item in value
            ]
        if value in (None, "", [], {}):
            return value
        if name in ADDRESSES and not value.startswith(CONTENT_URL):
            return self.address(value)
        text = value if isinstance(value, str) else encode_json(value).decode()
        return text if NOTE.fullmatch(text) else self.note(text)

    def message(self, text: str) -> str:
        found = MESSAGE.fullmatch(text)
        kept, content = found.groups() if found else ("", text)
        return text if not content or NOTE.fullmatch(content) else kept + self.note(content)

    def address(self, url: str) -> str:
        """The URL up to its query."""
        found = ADDRESS.match(url)
        return url if found is None or NOTE.fullmatch(found[2]) else found[1] + self.note(found[2])

    def value(self, key: str, value: str, kept: frozenset[str]) -> str:
        """An empty value stays empty: that is not content."""
        if not value:
            return value
        if key == "URL" and key in kept:
            return self.address(value)
        return value if NUMBERED.sub("", key) in kept or NOTE.fullmatch(value) else self.note(value)

    def note(self, content: str) -> str:
        """The replacement of a content."""
        size = len(content.encode())
        return f"redacted: {size} byte{'' if size == 1 else 's'}, {self.digest(content, b'content', 8)}"

    def digest(self, text: str, purpose: bytes, size: int) -> str:
        """Hex digits of this many bytes."""
        return blake2b(text.encode(), key=self.key, person=purpose, digest_size=size).hexdigest()
