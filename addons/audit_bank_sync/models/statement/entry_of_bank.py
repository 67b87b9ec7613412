from odoo import _, models

MONEY = ("ledger_balance", "bank_balance", "unexplained")
KINDS = ("bank_reconciliation.", "bank_confirmation.", "card_settlement.")


class AuditLogEntry(models.Model):
    """What the log says of reconciliations, confirmations and settlements."""

    _inherit = "audit.log.entry"

    def _summary_of(self, payload):
        if not self.kind.startswith(KINDS):
            return super()._summary_of(payload)
        payload = payload or {}
        sentence = self._bank_sentences(payload).get(self.kind)
        bad = self.kind in ("bank_confirmation.refused", "bank_confirmation.differs", "bank_reconciliation.returned")
        return sentence or self.kind, "bad" if bad else "good"

    def _bank_sentences(self, payload):
        name, file = payload.get("name") or "", payload.get("file") or ""
        return {
            "bank_reconciliation.prepared": _("Bank reconciliation prepared: %s", name),
            "bank_reconciliation.explained": _("Error listed in the bank reconciliation: %s", name),
            "bank_reconciliation.item_changed": _("Item explained or changed in the bank reconciliation: %s", name),
            "bank_reconciliation.item_removed": _("Error taken out of the bank reconciliation: %s", name),
            "bank_reconciliation.deleted": _("Draft of a bank reconciliation deleted: %s", name),
            "bank_reconciliation.signed": _("Bank reconciliation signed by the preparer: %s", name),
            "bank_reconciliation.reviewed": _("Bank reconciliation reviewed: %s", name),
            "bank_reconciliation.returned": _("Bank reconciliation given back to the preparer: %s", name),
            "bank_reconciliation.exported": _("Bank reconciliation downloaded: %s", name),
            "bank_confirmation.prepared": _("Bank confirmation prepared: %s", name),
            "bank_confirmation.deleted": _("Draft of a bank confirmation deleted: %s", name),
            "bank_confirmation.approved": _("Mandate approved for the bank confirmation: %s", name),
            "bank_confirmation.sent": _("Bank confirmation sent: %s", name),
            "bank_confirmation.received": _("Answer of the bank received: %(file)s", file=file),
            "bank_confirmation.refused": _("File refused as an answer of the bank: %(file)s", file=file),
            "bank_confirmation.entered": _("What the bank confirms was entered: %s", name),
            "bank_confirmation.compared": _("Bank confirmation compared with the books: %s", name),
            "bank_confirmation.differs": _("The bank confirms something else than the books: %s", name),
            "bank_confirmation.closed": _("Bank confirmation closed: %s", name),
            "bank_confirmation.cancelled": _("Bank confirmation cancelled: %s", name),
            "bank_confirmation.access_changed": _("Access of the auditor changed: %s", name),
            "bank_confirmation.viewed": _("Bank confirmation opened by the auditor: %s", name),
            "bank_confirmation.downloaded": _("Answer of the bank downloaded: %(file)s", file=file),
            "card_settlement.read": _("Settlement report read: %(file)s", file=file),
            "card_settlement.compared": _("Settlement compared with the bank: %s", name),
        }

    def _facts_of(self, payload):
        if not self.kind.startswith(KINDS):
            return super()._facts_of(payload)
        currency = payload.get("currency") or ""
        facts = [
            (_("Name"), payload.get("name")),
            (_("As Of"), payload.get("as_of")),
            (_("Balance in the Ledger"), payload.get("ledger_balance")),
            (_("Balance of the Bank"), payload.get("bank_balance")),
            (_("Unexplained Difference"), payload.get("unexplained")),
            (_("Items Listed"), payload.get("items")),
            (_("Status"), payload.get("state")),
            (_("File"), payload.get("file")),
            (_("SHA-256"), payload.get("sha256")),
            (_("Assurance"), payload.get("assurance")),
            (_("How It Came"), payload.get("channel")),
            (_("Proof"), payload.get("proof")),
            (_("Sent By"), payload.get("sent_how")),
            (_("Access Until"), payload.get("access_until")),
            (_("Reason"), payload.get("reason")),
            (_("Lines"), "; ".join(payload.get("lines") or [])),
            (_("Mandate"), payload.get("mandate")),
            (_("By"), payload.get("by")),
        ]
        money = [payload.get(name) for name in MONEY]
        return [
            (label, "%s %s" % (text, currency) if text in money and currency else text)
            for label, text in facts
            if text not in (None, "")
        ]
