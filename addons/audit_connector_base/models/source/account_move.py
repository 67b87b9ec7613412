from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    audit_entry_count = fields.Integer(
        compute="_compute_audit_entry_count", groups="audit_connector_base.group_audit_user"
    )

    def _compute_audit_entry_count(self):
        counts = dict(
            self.env["audit.log.entry"]._read_group(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)], ["res_id"], ["__count"]
            )
        )
        for move in self:
            move.audit_entry_count = counts.get(move.id, 0)

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        invoices = posted.filtered(lambda move: move.is_invoice(include_receipts=True))
        self.env["audit.event"]._record("invoice.posted", invoices, invoices._audit_invoice_payloads(self.env.user))
        return posted

    def action_open_audit_trail(self):
        """Open everything that was recorded about this document, in the order of time."""
        self.ensure_one()
        return self.env["audit.log.entry"]._trail_action(self)
