from odoo import _, api, models

ELSEWHERE = """
SELECT 1 FROM audit_log WHERE state = 'open' AND database_uuid <> %s AND verifier_key IS NOT NULL LIMIT 1
"""


class AuditLog(models.Model):
    """Telling a copy of a database from the original, by the number that Odoo gives to each."""

    _inherit = "audit.log"

    @api.model
    def _is_elsewhere(self):
        """Whether the database has another number than its logs were begun in: somebody copied or moved it.

        Nothing may be sent then, until a person has said which: a copy must not speak in the name of the original.
        Logs in which nothing is sealed yet, as in the copy of a template, say nothing about it.
        """
        self.env.cr.execute(ELSEWHERE, [self._database_uuid()])
        return bool(self.env.cr.fetchone())


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
