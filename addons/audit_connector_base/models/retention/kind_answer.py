from odoo import _, api, models


class AuditRetentionKindAnswer(models.AbstractModel):
    """What platforms answered, and the headers of what was sent. That there was an attempt, and how it ended, stays."""

    _name = "audit.retention.kind.answer"
    _inherit = "audit.retention.kind"
    _description = "Answers of Platforms"
    _record_model = "audit.delivery.attempt"

    @api.model
    def _label(self):
        return _("Answers of platforms")

    @api.model
    def _goes(self):
        return _(
            "What platforms answered and the headers of what was sent go. That there was an attempt, and how it ended, "
            "stays."
        )

    @api.model
    def _found(self):
        return """
            SELECT a.id, a.started_at AS at, a.company_id, e.res_model, e.res_id,
                   coalesce(octet_length(a.answer_body), 0) + coalesce(octet_length(a.answer_headers::text), 0)
                       + coalesce(octet_length(a.request_headers::text), 0) AS size,
                   d.state = 'sending' AS busy
              FROM audit_delivery_attempt a
              JOIN audit_delivery d ON d.id = a.delivery_id
              JOIN audit_event e ON e.id = d.event_id
             WHERE (a.answer_body IS NOT NULL OR a.answer_headers IS NOT NULL OR a.request_headers IS NOT NULL)
               AND a.company_id = %(company)s AND a.started_at < %(before)s
               AND (%(entities)s::varchar[] IS NULL OR e.entity = ANY(%(entities)s))
               AND (%(others)s::varchar[] IS NULL OR e.entity <> ALL(%(others)s))
        """

    @api.model
    def _empty(self, ids, erased_by):
        self.env.cr.execute(
            """
            UPDATE audit_delivery_attempt
               SET answer_body = NULL, answer_headers = NULL, request_headers = NULL, answer_sha256 = NULL,
                   erased_by = %s
             WHERE id = ANY(%s)
            """,
            [erased_by, ids],
        )
        self.env["audit.delivery.attempt"].invalidate_model()
