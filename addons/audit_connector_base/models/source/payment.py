from odoo import _, models

from ...compat import memo_field_of_payments, payment_field_of_moves
from . import filters, words
from .journal_entry import entry_lines
from .once import Once

STATES = {
    "draft": "draft",
    "posted": "posted",
    "cancel": "cancelled",
    # 19.0
    "in_process": "posted",
    "paid": "posted",
    "canceled": "cancelled",
    "rejected": "rejected",
}


class AuditSourcePayment(models.AbstractModel):
    """Canonical ``payment``: money received or sent, with its journal entry."""

    _name = "audit.source.payment"
    _inherit = "audit.source"
    _description = "Audit Source of Payments"
    _document_model = "account.payment"

    def _label(self):
        return _("Payments")

    def _backfill_domain(self, code, date_from, date_to, companies):
        """By the payment's date: Odoo does not keep when it was posted, reconciled or cancelled."""
        conditions = {
            "payment.posted": [("state", "in", [state for state, said in STATES.items() if said == "posted"])],
            "payment.cancelled": [("state", "in", ["cancel", "canceled", "rejected"])],
            "payment.reconciled": ["|", ("is_reconciled", "=", True), ("is_matched", "=", True)],
        }.get(code)
        return conditions and [
            *self._told_domain(companies),
            ("date", ">=", date_from),
            ("date", "<=", date_to),
            *conditions,
        ]

    def _filters(self):
        directions = {"inbound": "inbound", "outbound": "outbound"}
        partner_types = {"customer": "customer", "supplier": "supplier"}
        return {
            "direction": filters.choice("payment_type", directions, "Whether money was received or sent."),
            "partner_type": filters.choice("partner_type", partner_types, "Whose payment it is."),
            "state": filters.choice("state", self._states(), "Whether it is part of the books."),
            "number": filters.exact("name", "Its number."),
            "partner": filters.record("partner_id", "res.partner", "Who paid or was paid."),
            "journal": filters.exact("journal_id.code", "Code of its journal."),
            "reconciled": filters.flag("is_reconciled", "Whether it is assigned to invoices or entries."),
            "matched": filters.flag("is_matched", "Whether it was found on a bank statement."),
            **filters.between("date", "date", "Paid"),
        }

    def _states(self):
        stored = self.env["account.payment"]._fields["state"].get_values(self.env)
        return {state: said for state, said in STATES.items() if state in stored}

    def _facts(self, data):
        amount = "%s %s" % (data["amount"], data.get("currency")) if "amount" in data else None
        direction = {"inbound": _("Received"), "outbound": _("Sent")}.get(data.get("direction"))
        numbers = [one.get("number") for one in data.get("reconciled_with") or ()]
        return [
            (_("Number"), data.get("number")),
            (_("Direction"), direction),
            (_("Partner"), (data.get("partner") or {}).get("name")),
            (_("Date"), data.get("date")),
            (_("Amount"), amount),
            (_("Reconciled With"), ", ".join(number for number in numbers if number)),
        ]

    def _bodies(self, documents, known):
        memo, once = memo_field_of_payments(), Once()
        return [
            {
                "direction": payment.payment_type,
                "partner_type": payment.partner_type,
                "number": words.text(payment.name, words.REFERENCE) if payment.name != "/" else None,
                "reference": words.text(payment[memo], words.REFERENCE),
                "state": state_of(payment),
                "reconciled": bool(payment.is_reconciled),
                "matched": bool(payment.is_matched),
                "date": words.date(payment.date),
                "journal": words.journal(payment.journal_id),
                "method": _method(payment.payment_method_line_id),
                "partner": words.partner(payment.partner_id, known),
                "partner_bank_account": words.bank_account(payment.partner_bank_id),
                "currency": payment.currency_id.name,
                "amount": words.amount(payment.amount, payment.currency_id),
                "company_currency": payment.company_currency_id.name,
                "company_amount_signed": words.amount(
                    payment.amount_company_currency_signed, payment.company_currency_id
                ),
                "entry": _entry(payment.move_id, once),
                "reconciled_with": _settled(payment.move_id),
            }
            for payment in documents
        ]


def state_of(payment):
    """State of a payment in our words. On 19.0 it may run ahead of its entry, which decides what is in the books."""
    state = STATES[payment.state]
    return "draft" if state == "posted" and payment.move_id.state == "draft" else state


def _method(line):
    if not line:
        return None
    return {"code": words.text(line.code, words.NUMBER), "name": words.name(line, line.name)}


def _entry(move, once):
    if not move:
        return None
    return {"id": words.reference(move), "number": words.number(move), "lines": entry_lines(move, once)}


def _settled(move):
    """What the lines of a payment's entry were reconciled with, in order of time."""
    partials = []
    for line in move.line_ids:
        partials += [
            (partial.id, partial.credit_move_id.move_id, partial.debit_amount_currency, line)
            for partial in line.matched_credit_ids
        ]
        partials += [
            (partial.id, partial.debit_move_id.move_id, partial.credit_amount_currency, line)
            for partial in line.matched_debit_ids
        ]
    partials.sort(key=lambda partial: partial[0])
    return [
        {
            "id": words.reference(other),
            "number": words.text(words.number(other), words.REFERENCE),
            "kind": _kind(other),
            "amount": words.amount(amount, line.currency_id),
            "currency": line.currency_id.name,
        }
        for _partial, other, amount, line in partials
        if other != move
    ]


def _kind(move):
    if move.is_invoice(include_receipts=True):
        return "invoice"
    if move[payment_field_of_moves()]:
        return "payment"
    return "bank_statement_line" if move.statement_line_id else "entry"
