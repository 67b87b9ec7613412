from decimal import Decimal
from types import SimpleNamespace

from odoo import _, api, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.models.exchange.inbound_handler import Handled

from ..core.bank_files.status_report import Reason
from ..models.payment.finding import Finder

SENT = "SENT"


class AuditInboundHandlerPaymentStatus(models.AbstractModel):
    """What became of a payment, told by the system that sends payments to the bank.

    Only from the connector that a bank connection names, as for ``bank_transaction``. A status moves no money: that a
    payment is booked is said by a transaction on the account alone.
    """

    _name = "audit.inbound.handler.payment_status"
    _inherit = "audit.inbound.handler"
    _description = "Payment Status Handler"

    @api.model
    def _message_types(self):
        return ["payment_status.told"]

    @api.model
    def _contract(self):
        return "payment_status_report", 1

    @api.model
    def _api_entity(self):
        return "payment_status", _("Statuses of payments")

    @api.model
    def _handle(self, message, data):
        connections = self.env["audit.bank.connection"]._told_by(message.connector_id)
        payment = self._payment(message.company_id, data)
        journals = connections.account_ids.journal_id
        if journals and payment.journal_id not in journals:
            raise UserError(
                _(
                    "“%(payment)s” goes over %(journal)s, and “%(name)s” tells of other banks.",
                    payment=payment.display_name,
                    journal=payment.journal_id.display_name,
                    name=message.connector_id.name,
                )
            )
        if data["status"] == SENT:
            payment._mark_sent(data.get("message_id"), data.get("batch_id"))
        else:
            self.env["audit.payment.status"]._apply_api(
                payment,
                data["status"],
                [Reason(one.get("code"), one.get("text")) for one in data.get("reasons") or ()],
                at=data["at"],
                reference=data.get("bank_reference"),
                key="%s|%s" % (data["status"], data["at"]),
            )
        words = payment.audit_bank_words or _("handed to the bank")
        facts = {"status": data["status"], "end_to_end_id": data["end_to_end_id"]}
        return Handled("%s: %s" % (payment.display_name, words), payment, facts)

    @api.model
    def _payment(self, company, data):
        """The one payment of ``company`` that is meant; raises ``UserError``."""
        reference = data["end_to_end_id"]
        said = SimpleNamespace(
            end_to_end_id=reference, instruction_id=None, payment_information_id=data.get("batch_id")
        )
        payment, problem = Finder(self.env, company, [reference]).find(said)
        amount = data.get("amount") and Decimal(data["amount"])
        statuses = self.env["audit.payment.status"]
        problem = problem or statuses._words_on_other_amount(payment, amount, data.get("currency"))
        if problem:
            raise UserError(problem)
        return payment
