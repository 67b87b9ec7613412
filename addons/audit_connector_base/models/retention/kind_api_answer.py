from odoo import _, api, models


class AuditRetentionKindApiAnswer(models.AbstractModel):
    """What programs were answered when they added something, kept so that asking once more adds nothing.

    A row goes whole: without its answer it is of no use.
    """

    _name = "audit.retention.kind.api_answer"
    _inherit = "audit.retention.kind"
    _description = "Answers to Programs"
    _record_model = "audit.api.answer"

    @api.model
    def _label(self):
        return _("Answers to programs (API)")

    @api.model
    def _goes(self):
        return _(
            "The answer goes whole; a program that asks once more then adds something new."
        )

    @api.model
    def _found(self):
        return """
            SELECT a.id, a.answered_at AS at, a.company_id, 'audit.inbound.message'::varchar AS res_model,
                   a.message_id AS res_id, octet_length(a.body) AS size, FALSE AS busy
              FROM audit_api_answer a JOIN audit_inbound_message m ON m.id = a.message_id
             WHERE a.company_id = %(company)s AND a.answered_at < %(before)s
               AND (%(entities)s::varchar[] IS NULL OR split_part(m.type, '.', 1) = ANY(%(entities)s))
               AND (%(others)s::varchar[] IS NULL OR m.type IS NULL OR split_part(m.type, '.', 1) <> ALL(%(others)s))
        """

    @api.model
    def _empty(self, ids, erased_by):
        self.env.cr.execute("DELETE FROM audit_api_answer WHERE id = ANY(%s)", [ids])
        self.env["audit.api.answer"].invalidate_model()
