from odoo import _, api, models


class AuditRetentionKindInbound(models.AbstractModel):
    """Contents of the messages received, and the values that exceptions put before people. What waits is needed."""

    _name = "audit.retention.kind.inbound"
    _inherit = "audit.retention.kind"
    _description = "Contents of Messages Received"
    _record_model = "audit.inbound.message"

    @api.model
    def _label(self):
        return _("Contents of messages received")

    @api.model
    def _goes(self):
        return _(
            "What was received goes, with its headers and the values that people were asked to decide about. That it "
            "came, when and from whom, and what was decided stay."
        )

    @api.model
    def _found(self):
        """The type of a message begins with what it is about: ``supplier.updated``."""
        return """
            SELECT m.id, m.received_at AS at, m.company_id, m.res_model, m.res_id,
                   octet_length(m.body) AS size, m.state NOT IN ('processed', 'dead') OR EXISTS (
                       SELECT 1 FROM audit_exception x
                        WHERE x.message_id = m.id AND x.state IN ('open', 'proposed')) AS busy
              FROM audit_inbound_message m
             WHERE m.body IS NOT NULL AND m.company_id = %(company)s AND m.received_at < %(before)s
               AND (%(entities)s::varchar[] IS NULL OR split_part(m.type, '.', 1) = ANY(%(entities)s))
               AND (%(others)s::varchar[] IS NULL OR m.type IS NULL OR split_part(m.type, '.', 1) <> ALL(%(others)s))
        """

    @api.model
    def _empty(self, ids, erased_by):
        """A repeat is still recognised by its number; only that it is another message can no longer be told."""
        self.env.cr.execute(
            """
            UPDATE audit_inbound_message
               SET body = NULL, body_sha256 = NULL, headers = NULL, violations = NULL, erased_by = %s
             WHERE id = ANY(%s)
            """,
            [erased_by, ids],
        )
        self.env.cr.execute(
            """
            UPDATE audit_exception_line line SET value_odoo = NULL, value_received = NULL
              FROM audit_exception x WHERE x.id = line.exception_id AND x.message_id = ANY(%s)
            """,
            [ids],
        )
        self.env.cr.execute("UPDATE audit_exception SET explanation = NULL WHERE message_id = ANY(%s)", [ids])
        for name in ("audit.inbound.message", "audit.exception", "audit.exception.line"):
            self.env[name].invalidate_model()
