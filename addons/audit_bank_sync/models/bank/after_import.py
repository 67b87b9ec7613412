import json

from odoo import api, fields, models

from ...core.bank_files.explaining import find_explained
from ...core.staging.rows import entry_of_row

# Of what somebody uploaded who may not post, nothing is told about entries of others: it would lead money astray.
UNTIED = """
SELECT told.id, told.state, told.amount, told.date, told.details
  FROM audit_bank_transaction told
  LEFT JOIN audit_bank_window brought ON brought.id = told.window_id
  LEFT JOIN audit_bank_file file ON file.id = brought.file_id
 WHERE told.account_id = %s AND told.state = 'explanation' AND told.looks_like_id IS NULL
   AND told.details IS NOT NULL AND (file.id IS NULL OR file.posts_by_rule)
 ORDER BY told.id DESC LIMIT 2000
"""
EXPLAINABLE = """
SELECT id, state, amount, date, details, remittance, counterparty FROM audit_bank_transaction
 WHERE account_id = %s AND state IN ('booked', 'intraday') AND amount = ANY(%s)
 ORDER BY id DESC LIMIT 5000
"""


class AuditBankAccount(models.Model):
    """What follows when transactions of an account have come. All of it as the superuser."""

    _inherit = "audit.bank.account"

    def _after_import(self, windows, staging):
        """Look for gaps, tie notifications to entries, tell those who follow payments, and post by rule."""
        self._find_gaps()
        self._take_in([*staging.new_ids, *staging.changed_ids])

    def _take_in(self, ids=()):
        """Tie notifications to entries, tell of ``ids`` and of what gained details, and post by rule."""
        explained = []
        for account in self:
            explained += account._tie_explanations()
        self._tell_payments([*ids, *explained])
        self.filtered(lambda one: one.posting == "auto" and one.journal_id)._post_by_rule()

    def _tie_explanations(self):
        """Give the details of notifications to the entries that they explain; they book nothing themselves.

        :return: ids of the transactions that gained details
        """
        self.ensure_one()
        self.env["audit.bank.file"].flush_model(["posts_by_rule"])
        self.env.cr.execute(UNTIED, [self.id])
        explanations = self.env.cr.dictfetchall()
        if not explanations:
            return []
        self.env.cr.execute(EXPLAINABLE, [self.id, list({one["amount"] for one in explanations})])
        rows = {one["id"]: one for one in self.env.cr.dictfetchall()}
        entries = [entry_of_row(one, self.number_key) for one in rows.values()]
        tied = []
        for explanation in explanations:
            found = find_explained(entry_of_row(explanation, self.number_key), entries)
            if found:
                entry, reason = found
                self._give_details(rows[entry.id], explanation, reason)
                tied.append(entry.id)
        return tied

    def _give_details(self, row, explanation, reason):
        """Add the details of a notification to a transaction, and keep what it said before."""
        given = explanation["details"].get("details", [])
        details = dict(row["details"] or {})
        if len(given) > len(details.get("details", [])):
            details["details"] = given
        transactions = self.env["audit.bank.transaction"]
        transaction, notification = transactions.browse([row["id"], explanation["id"]])
        notification.write({"looks_like_id": transaction.id, "looks_like_note": reason})
        single = notification if len(given) == 1 else transactions
        values = {
            "detail_count": len(details.get("details", [])),
            "remittance": transaction.remittance or single.remittance,
            "counterparty": transaction.counterparty or single.counterparty,
            "counterparty_account": transaction.counterparty_account or single.counterparty_account,
            "end_to_end_id": transaction.end_to_end_id or single.end_to_end_id,
            "mandate_id": transaction.mandate_id or single.mandate_id,
            "structured_reference": transaction.structured_reference or single.structured_reference,
            "write_date": fields.Datetime.now(),
        }
        former = {name: transaction[name] for name in values if name != "write_date"}
        self.env["audit.bank.sighting"].create(
            {
                "transaction_id": transaction.id,
                "window_id": notification.window_id.id,
                "kind": "explained",
                "score": 1.0,
                "reasons": reason,
                "former": {**former, "details": row["details"]},
                "seen": {"transaction": notification.id},
            }
        )
        transaction.write(values)
        transaction.flush_recordset()
        self.env.cr.execute(
            "UPDATE audit_bank_transaction SET details = %s WHERE id = %s", [json.dumps(details), transaction.id]
        )
        transaction.invalidate_recordset(["details"])

    @api.model
    def _tell_payments(self, ids):
        """Offer what is new to the follow-up of payments, where that is installed."""
        if ids and "audit.payment.status" in self.env:
            transactions = self.env["audit.bank.transaction"].browse(sorted(set(ids)))
            self.env["audit.payment.status"].sudo()._apply_transactions(transactions)
