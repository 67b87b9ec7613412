import secrets
from datetime import datetime, timezone

from odoo import api, models

from ... import log_keys
from ...core import log_entry, uuid7
from .writing_sql import APPEND


class AuditLogEntry(models.Model):
    """Writing entries: one statement for any number of them, in the transaction of what they tell of."""

    _inherit = "audit.log.entry"

    @api.model
    def _append(self, entries):
        """Append entries in one statement, whoever the current user is.

        SQL rather than ``create``: no user holds the right to write the log, and posting waits for this. Each entry
        carries a MAC, made with a key from outside the database, so that the sealer can tell it from a row that
        somebody else put into the table. Without a key it has none: business goes on, and nothing is sealed.

        :param entries: list of dicts with ``kind``, ``direction`` (``in``/``out``/``none``), ``company_id`` (0 for the
            system), ``correlation`` (32 hex digits), ``payload`` (bytes) and optionally ``res_model`` and ``res_id``,
            ``actor`` (default: the current user), ``media_type`` (default ``application/json``)
        :return: the UUIDs of the entries, in the order given
        """
        if not entries:
            return []
        rows = self._rows_of(entries)
        self.env.cr.execute(*APPEND.with_rows(rows))
        self.env["audit.log"]._request_sealing()
        return [row[0] for row in rows]

    @api.model
    def _rows_of(self, entries):
        """Return the rows of ``writing_sql.APPEND`` for ``entries``, see ``_append``; nothing is written.

        For statements that write entries together with what these tell of. They have to ask for sealing themselves.
        """
        now = datetime.now(timezone.utc)
        key = next(iter(log_keys.entry_keys()), None)
        logs = {company: self.env["audit.log"]._writing(company) for company in {e["company_id"] for e in entries}}
        rows = []
        for uuid, said in zip(uuid7.uuid7_batch(len(entries)), entries):
            salt = secrets.token_bytes(32)
            commitment = log_entry.commitment(salt, said["payload"])
            model, res_id = said.get("res_model"), said.get("res_id")
            actor = said.get("actor") or "user/%d" % self.env.uid
            log_id, origin = logs[said["company_id"]]
            leaf = log_entry.entry(
                actor=actor,
                commit=commitment,
                company=said["company_id"],
                corr=said["correlation"],
                direction=said["direction"],
                id=uuid,
                kind=said["kind"],
                subject="%s/%d" % (model, res_id) if model else "",
                time=now,
                media_type=said.get("media_type", "application/json"),
            )
            mac = log_entry.entry_mac(key, origin, leaf) if key else None
            rows.append((
                uuid, now.replace(tzinfo=None), said["kind"], said["direction"], actor, said["company_id"] or None,
                model or None, res_id or None, said["correlation"], commitment, leaf, log_id, mac, salt,
                said["payload"],
            ))  # fmt: skip
        return rows
