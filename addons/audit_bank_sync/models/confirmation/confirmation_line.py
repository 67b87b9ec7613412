from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core.bank_files.values import account_key

SECTIONS = [
    ("account", "Accounts"),
    ("closed", "Accounts Closed in the Last 12 Months"),
    ("loan", "Loans"),
    ("limit", "Credit Limits"),
    ("security", "Securities and Deposits"),
    ("guarantee", "Guarantees and Other Contingencies"),
    ("derivative", "Derivatives"),
    ("signatory", "Persons Who May Sign"),
    ("other", "Anything Else"),
]
STATED = {"section", "name", "number", "currency_id", "stated_amount", "stated_text", "journal_id", "sequence"}
ANSWERED = {"bank_amount", "bank_text", "answered", "answer_id", "remark"}
OF_AUDITOR = {"bank_amount", "bank_text", "answered", "answer_id"}
ACCOUNTS = ("account", "closed")


class AuditBankConfirmationLine(models.Model):
    """One thing that the company states and the bank answers: an account, a loan, a guarantee, a signatory.

    What the company states is fixed when the mandate is signed; what the bank answers comes afterwards, with the
    document that says it. Lines that the bank alone knows of are added then, with nothing stated. What an auditor
    received directly is entered by the auditor: nobody of the company writes figures that count as theirs.
    """

    _name = "audit.bank.confirmation.line"
    _inherit = "audit.company.bound"
    _description = "Line of a Bank Confirmation"
    _order = "section_order, sequence, id"

    confirmation_id = fields.Many2one("audit.bank.confirmation", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="confirmation_id.company_id", store=True, index=True, precompute=True)
    sequence = fields.Integer(default=10)
    section = fields.Selection(SECTIONS, required=True, default="account")
    section_order = fields.Integer(compute="_compute_section_order", store=True)
    name = fields.Char(string="What", required=True)
    number = fields.Char(string="Account Number", help="Number or IBAN, or the number of the contract.")
    journal_id = fields.Many2one("account.journal", string="Journal", domain="[('type', '=', 'bank')]")
    followed_id = fields.Many2one(
        "audit.bank.account",
        string="Followed As",
        readonly=True,
        ondelete="set null",
        help="An account that is followed at the bank and that no journal keeps.",
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id, ondelete="restrict"
    )
    stated_amount = fields.Monetary(string="Stated by Us")
    stated_text = fields.Char(string="Details Stated by Us", help="Such as terms of a loan, or who may sign and how.")
    answered = fields.Boolean(help="Whether the bank said something about it; zero is an answer, too.")
    bank_amount = fields.Monetary(string="Confirmed by the Bank")
    bank_text = fields.Char(string="Details of the Bank")
    answer_id = fields.Many2one(
        "audit.bank.answer",
        string="Stands In",
        domain="[('confirmation_id', '=', confirmation_id)]",
        help="The document in which the bank says it.",
    )
    assurance = fields.Selection(related="answer_id.assurance", string="Assurance")
    entered_by_id = fields.Many2one("res.users", string="Entered By", readonly=True)
    entered_by = fields.Json(
        string="Ever Entered By",
        readonly=True,
        copy=False,
        help="Ids of all who ever entered what the bank says.",
    )
    remark = fields.Char()
    difference = fields.Monetary(compute="_compute_difference", store=True)
    reconciliation_id = fields.Many2one("audit.bank.reconciliation", string="Explained In", readonly=True)
    explained = fields.Monetary(string="Explained by Items", readonly=True)
    unexplained = fields.Monetary(compute="_compute_difference", store=True)
    result = fields.Selection(
        [("waiting", "Waits"), ("agrees", "Agrees"), ("explained", "Explained"), ("differs", "Differs")],
        compute="_compute_difference",
        store=True,
    )

    @api.depends("section")
    def _compute_section_order(self):
        order = [section for section, _label in SECTIONS]
        for line in self:
            line.section_order = order.index(line.section) if line.section else 0

    @api.depends("answered", "bank_amount", "bank_text", "stated_amount", "stated_text", "explained", "section")
    def _compute_difference(self):
        """Details are compared letter for letter but for capitals and spaces, where both sides give some."""
        for line in self:
            currency = line.currency_id or self.env.company.currency_id
            difference = currency.round(line.bank_amount - line.stated_amount) if line.answered else 0.0
            line.difference = difference
            line.unexplained = currency.round(difference - line.explained) if line.answered else 0.0
            same_words = _plain(line.stated_text) == _plain(line.bank_text) or not line.bank_text
            if not line.answered:
                line.result = "waiting"
            elif line.unexplained or not same_words:
                line.result = "differs"
            else:
                line.result = "explained" if difference else "agrees"

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            for vals in vals_list:
                if vals.keys() - STATED - ANSWERED - {"confirmation_id", "company_id"}:
                    raise UserError(_("What explains a difference is found by Odoo."))
        lines = super().create(vals_list)
        if not self.env.su:
            given = {name for vals in vals_list for name in vals if vals[name]}
            lines._check_stage(given, new=True)
            lines._check_links()
            if given & OF_AUDITOR:
                lines._refuse_of_auditor()
            if given & ANSWERED:
                lines._note_answer(given)
        return lines

    def write(self, vals):
        if not self.env.su:
            if vals.keys() - STATED - ANSWERED:
                raise UserError(_("What explains a difference is found by Odoo."))
            changed = {name for name in vals if not self._is_same(name, vals[name])}
            self._check_stage(changed)
            if changed & OF_AUDITOR:
                self._refuse_of_auditor()
            result = super().write(vals)
            self._check_links()
            if changed & OF_AUDITOR:
                self._refuse_of_auditor()
            if changed & ANSWERED:
                self._note_answer(changed)
            return result
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if not self.env.su:
            self._check_stage(STATED)

    def _is_same(self, name, value):
        """Whether a write leaves a field of all of them as it is; a form sends some that nobody changed."""
        field = self._fields[name]
        return all(field.convert_to_cache(value, line) == field.convert_to_cache(line[name], line) for line in self)

    def _check_stage(self, names, new=False):
        """What is stated belongs to the draft, what is answered to the time after. Sudo: the hand is noted past rights.

        :param names: fields that are given or changed
        :param new: whether the lines are new: after the request was sent, the bank may tell of more than was asked
        """
        confirmations = self.confirmation_id
        confirmations._check_may_prepare()
        if names & ANSWERED:
            confirmations._refuse_unless("sent", "answered")
        if names & {"stated_amount", "stated_text"} or not new and names & STATED:
            confirmations._refuse_unless("draft")
        for confirmation in confirmations:
            if confirmation.state == "draft":
                confirmation._note_hand(())
            elif new:
                confirmation._refuse_unless("sent", "answered")

    def _refuse_of_auditor(self):
        """Refuse figures that stand, or would stand, in an answer of class A. Sudo: which class it is is no secret."""
        for line in self.sudo():
            if line.answer_id.assurance == "A":
                raise UserError(
                    _(
                        "“%s” stands in an answer that the auditor received directly: what it says is entered by the "
                        "auditor, in the portal.",
                        line.name,
                    )
                )

    def _check_links(self):
        """What a line points to is of its own confirmation and company. Sudo: refused without naming another's."""
        for line in self.sudo():
            if line.answer_id and line.answer_id.confirmation_id != line.confirmation_id:
                raise UserError(_("That document is an answer to another confirmation."))
            if line.journal_id and line.journal_id.company_id != line.company_id:
                raise UserError(_("The account of a confirmation belongs to its company."))

    def _note_answer(self, names):
        """Note who entered what the bank says; to enter it is to say that the bank answered. Sudo: see the guards."""
        said = {"entered_by_id": self.env.uid}
        if names & {"bank_amount", "bank_text"}:
            said["answered"] = True
        for line in self.sudo():
            line.write({**said, "entered_by": sorted({*(line.entered_by or []), self.env.uid})})
        self._log_answers()

    def _log_answers(self):
        for confirmation in self.confirmation_id:
            lines = self.filtered(lambda line, its=confirmation: line.confirmation_id == its)
            said = ["%s: %s" % (line.name, line._answer_in_words()) for line in lines.sudo()]
            confirmation._log("bank_confirmation.entered", lines=said)

    def _stated_in_words(self):
        """One text a line, for the log."""
        said = []
        for line in self:
            amount = "%.*f %s" % (line.currency_id.decimal_places, line.stated_amount, line.currency_id.name)
            facts = filter(None, (line.number, amount, line.stated_text))
            said.append("%s: %s" % (line.name, ", ".join(facts)))
        return said

    def _compared_in_words(self):
        """One text a line, of what the bank confirms and what came of it, for whoever closes the confirmation."""
        results = dict(self._fields["result"]._description_selection(self.env))
        for line in self:
            facts = (line._answer_in_words(), results.get(line.result), line.assurance)
            yield "%s: %s" % (line.name, ", ".join(filter(None, facts)))

    def _answer_in_words(self):
        amount = "%.*f %s" % (self.currency_id.decimal_places, self.bank_amount, self.currency_id.name)
        return ", ".join(filter(None, (amount, self.bank_text)))

    def _list_accounts(self, confirmation):
        """Replace the accounts that Odoo listed by those that are there now. ``self``: its lines; all with sudo.

        One that a person entered by its number is asked about already.
        """
        listed = self.filtered(lambda line: line.section in ACCOUNTS and (line.journal_id or line.followed_id))
        by_hand = {account_key(line.number) for line in self - listed if line.number}
        listed.unlink()
        asked = confirmation._accounts_asked()
        return self.create([one for one in asked if one.get("journal_id") or account_key(one["number"]) not in by_hand])

    def _explain(self):
        """Explain what differs by the items between ledger and bank on that day, and raise what remains.

        Sudo: figures are for nobody to write.
        """
        for line in self.sudo():
            if line.section in ACCOUNTS and line.journal_id and line.difference:
                line.reconciliation_id = line._reconciliation()
                one = line.reconciliation_id
                # The ledger may have changed since it was stated; what was stated is what the bank was asked about.
                # What a person calls an error of the bank explains nothing before another person reviewed it.
                items = one.line_ids.filtered(lambda item, its=one: its.state == "reviewed" or not item.by_hand)
                line.explained = sum(items.mapped("amount"))
            if line.result == "differs":
                self.env["audit.exception"]._raise_break(
                    line,
                    _("%(bank)s confirms something else: %(line)s", bank=line.confirmation_id.name, line=line.name),
                    line.unexplained,
                    line.currency_id,
                    line.confirmation_id.date,
                    line._difference_in_words(),
                )
            else:
                self.env["audit.exception"]._end_breaks(line)

    def _reconciliation(self):
        """The reconciliation of ledger and confirmed balance, with fresh figures unless it was signed."""
        one = self.reconciliation_id
        if one and one.state != "draft":
            return one
        if one:
            one._take_figures()
            return one
        return one.create(
            {"journal_id": self.journal_id.id, "date": self.confirmation_id.date, "confirmation_line_id": self.id}
        )

    def _difference_in_words(self):
        places = self.currency_id.decimal_places
        return _(
            "Stated by us: %(ours)s. Confirmed by the bank: %(theirs)s. Explained by items: %(explained)s. "
            "Unexplained: %(left)s %(currency)s.",
            ours=" ".join(filter(None, ("%.*f" % (places, self.stated_amount), self.stated_text))),
            theirs=" ".join(filter(None, ("%.*f" % (places, self.bank_amount), self.bank_text))),
            explained="%.*f" % (places, self.explained),
            left="%.*f" % (places, self.unexplained),
            currency=self.currency_id.name,
        )


def _plain(text):
    return " ".join((text or "").casefold().split())
