from odoo import fields, models


class AuditBankImportAccount(models.TransientModel):
    """An account that a file names, in the preview: the journal it goes to, or the question for one."""

    _name = "audit.bank.import.account"
    _inherit = "audit.company.bound"
    _description = "Account in a Bank File"
    _order = "id"

    import_id = fields.Many2one("audit.bank.import", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="import_id.company_id", store=True, precompute=True)
    number = fields.Char(string="Account", readonly=True)
    currency_name = fields.Char(string="Currency", readonly=True)
    entry_count = fields.Integer(string="Entries", readonly=True)
    period = fields.Char(readonly=True)
    opening = fields.Char(string="Opening Balance", readonly=True)
    booked = fields.Char(string="Movements", readonly=True)
    closing = fields.Char(string="Closing Balance", readonly=True)
    check = fields.Selection(
        [("agrees", "Adds Up"), ("differs", "Does Not Add Up"), ("unknown", "Cannot Be Checked")], readonly=True
    )
    is_known = fields.Boolean(readonly=True)
    journal_id = fields.Many2one(
        "account.journal",
        string="Journal",
        domain="[('type', 'in', ('bank', 'cash', 'credit')), ('company_id', '=', company_id)]",
    )
