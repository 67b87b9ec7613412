import hashlib

from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.core import canonical
from odoo.addons.audit_connector_base.models.abstract.reauthentication import asks_identity

from ...compat import check_access
from .figures import figures

GIVEN = ("journal_id", "date", "note")
OWN = {"note", "line_ids"}


class AuditBankReconciliation(models.Model):
    """The bank reconciliation statement of one bank journal at one day.

    Ledger ± outstanding payments ± deposits in transit ± errors = bank. The figures are taken from the books when it
    is made, and again by a button while it is a draft; the bank's side is a balance that the bank gave. What does not
    tie is shown as unexplained. The preparer signs, which freezes it, and somebody else reviews it.

    Sudo throughout: nobody writes figures, states or signatures by hand; each button checks who may press it.
    """

    _name = "audit.bank.reconciliation"
    _inherit = ["audit.company.bound", "audit.two.persons", "audit.trail"]
    _description = "Bank Reconciliation"
    _order = "date desc, id desc"

    _prepared_fields = ("journal_id", "date", "note")
    _approved_states = ("reviewed",)

    name = fields.Char(readonly=True)
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank Account",
        required=True,
        index=True,
        domain="[('type', '=', 'bank')]",
        help="The journal of the bank account.",
    )
    company_id = fields.Many2one(related="journal_id.company_id", store=True, index=True, precompute=True)
    date = fields.Date(string="As Of", required=True, default=lambda self: self._last_month_end())
    currency_id = fields.Many2one("res.currency", readonly=True)
    account_balance = fields.Monetary(string="Bank Account in the Books", readonly=True)
    ledger_balance = fields.Monetary(
        string="Balance in the Ledger",
        readonly=True,
        help="The bank account in the books, and the payments that were recorded and are not on the bank account yet.",
    )
    bank_known = fields.Boolean(readonly=True)
    bank_balance = fields.Monetary(string="Balance of the Bank", readonly=True)
    bank_date = fields.Date(string="Balance of the Bank As Of", readonly=True)
    bank_source = fields.Char(string="Where It Stands", readonly=True)
    bank_statement_id = fields.Many2one("account.bank.statement", string="Statement of the Bank", readonly=True)
    line_ids = fields.One2many("audit.bank.reconciliation.line", "reconciliation_id", string="Items")
    line_count = fields.Integer(string="Items Listed", compute="_compute_totals", store=True)
    outstanding_total = fields.Monetary(string="Outstanding Payments", compute="_compute_totals", store=True)
    transit_total = fields.Monetary(string="Deposits in Transit", compute="_compute_totals", store=True)
    error_total = fields.Monetary(string="Errors and Other Items", compute="_compute_totals", store=True)
    expected_balance = fields.Monetary(string="Balance to Expect at the Bank", compute="_compute_totals", store=True)
    unexplained = fields.Monetary(string="Unexplained Difference", compute="_compute_totals", store=True)
    ties = fields.Selection(
        [("unknown", "Balance of the Bank Missing"), ("no", "Does Not Tie"), ("yes", "Ties")],
        string="Result",
        compute="_compute_totals",
        store=True,
    )
    unmatched_count = fields.Integer(string="Bank Lines Not Matched", readonly=True)
    unmatched_amount = fields.Monetary(string="Their Total", readonly=True)
    taken_at = fields.Datetime(string="Figures Taken On", readonly=True, copy=False)
    note = fields.Text(help="For the reviewer.")
    state = fields.Selection(
        [("draft", "Draft"), ("prepared", "Signed by the Preparer"), ("reviewed", "Reviewed")],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    signed_by_id = fields.Many2one("res.users", string="Signed By", readonly=True, copy=False)
    signed_at = fields.Datetime(string="Signed On", readonly=True, copy=False)
    frozen = fields.Text(readonly=True, copy=False, help="All figures as they were signed.")
    frozen_sha256 = fields.Char(string="SHA-256 of What Was Signed", readonly=True, copy=False)
    frozen_state = fields.Selection(
        [("intact", "As Signed"), ("changed", "Not What Was Signed")],
        string="Frozen Copy",
        compute="_compute_frozen_state",
    )

    _sql_constraints = [
        (
            "reviewed_by_somebody",
            "CHECK (state <> 'reviewed' OR approved_by_id IS NOT NULL)",
            "A reconciliation is reviewed by a named person.",
        ),
    ]

    def _last_month_end(self):
        today = fields.Date.context_today(self)
        return fields.Date.subtract(today, days=today.day)

    @api.depends("line_ids.amount", "line_ids.kind", "ledger_balance", "bank_balance", "bank_known")
    def _compute_totals(self):
        for one in self:
            totals = {}
            for line in one.line_ids:
                totals[line.kind] = totals.get(line.kind, 0.0) + line.amount
            one.line_count = len(one.line_ids)
            one.outstanding_total = totals.pop("outstanding", 0.0)
            one.transit_total = totals.pop("transit", 0.0)
            one.error_total = sum(totals.values())
            one.expected_balance = one.ledger_balance + one.outstanding_total + one.transit_total + one.error_total
            currency = one.currency_id
            left = one.bank_balance - one.expected_balance if one.bank_known else 0.0
            one.unexplained = currency.round(left) if currency else left
            one.ties = "unknown" if not one.bank_known else "no" if one.unexplained else "yes"

    @api.depends("frozen", "frozen_sha256")
    def _compute_frozen_state(self):
        for one in self:
            if not one.frozen_sha256:
                one.frozen_state = False
                continue
            same = _sha256(one.frozen) == one.frozen_sha256 and one.frozen == one._frozen_text()
            one.frozen_state = "intact" if same else "changed"

    @api.model_create_multi
    def create(self, vals_list):
        """Takes the figures at once: without them it says nothing."""
        self._check_may_prepare()
        if not self.env.su:
            given = self._add_missing_default_values({})
            vals_list = [{name: vals.get(name, given.get(name)) for name in GIVEN} for vals in vals_list]
        made = super().create(vals_list)
        for one in made:
            one._check_only_one()
            one._take_figures()
        made._log("bank_reconciliation.prepared")
        return made

    def write(self, vals):
        """People write the note and what they found. All else follows from the buttons, which write past the rights."""
        if not self.env.su:
            if vals.keys() - OWN:
                raise UserError(_("Use the buttons; figures and signatures cannot be changed by hand."))
            self._check_may_prepare()
            self._refuse_unless("draft")
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if any(one.state != "draft" for one in self):
            raise UserError(_("A reconciliation that was signed is kept."))
        self.env["audit.exception"]._end_breaks(self)
        self._log("bank_reconciliation.deleted")

    def action_refresh(self):
        """Take the figures from the books as they are now; what was entered by hand stays."""
        self._check_may_prepare()
        self._refuse_unless("draft")
        for one in self:
            one._take_figures()
        return True

    def action_sign(self):
        """Sign as the preparer: from here on nothing changes, and the reviewer sees what was signed."""
        self._check_may_prepare()
        self._refuse_unless("draft")
        for one in self:
            if not one.bank_known:
                raise UserError(
                    _(
                        "There is no closing balance of the bank up to %s. Import the bank's statement, then take the "
                        "figures again.",
                        one.date,
                    )
                )
            frozen = one._frozen_text()
            one._note_hand(())
            one.sudo().write(
                {
                    "state": "prepared",
                    "signed_by_id": self.env.uid,
                    "signed_at": fields.Datetime.now(),
                    "frozen": frozen,
                    "frozen_sha256": _sha256(frozen),
                }
            )
            if one.ties == "no":
                one._raise_break()
            else:
                self.env["audit.exception"]._end_breaks(one)
        self._log("bank_reconciliation.signed")
        return True

    @asks_identity("approve", before="_check_may_review")
    def action_review(self):
        """Sign as the reviewer."""
        for one in self:
            if one.frozen_state != "intact":
                raise UserError(_("“%s” is not what the preparer signed. Have it looked into.", one.name))
            one.sudo().write({"approved_by_id": self.env.uid, "state": "reviewed"})
        self._log("bank_reconciliation.reviewed")
        return True

    def action_return(self):
        """Give it back to the preparer, who takes new figures or finds what was missing."""
        self._check_may_prepare()
        self._refuse_unless("prepared")
        self._log("bank_reconciliation.returned")
        empty = dict.fromkeys(("signed_by_id", "signed_at", "frozen", "frozen_sha256"), False)
        self.sudo().write({"state": "draft", **empty})
        return True

    def action_spreadsheet(self):
        """Download it as XLSX."""
        self.ensure_one()
        self._check_may_prepare()
        return {"type": "ir.actions.act_url", "url": "/audit/bank/reconciliation/%d.xlsx" % self.id, "target": "self"}

    def action_open_statement(self):
        """Open the statement of the bank that the closing balance comes from."""
        self.ensure_one()
        self._check_may_prepare()
        if not self.bank_statement_id:
            raise UserError(_("No statement of the bank was found up to that day."))
        return self.bank_statement_id.get_formview_action()

    def _check_may_prepare(self):
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Reconciliations are prepared by people with a role in Audit."))
        check_access(self, "read")

    def _check_may_review(self):
        self._refuse_unless("prepared")
        self._check_may_approve()

    def _identity_content(self, action):
        """With what it comes to, and each item. Sudo: in words, for whoever may review it."""
        content = super()._identity_content(action)
        for one in self.sudo():
            for name in ("ledger_balance", "bank_balance", "unexplained"):
                text = "%s %s" % (one._written(one[name]), one.currency_id.name)
                content.append((one._fields[name]._description_string(one.env), text))
            kinds = dict(one.line_ids._fields["kind"]._description_selection(one.env))
            for item in one.line_ids:
                said = (kinds[item.kind], item.name, one._written(item.amount), item.explanation)
                content.append((_("Item"), ", ".join(filter(None, said))))
        return content

    def _identity_state(self, action):
        """Also what was signed. Sudo: to compare."""
        return [super()._identity_state(action), [[one.frozen_sha256, one._frozen_text()] for one in self.sudo()]]

    def _refuse_unless(self, state):
        words = dict(self._fields["state"]._description_selection(self.env))
        for one in self.sudo():
            if one.state != state:
                raise UserError(_("“%(name)s” is %(state)s.", name=one.name, state=words[one.state]))

    def _check_only_one(self):
        """Two drafts of one day would make it a matter of luck which one is signed."""
        if self._is_of_confirmation():
            return
        same = [("journal_id", "=", self.journal_id.id), ("date", "=", self.date), ("id", "!=", self.id)]
        others = self.sudo().search([*same, ("state", "!=", "reviewed")])
        if others.filtered(lambda one: not one._is_of_confirmation()):
            raise UserError(_("There is an open reconciliation of this account and day already: %s.", others[0].name))

    def _is_of_confirmation(self):
        """Whether it explains a balance that the bank confirmed, which is then its bank's side."""
        return False

    def _bank_balance_given(self):
        """The ``BankBalance`` to compare with, None for that of the bank's statement."""
        return None

    def _take_figures(self):
        """Read the books again. Sudo: figures are for nobody to write."""
        one = self.sudo()
        found = figures(one.journal_id, one.date, one._bank_balance_given())
        bank = found.bank
        one.line_ids.filtered(lambda line: not line.by_hand).unlink()
        one.write(
            {
                "name": "%s, %s" % (one.journal_id.name, one.date),
                "currency_id": found.currency.id,
                "account_balance": found.on_account,
                "ledger_balance": found.ledger,
                "bank_known": bool(bank),
                "bank_balance": bank.amount if bank else 0.0,
                "bank_date": bank.date if bank else False,
                "bank_source": bank.source if bank else False,
                "bank_statement_id": bank.statement.id if bank and bank.statement else False,
                "unmatched_count": found.unmatched_count,
                "unmatched_amount": found.unmatched_amount,
                "taken_at": fields.Datetime.now(),
                "line_ids": [
                    Command.create(
                        {
                            "kind": item.kind,
                            "date": item.date,
                            "name": item.name or "-",
                            "partner": item.partner,
                            "bank_words": item.bank_words,
                            "amount": item.amount,
                            "age": (one.date - item.date).days,
                            "res_model": item.document._name,
                            "res_id": item.document.id,
                        }
                    )
                    for item in found.items
                ],
            }
        )

    def _groups(self):
        """Return ``[(heading, items, total), …]`` of the kinds of items, in their order; those without an item too."""
        self.ensure_one()
        found = []
        for kind, label in self.line_ids._fields["kind"]._description_selection(self.env):
            lines = self.line_ids.filtered(lambda line, its=kind: line.kind == its)
            found.append((label, lines, sum(lines.mapped("amount"))))
        return found

    def _frozen_text(self):
        """All that is signed, as canonical JSON. Sudo: the same text whoever asks."""
        self.ensure_one()
        one, money = self.sudo(), self.sudo()._written
        facts = {
            "journal": {"id": one.journal_id.id, "name": one.journal_id.name},
            "as_of": str(one.date),
            "currency": one.currency_id.name or "",
            "account_balance": money(one.account_balance),
            "ledger_balance": money(one.ledger_balance),
            "bank_balance": money(one.bank_balance),
            "bank_as_of": str(one.bank_date or ""),
            "bank_source": one.bank_source or "",
            "unexplained": money(one.unexplained),
            "note": one.note or "",
            "lines": [
                {
                    "kind": line.kind,
                    "date": str(line.date),
                    "name": line.name,
                    "partner": line.partner or "",
                    "amount": money(line.amount),
                    "explanation": line.explanation or "",
                    "document": "%s/%d" % (line.res_model, line.res_id) if line.res_id else "",
                    **({"bank_says": line.bank_words} if line.bank_words else {}),
                }
                for line in one.line_ids.sorted("id")
            ],
        }
        return canonical.dumps(facts).decode()

    def _written(self, amount):
        """An amount as decimal text with the decimals of its currency."""
        return "%.*f" % (self.currency_id.decimal_places, self.currency_id.round(amount) + 0.0)

    def _log(self, kind, **more):
        """One entry each, with all figures. Sudo: what is recorded does not depend on who acts."""
        self.env["audit.log.entry"]._append_facts(
            kind,
            [
                (
                    one.company_id,
                    (one._name, one.id),
                    {
                        "name": one.name,
                        "ledger_balance": one._written(one.ledger_balance),
                        "bank_balance": one._written(one.bank_balance),
                        "unexplained": one._written(one.unexplained),
                        "currency": one.currency_id.name or "",
                        "items": len(one.line_ids),
                        "sha256": one.frozen_sha256 or "",
                        "by": self.env.user.sudo().name or "",
                        **more,
                    },
                )
                for one in self.sudo()
            ],
        )


def _sha256(text):
    return hashlib.sha256((text or "").encode()).hexdigest()
