from collections import defaultdict
from functools import partial

from odoo import _, models

from . import filters, words
from .once import Once

KINDS = {
    "out_invoice": "customer_invoice",
    "out_refund": "customer_credit_note",
    "out_receipt": "customer_receipt",
    "in_invoice": "supplier_bill",
    "in_refund": "supplier_credit_note",
    "in_receipt": "supplier_receipt",
}
STATES = {"draft": "draft", "posted": "posted", "cancel": "cancelled"}
PAYMENT_STATES = {"invoicing_legacy": "legacy"}
# What is said of an invoice and of its lines. Something else is read as well when it is asked for, only later.
MOVE_FIELDS = (
    "amount_residual", "amount_residual_signed", "amount_tax", "amount_tax_signed", "amount_total",
    "amount_total_signed", "amount_untaxed", "amount_untaxed_signed", "company_id", "currency_id", "date",
    "invoice_date", "invoice_date_due", "invoice_payment_term_id", "journal_id", "move_type", "name", "partner_id",
    "payment_reference", "payment_state", "ref", "reversed_entry_id", "state", "write_date",
)  # fmt: skip
LINE_FIELDS = (
    "account_id", "amount_currency", "discount", "display_type", "move_id", "name", "price_subtotal", "price_total",
    "price_unit", "product_id", "product_uom_id", "quantity", "tax_ids", "tax_line_id",
)  # fmt: skip


class AuditSourceInvoice(models.AbstractModel):
    """Canonical ``invoice``: customer invoices, supplier bills, credit notes and receipts."""

    _name = "audit.source.invoice"
    _inherit = "audit.source"
    _description = "Audit Source of Invoices"
    _document_model = "account.move"

    def _label(self):
        return _("Invoices, bills, credit notes and receipts")

    def _told_domain(self, companies):
        return [("move_type", "in", list(KINDS)), *super()._told_domain(companies)]

    def _backfill_domain(self, code, date_from, date_to, companies):
        """By accounting date: Odoo does not keep when a document was posted, paid or cancelled."""
        condition = {
            "invoice.posted": ("state", "=", "posted"),
            "invoice.paid": ("payment_state", "in", ("in_payment", "paid")),
            "invoice.cancelled": ("state", "=", "cancel"),
        }.get(code)
        return condition and [
            *self._told_domain(companies),
            ("date", ">=", date_from),
            ("date", "<=", date_to),
            condition,
        ]

    def _filters(self):
        return {
            "kind": filters.choice("move_type", KINDS, "What it is."),
            "state": filters.choice("state", STATES, "Whether it is part of the books."),
            "payment_state": filters.choice("payment_state", self._payment_states(), "How far it is paid."),
            "number": filters.exact("name", "Its number."),
            "reference": filters.exact("ref", "The reference of the other side, such as the number of a bill."),
            "partner": filters.record("partner_id", "res.partner", "The customer or supplier."),
            "journal": filters.exact("journal_id.code", "Code of its journal."),
            "currency": filters.exact("currency_id.name", "ISO 4217 code of its currency."),
            **filters.between("invoice_date", "document_date", "Dated"),
            **filters.between("date", "accounting_date", "Booked"),
            **filters.between("invoice_date_due", "due_date", "Due"),
        }

    def _payment_states(self):
        stored = self.env["account.move"]._fields["payment_state"].get_values(self.env)
        return {state: PAYMENT_STATES.get(state, state) for state in stored}

    def _facts(self, data):
        amounts = data.get("amounts") or {}
        sums = {
            member: "%s %s" % (amounts[member], data.get("currency")) if member in amounts else None
            for member in ("untaxed", "tax", "total", "residual")
        }
        return [
            (_("Number"), data.get("number")),
            (_("Partner"), (data.get("partner") or {}).get("name")),
            (_("Date"), data.get("document_date")),
            (_("Untaxed"), sums["untaxed"]),
            (_("Tax"), sums["tax"]),
            (_("Total"), sums["total"]),
            (_("Still Open"), sums["residual"]),
        ]

    def _bodies(self, documents, known):
        _fetch(documents)
        once = Once()
        partners = partial(words.partner, known=known)
        return [
            {
                "partner": once.say(partners, move.partner_id),
                **_identity(move, once),
                **_amounts(move, once),
                "taxes": _taxes(move, once),
                "lines": _lines(move, once),
            }
            for move in documents
        ]


