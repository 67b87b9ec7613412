from odoo import _, api, models
from odoo.exceptions import ValidationError


class AuditConnector(models.Model):
    """What holds for all connectors: what a new one begins with, and the largest message that any of them accepts."""

    _inherit = "audit.connector"

    @api.model
    def _check_default_timeout(self, seconds):
        """:raises ValidationError: for a time-out that no connector could have"""
        if not 1 <= seconds <= 50:
            raise ValidationError(_("The time-out of new connectors must lie between 1 and 50 seconds."))

    @api.model
    def _check_inbound_max_kib(self, kib):
        """:raises ValidationError: beyond the bounds in which a message can be read into memory while others are"""
        if not 1 <= kib <= 65536:
            raise ValidationError(_("The largest message accepted lies between 1 and 65,536 KiB."))

    @api.model
    def _set_defaults(self, timeout, policy, inbound_max_kib):
        """Write those defaults that change; each change stands in the log as any setting's does, with who made it.

        Sudo: only system administrators write parameters, and these three are all that is written. Whoever calls asked
        whether the person may.

        :param timeout: seconds
        :param policy: ``audit.retry.policy`` that every company may use, or none for the standard one
        :param inbound_max_kib: size of a request
        :raises ValidationError: for values that cannot be
        """
        self._check_default_timeout(timeout)
        self._check_inbound_max_kib(inbound_max_kib)
        if policy.company_id:
            raise ValidationError(_("“%s” is a retry policy of one company, and new ones are of any.", policy.name))
        set_param = self.env["ir.config_parameter"].sudo().set_param
        if timeout != self._default_timeout():
            set_param("audit.delivery_timeout", str(timeout))
        if policy != self._default_retry_policy():
            set_param("audit.retry_policy_id", str(policy.id) if policy else False)
        if inbound_max_kib != self._inbound_max_kib():
            set_param("audit.inbound_max_size", str(inbound_max_kib * 1024))

    @api.model
    def _inbound_max_kib(self):
        return self._inbound_max_size() // 1024
