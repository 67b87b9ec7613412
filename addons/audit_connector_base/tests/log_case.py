import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg2.sql import SQL, Identifier

from .. import log_keys
from ..core import checkpoint, merkle
from ..models.log.tree import Tree
from .common import AuditCase

SIGNING_KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2)]


class LogCase(AuditCase):
    """A company whose log is signed, and a folder of its own for the signer to remember in."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state_dir = Path(folder.name) / "signer"
        self.signing_keys = SIGNING_KEYS[:1]
        for name, value in (("state_dir", lambda: self.state_dir), ("signing_keys", lambda: self.signing_keys)):
            started = patch.object(log_keys, name, value)
            started.start()
            self.addCleanup(started.stop)
        self.env.flush_all()
        # What making people and companies has recorded: these tests count places.
        self.env.cr.execute("DELETE FROM audit_log_pending")

    def append(self, count=1, company=None, **values):
        """Write entries and return them."""
        said = {
            "kind": "event.written",
            "direction": "none",
            "company_id": self.company.id if company is None else company,
            "res_model": "res.partner",
            "res_id": self.partner.id,
            "correlation": "ab" * 16,
            "payload": b'{"type":"invoice.posted"}',
            **values,
        }
        uuids = self.env["audit.log.entry"]._append([said] * count)
        return self.env["audit.log.entry"].search([("uuid", "in", uuids)], order="id")

    @property
    def log(self):
        """The log in use of the company."""
        return self.env["audit.log"].search([("company_id", "=", self.company.id), ("state", "=", "open")])

    def seal(self):
        """What the scheduled action of every minute does."""
        with self.second_cursor():
            self.env["audit.log"]._cron_seal()

    def tree(self, log=None):
        return Tree(self.env.cr, (log or self.log).id)

    def note(self, log=None):
        """The last note of a log, verified with the key that the log names."""
        log = log or self.log
        self.assertFalse(log.frozen_kind, log.frozen_note)
        found = self.env["audit.log.checkpoint"].search([("log_id", "=", log.id)], limit=1)
        return checkpoint.verify(found.note, [checkpoint.parse_key(log.verifier_key)]).checkpoint

    def tamper(self, table, statement, *values):
        """What a database administrator may do: change a table with its triggers switched off."""
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(Identifier(table)))
        cr.execute(statement, values)
        cr.execute(SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(Identifier(table)))
        self.env.invalidate_all()

    def places(self, entries):
        """The places of entries in the log in use, in their order; None for one that is not sealed in it."""
        self.env.cr.execute("SELECT entry_id, index FROM audit_log_leaf WHERE log_id = %s", [self.log.id])
        found = dict(self.env.cr.fetchall())
        return [found.get(entry.id) for entry in entries]

    def leaves(self, log=None):
        """The hashes of the entries that the leaves name, in the order of the tree."""
        self.env.cr.execute(
            "SELECT e.entry FROM audit_log_leaf f JOIN audit_log_entry e ON e.id = f.entry_id "
            "WHERE f.log_id = %s ORDER BY f.index",
            [(log or self.log).id],
        )
        return [merkle.leaf_hash(row[0].tobytes()) for row in self.env.cr.fetchall()]
