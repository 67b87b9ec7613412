from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .anchor_target import KINDS
from .tables import guard


class AuditLogAnchor(models.Model):
    """A signed note that was handed to the outside, with what came back: a time stamp, or a witness's signature."""

    _name = "audit.log.anchor"
    _inherit = "audit.company.bound"
    _description = "Note Handed Over"
    _log_access = False
    _order = "id desc"
    _rec_name = "made_at"

    log_id = fields.Many2one("audit.log", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict", index=True)
    checkpoint_id = fields.Many2one(
        "audit.log.checkpoint", string="Note", required=True, readonly=True, ondelete="restrict", index=True
    )
    size = fields.Integer(related="checkpoint_id.size", string="Entries")
    # Not a foreign key that deleting a holder would have to change.
    target_id = fields.Many2one("audit.log.anchor.target", string="To", readonly=True, ondelete="restrict", index=True)
    kind = fields.Selection(KINDS, string="How", required=True, readonly=True)
    state = fields.Selection([("done", "Done"), ("failed", "Failed")], string="Result", required=True, readonly=True)
    made_at = fields.Datetime(string="When", required=True, readonly=True, default=fields.Datetime.now)
    proven_at = fields.Datetime(
        string="Time That It Proves", readonly=True, help="By the clock of the authority or witness, not by ours."
    )
    detail = fields.Char(readonly=True)
    content = fields.Text(
        readonly=True, help="The time stamp in Base64, or the line with the signature of the witness."
    )

    def init(self):
        guard(self.env.cr, self._table)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(_("What was handed over is recorded by Odoo itself."))
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(_("What was handed over cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("What was handed over is evidence and cannot be deleted."))
