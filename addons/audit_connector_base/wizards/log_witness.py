import base64

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
        note, stored = self._note_and_stored()
        if not stored:
            raise UserError(
                _("This is not a note of the log of %s. Download one, and have the witness sign it.", log.display_name)
            )
        _known, new = stored._take_cosignatures(note.signatures)
        if not new:
            raise UserError(
                _(
                    "No witness whose key is known has signed this note, or the signature was taken in before. "
                    "Register the verifier key of the witness under Audit, Log, Holders of Notes first."
                )
            )
        return stored.get_formview_action()

    def _note_and_stored(self):
        """Return the ``core.checkpoint.Note`` in the file, and the stored note of the log with its text, if any."""
        data = base64.b64decode(self.file or b"")
        if not data:
            raise UserError(_("Choose the file first."))
        try:
            note = checkpoint.parse(data)
            return note, self.log_id._stored_as(note)
        except checkpoint.NoteError as error:
            raise UserError(_("The file is no signed note: %s", error)) from error
