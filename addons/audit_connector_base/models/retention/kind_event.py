from odoo import _, api, models


class AuditRetentionKindEvent(models.AbstractModel):
    """Contents of the messages that were made, delivered or not. What still waits to be sent is needed."""

    _name = "audit.retention.kind.event"
    _inherit = "audit.retention.kind"
    _description = "Contents of Messages Sent"
    _record_model = "audit.event"

    @api.model
    def _label(self):
        return _("Contents of messages sent")

    @api.model
    def _goes(self):
        return _(
            "What a message said goes. That there was one, about which document, when and to whom, stays."
        )

    @api.model
    def _found(self):
        return """
            SELECT e.id, e.time AS at, e.company_id, e.res_model, e.res_id,
                   octet_length(e.payload) AS size, EXISTS (SELECT 1 FROM audit_delivery d
                            WHERE d.event_id = e.id AND d.state IN ('pending', 'sending', 'held')) AS busy
              FROM audit_event e
             WHERE e.payload IS NOT NULL AND e.company_id = %(company)s AND e.time < %(before)s
               AND (%(entities)s::varchar[] IS NULL OR e.entity = ANY(%(entities)s))
               AND (%(others)s::varchar[] IS NULL OR e.entity <> ALL(%(others)s))
        """

    @api.model
    def _empty(self, ids, erased_by):
        """The digest goes as well: it has no salt, so what is missing could be found by trying."""
        self.env.cr.execute(
            "UPDATE audit_event SET payload = NULL, payload_sha256 = NULL, erased_by = %s WHERE id = ANY(%s)",
            [erased_by, ids],
        )
        self.env["audit.event"].invalidate_model(["payload_sha256", "payload_text"])
