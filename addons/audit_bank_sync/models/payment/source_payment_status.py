from odoo import _, models

from odoo.addons.audit_connector_base.models.source import filters, words

from .words import STATES, reason_words, status_words


class AuditSourcePaymentStatus(models.AbstractModel):
    """Canonical ``payment_status``: where a payment stands at the bank, with the statement that says so."""

    _name = "audit.source.payment_status"
    _inherit = "audit.source"
    _description = "Audit Source of Payments at the Bank"
    _document_model = "account.payment"

    def _label(self):
        return _("Payments at the bank")

    def _told_domain(self, companies):
        return [*super()._told_domain(companies), ("audit_bank_state", "!=", False)]

    def _backfill_domain(self, code, date_from, date_to, companies):
        """By the payment's date; it is told where it stands now."""
        return [*self._told_domain(companies), ("date", ">=", date_from), ("date", "<=", date_to)]

    def _filters(self):
        return {
            "status": filters.choice("audit_bank_state", {code: code for code, _label in STATES}, "Its bank status."),
            "booked": filters.flag("audit_bank_booked", "Whether the bank's statement shows it."),
            "on_hold": filters.flag("audit_on_hold", "Whether it is on hold."),
            "end_to_end": filters.exact("audit_end_to_end_id", "Its end-to-end reference."),
            "partner": filters.record("partner_id", "res.partner", "Who paid or was paid."),
            **filters.between("date", "date", "Paid"),
        }

    def _facts(self, data):
        status = data.get("status") or {}
        return [
            (_("Payment"), data.get("number")),
            (_("Bank status"), dict(STATES).get(status.get("state"))),
            (_("The bank says"), ": ".join(filter(None, (status.get("words"), status.get("reason"))))),
            (_("When"), status.get("at")),
            (_("Partner"), (data.get("partner") or {}).get("name")),
            (_("Amount"), "%s %s" % (data["amount"], data.get("currency")) if "amount" in data else None),
            (_("End-to-end reference"), data.get("end_to_end_id")),
        ]

    def _bodies(self, documents, known):
        return [
            {
                "number": words.text(payment.name, words.REFERENCE) if payment.name != "/" else None,
                "direction": payment.payment_type,
                "date": words.date(payment.date),
                "partner": words.partner(payment.partner_id, known),
                "currency": payment.currency_id.name,
                "amount": words.amount(payment.amount, payment.currency_id),
                "end_to_end_id": words.text(payment.audit_end_to_end_id, words.NUMBER),
                "instruction_id": words.text(payment.audit_instruction_id, words.NUMBER),
                "batch_id": words.text(payment.audit_batch_id, words.NUMBER),
                "message_id": words.text(payment.audit_message_id, words.NUMBER),
                "booked": bool(payment.audit_bank_booked),
                "on_hold": bool(payment.audit_on_hold),
                "status": _status(payment.audit_status_ids._latest()),
            }
            for payment in documents
        ]


def _status(status):
    if not status:
        return None
    reason = reason_words(status.reason_code, None, status.payment_id.payment_type == "inbound")
    return {
        "state": status.state,
        "at": words.time(status.at),
        "code": words.text(status.status_code, words.NUMBER),
        "words": words.text(status_words(status.status_code)),
        "level": status.level or None,
        "source": status.source,
        "reason_code": words.text(status.reason_code, words.NUMBER),
        "reason": words.text(reason),
        "reason_class": status.reason_class or None,
        "actor": status.actor or None,
        "information": words.text(status.information, words.TEXT),
        "charges": words.text(status.charges, words.TEXT),
    }
