import re

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.sql import create_column, table_columns

from odoo.addons.audit_connector_base.models.source.payment import state_of

from ...compat import sent_field_of_payments
from ...core.payment_movements import end_of_day
from .words import ACTORS, CLASSES, STATES

REFERENCES = ("audit_end_to_end_id", "audit_instruction_id", "audit_batch_id", "audit_message_id")
KEPT = (*REFERENCES, "audit_mandate_id")  # from the day on which it is posted
# What Odoo fills in from the bank's words, whoever writes a payment.
SAID_BY_BANK = (
    "audit_bank_state", "audit_bank_state_at", "audit_bank_booked", "audit_reason_class", "audit_bank_actor",
    "audit_on_hold",
)  # fmt: skip
CAME_BACK = ("rejected", "returned")
LONGEST = 35  # characters of a reference in ISO 20022 (Max35Text)
_NOT_IN_REFERENCES = re.compile(r"[^A-Za-z0-9]+")


class AccountPayment(models.Model):
    """A payment as its bank sees it: the references that lead back to it, and what the bank said about it.

    Odoo's own state says what stands in the books; 19.0 calls a payment paid without any word of a bank. Only
    ``audit_bank_booked`` means that it was.
    """

    _inherit = "account.payment"

    audit_end_to_end_id = fields.Char(
        string="End-to-End Reference",
        copy=False,
        index="btree_not_null",
        help="Goes with the payment to the bank and comes back with everything that is said about it. Given when the "
        "payment is posted, and fixed from then on.",
    )
    audit_instruction_id = fields.Char(
        string="Instruction Reference", copy=False, index="btree_not_null", help="Between us and our bank only."
    )
    audit_mandate_id = fields.Char(
        string="Mandate",
        help="Of a collection: the reference of the direct debit mandate under which it is made. With the instruction "
        "reference it names one collection, and its bank line is found by both.",
    )
    audit_batch_id = fields.Char(
        string="Batch", copy=False, index="btree_not_null", help="The payment information id under which it was sent."
    )
    audit_message_id = fields.Char(
        string="Payment File",
        copy=False,
        index="btree_not_null",
        help="The message id of the file that it was sent in.",
    )
    audit_status_ids = fields.One2many("audit.payment.status", "payment_id", string="Said by the Bank", readonly=True)
    audit_bank_state = fields.Selection(
        STATES,
        string="Bank Status",
        compute="_compute_audit_bank_state",
        store=True,
        copy=False,
        index="btree_not_null",
    )
    audit_bank_state_at = fields.Datetime(
        string="Bank Status Since", compute="_compute_audit_bank_state", store=True, copy=False
    )
    audit_bank_booked = fields.Boolean(
        string="Booked by the Bank",
        compute="_compute_audit_bank_state",
        store=True,
        copy=False,
        help="The bank's statement shows it, and it did not come back. Nothing else means paid.",
    )
    audit_reason_class = fields.Selection(
        CLASSES, string="What to Do", compute="_compute_audit_bank_state", store=True, copy=False
    )
    audit_bank_actor = fields.Selection(
        ACTORS, string="Who Has to Act", compute="_compute_audit_bank_state", store=True, copy=False
    )
    audit_bank_words = fields.Char(string="The Bank Says", compute="_compute_audit_bank_words")

    def _auto_init(self):
        """Make the columns beforehand: of the payments that are there, no bank has said anything yet."""
        types = {"audit_bank_state_at": "timestamp", "audit_bank_booked": "bool", "audit_on_hold": "bool"}
        there = table_columns(self.env.cr, self._table)
        for name in SAID_BY_BANK:
            if name not in there:
                create_column(self.env.cr, self._table, name, types.get(name, "varchar"))
        return super()._auto_init()

    @api.depends("audit_status_ids.state", "audit_status_ids.at", "is_matched")
    def _compute_audit_bank_state(self):
        """By the history, and by the bank line that the payment was found on, as long as it is reconciled with it."""
        for payment in self:
            latest = payment.audit_status_ids._latest()
            on_account = payment.audit_status_ids.filtered(
                lambda one: one.state in ("booked", "returned") and one.source == "transaction"
            )._latest()
            lines = payment._bank_lines() if on_account.state != "returned" else None
            if lines and on_account.state != "booked":
                latest = latest.browse()
            payment.audit_bank_state = "booked" if lines else latest.state
            payment.audit_bank_state_at = end_of_day(max(lines.mapped("date")), None) if lines else latest.at
            payment.audit_bank_booked = bool(lines) or on_account.state == "booked"
            payment.audit_reason_class = latest.reason_class
            payment.audit_bank_actor = latest.actor

    def _bank_lines(self):
        """The lines of bank statements that the payment is reconciled with in full. Odoo 19 calls payments matched that
        no bank line was found for, so the lines themselves are looked for."""
        if not self.is_matched:
            return self.env["account.bank.statement.line"]
        liquidity = self._seek_for_lines()[0]
        return (
            liquidity.matched_debit_ids.debit_move_id | liquidity.matched_credit_ids.credit_move_id
        ).move_id.statement_line_id

    @api.depends("audit_status_ids.state", "audit_status_ids.at", "audit_bank_state")
    def _compute_audit_bank_words(self):
        """Sudo: the words of the bank about a payment that is at hand."""
        for payment in self.sudo():
            latest = payment.audit_status_ids._latest()
            found = payment.audit_bank_state == "booked" and latest.state != "booked"
            payment.audit_bank_words = _("Found on a bank statement") if found else latest.words

    @api.constrains("audit_end_to_end_id")
    def _check_end_to_end_id(self):
        """One payment a reference and company. Sudo: of payments that the person does not see as well."""
        for payment in self.filtered("audit_end_to_end_id"):
            same = [
                ("company_id", "=", payment.company_id.id),
                ("audit_end_to_end_id", "=", payment.audit_end_to_end_id),
                ("id", "!=", payment.id),
            ]
            if self.sudo().search_count(same, limit=1):
                raise ValidationError(
                    _("Another payment has the end-to-end reference %s already.", payment.audit_end_to_end_id)
                )

    @api.model_create_multi
    def create(self, vals_list):
        """What the bank says begins with nothing, whatever is given or stands in the context."""
        empty = dict.fromkeys(SAID_BY_BANK, False)
        return super().create([{**vals, **empty} for vals in vals_list])

    def write(self, vals):
        if set(SAID_BY_BANK) & vals.keys():
            raise AccessError(_("What the bank says about a payment is read from the bank, and not entered by hand."))
        self._check_references_stay(vals)
        sent = sent_field_of_payments()
        unsent = self.sudo().filtered(lambda payment: not payment[sent]) if vals.get(sent) else self.sudo().browse()
        result = super().write(vals)
        if "state" in vals:
            self._give_references()
        if unsent:
            unsent._note_sent()
        return result

    def action_post(self):
        result = super().action_post()
        self._give_references()
        return result

    def action_draft(self):
        """What was sent under a reference keeps it in the history; the payment gets a new one when it is posted."""
        result = super().action_draft()
        for payment in self.sudo().filtered("audit_status_ids"):
            payment.write(dict.fromkeys(REFERENCES, False))
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_of_what_the_bank_knows(self):
        """Sudo: whether there is anything, which the refusal says."""
        for payment in self.sudo():
            if payment.audit_status_ids or payment.audit_hold_ids:
                raise UserError(
                    _(
                        "“%s” cannot be deleted, as the bank has spoken about it or it was on hold. Cancel it instead.",
                        payment.display_name,
                    )
                )

    def _check_references_stay(self, vals):
        """Once it was posted, Odoo gives a payment its references, and nobody changes them or fills them in by hand:
        the bank's word about another payment would count for this one."""
        given = [name for name in KEPT if name in vals]
        for payment in self.sudo() if given else ():
            for name in given:
                kept = payment[name] or not self.env.su
                if kept and (payment[name] or False) != (vals[name] or False) and state_of(payment) == "posted":
                    raise UserError(
                        _(
                            "“%(payment)s” was posted, so its references stay: the bank knows it by %(reference)s.",
                            payment=payment.display_name,
                            reference=payment[name] or payment.audit_end_to_end_id or _("none"),
                        )
                    )

    def _give_references(self):
        """Give an end-to-end reference to those that were posted and have none. Sudo: whoever posted them may be a job.

        Made of letters and figures only, which every bank takes (EPC217-08), with the number of the record at its end,
        so that no two are alike. A payment that was sent before under another one is told apart by a last number.
        """
        for payment in self.sudo():
            if payment.audit_end_to_end_id or payment.journal_id.type != "bank" or state_of(payment) != "posted":
                continue
            used = set(payment.audit_status_ids.mapped("end_to_end_id")) - {False}
            number = "-%d" % payment.id + ("-%d" % (len(used) + 1) if used else "")
            name = _NOT_IN_REFERENCES.sub("-", payment.name or "").strip("-") or "PAY"
            payment.write({"audit_end_to_end_id": name[: LONGEST - len(number)].rstrip("-") + number})

    def _mark_sent(self, message_id=None, payment_information_id=None):
        """Say that these were handed to the bank in one batch; called by whatever makes files or sends payments.

        :param message_id: of the file, ``payment_information_id``: of the batch in it
        """
        sent = sent_field_of_payments()
        already = self.sudo().filtered(sent)
        # What has left is stopped no more, unless it came back and leaves again.
        (self - already.filtered(lambda payment: payment.audit_bank_state not in CAME_BACK))._refuse_held()
        given = {"audit_message_id": message_id, "audit_batch_id": payment_information_id}
        self.sudo().write({name: value for name, value in given.items() if value})
        (self.sudo() - already).write({sent: True})
        already._note_sent()

    def _note_sent(self):
        """Begin the history; sent again after a rejection, the payment is on its way again."""
        now = fields.Datetime.now()
        self.env["audit.payment.status"]._note(
            [
                {
                    "payment_id": payment.id,
                    "state": "sent",
                    "at": now,
                    "source": "odoo",
                    "source_reference": payment.audit_message_id,
                    "end_to_end_id": payment.audit_end_to_end_id,
                    "key": "sent|%s|%s|%s" % (payment.audit_message_id, payment.audit_batch_id, now),
                }
                for payment in self
                if payment.audit_bank_state in (False, *CAME_BACK)
            ]
        )

    def _audit_subjects(self):
        """Its holds as well, and the questions about it."""
        subjects = super()._audit_subjects()
        for payment in self.sudo():
            subjects[payment.id] |= {(hold._name, hold.id) for hold in payment.audit_hold_ids}
        return subjects
