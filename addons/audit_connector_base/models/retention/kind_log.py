from odoo import _, api, models
from odoo.exceptions import UserError

from ...core.erasures import IDS_LISTED, NEVER_ERASED

# What the document of an entry is about, the events tell that were told of it.
FOUND = """
SELECT e.id, e.time AS at, e.company_id, e.res_model, e.res_id, octet_length(p.payload) AS size, FALSE AS busy
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

# By the log in which they are sealed, so many in a row; of those that are not, by the one that they were written for.
# And the first that is shown as something else than was sealed, where members stand in the order of their names.
LISTED = """
SELECT origin, array_agg(uuid ORDER BY uuid COLLATE "C"), min(uuid) FILTER (WHERE NOT is_as_sealed)
  FROM (SELECT l.origin, e.uuid,
               (row_number() OVER (PARTITION BY l.origin ORDER BY e.uuid COLLATE "C") - 1) / %s AS part,
               position(convert_to('"id":"' || e.uuid || '","kind":"' || e.kind || '","subject":"'
                                   || coalesce(listed.res_model || '/' || listed.res_id::varchar, '')
                                   || '","time":"', 'UTF8') in e.entry) > 0 AS is_as_sealed
          FROM audit_retention_listed listed
          JOIN audit_log_entry e ON e.id = listed.row_id
          LEFT JOIN audit_log_leaf f ON f.entry_id = e.id
          JOIN audit_log l ON l.id = coalesce(f.log_id, e.log_id)
         WHERE listed.line_id = %s) numbered
 GROUP BY origin, part ORDER BY origin, part
"""


class AuditRetentionKindLog(models.AbstractModel):
    """What the entries of the log recorded. The entries themselves and their proof stay, as does who did what when."""

    _name = "audit.retention.kind.log"
    _inherit = "audit.retention.kind"
    _description = "Content of the Audit Trail"
    _record_model = "audit.log.entry"

    @api.model
    def _label(self):
        return _("Content of the audit trail")

    @api.model
    def _goes(self):
        return _(
            "What an entry recorded goes. The entry, its proof, and who did what when stay."
        )

    @api.model
    def _found(self):
        return FOUND

    @api.model
    def _listed_entries(self, line_id):
        self.env.cr.execute(LISTED, [IDS_LISTED, line_id])
        for origin, ids, other in self.env.cr.fetchall():
            if other:
                raise UserError(_("What is shown of the entry %s is not what was sealed. Verify the log first.", other))
            yield origin, ids

    @api.model
    def _empty(self, ids, erased_by):
        self.env.cr.execute(
            "UPDATE audit_log_payload SET payload = NULL, salt = NULL, erased_by = %s WHERE entry_id = ANY(%s)",
            [erased_by, ids],
        )
