from odoo import _, models


class AuditConnector(models.Model):
    """A copy of a database must not speak in the name of the original, nor take its messages."""

    _inherit = "audit.connector"

    def _blocker(self, verifying=False):
        trouble = super()._blocker(verifying)
        if not trouble and not verifying and self.env["audit.log"]._is_elsewhere():
            return _(
                "This database was copied or moved, so nothing is sent or collected. An administrator says under "
                "Audit, Log, Logs whether it is the one that goes on."
            )
        return trouble
