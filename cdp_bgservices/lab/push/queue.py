"""Browsers, their subscriptions, and the messages that wait for them.

What is kept in a folder is safe from whatever may happen to this program as soon as a method has returned.
"""

import secrets
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import msgspec

from cdp_bgservices.lab.push.certificate import Certificate
from cdp_bgservices.lab.values import Message, Subscription

COLUMNS = "m.id, m.subscription, m.body, m.headers, m.urgency, m.topic, m.expires_at, m.sequence"
LARGEST_NUMBER = (1 << 64) - 1
BATCH = 100
"""Messages that are read at a time."""


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
        """What the service uses again: its key, and its ports for HTTP and TLS."""
        row = self.database.execute("SELECT * FROM service").fetchone()
        return (Certificate(*row[:2]), *row[2:]) if row else None

    def keep_identity(self, certificate: Certificate, http_port: int, tls_port: int) -> None:
        with self.transaction() as database:
            row = (certificate.key, certificate.certificate, http_port, tls_port)
            database.execute("DELETE FROM service")
            database.execute("INSERT INTO service VALUES (?, ?, ?, ?)", row)

    def check_in(self, browser: str, secret: str) -> tuple[str, str]:
        """The id and secret of a known browser, or new ones for a new browser, which sends "0"."""
        if browser != "0" and self.admit(browser, secret):
            return browser, secret
        made = str(secrets.randbits(62) | 1 << 62), str(secrets.randbits(62) | 1 << 62)
        self.database.execute("INSERT INTO browsers VALUES (?, ?)", made)
        return made

    def admit(self, browser: str, secret: str) -> bool:
        """Whether the secret is right. An unknown browser is accepted: it comes from a service without a folder."""
        if not (is_number(browser) and is_number(secret)):
            return False
        self.database.execute("INSERT INTO browsers VALUES (?, ?) ON CONFLICT DO NOTHING", (browser, secret))
        known = self.database.execute("SELECT secret FROM browsers WHERE id = ?", (browser,)).fetchone()
        return secrets.compare_digest(known[0].encode(), secret.encode())

    def subscribe(self, browser: str, app_id: str, sender: str) -> str:
        """The subscription's token; subscribing again gives the same one."""
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
        """End a browser's subscription, and delete its messages. It is remembered, so that posting to it gets the right
        error.
        """
        found = self.database.execute(
            "SELECT token FROM subscriptions WHERE (browser, app_id, unsubscribed) = (?, ?, 0)", (browser, app_id)
        )
        for (token,) in found.fetchall():
            self.end(token, HTTPStatus.GONE)

    def end(self, token: str, status: int) -> None:
        """The same for one subscription. ``status`` is that of posts to it."""
        with self.transaction() as database:
            database.execute("DELETE FROM messages WHERE subscription = ?", (token,))
            database.execute("UPDATE subscriptions SET unsubscribed = ? WHERE token = ?", (status, token))

    def subscriptions(self) -> list[Subscription]:
        """All subscriptions, oldest first, the ended ones included."""
        return [subscription_of(row) for row in self.database.execute("SELECT * FROM subscriptions ORDER BY rowid")]

    def subscription(self, token: str) -> Subscription | None:
        row = self.database.execute("SELECT * FROM subscriptions WHERE token = ?", (token,)).fetchone()
        return subscription_of(row) if row else None

    def keep(self, message: Message) -> None:
        """Keep it until it is acknowledged or expires. It replaces a waiting message of the same topic."""
        row = msgspec.structs.asdict(message) | {"headers": msgspec.json.encode(message.headers).decode()}
        with self.transaction() as database:
            if message.topic is not None:
                database.execute("DELETE FROM messages WHERE (subscription, topic) = (:subscription, :topic)", row)
            database.execute(
                "INSERT INTO messages (id, subscription, body, headers, urgency, topic, expires_at)"
                " VALUES (:id, :subscription, :body, :headers, :urgency, :topic, :expires_at)",
                row,
            )

    def waiting(self, browser: str | None = None, after: int = 0, limit: int = BATCH) -> list[Message]:
        """The oldest unacknowledged messages after this one, of one browser or of all."""
        self.expire()
        rows = self.database.execute(
            f"SELECT {COLUMNS} FROM messages AS m JOIN subscriptions AS s ON s.token = m.subscription"
            " WHERE m.sequence > ? AND (? IS NULL OR s.browser = ?) ORDER BY m.sequence LIMIT ?",
            (after, browser, browser, limit),
        )
        return [message_of(row) for row in rows]

    def next_expiry(self) -> float | None:
        """When the next message expires, in seconds since 1970; None if none waits."""
        self.expire()
        [soonest] = self.database.execute("SELECT MIN(expires_at) FROM messages").fetchone()
        return None if soonest is None else float(soonest)

    def expire(self) -> None:
        self.database.execute("DELETE FROM messages WHERE expires_at <= ?", (time.time(),))

    def acknowledge(self, browser: str, message_ids: Sequence[str]) -> None:
        """These messages have arrived, and are not sent again."""
        mine = "subscription IN (SELECT token FROM subscriptions WHERE browser = ?)"
        with self.transaction() as database:
            database.executemany(
                f"DELETE FROM messages WHERE id = ? AND {mine}", [(message_id, browser) for message_id in message_ids]
            )


def is_number(text: str) -> bool:
    """A random number of 64 bits: a browser's number or secret."""
    return text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= LARGEST_NUMBER


def subscription_of(row: tuple[str, str, str, str, int]) -> Subscription:
    return Subscription(*row[:4], ended=row[4])


def message_of(row: tuple[Any, ...]) -> Message:
    identity, token, body, headers, *rest = row
    return Message(identity, token, body, msgspec.json.decode(headers, type=dict[str, str]), *rest)
