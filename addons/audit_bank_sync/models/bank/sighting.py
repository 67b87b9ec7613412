from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AuditBankSighting(models.Model):
    """A bank told of a transaction again and differently: what it said before, what then, and why both are one."""

    _name = "audit.bank.sighting"
    _inherit = "audit.kept.by.odoo"
    _description = "Bank Transaction Seen Again"
    _order = "id desc"

    transaction_id = fields.Many2one(
        "audit.bank.transaction", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="transaction_id.company_id", store=True, index=True, precompute=True)
    window_id = fields.Many2one("audit.bank.window", string="Statement", readonly=True, ondelete="restrict", index=True)
    kind = fields.Selection(
        [
            ("promoted", "Booked"),
            ("reissued", "New References"),
            ("vouched", "Told by the Bank"),
            ("explained", "Details Came"),
            ("same", "Decided"),
        ],
        string="What Changed",
        required=True,
        readonly=True,
        default="reissued",
    )
    score = fields.Float(string="Likeness", readonly=True, digits=(3, 2))
    reasons = fields.Char(string="Because", readonly=True)
    former = fields.Json(readonly=True, help="What the transaction said before.")
    seen = fields.Json(readonly=True, help="What the bank said this time.")
    undone_at = fields.Datetime(readonly=True)
    undone_by_id = fields.Many2one("res.users", readonly=True)
    split_id = fields.Many2one("audit.bank.transaction", string="Became", readonly=True, ondelete="restrict")

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("The history of a transaction is kept. Undo the step instead."))

    def _words_to_people(self):
        return _("The history is written by Odoo itself. Undo a step by its button.")
