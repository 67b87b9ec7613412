from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...compat import check_access

WAITS = timedelta(days=1)


class AuditBankConsent(models.Model):
    """How a person comes back from the bank."""

    _inherit = "audit.bank.consent"

    @api.model
    def _returned_to(self, token):
        """The consent that the current user asked for not long ago and comes back with, as the superuser sees it.

        None for a token of somebody else, or of somebody who may no longer ask for consents; for one that was used or
        is old, and for one that never was.
        """
        consent = self._returned(token)
        oldest = fields.Datetime.now() - WAITS
        if not consent or consent.asked_by_id != self.env.user or consent.create_date < oldest:
            return self.browse()
        try:
            check_access(consent.connection_id.sudo(False), "write")
        except AccessError:
            return self.browse()
        return consent