def _fetch(moves):
    """Read what is not yet read and will be said; the first access would read every column of what is wide."""
    moves.fetch(MOVE_FIELDS)
    lines = moves.line_ids
    lines.fetch(LINE_FIELDS)
    moves.partner_id.fetch(["country_id", "display_name", "vat"])
    lines.product_uom_id.fetch(["name"])
    products = lines.product_id
    products.fetch(["default_code", "product_tmpl_id"])
    products.product_tmpl_id.fetch(["name"])


def _identity(move, once):
    return {
        "kind": KINDS[move.move_type],
        "number": words.number(move),
        "reference": words.text(move.ref, words.REFERENCE),
        "payment_reference": words.text(move.payment_reference, words.REFERENCE),
        "state": STATES[move.state],
        "payment_state": PAYMENT_STATES.get(move.payment_state, move.payment_state),
        "document_date": words.date(move.invoice_date),
        "accounting_date": words.date(move.date),
        "due_date": words.date(move.invoice_date_due),
        "payment_terms": once.say(_name, move.invoice_payment_term_id),
        "journal": once.say(words.journal, move.journal_id),
        "reversal_of": words.move(move.reversed_entry_id),
    }


def _amounts(move, once):
    currency, own = move.currency_id, move.company_currency_id
    amount = once.amount
    return {
        "currency": once.say(_name, currency),
        "amounts": {
            "untaxed": amount(move.amount_untaxed, currency),
            "tax": amount(move.amount_tax, currency),
            "total": amount(move.amount_total, currency),
            "residual": amount(move.amount_residual, currency),
        },
        "company_currency": once.say(_name, own),
        "exchange_rate": words.decimal(move.line_ids[:1].currency_rate) if currency != own else None,
        "company_amounts": {
            "untaxed_signed": amount(move.amount_untaxed_signed, own),
            "tax_signed": amount(move.amount_tax_signed, own),
            "total_signed": amount(move.amount_total_signed, own),
            "residual_signed": amount(move.amount_residual_signed, own),
        },
    }


def _taxes(move, once):
    """One entry a tax, also of those of 0 %, which have no line of their own in the journal entry.

    The base is what the lines under the tax come to in the currency of the document, taxes that the tax is charged
    upon included. ``tax_base_amount`` would be rounded in the currency of the company.
    """
    currency, sign = move.currency_id, move.direction_sign
    bases, amounts = defaultdict(float), defaultdict(float)
    for line in move.line_ids:
        said = sign * line.amount_currency
        tax_of_line, taxes = line.tax_line_id, line.tax_ids
        if tax_of_line:
            amounts[tax_of_line] += said
        if taxes and line.display_type != "rounding":
            for tax in once.taxes(taxes):
                bases[tax] += said
    return [
        once.say(words.tax, tax)
        | {"base": once.amount(bases[tax], currency), "amount": once.amount(amounts[tax], currency)}
        for tax in sorted(bases.keys() | amounts.keys(), key=lambda tax: (tax.sequence, tax.id))
    ]


def _lines(move, once):
    """Walked through, not ``filtered``: that would read the taxes of each invoice's lines apart from the others'."""
    currency = move.currency_id
    priced = [line for line in move.invoice_line_ids if line.display_type == "product"]
    return [
        {
            "id": words.reference(line),
            "sequence": position,
            "description": words.text(line.name, words.TEXT) or "",
            "product": once.say(_product, line.product_id),
            "account": once.say(words.account, line.account_id),
            "quantity": words.decimal(line.quantity),
            "unit": once.say(_name, line.product_uom_id),
            "unit_price": words.decimal(line.price_unit),
            "discount": words.decimal(line.discount),
            "subtotal": once.amount(line.price_subtotal, currency),
            "total": once.amount(line.price_total, currency),
            "taxes": once.names_of_taxes(line.tax_ids),
        }
        for position, line in enumerate(priced, start=1)
    ]


def _name(record):
    return words.text(record.name)


def _product(product):
    if not product:
        return None
    return {
        "id": words.reference(product),
        "code": words.text(product.default_code, words.NUMBER),
        "name": words.name(product, product.name),
    }
