from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

AUDITOR = "audit_connector_base.group_audit_auditor"


class AuditSharedWithAuditor(models.AbstractModel):
    """What an auditor from outside sees and does in the portal, from the day that they are named to a last day.

    A portal user holds no right on any model of the suite. Who may see what is decided here, by name and by day. A
    model says in ``_shared_on`` what is shared with the current user, and asks ``_check_is_auditor`` before each step
    that it takes in their name.
    """

    _name = "audit.shared.with.auditor"
    _description = "What Is Shared With an Auditor From Outside"

    @api.model
    def _shared_on(self, day):
        """Domain of what is shared on a day with the current user, who has the role of an auditor."""
        raise NotImplementedError

    def _words_to_others(self):
        """Say to somebody with whom it is not shared whose step this is."""
        return _("Only the auditor named here does that.")

    @api.model
    def _shared_domain(self):
        """Domain of what the current user may see in the portal today; of nothing where they are no auditor.

        Today is the day in UTC: people choose their own time zone, and with it half a day more.
        """
        if not self.env.user.has_group(AUDITOR):
            return [("id", "=", 0)]
        return self._shared_on(fields.Date.today())

    @api.model
    def _shared(self, record_id=None):
        """Return what is shared with the current user, one of it or all; empty where it is not. Sudo: see the class."""
        domain = self._shared_domain()
        if record_id is not None:
            domain = [*domain, ("id", "=", record_id)]
        return self.sudo().search(domain)

    def _is_of_auditor(self):
        """Whether the current user is an auditor from outside with whom all of these are shared today."""
        if not self or not self.env.user.share:
            return False
        return not self.sudo() - self.sudo().search([*self._shared_domain(), ("id", "in", self.ids)])

    def _check_is_auditor(self):
        """:raises AccessError: unless the current user is an auditor named, and their access has not ended"""
        if not self._is_of_auditor():
            raise AccessError(self._words_to_others())

    @api.model
    def _check_are_auditors(self, users):
        """:raises ValidationError: naming the first who is no auditor from outside"""
        for user in users:
            if not user.share or not user.has_group(AUDITOR):
                raise ValidationError(
                    _(
                        "%s is not an auditor in the portal. Give the role Audit (External): Auditor to a portal user.",
                        user.name,
                    )
                )
