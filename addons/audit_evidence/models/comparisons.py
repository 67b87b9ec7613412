from psycopg2.sql import SQL

from odoo import _, api, models

from odoo.addons.audit_connector_base.models.log.completeness_queries import GENUINE

# Given within minutes of the time that it bears, in that person's name, for that digest and as what it says; a
# withdrawal likewise, and it stays one.
SIGNED = SQL(
    """
SELECT x.company_id, x.res_model, x.res_id
  FROM audit_signoff x
 WHERE NOT EXISTS (
           SELECT 1 FROM audit_log_entry e JOIN audit_log_payload p ON p.entry_id = e.id
            WHERE e.res_model = x.res_model AND e.res_id = x.res_id AND e.kind = 'signoff.given'
              AND e.actor = 'user/' || x.user_id
              AND e.time BETWEEN x.signed_at - interval '5 minutes' AND x.signed_at + interval '5 minutes'
              AND (p.payload IS NULL
                   OR position(convert_to(x.digest, 'UTF8') IN p.payload) > 0
                      AND position(convert_to('"level":"' || initcap(x.level) || '"', 'UTF8') IN p.payload) > 0)
              GENUINE)
    OR x.withdrawn_at IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM audit_log_entry e
            WHERE e.res_model = x.res_model AND e.res_id = x.res_id AND e.kind = 'signoff.withdrawn'
              AND e.actor = 'user/' || x.user_id
              AND e.time BETWEEN x.withdrawn_at - interval '5 minutes' AND x.withdrawn_at + interval '5 minutes'
              GENUINE)
    OR x.withdrawn_at IS NULL AND EXISTS (
           SELECT 1 FROM audit_log_entry e JOIN audit_log_payload p ON p.entry_id = e.id
            WHERE e.res_model = x.res_model AND e.res_id = x.res_id AND e.kind = 'signoff.withdrawn'
              AND position(convert_to('"signoff":' || x.id || ',', 'UTF8') IN p.payload) > 0
              GENUINE)
 ORDER BY x.id LIMIT 10001
""".replace("GENUINE", GENUINE)
)
# What was completed says so in the log, by somebody of whom the log says no hand in it.
COMPLETED = SQL(
    """
SELECT x.company_id, 'audit.request', x.id
  FROM audit_request x
 WHERE x.state = 'completed'
   AND (NOT EXISTS (
           SELECT 1 FROM audit_log_entry e
            WHERE e.res_model = 'audit.request' AND e.res_id = x.id AND e.kind = 'audit_request.completed'
              AND e.actor = 'user/' || x.closed_by_id
              GENUINE)
    OR EXISTS (
           SELECT 1 FROM audit_log_entry e
            WHERE e.res_model = 'audit.request' AND e.res_id = x.id AND e.actor = 'user/' || x.closed_by_id
              AND e.kind IN ('evidence.added', 'evidence.removed', 'audit_request.provided')
              GENUINE))
 ORDER BY x.id LIMIT 10001
""".replace("GENUINE", GENUINE)
)
# The answer that was provided last is the one that stands there; canonical JSON escapes as PostgreSQL does.
ANSWERED = SQL(
    """
SELECT x.company_id, 'audit.request', x.id
  FROM audit_request x
  LEFT JOIN LATERAL (
       SELECT e.id, p.payload FROM audit_log_entry e LEFT JOIN audit_log_payload p ON p.entry_id = e.id
        WHERE e.res_model = 'audit.request' AND e.res_id = x.id AND e.kind = 'audit_request.provided'
          GENUINE
        ORDER BY e.id DESC LIMIT 1) said ON true
 WHERE x.state IN ('provided', 'completed')
   AND (said.id IS NULL
        OR position(convert_to('"answer":' || to_json(coalesce(x.answer, ''))::text || ',', 'UTF8')
                    IN said.payload) = 0)
 ORDER BY x.id LIMIT 10001
""".replace("GENUINE", GENUINE)
)
# A file has the hash with which it was added.
ADDED = SQL(
    """
SELECT x.company_id, 'audit.evidence', x.id
  FROM audit_evidence x
 WHERE NOT EXISTS (
           SELECT 1 FROM audit_log_entry e JOIN audit_log_payload p ON p.entry_id = e.id
            WHERE e.res_model = 'audit.request' AND e.res_id = x.request_id AND e.kind = 'evidence.added'
              AND (p.payload IS NULL OR position(convert_to('SHA-256 ' || x.sha256 || ')', 'UTF8') IN p.payload) > 0)
              GENUINE)
 ORDER BY x.id LIMIT 10001
""".replace("GENUINE", GENUINE)
)
# Who sees an engagement from outside, and until when, is what the last entry about it says.
SHARED = SQL(
    """
SELECT x.company_id, 'audit.engagement', x.id
  FROM audit_engagement x
  LEFT JOIN LATERAL (
       SELECT e.id, p.payload FROM audit_log_entry e LEFT JOIN audit_log_payload p ON p.entry_id = e.id
        WHERE e.res_model = 'audit.engagement' AND e.res_id = x.id
          AND e.kind IN ('engagement.planned', 'engagement.changed', 'engagement.access_changed', 'engagement.opened')
          GENUINE
        ORDER BY e.id DESC LIMIT 1) said ON true
 WHERE x.state = 'open'
   AND (said.id IS NULL
        OR position(convert_to('"state":"open"', 'UTF8') IN said.payload) = 0
        OR position(convert_to('"access_until":"' || coalesce(to_char(x.access_until, 'YYYY-MM-DD'), '') || '"',
                               'UTF8') IN said.payload) = 0
        OR EXISTS (SELECT 1 FROM audit_engagement_auditor_rel r
                    WHERE r.engagement_id = x.id
                      AND position(convert_to('"user/' || r.user_id || '"', 'UTF8') IN said.payload) = 0))
 ORDER BY x.id LIMIT 10001
""".replace("GENUINE", GENUINE)
)


class AuditLog(models.Model):
    """Sign-offs, what was provided and completed, and who may see it, are compared with the log like all decisions."""

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
            (
                [ANSWERED, ADDED],
                _("What was provided to auditors of %s is not what the log says"),
                _("Compare it with its audit trail, and provide it again to the auditor."),
            ),
            (
                [SHARED],
                _("Auditors see engagements of %s without an entry in the log"),
                _("Correct who has access and until when, and ask the auditors what they saw."),
            ),
        ]
