from odoo import _, api, models
from odoo.exceptions import UserError


class AuditBankProviderTold(models.AbstractModel):
    """Transactions that a system outside tells of one by one, as a client of the API or as messages of its connector.

    See ``handlers.bank_transaction`` and ``handlers.payment_status``. Statements of the same accounts may come as
    files.
    """

    _name = "audit.bank.provider.told"
    _inherit = "audit.bank.provider"
    _description = "Bank Transactions Told by Another System"

    @api.model
    def _label(self):
        return _("Another system tells of each transaction")

    @api.model
    def _can_be_asked(self):
        return False


class AuditBankConnection(models.Model):
    """Whom we believe about our bank."""

    _inherit = "audit.bank.connection"

    @api.model
    def _told_by(self, connector):
        """Return the connections over which ``connector`` tells of a bank; raises ``UserError`` where there is none."""
        found = self.search([("connector_id", "=", connector.id), ("provider", "=", "told")])
        if not found:
            raise UserError(
                _(
                    "Nothing about banks is expected from “%s”. If it is to come from there, an administrator chooses "
                    "it as the connector of a bank connection, under Configuration, Bank Connections.",
                    connector.name,
                )
            )
        return found
