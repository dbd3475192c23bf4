"""Browsers, their subscriptions, and the messages that wait for them.

What is kept in a folder is safe from whatever may happen to this program as soon as a method has returned.
"""

import re
import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from cdp_bgservices.lab.push.certificate import Certificate

COLUMNS = "m.id, m.subscription, m.body, m.headers, m.urgency, m.topic, m.expires_at, m.sequence"
LARGEST_NUMBER = (1 << 64) - 1
BATCH = 100
"""Messages that are read at a time."""
OF_A_PAGE = re.compile("wp:([^/]+//[^/]+)/")
"""How the app id of a subscription of a page begins; the browser registers itself for other things, too."""


class Subscription(msgspec.Struct, frozen=True):
    """What ``pushManager.subscribe()`` made, as far as a push service knows it: the keys stay with the page."""

    token: str
    """The last part of the endpoint."""
    browser: str
    """Which one, by the number that it was given when it checked in."""
    app_id: str
    sender: str
    """The applicationServerKey, base64url."""
    is_unsubscribed: bool = False

    @property
    def origin(self) -> str:
        """Of the page; empty for what the browser has registered for itself."""
        found = OF_A_PAGE.match(self.app_id)
        return found[1] if found else ""


class Message(msgspec.Struct, frozen=True):
    """A push that was accepted."""

    id: str
    """Becomes the instance id of the browser's events."""
    subscription: str
    """Its token."""
    body: bytes
    """Encrypted, as it was posted."""
    headers: dict[str, str]
    """What the decryption needs: ``content-encoding``, and with the older ``aesgcm`` two more."""
    urgency: str
    topic: str | None
    expires_at: float
    """Seconds since 1970."""
    sequence: int = 0
    """The order in which they were accepted; 0 for one that is not kept."""


