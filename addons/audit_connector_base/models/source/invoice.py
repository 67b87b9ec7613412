from collections import defaultdict

from odoo import _, models

from . import filters, words

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

    def _own_domain(self, companies):
        return [("move_type", "in", list(KINDS)), ("company_id", "in", companies.ids)]

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
        _fetch_names(documents)
        return [
            {
                "partner": words.partner(move.partner_id, known),
                **_identity(move),
                **_amounts(move),
                "taxes": _taxes(move),
                "lines": _lines(move),
            }
            for move in documents
        ]


def _fetch_names(moves):
    """Read only the names of what is wide and not yet read; the first access would read every column of it."""
    lines = moves.invoice_line_ids
    lines.product_uom_id.fetch(["name"])
    products = lines.product_id
    products.fetch(["default_code", "product_tmpl_id"])
    products.product_tmpl_id.fetch(["name"])


def _identity(move):
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
        "payment_terms": words.text(move.invoice_payment_term_id.name),
        "journal": words.journal(move.journal_id),
        "reversal_of": words.move(move.reversed_entry_id),
    }


def _amounts(move):
    currency, own = move.currency_id, move.company_currency_id
    return {
        "currency": currency.name,
        "amounts": {
            "untaxed": words.amount(move.amount_untaxed, currency),
            "tax": words.amount(move.amount_tax, currency),
            "total": words.amount(move.amount_total, currency),
            "residual": words.amount(move.amount_residual, currency),
        },
        "company_currency": own.name,
        "exchange_rate": words.decimal(move.line_ids[:1].currency_rate) if currency != own else None,
        "company_amounts": {
            "untaxed_signed": words.amount(move.amount_untaxed_signed, own),
            "tax_signed": words.amount(move.amount_tax_signed, own),
            "total_signed": words.amount(move.amount_total_signed, own),
            "residual_signed": words.amount(move.amount_residual_signed, own),
        },
    }


def _taxes(move):
    """One entry a tax, also of those of 0 %, which have no line of their own in the journal entry.

    The base is what the lines under the tax come to in the currency of the document, taxes that the tax is charged
    upon included. ``tax_base_amount`` would be rounded in the currency of the company.
    """
    currency = move.currency_id
    bases, amounts = defaultdict(float), defaultdict(float)
    for line in move.line_ids:
        said = move.direction_sign * line.amount_currency
        if line.tax_line_id:
            amounts[line.tax_line_id] += said
        if line.display_type != "rounding":
            for tax in line.tax_ids.flatten_taxes_hierarchy():
                bases[tax] += said
    return [
        words.tax(tax) | {"base": words.amount(bases[tax], currency), "amount": words.amount(amounts[tax], currency)}
        for tax in sorted(bases.keys() | amounts.keys(), key=lambda tax: (tax.sequence, tax.id))
    ]


def _lines(move):
    """Walked through, not ``filtered``: that would read the taxes of each invoice's lines apart from the others'."""
    currency = move.currency_id
    priced = [line for line in move.invoice_line_ids if line.display_type == "product"]
    return [
        {
            "id": words.reference(line),
            "sequence": position,
            "description": words.text(line.name, words.TEXT) or "",
            "product": _product(line.product_id),
            "account": words.account(line.account_id),
            "quantity": words.decimal(line.quantity),
            "unit": words.text(line.product_uom_id.name),
            "unit_price": words.decimal(line.price_unit),
            "discount": words.decimal(line.discount),
            "subtotal": words.amount(line.price_subtotal, currency),
            "total": words.amount(line.price_total, currency),
            "taxes": [words.tax(tax) for tax in line.tax_ids.flatten_taxes_hierarchy()],
        }
        for position, line in enumerate(priced, start=1)
    ]


def _product(product):
    if not product:
        return None
    return {
        "id": words.reference(product),
        "code": words.text(product.default_code, words.NUMBER),
        "name": words.name(product, product.name),
    }
