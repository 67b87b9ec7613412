import secrets

from odoo import models

from ... import log_keys
from ...core import canonical, log_entry, merkle
from ...transaction import short_transaction
from .tree import Tree

ADOPTED_AT_ONCE = 5000

UNMARKED = """
SELECT e.id, l.origin, e.entry
  FROM audit_log_pending p
  JOIN audit_log_entry e ON e.id = p.entry_id AND e.mac IS NULL
  JOIN audit_log l ON l.id = p.log_id
 WHERE p.log_id = ANY(%s) AND NOT EXISTS (SELECT 1 FROM audit_log_quarantine q WHERE q.entry_id = e.id)
 LIMIT %s
"""
ADOPT = """
INSERT INTO audit_log_quarantine (entry_id, log_id, company_id, reason, found_at, state, decided_at, mac)
SELECT entry_id, %s, %s, 'early', now() AT TIME ZONE 'UTC', 'admitted', now() AT TIME ZONE 'UTC', mac
  FROM unnest(%s::bigint[], %s::bytea[]) AS found (entry_id, mac)
    ON CONFLICT (entry_id) DO NOTHING
"""


class AuditLog(models.Model):
    """The beginning of a log: entry 0, and what was recorded before there were keys."""

    _inherit = "audit.log"

    def _begin(self, key):
        """Write and seal entry 0, which tells who the log is, and what it continues.

        :param key: ``core.checkpoint.VerifierKey`` that the log is signed with
        """
        said = {
            "company": str(self.company_id.id or 0),
            "database": self.database_uuid,
            "origin": self.origin,
            "vkey": str(key),
        }
        if self.predecessor_id:
            said["continues"] = self.predecessor_id._last_known()
        self._seal_statement("log.created", said, "system/log", {"verifier_key": str(key)})
        self.invalidate_recordset()

    def _adopt_unmarked(self):
        """Take over what was recorded without a key before the log begins, as while Odoo was being set up.

        Nothing shows that Odoo wrote it, and nothing could show it of that time; so it is sealed as it is found, and
        the log says so itself. From then on an entry without a mark is set aside.
        """
        if self.predecessor_id:
            return
        key, adopted = log_keys.entry_keys()[0], 0
        while True:
            with short_transaction(self.env.registry) as env:
                log = env["audit.log"].browse(self.id)
                env.cr.execute(UNMARKED, [log._with_closed().ids, ADOPTED_AT_ONCE])
                found = env.cr.fetchall()
                if not found:
                    if adopted:
                        facts = {"entries": adopted, "origin": log.origin}
                        env["audit.log.entry"]._append_facts(
                            "log.adopted", [(log.company_id, (log._name, log.id), facts)], actor="system/log"
                        )
                    return
                marks = [log_entry.entry_mac(key, origin, entry.tobytes()) for _id, origin, entry in found]
                env.cr.execute(ADOPT, [log.id, log.company_id.id or None, [row[0] for row in found], marks])
                adopted += len(found)

    def _leave_to_the_original(self):
        """Begin under a name of its own in a copy of a database in which nothing was sealed yet, as of a template.

        The original may begin its log under the name that both databases know.
        """
        with short_transaction(self.env.registry) as env:
            log = env["audit.log"].browse(self.id)
            log.write({"state": "closed"})
            log.flush_recordset()
            log._create_log(log.company_id.id or 0, predecessor=log.predecessor_id)
        self.env.registry.clear_cache()

    def _seal_statement(self, kind, said, actor, values):
        """Append an entry about this log, seal it as the next leaf, and write ``values``, in one transaction."""
        with short_transaction(self.env.registry) as env:
            cr = env.cr
            cr.execute("SET LOCAL synchronous_commit = on")
            log = env["audit.log"].browse(self.id)
            log.write(values)
            (uuid,) = env["audit.log.entry"]._append(
                [
                    {
                        "kind": kind,
                        "direction": "none",
                        "actor": actor,
                        "company_id": log.company_id.id or 0,
                        "res_model": log._name,
                        "res_id": log.id,
                        "correlation": secrets.token_hex(16),
                        "payload": canonical.dumps(said),
                    }
                ]
            )
            cr.execute("SELECT id, entry FROM audit_log_entry WHERE uuid = %s", [uuid])
            entry_id, entry = cr.fetchone()
            cr.execute("DELETE FROM audit_log_pending WHERE entry_id = %s", [entry_id])
            Tree(cr, log.id).append([entry_id], [merkle.leaf_hash(entry.tobytes())])
