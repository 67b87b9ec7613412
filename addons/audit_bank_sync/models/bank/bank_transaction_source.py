from odoo import _, models

from odoo.addons.audit_connector_base.models.source import filters, words

STATUS = {"pending": "pending", "booked": "booked", "intraday": "booked", "withdrawn": "withdrawn"}


class AuditSourceBankTransaction(models.AbstractModel):
    """Canonical ``bank_transaction``: what a bank said of one movement, and the line in the books made of it."""

    _name = "audit.source.bank_transaction"
    _inherit = "audit.source"
    _description = "Audit Source of Bank Transactions"
    _document_model = "audit.bank.transaction"

    def _label(self):
        return _("Bank Transactions")

    def _told_domain(self, companies):
        return [("company_id", "in", companies.ids), ("state", "in", list(STATUS))]

    def _backfill_domain(self, code, date_from, date_to, companies):
        """By the booking date: what was posted since is told of as well."""
        if code != "bank_transaction.imported":
            return None
        return [
            *self._told_domain(companies),
            ("date", ">=", date_from),
            ("date", "<=", date_to),
            ("posting_state", "=", "posted"),
        ]

    def _filters(self):
        return {
            "status": filters.choice("state", STATUS, "Whether the bank has booked it."),
            "bank_reference": filters.exact("bank_reference", "The bank's own reference."),
            "end_to_end_id": filters.exact("end_to_end_id", "Reference that the payer gave."),
            **filters.between("date", "date", "Booked"),
        }

    def _search_by_name(self, operator, value, limit=1000):
        domain = ["|", ("counterparty", operator, value), ("remittance", operator, value)]
        own = [("company_id", "in", self.env.companies.ids)]
        return self.env[self._document_model].sudo().search(own + domain, limit=limit)

    def _bodies(self, documents, known):
        lines = documents.statement_line_id
        lines.fetch(["move_id", "statement_id"])
        return [self._body(document) for document in documents]

    def _known(self, documents):
        return self.env["audit.external.id"]._known(documents.env.company, documents, self.env["res.partner"])

    def _body(self, transaction):
        account, line = transaction.account_id, transaction.statement_line_id
        return {
            "bank_account": {
                "id": words.reference(account),
                "number": words.text(account.number_key, words.NUMBER) or "-",
                "holder": words.text(account.owner_name),
            },
            "status": STATUS.get(transaction.state, "booked"),
            "booking_date": words.date(transaction.booking_date),
            "value_date": words.date(transaction.value_date),
            "amount": words.amount(transaction.amount, transaction.currency_id),
            "currency": transaction.currency_id.name,
            "balance_after": None,
            "counterparty": {
                "name": words.text(transaction.counterparty),
                "number": words.text(transaction.counterparty_account, words.NUMBER),
                "bic": words.text(transaction.counterparty_bank, words.NUMBER),
            },
            "remittance": words.text(transaction.remittance, words.TEXT) or "",
            "bank_reference": words.text(transaction.bank_reference, words.REFERENCE),
            "end_to_end_id": words.text(transaction.end_to_end_id, words.REFERENCE),
            "code": words.text(transaction.code, words.NUMBER),
            "statement": words.document(line.statement_id, line.statement_id.name),
            "entry": words.move(line.move_id),
        }

    def _facts(self, data):
        return [
            (_("Amount"), "%s %s" % (data.get("amount"), data.get("currency"))),
            (_("Booked on"), data.get("booking_date")),
            (_("Other party"), (data.get("counterparty") or {}).get("name")),
            (_("Purpose"), data.get("remittance")),
        ]
