from odoo import _, api, fields, models

from odoo.addons.audit_connector_base.models.operation.exception import UNDECIDED


class AuditException(models.Model):
    """Breaks: what bank, ledger, confirmation or settlement say differently, with an owner and an age."""

    _inherit = "audit.exception"

    kind = fields.Selection(selection_add=[("bank_break", "Bank and Books Differ")], ondelete={"bank_break": "cascade"})
    break_currency_id = fields.Many2one("res.currency", string="Currency of the Difference", readonly=True)
    break_amount = fields.Monetary(string="Difference", currency_field="break_currency_id", readonly=True)
    break_date = fields.Date(string="Difference As Of", readonly=True)
    age = fields.Integer(
        string="Days Open", compute="_compute_age", help="From the day it was found to the decision, or to today."
    )

    @api.depends("create_date", "decided_at")
    def _compute_age(self):
        for one in self:
            end = one.decided_at or fields.Datetime.now()
            # Now has no fractions of a second, which the creation has.
            one.age = max(0, (end - one.create_date).days) if one.create_date else 0

    @api.model
    def _raise_break(self, record, title, amount, currency, day, explanation="", owner=None, instead_of=None):
        """Put a difference before a person, and tell platforms; the same one that waits already is not raised twice.

        What waited about the same record with another amount is no longer needed; who looks after it stays the same.
        Sudo: nobody raises exceptions by hand.

        :param record: what it is about, which belongs to a company
        :param amount: what remains, in ``currency``
        :param day: the date that the difference is of
        :param owner: who looks after it; by default whoever made the record
        :param instead_of: what waits about other records and is the same difference, which this one takes the place of
        :return: the exception
        """
        waiting, elsewhere = self._breaks_of(record), instead_of or self.browse()
        same = waiting.filtered(lambda one: one.title == title and currency.is_zero(one.break_amount - amount))[:1]
        if same:
            elsewhere._give_way_to(same)
            return same
        owner = (waiting | elsewhere).user_id[:1] or owner or record.sudo().create_uid
        waiting._close("superseded")
        exception = self.sudo().create(
            {
                "title": title,
                "kind": "bank_break",
                "severity": "2",
                "explanation": explanation,
                "company_id": record.sudo().company_id.id,
                "res_model": record._name,
                "res_id": record.id,
                "user_id": owner.id if not owner.share else False,
                "break_amount": amount,
                "break_currency_id": currency.id,
                "break_date": day,
            }
        )
        exception._log("exception.raised")
        elsewhere._give_way_to(exception)
        self.env["audit.event"]._record("bank_break.detected", exception)
        return exception

    def _give_way_to(self, other):
        """Close these, which are the same difference as ``other``, and say so on them. Sudo: see above."""
        for exception in self.sudo():
            said = _("The same difference waits as “%s”.", other.title)
            exception.decision_note = "\n".join(filter(None, (exception.decision_note, said)))
        self._close("superseded")

    def _reconciliation(self):
        """The reconciliation that it is about, none where it is about something else."""
        reconciliations = self.env["audit.bank.reconciliation"].sudo()
        about = self.filtered(lambda one: one.res_model == reconciliations._name)
        return reconciliations.browse(about.mapped("res_id")).exists()

    @api.model
    def _end_breaks(self, records):
        """What waited about records has come right by itself."""
        self._breaks_of(records)._close("superseded")

    @api.model
    def _breaks_of(self, records):
        """Differences about records that nobody decided yet. Sudo: nobody raises or ends them by hand."""
        about = [("kind", "=", "bank_break"), ("res_model", "=", records._name), ("res_id", "in", records.ids)]
        return self.sudo().search([*about, ("state", "in", UNDECIDED)])

    @api.model
    def _last_decided_break(self, records):
        """The difference about records that somebody decided last, none where nobody did. Sudo: see above."""
        about = [("kind", "=", "bank_break"), ("res_model", "=", records._name), ("res_id", "in", records.ids)]
        decided = ("state", "not in", (*UNDECIDED, "superseded"))
        return self.sudo().search([*about, decided], order="decided_at desc, id desc", limit=1)

    @api.model
    def _tell_of_sum(self, window):
        """Give what waits about a statement that does not add up its amount, and tell platforms the first time."""
        for exception in self._about_bank("bank_balance", window):
            is_new = not exception.break_currency_id
            exception.write(
                {
                    "break_amount": window.difference,
                    "break_currency_id": window.currency_id.id,
                    "break_date": window.closing_date,
                }
            )
            if is_new:
                self.env["audit.event"]._record("bank_break.detected", exception)
