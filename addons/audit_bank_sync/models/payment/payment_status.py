import hashlib
import json

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core.bank_files import reason_codes
from . import words
from .words import ACTORS, CLASSES, OPEN, STATES

# Of statements of the same second: what was booked counts more than what was said, and a return follows its booking.
RANK = {"booked": 1, "returned": 2}


class AuditPaymentStatus(models.Model):
    """One thing that a bank said about a payment. Nothing of it is changed later: the next statement is another row.

    The statement with the latest time of the bank's counts, whichever was read last. A rejection may follow an
    acceptance. Only a booked entry means that a payment was made.
    """

    _name = "audit.payment.status"
    _inherit = "audit.company.bound"
    _description = "Payment Status of the Bank"
    _order = "at desc, id desc"
    _check_company_auto = True

    payment_id = fields.Many2one(
        "account.payment", required=True, readonly=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    state = fields.Selection(STATES, string="Status", required=True, readonly=True)
    at = fields.Datetime(
        string="When",
        required=True,
        readonly=True,
        help="The time the bank gives; of a booked entry the end of its day.",
    )
    level = fields.Selection(
        [("transaction", "This Payment"), ("payment", "Its Batch"), ("group", "Its File")],
        string="Said About",
        readonly=True,
        help="A batch or a file that is rejected as a whole rejects all payments in it.",
    )
    source = fields.Selection(
        [
            ("odoo", "Odoo"),
            ("file", "Status Report"),
            ("transaction", "Bank Statement"),
            ("notification", "Notice of the Bank"),
            ("api", "Bank Interface"),
        ],
        string="Told By",
        required=True,
        readonly=True,
    )
    source_reference = fields.Char(string="Reference", readonly=True, help="Number of the bank's message.")
    source_model = fields.Char(readonly=True)
    source_id = fields.Many2oneReference(model_field="source_model", readonly=True)
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", string="Bank Line", readonly=True, ondelete="set null", index="btree_not_null"
    )
    status_code = fields.Char(readonly=True)
    reason_code = fields.Char(readonly=True)
    reason_class = fields.Selection(CLASSES, string="What to Do", readonly=True)
    actor = fields.Selection(ACTORS, string="Who Has to Act", readonly=True)
    information = fields.Char(string="The Bank Adds", readonly=True)
    originator = fields.Char(string="Decided By", readonly=True)
    end_to_end_id = fields.Char(string="End-to-End Reference", readonly=True, index="btree_not_null")
    bank_reference = fields.Char(string="Reference of the Bank", readonly=True)
    amount = fields.Char(string="Amount as Told", readonly=True)
    charges = fields.Char(string="Charges as Told", readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    words = fields.Char(string="What the Bank Says", compute="_compute_words")
    reason = fields.Char(compute="_compute_words")

    _sql_constraints = [
        ("said_once", "UNIQUE (payment_id, fingerprint)", "The bank's statement is in the history already.")
    ]

    @api.depends("state", "status_code", "reason_code", "information")
    def _compute_words(self):
        names = dict(self._fields["state"]._description_selection(self.env))
        for status in self:
            status.reason = words.reason_words(
                status.reason_code, status.information, status.payment_id.sudo().payment_type == "inbound"
            )
            said = words.status_words(status.status_code) or names.get(status.state, "")
            status.words = "%s: %s" % (said, status.reason) if status.reason else said

    @api.depends("payment_id", "state")
    def _compute_display_name(self):
        """Sudo: the name of the payment, which is of the same company."""
        for status in self:
            status.display_name = "%s: %s" % (status.payment_id.sudo().display_name or "", status.words or "")

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(_("What a bank says about payments is read from the bank, and not entered by hand."))
        return super().create(vals_list)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(_("What a bank said stays as it was said. The bank's next word makes a new line."))

    def _attach(self, line):
        """Remember the ``account.bank.statement.line`` that was made of what is told here; returns whether it is new.

        The one thing that is added later, as it is ours and not the bank's. Past this model's own guard, as sudo.
        """
        self.ensure_one()
        if self.statement_line_id:
            return False
        return super(AuditPaymentStatus, self.sudo()).write({"statement_line_id": line.id})

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("What a bank said about a payment is evidence and cannot be deleted."))

    @api.model
    def _note(self, statements):
        """Add statements to the histories, and have done what follows from them.

        What is in a history already is not added again. Every payment whose status changed says so to whoever listens;
        what changes nothing is recorded in its trail. Sudo: files are read by schedules, and nobody writes histories.

        :param statements: list of dicts of fields, with ``payment_id``, ``state``, ``at``, ``source`` and ``key``, a
            text that is the same whenever the same statement is read; optionally ``reasons``, a list of ``Reason``
        :return: the rows that are new
        """
        rows = self._new_rows([self._row(said) for said in statements])
        if not rows:
            return self.browse()
        payments = self.env["account.payment"].sudo().browse({row["payment_id"] for row in rows})
        before = {payment.id: payment.audit_bank_state for payment in payments}
        made = self.sudo().create(rows)
        changed = payments.filtered(lambda payment: payment.audit_bank_state != before[payment.id])
        self.env["audit.event"]._record("payment.status_changed", changed)
        (made.filtered(lambda row: row.payment_id not in changed))._log_unchanged()
        made._put_before_people()
        return made

    @api.model
    def _acts_in_words(self, actor, reason_class):
        """Return sentences on who has to act, and on what is to be done; none for what is not known."""
        actors = dict(self._fields["actor"]._description_selection(self.env))
        names = dict(self._fields["reason_class"]._description_selection(self.env))
        said = [_("Who has to act: %s.", actors[actor].lower())] if actor else []
        return [*said, _("What to do: %s.", names[reason_class].lower())] if reason_class else said

    @api.model
    def _row(self, said):
        """Return the values of a row for what was said."""
        row = {name: value for name, value in said.items() if name not in ("reasons", "key")}
        payment = self.env["account.payment"].sudo().browse(row["payment_id"])
        reasons = said.get("reasons") or ()
        if reasons or row["state"] in ("rejected", "returned"):
            first = next((one for one in reasons if one.code), reasons[0] if reasons else None)
            found = reason_codes.words(first and first.code, payment.payment_type == "inbound")
            texts = [one.information for one in reasons if one.information]
            row.update(
                reason_code=first and first.code,
                information=" ".join(texts) or False,
                originator=first and first.originator or False,
                reason_class=found.kind,
                actor=found.actor,
            )
        row["at"] = min(row["at"], fields.Datetime.now())
        row["company_id"] = payment.company_id.id
        parts = [said["key"], row["state"], row.get("status_code"), [one.code for one in reasons]]
        row["fingerprint"] = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        return row

    @api.model
    def _new_rows(self, rows):
        known = {
            (payment.id, fingerprint)
            for payment, fingerprint in self.sudo()._read_group(
                [
                    ("payment_id", "in", [row["payment_id"] for row in rows]),
                    ("fingerprint", "in", [row["fingerprint"] for row in rows]),
                ],
                ["payment_id", "fingerprint"],
            )
        }
        new = {}
        for row in rows:
            key = row["payment_id"], row["fingerprint"]
            if key not in known:
                new.setdefault(key, row)
        return list(new.values())

    def _latest(self):
        """The statement of these that counts, as a record; none of none.

        Once a payment was sent (again), what was said before is history, as is what is said late of another sending.
        By the order of reading, as the clock of a bank that names no zone may stand hours before ours. Once it was
        booked, that it is on its way is history as well, however late it is said; a rejection or a return is not.
        """
        sent = max(self.filtered(lambda one: one.source == "odoo"), key=_number, default=self.browse())
        told = self.filtered(lambda one: _number(one) > _number(sent) and _is_of_sending(one, sent)) if sent else self
        if "booked" in told.mapped("state"):
            told = told.filtered(lambda one: one.state not in OPEN)
        return max(told or sent, key=lambda one: (one.at, RANK.get(one.state, 0), _number(one)), default=self.browse())

    def _put_before_people(self):
        """Rejected and returned payments go to triage, suspicious ones are held, and what is over leaves triage."""
        for status in self:
            if status.payment_id.audit_status_ids._latest() != status:
                continue
            if status.state in ("rejected", "returned"):
                if status.reason_class == reason_codes.SUSPICION:
                    self.env["audit.payment.hold"]._hold(
                        status.payment_id, "suspicion", _("The bank says: %s", status.reason or status.words)
                    )
                self.env["audit.exception"]._raise_bad_payment(status)
            elif status.state != "sent":
                self.env["audit.exception"]._end_bad_payment(status.payment_id)

    def _log_unchanged(self):
        self.env["audit.log.entry"]._append_facts(
            "payment_status.noted",
            [(one.company_id, ("account.payment", one.payment_id.id), one._logged()) for one in self],
            direction="in",
        )

    def _logged(self):
        return {
            "state": self.state,
            "words": self.words or "",
            "code": self.status_code or "",
            "reason_code": self.reason_code or "",
            "at": fields.Datetime.to_string(self.at),
            "source": self.source,
            "reference": self.source_reference or "",
        }


def _number(status):
    return status._origin.id or 0


def _is_of_sending(status, sent):
    return not (status.end_to_end_id and sent.end_to_end_id) or status.end_to_end_id == sent.end_to_end_id
