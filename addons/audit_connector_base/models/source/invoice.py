from odoo import models
from odoo.tools import float_repr, float_round

CONTRACT = "invoice/1"
KINDS = {
    "out_invoice": "customer_invoice",
    "out_refund": "customer_credit_note",
    "out_receipt": "customer_receipt",
    "in_invoice": "supplier_bill",
    "in_refund": "supplier_credit_note",
    "in_receipt": "supplier_receipt",
}


class AccountMove(models.Model):
    """Canonical ``invoice``: what an invoice says, in the words of the contract."""

    _inherit = "account.move"

    def _audit_invoice_payloads(self):
        """Return one ``invoice`` payload (see ``contracts/invoice.v1.json``) for each of these invoices, in their order.

        Sudo: the message is the same whoever posts, also when that person may not read the partner or the tax.
        The number of queries does not grow with the recordset.
        """
        moves = self.sudo()
        database = moves.env["ir.config_parameter"].get_param("database.uuid")
        return [move._audit_invoice_payload(database) for move in moves]

    def _audit_invoice_payload(self, database):
        company, currency = self.company_id, self.currency_id
        sign = -1 if self.is_inbound(include_receipts=True) is False and self.is_purchase_document(True) else 1
        return {
            "contract": CONTRACT,
            "id": "account.move/%d" % self.id,
            "odoo": {"database": database, "model": self._name, "id": self.id},
            "company": _party(company.partner_id) | {"id": company.id, "name": company.name},
        }
