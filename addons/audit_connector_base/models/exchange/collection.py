from odoo import _, api, fields, models

UPSERT = """
INSERT INTO audit_collection (connector_id, company_id, last_run_at, last_message_at, collected, failing_since, reason)
VALUES (%(connector)s, %(company)s, %(now)s, %(message_at)s, %(collected)s, %(failing)s, %(reason)s)
ON CONFLICT (connector_id) DO UPDATE
   SET last_run_at = EXCLUDED.last_run_at,
       last_message_at = COALESCE(EXCLUDED.last_message_at, audit_collection.last_message_at),
       collected = audit_collection.collected + EXCLUDED.collected,
       failing_since = CASE WHEN EXCLUDED.failing_since IS NULL THEN NULL
                            ELSE COALESCE(audit_collection.failing_since, EXCLUDED.failing_since) END,
       reason = EXCLUDED.reason
RETURNING failing_since
"""


class AuditCollection(models.Model):
    """How collecting fares, one row a connector, written by the runs.

    It stands beside the connector and not in it, as ``audit.connector.state`` does and for the same reason.
    """

    _name = "audit.collection"
    _inherit = "audit.company.bound"
    _description = "Audit Collection"
    _log_access = False
    _rec_name = "connector_id"

    connector_id = fields.Many2one("audit.connector", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    last_run_at = fields.Datetime(string="Last Looked", readonly=True)
    last_message_at = fields.Datetime(string="Last Message", readonly=True)
    collected = fields.Integer(readonly=True)
    failing_since = fields.Datetime(readonly=True)
    reason = fields.Char(readonly=True)

    _sql_constraints = [("one_each", "UNIQUE (connector_id)", "A connector has one row here.")]

    @api.model
    def _note(self, connector, collected, reason):
        """Write what became of a run; ``reason``: why nothing more could be collected, or an empty text.

        :return: since when (UTC, naive) collecting has failed, or None
        """
        now = fields.Datetime.now()
        self.env.cr.execute(
            UPSERT,
            {
                "connector": connector.id,
                "company": connector.company_id.id,
                "now": now,
                "message_at": now if collected else None,
                "collected": collected,
                "failing": now if reason else None,
                "reason": reason or None,
            },
        )
        self.invalidate_model()
        return self.env.cr.fetchone()[0]


class AuditConnector(models.Model):
    """What the form says about collecting."""

    _inherit = "audit.connector"

    collection_ids = fields.One2many("audit.collection", "connector_id", readonly=True)
    collect_note = fields.Char(string="Collecting", compute="_compute_collect_note")
    collect_trouble = fields.Char(string="Cannot Collect", compute="_compute_collect_note")

    def _judge_health(self):
        """Who cannot collect tries again by itself, and is not well."""
        health = super()._judge_health()
        return "waiting" if health in ("good", "idle") and self.collect_trouble else health

    @api.depends("collect", "collection_ids")
    def _compute_collect_note(self):
        """Read anew each time: runs write these rows past the cache."""
        self.env["audit.collection"].invalidate_model()
        for connector in self:
            fares = connector.collection_ids[:1] if connector.collect else connector.collection_ids.browse()
            connector.collect_trouble = fares.reason
            if fares.last_message_at:
                moment = fields.Datetime.context_timestamp(self, fares.last_message_at).strftime("%Y-%m-%d %H:%M")
                connector.collect_note = _(
                    "%(number)s messages so far, the last one on %(moment)s", number=fares.collected, moment=moment
                )
            else:
                connector.collect_note = _("Nothing has come yet") if fares else False
