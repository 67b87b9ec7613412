from odoo import _, api, fields, models
from odoo.exceptions import UserError

BUCKETS = [("0", "0 to 7 days"), ("1", "8 to 30 days"), ("2", "31 to 60 days"), ("3", "Over 60 days")]
# Where the number of a payout may stand.
TEXTS = (
    "payment_ref",
    "ref",
    "audit_bank_transaction_id.remittance",
    "audit_bank_transaction_id.structured_reference",
    "audit_bank_transaction_id.end_to_end_id",
)
UNTIL = ((7, "0"), (30, "1"), (60, "2"))


class AuditCardPayout(models.Model):
    """One payout of a card processor: gross − fees − refunds − chargebacks − reserve = net, and the line of the bank.

    A payout is found at the bank by its number, never by its amount alone. What is missing at the bank, or more than
    was announced, is the residual, with its age.
    """

    _name = "audit.card.payout"
    _inherit = "audit.kept.by.odoo"
    _description = "Payout of a Card Processor"
    _order = "date desc, id desc"

    settlement_id = fields.Many2one(
        "audit.card.settlement", string="Report", required=True, readonly=True, ondelete="restrict", index=True
    )
    mapping_id = fields.Many2one(
        related="settlement_id.mapping_id", string="Card Processor", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(related="settlement_id.company_id", store=True, index=True, precompute=True)
    name = fields.Char(string="Payout", required=True, readonly=True, index=True)
    date = fields.Date(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    gross = fields.Monetary(readonly=True)
    fees = fields.Monetary(readonly=True)
    refunds = fields.Monetary(readonly=True)
    chargebacks = fields.Monetary(readonly=True)
    reserve = fields.Monetary(string="Held Back", readonly=True)
    net = fields.Monetary(compute="_compute_net", store=True, help="Gross less all that was deducted.")
    is_stated = fields.Boolean(readonly=True)
    net_stated = fields.Monetary(string="Net in the Report", readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", string="Line of the Bank", readonly=True, ondelete="set null", index=True
    )
    bank_amount = fields.Monetary(string="At the Bank", readonly=True)
    residual = fields.Monetary(compute="_compute_net", store=True, help="Announced, and not at the bank.")
    state = fields.Selection(
        [
            ("waiting", "On Its Way"),
            ("late", "Late"),
            ("tied", "Ties"),
            ("differs", "Other Amount"),
            ("wrong", "Does Not Add Up"),
        ],
        string="Result",
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    age = fields.Integer(string="Days", compute="_compute_age")
    bucket = fields.Selection(BUCKETS, string="Age", compute="_compute_age", search="_search_bucket")

    _sql_constraints = [
        ("once", "UNIQUE (mapping_id, name)", "This payout was read already."),
    ]

    @api.depends("gross", "fees", "refunds", "chargebacks", "reserve", "bank_amount")
    def _compute_net(self):
        for one in self:
            one.net = one.gross - one.fees - one.refunds - one.chargebacks - one.reserve
            one.residual = one.net - one.bank_amount

    @api.depends("date", "residual")
    def _compute_age(self):
        """Of what has a residual; what ties has no age any more."""
        today = fields.Date.context_today(self)
        for one in self:
            open_since = one.date if one.date and not one.currency_id.is_zero(one.residual) else None
            one.age = (today - open_since).days if open_since else 0
            bucket = next((code for days, code in UNTIL if one.age <= days), "3")
            one.bucket = bucket if open_since else False

    def _search_bucket(self, operator, value):
        values = [value] if isinstance(value, str) else list(value)
        if operator not in ("=", "in"):
            raise UserError(_("Ages are searched by their name."))
        wanted = self.search([("residual", "!=", 0)]).filtered(lambda one: one.bucket in values)
        return [("id", "in", wanted.ids)]

    def _words_to_people(self):
        return _("What a report and the bank say stays as it is.")

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A payout that was read is kept."))

    def action_open_line(self):
        """Open the line of the bank with which it arrived."""
        self.ensure_one()
        self.read(["name"])
        if not self.sudo().statement_line_id:
            raise UserError(_("“%s” is not at the bank yet.", self.name))
        return self.sudo().statement_line_id.move_id.sudo(False).get_formview_action()

    @api.model
    def _cron_compare(self):
        """Look again for what is not at the bank yet: a report usually comes before the money, and days pass."""
        self.search(["|", ("state", "!=", "tied"), ("statement_line_id", "=", False)])._compare()

    @api.model
    def _compare_soon(self, journals):
        """Have the schedule look again at once, where a payout is awaited on one of these accounts.

        Sudo: whoever brings lines of the bank need not see what is awaited there.
        """
        awaited = [("mapping_id.journal_id", "in", journals.ids), ("state", "in", ("waiting", "late"))]
        schedule = self.env.ref("audit_bank_sync.cron_card_payout", raise_if_not_found=False)
        if schedule and self.sudo().search_count(awaited, limit=1):
            schedule.sudo()._trigger()

    def _compare(self):
        """Look for each at the bank, by its number, and put what does not tie before a person, once.

        Where nothing changed since it was last looked for, what a person decided about it stands. Sudo: the caller was
        asked, and what the bank says is for nobody to write.
        """
        today = fields.Date.context_today(self)
        for one in self.sudo():
            line = one.statement_line_id or one._line_of_the_bank()
            arrived = line.amount if line else 0.0
            state = one._state_with(line, today)
            if one.state == state and one.statement_line_id == line and one.bank_amount == arrived:
                continue
            one.write({"statement_line_id": line.id, "bank_amount": arrived, "state": state})
            if state not in ("tied", "waiting"):
                one._raise_break()
            else:
                self.env["audit.exception"]._end_breaks(one)

    def _state_with(self, line, today):
        """The result, given the line of the bank with which it arrived, if any."""
        if self.is_stated and self.currency_id.compare_amounts(self.net, self.net_stated):
            return "wrong"
        if line:
            return "differs" if self.currency_id.compare_amounts(self.net, line.amount) else "tied"
        return "late" if (today - self.date).days > self.mapping_id.grace_days else "waiting"

    def _line_of_the_bank(self):
        """The only line of the account that names the payout and belongs to no other; empty where there are several.

        In its label, its reference, or what the bank said beyond both: a label in the books is cut.
        """
        pattern = self.name.replace("_", r"\_").replace("%", r"\%")
        texts = [(name, "ilike", pattern) for name in TEXTS]
        lines = self.env["account.bank.statement.line"].search(
            [
                ("journal_id", "=", self.mapping_id.journal_id.id),
                ("date", ">=", self.date),
                *["|"] * (len(texts) - 1),
                *texts,
            ],
            limit=20,
        )
        if len(self.name) < 4:
            return lines.browse()
        taken = self.search([("statement_line_id", "in", lines.ids)]).statement_line_id
        found = (lines - taken).filtered(lambda line: self.name in _words(_said(line)))
        return found if len(found) == 1 else lines.browse()

    def _raise_break(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        left = self.net - self.net_stated if self.state == "wrong" else self.residual
        self.env["audit.exception"]._raise_break(
            self,
            _("Payout %(number)s of %(processor)s: %(what)s", number=self.name, processor=self.mapping_id.name,
              what=labels[self.state]),
            left,
            self.currency_id,
            self.date,
            _(
                "Gross %(gross)s, fees %(fees)s, refunds %(refunds)s, chargebacks %(chargebacks)s, "
                "held back %(reserve)s: net %(net)s. In the report: %(stated)s. At the bank: %(bank)s.",
                **{name: "%.2f" % self[name] for name in ("gross", "fees", "refunds", "chargebacks", "reserve", "net")},
                stated="%.2f" % self.net_stated if self.is_stated else "-",
                bank="%.2f" % self.bank_amount if self.statement_line_id else "-",
            ),
        )  # fmt: skip


def _said(line):
    return " ".join(text for name in TEXTS for text in line.mapped(name) if text)


def _words(text):
    """The words of a text of the bank, so that payout 12 is not found in 123."""
    return set("".join(char if char.isalnum() or char in "_-" else " " for char in text or "").split())
