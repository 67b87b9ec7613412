from odoo import _, api, models


class AuditRetentionKindJob(models.AbstractModel):
    """What jobs of the suite left behind: their results, and the texts of their errors. Their arguments are numbers
    and days, which ``test_security_rules.py`` keeps them to."""

    _name = "audit.retention.kind.job"
    _inherit = "audit.retention.kind"
    _description = "Results and Errors of Jobs"
    _record_model = "queue.job"

    @api.model
    def _label(self):
        return _("Results and errors of jobs")

    @api.model
    def _goes(self):
        return _(
            "Results and texts of errors go. That the job ran, when and how it ended, stays."
        )

    @api.model
    def _found(self):
        """No policy tells jobs apart by what they are about; those of no company belong to the first of their user."""
        return """
            SELECT j.id, j.date_created AS at, coalesce(j.company_id, u.company_id) AS company_id,
                   'queue.job'::varchar AS res_model, j.id AS res_id,
                   coalesce(octet_length(j.exc_info), 0) + coalesce(octet_length(j.exc_message), 0)
                       + coalesce(octet_length(j.result), 0) AS size,
                   j.state NOT IN ('done', 'failed', 'cancelled') AS busy
              FROM queue_job j JOIN res_users u ON u.id = j.user_id
             WHERE j.model_name LIKE 'audit.%%' AND j.date_created < %(before)s
               AND coalesce(j.company_id, u.company_id) = %(company)s AND %(entities)s::varchar[] IS NULL
               AND (j.exc_info IS NOT NULL OR j.exc_message IS NOT NULL OR j.result IS NOT NULL)
        """

    @api.model
    def _empty(self, ids, erased_by):
        self.env.cr.execute(
            "UPDATE queue_job SET exc_info = NULL, exc_message = NULL, result = NULL WHERE id = ANY(%s)", [ids]
        )
        self.env["queue.job"].invalidate_model()
