"""The fields that the canonical invoice is made of, read by the ORM and written down as they come."""

import json

from odoo import SUPERUSER_ID, http
from odoo.http import request
from odoo.tools import date_utils

MOVE = [
    "amount_residual", "amount_residual_signed", "amount_tax", "amount_tax_signed", "amount_total",
    "amount_total_signed", "amount_untaxed", "amount_untaxed_signed", "company_currency_id", "company_id",
    "currency_id", "date", "direction_sign", "invoice_date", "invoice_date_due", "invoice_line_ids",
    "invoice_payment_term_id", "journal_id", "line_ids", "move_type", "name", "partner_id", "payment_reference",
    "payment_state", "ref", "reversed_entry_id", "state", "write_date",
]  # fmt: skip
LINE = [
    "account_id", "amount_currency", "currency_rate", "discount", "display_type", "name", "price_subtotal",
    "price_total", "price_unit", "product_id", "product_uom_id", "quantity", "tax_ids", "tax_line_id",
]  # fmt: skip
TAX = ["amount", "amount_type", "name", "sequence"]
REFERRED = {
    "partner_id": ["country_id", "display_name", "vat"],
    "journal_id": ["code", "name", "type"],
    "currency_id": ["decimal_places", "name", "rounding"],
    "company_id": ["country_id", "name", "vat"],
    "invoice_payment_term_id": ["name"],
}
REFERRED_BY_LINES = {
    "product_id": ["default_code", "name"],
    "product_uom_id": ["name"],
    "account_id": ["code", "name"],
}


def read_invoices(env, limit):
    """Return ``{"data": [invoice, …], …}`` with what it refers to beside, of the first ``limit`` invoices."""
    kinds = ["out_invoice", "out_refund", "out_receipt", "in_invoice", "in_refund", "in_receipt"]
    domain = [("move_type", "in", kinds), ("company_id", "in", env.companies.ids)]
    moves = env["account.move"].search(domain, order="id", limit=limit)
    lines = moves.line_ids
    mappings = env["audit.external.id"].search_read(
        [("res_model", "=", "account.move"), ("res_id", "in", moves.ids)], ["connector_id", "outside_id", "res_id"]
    )
    return {
        "data": moves.read(MOVE, load=None),
        "lines": lines.read(LINE, load=None),
        "taxes": (lines.tax_ids | lines.tax_line_id).read(TAX, load=None),
        "referred": [moves[name].read(fields, load=None) for name, fields in REFERRED.items()],
        "referred_by_lines": [lines[name].read(fields, load=None) for name, fields in REFERRED_BY_LINES.items()],
        "countries": (moves.partner_id.country_id | moves.company_id.country_id).read(["code"], load=None),
        "external_ids": mappings,
    }


def as_bytes(found):
    return json.dumps(found, ensure_ascii=False, default=date_utils.json_default).encode()


class BareReadingController(http.Controller):
    @http.route("/bench/invoices", type="http", auth="public", methods=["GET"], csrf=False, save_session=False)
    def invoices(self, limit):
        found = read_invoices(request.env(user=SUPERUSER_ID), int(limit))
        return request.make_response(as_bytes(found), headers=[("Content-Type", "application/json")])
