"""The receiver's book: what arrived, once each and in order, in a SQLite file that survives ``kill -9``."""

import json
import sqlite3
import threading
from datetime import datetime, timezone

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    received_at TEXT NOT NULL,
    type TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_sequence INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS message_subject ON message (subject);
CREATE TABLE IF NOT EXISTS duplicate (id TEXT PRIMARY KEY, count INTEGER NOT NULL, last_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refusal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    id TEXT NOT NULL,
    status INTEGER NOT NULL,
    reason TEXT NOT NULL
);
"""


class OtherBody(Exception):
    """A message id that was booked before came again with another body."""


class Book:
    """The book in the file ``path``. May be used from several threads; every method ends with its change on disk."""

    def __init__(self, path):
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        # FULL syncs the log at every commit: an answer of 2xx must stay true after a power cut.
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def add(self, message_id, event, body):
        """Book a message; returns ``False`` when it was booked before. Raises ``OtherBody``."""
        subject = event.get("subject") or ""
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            known = self._db.execute("SELECT body FROM message WHERE id = ?", (message_id,)).fetchone()
            if known is None:
                self._db.execute(
                    "INSERT INTO message (id, received_at, type, subject, subject_sequence, body) VALUES (?, ?, ?, ?,"
                    " (SELECT count(*) + 1 FROM message WHERE subject = ?), ?)",
                    (message_id, _now(), event["type"], subject, subject, body),
                )
                return True
            if known[0] != body:
                raise OtherBody(message_id)
            self._db.execute(
                "INSERT INTO duplicate VALUES (?, 1, ?)"
                " ON CONFLICT (id) DO UPDATE SET count = count + 1, last_at = excluded.last_at",
                (message_id, _now()),
            )
            return False

    def refuse(self, message_id, status, reason):
        """Note a message that was refused."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO refusal (received_at, id, status, reason) VALUES (?, ?, ?, ?)",
                (_now(), message_id[:256], status, reason[:500]),
            )

    def content(self):
        """Return the whole book: ``messages`` in order of arrival, ``duplicates``, ``refusals`` and ``counts``."""
        with self._lock:
            messages = self._rows("SELECT * FROM message ORDER BY seq")
            duplicates = self._rows("SELECT * FROM duplicate ORDER BY last_at")
            refusals = self._rows("SELECT * FROM refusal ORDER BY seq")
        for message in messages:
            message["event"] = json.loads(message.pop("body"))
        counts = {
            "messages": len(messages),
            "duplicates": sum(duplicate["count"] for duplicate in duplicates),
            "refusals": len(refusals),
        }
        return {"counts": counts, "messages": messages, "duplicates": duplicates, "refusals": refusals}

    def close(self):
        with self._lock:
            self._db.close()

    def _rows(self, query):
        cursor = self._db.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor]


def _now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
