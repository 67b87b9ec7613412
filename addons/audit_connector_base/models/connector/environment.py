from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...compat import audit_options

PARAMETER = "audit.environment"


class AuditConnector(models.Model):
    """Which world a connector belongs to. A copy of the database for trials never speaks to production platforms."""

    _inherit = "audit.connector"

    environment = fields.Selection(
        [("production", "Production"), ("test", "Test")],
        required=True,
        default=lambda self: self._database_environment(),
        tracking=True,
        help="Test for the trial system of a platform. Secrets belong to one of the two and are entered anew for the "
        "other. A test database exchanges nothing with production.",
    )

    @api.model
    def _database_environment(self):
        """``test`` in a neutralized copy, and where the server's configuration or the settings say so.

        Sudo: what this database is concerns everything in it.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        flagged = "test" in (audit_options().get("environment", "").strip().lower(), parameters.get_param(PARAMETER))
        return "test" if flagged or parameters.get_param("database.is_neutralized") else "production"

    def _check_environment(self):
        """:raises ValidationError: for a connector to production in a test database"""
        trouble = self._environment_trouble()
        if trouble:
            raise ValidationError(trouble)

    def _environment_trouble(self):
        """Why nothing may be exchanged in this database, as a sentence; empty when it may."""
        if self.environment == "production" and self._database_environment() == "test":
            return _(
                "This is a test database, and “%s” is a connector to production: nothing is exchanged. To try it out, "
                "choose the environment Test, and enter the address and the secrets of the platform's trial system.",
                self.name,
            )
        return ""
