from odoo import _, api, fields, models
from odoo.exceptions import UserError

BY_HAND = ("bank_error", "ledger_error")
GIVEN = {"reconciliation_id", "kind", "date", "name", "partner", "amount", "explanation"}


class AuditBankReconciliationLine(models.Model):
    """One item between ledger and bank, with the document behind it, or an error that a person found and explains."""

    _name = "audit.bank.reconciliation.line"
    _inherit = "audit.company.bound"
    _description = "Item of a Bank Reconciliation"
    _order = "kind_order, date, id"

    reconciliation_id = fields.Many2one(
        "audit.bank.reconciliation", required=True, ondelete="cascade", index=True, readonly=False
    )
    company_id = fields.Many2one(related="reconciliation_id.company_id", store=True, index=True, precompute=True)
    currency_id = fields.Many2one(related="reconciliation_id.currency_id")
    kind = fields.Selection(
        [
            ("outstanding", "Outstanding Payment"),
            ("transit", "Deposit in Transit"),
            ("manual", "Entered Directly, Not by the Bank"),
            ("later", "Booked by the Bank After This Balance"),
            ("bank_error", "Error of the Bank"),
            ("ledger_error", "Error in the Ledger"),
        ],
        required=True,
        default="bank_error",
    )
    kind_order = fields.Integer(compute="_compute_kind_order", store=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    name = fields.Char(string="What", required=True)
    partner = fields.Char()
    amount = fields.Monetary(
        required=True, help="What has to be added to the ledger to come to the bank; a deposit in transit is negative."
    )
    age = fields.Integer(string="Days", readonly=True, help="From its date to the day of the reconciliation.")
    bank_words = fields.Char(
        string="The Bank Says",
        readonly=True,
        help="Why it rejected or returned the payment, when the figures were taken: it will not book it any more.",
    )
    explanation = fields.Char(help="What is known about it, and what is done.")
    by_hand = fields.Boolean(string="Entered by a Person", readonly=True)
    entered_by_id = fields.Many2one("res.users", string="Entered By", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    @api.depends("kind")
    def _compute_kind_order(self):
        kinds = [kind for kind, _label in self._fields["kind"].selection]
        for line in self:
            line.kind_order = kinds.index(line.kind) if line.kind in kinds else len(kinds)

    @api.model_create_multi
    def create(self, vals_list):
        """People list errors, with a reason; what follows from the books is found by Odoo."""
        if self.env.su:
            return super().create(vals_list)
        for vals in vals_list:
            if vals.get("kind", "bank_error") not in BY_HAND or vals.keys() - GIVEN - {"company_id", "currency_id"}:
                raise UserError(
                    _("By hand, errors of the bank or of the ledger are listed; the rest is found by Odoo.")
                )
            if not (vals.get("explanation") or "").strip():
                raise UserError(_("Say in a few words what is wrong, and what is done about it."))
        lines = super().create(vals_list)
        lines.reconciliation_id._check_may_prepare()
        lines.reconciliation_id._refuse_unless("draft")
        lines.reconciliation_id._note_hand(())
        lines.sudo().write({"by_hand": True, "entered_by_id": self.env.uid})
        lines._log("bank_reconciliation.explained", lines._in_words())
        return lines

    def write(self, vals):
        if not self.env.su:
            self.reconciliation_id._check_may_prepare()
            self.reconciliation_id._refuse_unless("draft")
            allowed = {"explanation"} if not all(self.sudo().mapped("by_hand")) else GIVEN - {"reconciliation_id"}
            if vals.keys() - allowed or vals.get("kind", "bank_error") not in BY_HAND:
                raise UserError(_("What follows from the books stays as it was found; explain it instead."))
            self.reconciliation_id._note_hand(())
            before = self._in_words()
            result = super().write(vals)
            self._log("bank_reconciliation.item_changed", [*before, *self._in_words()])
            return result
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if not self.env.su:
            self.reconciliation_id._check_may_prepare()
            self.reconciliation_id._refuse_unless("draft")
            if not all(self.sudo().mapped("by_hand")):
                raise UserError(_("What follows from the books cannot be taken out of the reconciliation."))
            self._log("bank_reconciliation.item_removed", self._in_words())

    def _in_words(self):
        """One text each, for the log. Sudo: the same text whoever acts."""
        return [
            ", ".join(filter(None, (line.name, line.reconciliation_id._written(line.amount), line.explanation)))
            for line in self.sudo()
        ]

    def _log(self, kind, said):
        for reconciliation in self.reconciliation_id:
            reconciliation._log(kind, lines=said)

    def action_open_document(self):
        """Open the payment, entry or bank line behind the item."""
        self.ensure_one()
        self.read(["name"])
        record = self.env[self.res_model].browse(self.res_id).exists() if self.res_model in self.env else None
        if not record:
            raise UserError(_("No document stands behind this item: it was entered by a person."))
        if record._name == "account.bank.statement.line":
            record = record.move_id
        return record.get_formview_action()
