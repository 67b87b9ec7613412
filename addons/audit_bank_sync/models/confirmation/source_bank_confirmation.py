from odoo import _, models

from odoo.addons.audit_connector_base.models.source import filters, words

STATES = ("draft", "approved", "sent", "answered", "compared", "closed", "cancelled")
LONGEST = 256


class AuditSourceBankConfirmation(models.AbstractModel):
    """Canonical ``bank_confirmation``: what was asked of a bank, and the answers received so far."""

    _name = "audit.source.bank_confirmation"
    _inherit = "audit.source"
    _description = "Audit Source of Bank Confirmations"
    _document_model = "audit.bank.confirmation"

    def _label(self):
        return _("Bank confirmations")

    def _filters(self):
        return {
            **filters.between("date", "as_of", "Confirmed as"),
            "state": filters.choice("state", {state: state for state in STATES}, "How far it is."),
        }

    def _facts(self, data):
        answers = data.get("answers") or ()
        return [
            (_("Bank"), (data.get("bank") or {}).get("name")),
            (_("As Of"), data.get("as_of")),
            (_("Best Assurance"), data.get("assurance")),
            (_("Answers"), ", ".join("%s (%s)" % (one.get("name"), one.get("assurance")) for one in answers)),
        ]

    def _bodies(self, documents, known):
        return [
            {
                "bank": {
                    "name": words.name(one.bank_id, one.bank_id.name),
                    "bic": words.text(one.bank_id.bic, words.NUMBER),
                },
                "as_of": words.date(one.date),
                "engagement": words.text(one.engagement),
                "state": one.state,
                "assurance": one.assurance or None,
                "answers": [self._answer(answer) for answer in one.answer_ids.sorted("id")[:LONGEST]],
                "lines": {
                    "total": one.line_count,
                    "answered": one.answered_count,
                    "agreed": one.agreed_count,
                    "differing": one.differing_count,
                },
            }
            for one in documents
        ]

    def _answer(self, answer):
        return {
            "id": words.reference(answer),
            "name": words.name(answer, answer.name),
            "sha256": answer.sha256,
            "size": answer.size,
            "assurance": answer.assurance,
            "channel": answer.channel,
            "proof": answer.proof or None,
            "received_at": words.time(answer.received_at),
            "received_by": words.person(answer.received_by_id),
        }
