from odoo import _, api, models

from ..log.approved_erasures import NEVER_ERASED

# What the document of an entry is about, the events tell that were told of it.
FOUND = """
SELECT e.id, e.time AS at, e.company_id, e.res_model, e.res_id, FALSE AS busy
  FROM audit_log_entry e JOIN audit_log_payload p ON p.entry_id = e.id AND p.payload IS NOT NULL
 WHERE e.company_id = %(company)s AND e.time < %(before)s
   AND split_part(e.kind, '.', 1)
       NOT IN (NEVER_ERASED)
   AND (%(entities)s::varchar[] IS NULL
        OR EXISTS (SELECT 1 FROM audit_event said WHERE said.res_model = e.res_model AND said.res_id = e.res_id
                      AND said.entity = ANY(%(entities)s))
           AND NOT EXISTS (SELECT 1 FROM audit_event said WHERE said.res_model = e.res_model
                              AND said.res_id = e.res_id AND said.entity <> ALL(%(entities)s)))
   AND (%(others)s::varchar[] IS NULL
        OR NOT EXISTS (SELECT 1 FROM audit_event said WHERE said.res_model = e.res_model AND said.res_id = e.res_id
                          AND said.entity = ANY(%(others)s)))
""".replace("NEVER_ERASED", ", ".join("'%s'" % word for word in NEVER_ERASED))


class AuditRetentionKindLog(models.AbstractModel):
    """What the entries of the log recorded. The entries themselves and their proof stay, as does who did what when."""

    _name = "audit.retention.kind.log"
    _inherit = "audit.retention.kind"
    _description = "Content of the Audit Trail"

    @api.model
    def _label(self):
        return _("Content of the audit trail")

    @api.model
    def _found(self):
        return FOUND

    @api.model
    def _empty(self, ids, erased_by):
        self.env.cr.execute(
            "UPDATE audit_log_payload SET payload = NULL, salt = NULL, erased_by = %s WHERE entry_id = ANY(%s)",
            [erased_by, ids],
        )
