from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError

from ...core import checkpoint, merkle, proof_file, tiles
from .tree import Tree

PLACES = """
SELECT e.id, f.log_id, f.index, EXISTS (SELECT 1 FROM audit_log_quarantine q WHERE q.entry_id = e.id
                                           AND q.state IN ('waiting', 'refused'))
  FROM audit_log_entry e LEFT JOIN audit_log_leaf f ON f.entry_id = e.id
 WHERE e.id = ANY(%s)
"""


class AuditLogEntry(models.Model):
    """The place of an entry in its log, and the proof that it stands there."""

    _inherit = "audit.log.entry"

    place = fields.Integer(string="Place in the Log", compute="_compute_place")
    proof_state = fields.Selection(
        [
            ("waiting", "Not Yet Sealed"),
            ("aside", "Set Aside"),
            ("sealed", "Not Yet Signed"),
            ("signed", "Sealed and Signed"),
        ],
        string="Proof",
        compute="_compute_place",
    )

    def _compute_place(self):
        self.env.cr.execute(PLACES, [self.ids])
        found = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        signed = self._signed_sizes({log for log, _index, _aside in found.values() if log})
        for entry in self:
            log, index, aside = found.get(entry.id, (None, None, False))
            entry.place = index or 0
            if index is None:
                entry.proof_state = "aside" if aside else "waiting"
            else:
                entry.proof_state = "signed" if index < signed.get(log, 0) else "sealed"

    def _signed_sizes(self, logs):
        self.env.cr.execute(
            "SELECT log_id, max(size) FROM audit_log_checkpoint WHERE log_id = ANY(%s) GROUP BY log_id", [list(logs)]
        )
        return dict(self.env.cr.fetchall())

    def action_download_proof(self):
        """Download the proof that this entry stands in the log."""
        self.ensure_one()
        self._check_provable()
        return {"type": "ir.actions.act_url", "url": "/audit/log/proof/%d" % self.id, "target": "self"}

    def _check_provable(self):
        """Whether the current user may have the proof, and there is one."""
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise AccessError(_("Proofs are for people with a role in Audit."))
        # Reading applies the rules of access.
        state = self.read(["proof_state"])[0]["proof_state"]
        if state == "aside":
            raise UserError(_("This entry was set aside: nothing shows that Odoo wrote it, so nothing proves it."))
        if state != "signed":
            raise UserError(_("This entry is sealed and signed within a minute after it was written. Try again then."))

    def _proof(self):
        """Return the ``core.proof_file.InclusionProof`` of this entry under the last note of its log.

        :raises UserError: when the log is damaged, so that nothing is proven
        """
        self.ensure_one()
        cr = self.env.cr
        cr.execute(
            "SELECT e.entry, f.log_id, f.index FROM audit_log_entry e JOIN audit_log_leaf f ON f.entry_id = e.id "
            "WHERE e.id = %s",
            [self.id],
        )
        entry, log_id, index = cr.fetchone()
        last = self.env["audit.log.checkpoint"].sudo().search([("log_id", "=", log_id)], limit=1)
        try:
            note = checkpoint.parse(last.note)
            return proof_file.prove_inclusion(bytes(entry), index, note, Tree(cr, log_id).read_tile)
        except (merkle.ProofError, tiles.TileError, checkpoint.NoteError) as error:
            text = _("The log is damaged, so this entry cannot be proven. Verify the log. (%s)", error)
            raise UserError(text) from None
