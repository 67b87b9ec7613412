from odoo import _, models

from odoo.addons.audit_connector_base.models.source import words


class AuditSourceBankBreak(models.AbstractModel):
    """Canonical ``bank_break``: a difference between bank and books, or in what the bank itself says, that was put
    before a person."""

    _name = "audit.source.bank_break"
    _inherit = "audit.source"
    _description = "Audit Source of Bank Breaks"
    _document_model = "audit.exception"

    def _label(self):
        return _("Differences between bank and books")

    def _told_domain(self, companies):
        kinds = ("bank_break", "bank_balance")
        return [("kind", "in", kinds), ("break_currency_id", "!=", False), ("company_id", "in", companies.ids)]

    def _facts(self, data):
        difference = data.get("difference") or {}
        return [
            (_("Difference"), data.get("title")),
            (_("Amount"), "%s %s" % (difference.get("amount") or "", difference.get("currency") or "")),
            (_("As Of"), data.get("as_of")),
        ]

    def _bodies(self, documents, known):
        return [
            {
                "title": words.text(exception.title) or words.reference(exception),
                "explanation": words.text(exception.explanation, words.TEXT),
                "about": "%s/%d" % (exception.res_model, exception.res_id) if exception.res_id else None,
                "as_of": words.date(exception.break_date),
                "difference": {
                    "amount": words.amount(exception.break_amount, exception.break_currency_id),
                    "currency": exception.break_currency_id.name,
                },
                "state": "open" if exception.state in ("open", "proposed") else "decided",
                "owner": words.person(exception.user_id),
            }
            for exception in documents
        ]
