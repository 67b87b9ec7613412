from odoo import api, fields, models


class AccountBankStatement(models.Model):
    """Whether somebody gave the closing balance of a statement, or Odoo added it up of its lines; and its audit trail.

    What is added up of the lines ties with them always and says nothing about the bank.
    """

    _name = "account.bank.statement"
    _inherit = ["account.bank.statement", "audit.trail"]

    # Of statements that were there before, nobody knows: they count as before.
    audit_balance_computed = fields.Boolean(
        string="Closing Balance Added Up", readonly=True, copy=False, help="Nobody gave it; enter that of the bank."
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [{**vals, "audit_balance_computed": "balance_end_real" not in vals} for vals in vals_list]
        )

    def _audit_subjects(self):
        """Also what the bank sent that the statement was made of, and the files that it came in.

        Sudo: ids only, of a document that is at hand.
        """
        subjects = super()._audit_subjects()
        windows = self.env["audit.bank.window"].sudo().search([("statement_id", "in", self.ids)])
        for window in windows:
            pages = window | window.part_ids
            for sent in (pages, pages.file_id):
                subjects[window.statement_id.id].update((sent._name, id_) for id_ in sent.ids)
        return subjects

    def write(self, vals):
        if "balance_end_real" in vals:
            vals = {**vals, "audit_balance_computed": False}
        return super().write(vals)
