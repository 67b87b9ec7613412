from contextlib import suppress
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.compat import check_access

from .provider import CannotFetch

WAITS = timedelta(days=1)


class AuditBankConsent(models.Model):
    """How a person comes back from the bank, and how it is found out that a consent was revoked there."""

    _inherit = "audit.bank.consent"

    @api.model
    def _returned_to(self, token):
        """The consent that the current user asked for not long ago and comes back with, as the superuser sees it.

        None for a token of somebody else, for one that was used or is old, and for one that never was.

        :raises AccessError: for somebody who may no longer ask for consents
        """
        consent = self._returned(token)
        oldest = fields.Datetime.now() - WAITS
        if not consent or consent.asked_by_id != self.env.user or consent.create_date < oldest:
            return self.browse()
        check_access(consent.connection_id.sudo(False), "write")
        return consent

    @api.model
    def _cron_watch(self):
        """Before the days are counted, ask the banks which consents still hold. Sudo: see ``_refuse_people``."""
        for consent in self.sudo().search([("state", "=", "valid")]):
            # A bank that does not answer says nothing against it.
            with suppress(CannotFetch, UserError):
                consent.connection_id._provider()._refresh_consent(consent)
        return super()._cron_watch()
