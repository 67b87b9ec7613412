from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .tables import guard


class AuditLogCheckpoint(models.Model):
    """A signed note: so many entries, with this root. Whoever holds one can tell whether any of them was changed."""

    _name = "audit.log.checkpoint"
    _inherit = "audit.company.bound"
    _description = "Audit Log Checkpoint"
    _log_access = False
    _order = "log_id, size desc, id desc"
    _rec_name = "size"

    log_id = fields.Many2one("audit.log", required=True, readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict", index=True)
    size = fields.Integer(string="Entries", required=True, readonly=True)
    root = fields.Char(required=True, readonly=True, help="SHA-256 over all these entries, in hexadecimal.")
    note = fields.Text(string="Signed Note", required=True, readonly=True)
    signed_at = fields.Datetime(
        string="Signed On", required=True, readonly=True, default=fields.Datetime.now,
        help="By our own clock, which proves nothing. Time is proven by a time stamp or a witness.",
    )  # fmt: skip
    anchor_ids = fields.One2many("audit.log.anchor", "checkpoint_id", string="Handed Over", readonly=True)

    @api.depends("size")
    def _compute_display_name(self):
        for note in self:
            note.display_name = _("Note over %s entries", note.size)

    def init(self):
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS audit_log_checkpoint_size_idx ON audit_log_checkpoint (log_id, size);
            """
        )
        guard(self.env.cr, self._table)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(_("Notes are signed by Odoo itself."))
        for vals in vals_list:
            vals["company_id"] = self.env["audit.log"].browse(vals["log_id"]).company_id.id
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(_("A signed note cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A signed note cannot be deleted."))

    def action_download(self):
        """Download the note as a file, to hand it to somebody or to a witness."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": "/audit/log/note/%d" % self.id, "target": "self"}

    def _file_name(self):
        return "%s-%d.note" % (self.log_id.uuid, self.size)
