import base64
from datetime import datetime, timezone

from odoo import _, fields, models
from odoo.exceptions import UserError

from ..core import checkpoint


class AuditLogWitness(models.TransientModel):
    """The dialog that takes in a note as a witness gave it back, with its signature."""

    _name = "audit.log.witness"
    _inherit = "audit.company.bound"
    _description = "Signature of a Witness"
    _rec_name = "log_id"

    log_id = fields.Many2one("audit.log", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="log_id.company_id", store=True)
    file = fields.Binary(string="Signed Note", attachment=False)
    file_name = fields.Char()

    def action_take(self):
        """Keep the signatures of witnesses whose keys are known; each of them once.

        :raises UserError: when the file is no note of this log, or no known witness has signed it
        """
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Signatures of witnesses are taken in by connector administrators."))
        log = self.log_id
        log.read(["origin"])
        note = self._note()
        of_size = [("log_id", "=", log.id), ("size", "=", self._size(note))]
        stored = self.env["audit.log.checkpoint"].sudo().search(of_size)
        stored = stored.filtered(lambda one: checkpoint.parse(one.note).text == note.text)[:1]
        if not stored:
            raise UserError(
                _("This is not a note of the log of %s. Download one, and have the witness sign it.", log.display_name)
            )
        taken = self._take(note, stored)
        if not taken:
            raise UserError(
                _(
                    "No witness whose key is known has signed this note, or the signature was taken in before. "
                    "Register the verifier key of the witness under Audit, Log, Holders of Notes first."
                )
            )
        return stored.get_formview_action()

    def _note(self):
        data = base64.b64decode(self.file or b"")
        if not data:
            raise UserError(_("Choose the file first."))
        try:
            return checkpoint.parse(data)
        except checkpoint.NoteError as error:
            raise UserError(_("The file is no signed note: %s", error)) from error

    def _size(self, note):
        try:
            return note.checkpoint.size
        except checkpoint.NoteError as error:
            raise UserError(_("The file is no signed note: %s", error)) from error

    def _take(self, note, stored):
        """Return how many signatures were new. Sudo: the wizard is for administrators, who asked for this."""
        taken = 0
        holders = self.env["audit.log.anchor.target"].sudo()
        for witness in holders.search([("kind", "=", "witness"), ("company_id", "=", self.log_id.company_id.id)]):
            key = checkpoint.parse_key(witness.witness_key)
            for signature in note.signatures:
                if (signature.name, signature.key_id) != (key.name, key.id):
                    continue
                try:
                    seconds = key.verify(note.text, signature)
                except checkpoint.InvalidSignature as error:
                    text = _("The signature of “%(name)s” is wrong: %(reason)s", name=witness.name, reason=error)
                    raise UserError(text) from error
                if signature.line in stored.anchor_ids.mapped("content"):
                    continue
                at = datetime.fromtimestamp(min(seconds, 2**32), timezone.utc).replace(tzinfo=None)
                witness._record_anchor(
                    stored, {"state": "done", "proven_at": at, "content": signature.line, "detail": key.name}
                )
                taken += 1
        return taken
