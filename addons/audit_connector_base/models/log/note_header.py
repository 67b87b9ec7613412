import base64
import threading
import time

from odoo import api, models

HEADER = "Audit-Checkpoint"
KEPT_SECONDS = 10

LAST = """
SELECT c.note FROM audit_log l JOIN audit_log_checkpoint c ON c.log_id = l.id
 WHERE l.company_id IS NOT DISTINCT FROM %s AND l.state = 'open' AND l.frozen_kind IS NULL
 ORDER BY c.size DESC, c.id DESC LIMIT 1
"""

_lock = threading.Lock()
_kept = {}


class AuditLog(models.Model):
    """The last signed note on what leaves Odoo, in a header or in print, so that many outsiders hold one."""

    _inherit = "audit.log"

    @api.model
    def _note_header(self, company):
        """Return ``{"Audit-Checkpoint": base64 of the note}`` of a company (none: of the system); empty without one."""
        note = self._last_note(company)
        return {HEADER: base64.b64encode(note.encode()).decode()} if note else {}

    @api.model
    def _last_note(self, company):
        """Return the text of the last note of a company (none: of the system), None without one.

        A process asks the database every few seconds at most, so an answer that carries it costs no query. SQL: whoever
        is answered holds no rights on logs, and the note is for everybody.
        """
        key = self.env.cr.dbname, company.id or None
        with _lock:
            note, until = _kept.get(key, (None, 0))
        if until < time.monotonic():
            self.env.cr.execute(LAST, [company.id or None])
            found = self.env.cr.fetchone()
            note = found and found[0]
            with _lock:
                _kept[key] = note, time.monotonic() + KEPT_SECONDS
        return note

    @api.model
    def _forget_notes(self):
        """Ask the database again; for tests, and when a log was continued by another."""
        with _lock:
            _kept.clear()
