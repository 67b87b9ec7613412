from psycopg2.sql import SQL

from odoo import _, api, models

from odoo.addons.audit_connector_base.models.log.completeness_queries import GENUINE

# Given within minutes of the time that it bears, in that person's name, for that digest; a withdrawal likewise.
SIGNED = SQL(
    """
SELECT x.company_id, x.res_model, x.res_id
  FROM audit_signoff x
 WHERE NOT EXISTS (
           SELECT 1 FROM audit_log_entry e JOIN audit_log_payload p ON p.entry_id = e.id
            WHERE e.res_model = x.res_model AND e.res_id = x.res_id AND e.kind = 'signoff.given'
              AND e.actor = 'user/' || x.user_id
              AND e.time BETWEEN x.signed_at - interval '5 minutes' AND x.signed_at + interval '5 minutes'
              AND (p.payload IS NULL OR position(convert_to(x.digest, 'UTF8') IN p.payload) > 0)
              GENUINE)
    OR x.withdrawn_at IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM audit_log_entry e
            WHERE e.res_model = x.res_model AND e.res_id = x.res_id AND e.kind = 'signoff.withdrawn'
              AND e.actor = 'user/' || x.user_id
              AND e.time BETWEEN x.withdrawn_at - interval '5 minutes' AND x.withdrawn_at + interval '5 minutes'
              GENUINE)
 ORDER BY x.id LIMIT 10001
""".replace("GENUINE", GENUINE)
)
# What was completed says so in the log, and is told of.
COMPLETED = SQL(
    """
SELECT x.company_id, 'audit.request', x.id
  FROM audit_request x
 WHERE x.state = 'completed'
   AND NOT EXISTS (
           SELECT 1 FROM audit_log_entry e
            WHERE e.res_model = 'audit.request' AND e.res_id = x.id AND e.kind = 'audit_request.completed'
              AND e.actor = 'user/' || x.closed_by_id
              GENUINE)
 ORDER BY x.id LIMIT 10001
""".replace("GENUINE", GENUINE)
)


class AuditLog(models.Model):
    """Sign-offs and completed requests are compared with the log like all that people decide."""

    _inherit = "audit.log"

    @api.model
    def _comparisons(self):
        return [
            *super()._comparisons(),
            (
                [SIGNED],
                _("Sign-offs of %s are not in the log"),
                _("Have them withdrawn, and given again by who is named there."),
            ),
            (
                [COMPLETED],
                _("Completed requests of auditors of %s are not in the log"),
                _("Ask the auditor what was accepted."),
            ),
        ]
