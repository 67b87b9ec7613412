from collections import defaultdict
from decimal import Context, Decimal

from odoo import models
from odoo.tools import float_repr

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
_DECIMALS = Decimal("1e-12")
_UNBOUNDED = Context(prec=400)


class AccountMove(models.Model):
    """Canonical ``invoice``: what an invoice says, in the words of ``contracts/invoice.v1.json``."""

    _inherit = "account.move"

    def _audit_invoice_payloads(self, posted_by=None):
        """Return one ``invoice`` payload (a dict without floats) for each of these invoices, in their order.

        The message is the same whoever posts. Hence sudo, as that person may not read the partner or the tax, and a
        context of its own: names stand in the language of the company, not in that of the person, and without what a
        screen asks to be added to them. The number of queries grows with the companies, not with the recordset.

        :param posted_by: the user who posts them, where that is what happens
        """
        payloads = {}
        for company, moves in self.sudo().grouped("company_id").items():
            language = company.partner_id.lang or "en_US"
            moves = moves.with_env(moves.env(context={"lang": language}))
            payloads.update(zip(moves.ids, moves._audit_payloads_of_company(posted_by)))
        return [payloads[move.id] for move in self]

    def _audit_payloads_of_company(self, posted_by):
        self._audit_fetch_names(posted_by)
        database = self.env["ir.config_parameter"].get_param("database.uuid")
        person = {"id": _reference(posted_by), "name": posted_by.sudo().name} if posted_by else None
        return [
            {
                "contract": "invoice/1",
                "id": _reference(move),
                "odoo": {"database": database, "model": move._name, "id": move.id},
                "external_ids": [],
                **move._audit_parties(),
                **move._audit_identity(),
                **move._audit_amounts(),
                "taxes": move._audit_taxes(),
                "lines": move._audit_lines(),
                "posted_by": person,
                "updated_at": move.write_date.isoformat() + "Z",
            }
            for move in self
        ]

    def _audit_fetch_names(self, posted_by):
        """Read only the names of what is wide and not yet read; the first access would read every column of it."""
        lines = self.invoice_line_ids
        lines.product_uom_id.fetch(["name"])
        products = lines.product_id
        products.fetch(["default_code", "product_tmpl_id"])
        products.product_tmpl_id.fetch(["name"])
        if posted_by:
            posted_by.sudo().fetch(["partner_id"])

    def _audit_parties(self):
        company, partner = self.company_id, self.partner_id
        return {
            "company": {
                "id": _reference(company),
                "name": company.name,
                "vat": company.vat or None,
                "country": company.country_id.code or None,
            },
            "partner": {
                "id": _reference(partner),
                "name": partner.display_name,
                "vat": partner.vat or None,
                "country": partner.country_id.code or None,
                "external_ids": [],
            }
            if partner
            else None,
        }

    def _audit_identity(self):
        journal, original = self.journal_id, self.reversed_entry_id
        return {
            "kind": KINDS[self.move_type],
            "number": self.name if self.name and self.name != "/" else None,
            "reference": self.ref or None,
            "payment_reference": self.payment_reference or None,
            "state": STATES[self.state],
            "payment_state": PAYMENT_STATES.get(self.payment_state, self.payment_state),
            "document_date": _date(self.invoice_date),
            "accounting_date": _date(self.date),
            "due_date": _date(self.invoice_date_due),
            "payment_terms": self.invoice_payment_term_id.name or None,
            "journal": {"code": journal.code, "name": journal.name, "type": journal.type},
            "reversal_of": {"id": _reference(original), "number": original.name or None} if original else None,
        }

    def _audit_amounts(self):
        currency, own = self.currency_id, self.company_currency_id
        return {
            "currency": currency.name,
            "amounts": {
                "untaxed": _amount(self.amount_untaxed, currency),
                "tax": _amount(self.amount_tax, currency),
                "total": _amount(self.amount_total, currency),
                "residual": _amount(self.amount_residual, currency),
            },
            "company_currency": own.name,
            "exchange_rate": _decimal(self.line_ids[:1].currency_rate) if currency != own else None,
            "company_amounts": {
                "untaxed_signed": _amount(self.amount_untaxed_signed, own),
                "tax_signed": _amount(self.amount_tax_signed, own),
                "total_signed": _amount(self.amount_total_signed, own),
                "residual_signed": _amount(self.amount_residual_signed, own),
            },
        }

    def _audit_taxes(self):
        """One entry a tax, also of those of 0 %, which have no line of their own in the journal entry.

        The base is what the lines under the tax come to in the currency of the document, taxes that the tax is
        charged upon included. ``tax_base_amount`` would be rounded in the currency of the company.
        """
        currency = self.currency_id
        bases, amounts = defaultdict(float), defaultdict(float)
        for line in self.line_ids:
            said = self.direction_sign * line.amount_currency
            if line.tax_line_id:
                amounts[line.tax_line_id] += said
            if line.display_type != "rounding":
                for tax in line.tax_ids.flatten_taxes_hierarchy():
                    bases[tax] += said
        return [
            _tax(tax) | {"base": _amount(bases[tax], currency), "amount": _amount(amounts[tax], currency)}
            for tax in sorted(bases.keys() | amounts.keys(), key=lambda tax: (tax.sequence, tax.id))
        ]

    def _audit_priced_lines(self):
        """List, not ``filtered``: that would read the taxes of each invoice's lines apart from the others'."""
        return [line for line in self.invoice_line_ids if line.display_type == "product"]

    def _audit_lines(self):
        currency = self.currency_id
        return [
            {
                "id": _reference(line),
                "sequence": number,
                "description": line.name or "",
                "product": _product(line.product_id),
                "account": _account(line.account_id.with_company(self.company_id)),
                "quantity": _decimal(line.quantity),
                "unit": line.product_uom_id.name or None,
                "unit_price": _decimal(line.price_unit),
                "discount": _decimal(line.discount),
                "subtotal": _amount(line.price_subtotal, currency),
                "total": _amount(line.price_total, currency),
                "taxes": [_tax(tax) for tax in line.tax_ids.flatten_taxes_hierarchy()],
            }
            for number, line in enumerate(self._audit_priced_lines(), start=1)
        ]


def _reference(record):
    return "%s/%d" % (record._name, record.id)


def _date(value):
    return value.isoformat() if value else None


def _amount(value, currency):
    """Decimal text with the decimals of the currency; zero has no sign."""
    text = float_repr(currency.round(value), currency.decimal_places)
    return text.removeprefix("-") if not currency.round(value) else text


def _decimal(value):
    """Decimal text as a person would type it, of at most 12 decimals, without trailing zeros; zero has no sign."""
    text = format(Decimal(repr(value)).quantize(_DECIMALS, context=_UNBOUNDED), "f").rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _product(product):
    if not product:
        return None
    return {"id": _reference(product), "code": product.default_code or None, "name": product.name}


def _account(account):
    return {"code": account.code, "name": account.name} if account else None


def _tax(tax):
    percentage = tax.amount_type in ("percent", "division")
    return {"id": _reference(tax), "name": tax.name, "rate": _decimal(tax.amount) if percentage else None}