class Queue:
    """Over a database that :func:`open_database` has opened."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.database.execute("BEGIN IMMEDIATE")
        with self.database:
            yield self.database

    def identity(self) -> tuple[Certificate, int, int] | None:
        """What the service had before, and shall have again: its key, and the ports for HTTP and for TLS."""
        row = self.database.execute("SELECT * FROM service").fetchone()
        return (Certificate(*row[:2]), *row[2:]) if row else None

    def keep_identity(self, certificate: Certificate, http_port: int, tls_port: int) -> None:
        with self.transaction() as database:
            row = (certificate.key, certificate.certificate, http_port, tls_port)
            database.execute("DELETE FROM service")
            database.execute("INSERT INTO service VALUES (?, ?, ?, ?)", row)

    # Browsers ----------------------------------------------------------------------------------------------------

    def check_in(self, browser: str, secret: str) -> tuple[str, str]:
        """The id and the secret of a browser, which has them already, or is new (and says "0")."""
        if browser != "0" and self.admit(browser, secret):
            return browser, secret
        made = str(secrets.randbits(62) | 1 << 62), str(secrets.randbits(62) | 1 << 62)
        self.database.execute("INSERT INTO browsers VALUES (?, ?)", made)
        return made

    def admit(self, browser: str, secret: str) -> bool:
        """Whether the secret is right. A browser that nobody knows comes from a service without a folder: it may."""
        if not (is_number(browser) and is_number(secret)):
            return False
        self.database.execute("INSERT INTO browsers VALUES (?, ?) ON CONFLICT DO NOTHING", (browser, secret))
        known = self.database.execute("SELECT secret FROM browsers WHERE id = ?", (browser,)).fetchone()
        return secrets.compare_digest(known[0].encode(), secret.encode())

    # Subscriptions -----------------------------------------------------------------------------------------------

    def subscribe(self, browser: str, app_id: str, sender: str) -> str:
        """Its token: the same one when it is asked for again."""
        with self.transaction() as database:
            known = database.execute(
                "SELECT token FROM subscriptions WHERE (browser, app_id, sender, unsubscribed) = (?, ?, ?, 0)",
                (browser, app_id, sender),
            ).fetchone()
            token = known[0] if known else secrets.token_urlsafe(24)
            if not known:
                row = (token, browser, app_id, sender)
                database.execute("INSERT INTO subscriptions (token, browser, app_id, sender) VALUES (?, ?, ?, ?)", row)
        return str(token)

    def unsubscribe(self, browser: str, app_id: str) -> None:
        """It is remembered, so that whoever posts to it is told so; its messages are gone."""
        with self.transaction() as database:
            rows = "SELECT token FROM subscriptions WHERE (browser, app_id) = (?, ?)"
            database.execute(f"DELETE FROM messages WHERE subscription IN ({rows})", (browser, app_id))
            where = "WHERE (browser, app_id) = (?, ?)"
            database.execute(f"UPDATE subscriptions SET unsubscribed = 1 {where}", (browser, app_id))

    def subscriptions(self) -> list[Subscription]:
        """Oldest first, those that were unsubscribed, too."""
        return [subscription_of(row) for row in self.database.execute("SELECT * FROM subscriptions ORDER BY rowid")]

    def subscription(self, token: str) -> Subscription | None:
        row = self.database.execute("SELECT * FROM subscriptions WHERE token = ?", (token,)).fetchone()
        return subscription_of(row) if row else None

    # Messages ----------------------------------------------------------------------------------------------------

    def keep(self, message: Message) -> None:
        """Until it is acknowledged or expires. One of the same topic that still waits is replaced by it."""
        encoded = msgspec.json.encode(message.headers).decode()
        row = (message.id, message.subscription, message.body, encoded, message.urgency, message.topic)
        with self.transaction() as database:
            if message.topic is not None:
                where = "WHERE (subscription, topic) = (?, ?)"
                database.execute(f"DELETE FROM messages {where}", (message.subscription, message.topic))
            columns = "id, subscription, body, headers, urgency, topic, expires_at"
            database.execute(
                f"INSERT INTO messages ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, message.expires_at)
            )

    def waiting(self, browser: str | None = None, after: int = 0, limit: int = BATCH) -> list[Message]:
        """The oldest that have not been acknowledged and are later than this one; of a browser, or of all."""
        self.expire()
        rows = self.database.execute(
            f"SELECT {COLUMNS} FROM messages AS m JOIN subscriptions AS s ON s.token = m.subscription"
            " WHERE m.sequence > ? AND (? IS NULL OR s.browser = ?) ORDER BY m.sequence LIMIT ?",
            (after, browser, browser, limit),
        )
        return [message_of(row) for row in rows]

    def next_expiry(self) -> float | None:
        """When the next message expires, in seconds since 1970; None where none waits."""
        self.expire()
        [soonest] = self.database.execute("SELECT MIN(expires_at) FROM messages").fetchone()
        return None if soonest is None else float(soonest)

    def expire(self) -> None:
        self.database.execute("DELETE FROM messages WHERE expires_at <= ?", (time.time(),))

    def acknowledge(self, browser: str, message_ids: Sequence[str]) -> None:
        """They have come: they do not come again."""
        mine = "subscription IN (SELECT token FROM subscriptions WHERE browser = ?)"
        with self.transaction() as database:
            database.executemany(
                f"DELETE FROM messages WHERE id = ? AND {mine}", [(message_id, browser) for message_id in message_ids]
            )


def is_number(text: str) -> bool:
    """As a browser's number and its secret are: of 64 bits."""
    return text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= LARGEST_NUMBER


def subscription_of(row: tuple[str, str, str, str, int]) -> Subscription:
    return Subscription(*row[:4], is_unsubscribed=bool(row[4]))


def message_of(row: tuple[str, str, bytes, str, str, str | None, float, int]) -> Message:
    identity, token, body, headers, urgency, topic, expires_at, sequence = row
    decoded = msgspec.json.decode(headers, type=dict[str, str])
    return Message(identity, token, body, decoded, urgency, topic, expires_at, sequence)
