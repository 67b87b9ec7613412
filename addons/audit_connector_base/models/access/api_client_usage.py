from datetime import datetime, timezone

from odoo import _, fields, models
from odoo.exceptions import UserError

USED = """
SELECT client_id, last_used_at, CASE WHEN day = %(today)s THEN calls ELSE 0 END
  FROM audit_api_usage WHERE client_id = ANY(%(ids)s)
"""
REFUSED = """
SELECT client_id, sum(count) FROM audit_api_refusal
 WHERE client_id = ANY(%(ids)s) AND window_start >= %(today)s GROUP BY client_id
"""


class AuditApiClient(models.Model):
    """How much a client is used; days are those of UTC."""

    _inherit = "audit.api.client"

    last_used_at = fields.Datetime(string="Last Used", compute="_compute_usage", search="_search_last_used_at")
    calls_today = fields.Integer(string="Requests Today", compute="_compute_usage")
    refused_today = fields.Integer(string="Refused Today", compute="_compute_usage")
    refusal_ids = fields.One2many("audit.api.refusal", "client_id", readonly=True)

    def _compute_usage(self):
        """SQL: the counters are no records, as each request would have to write one."""
        values = {"ids": self.ids, "today": datetime.now(timezone.utc).date()}
        self.env["audit.api.refusal"].flush_model()
        self.env.cr.execute(USED, values)
        used = {client_id: (at, calls) for client_id, at, calls in self.env.cr.fetchall()}
        self.env.cr.execute(REFUSED, values)
        refused = dict(self.env.cr.fetchall())
        for client in self:
            client.last_used_at, client.calls_today = used.get(client._origin.id, (False, 0))
            client.refused_today = refused.get(client._origin.id, 0)

    def _search_last_used_at(self, operator, value):
        if operator not in ("=", "!=", "<", "<=", ">", ">="):
            raise UserError(_("Ask since when a client was not used."))
        if operator in ("=", "!="):
            if value:
                raise UserError(_("Ask since when a client was not used."))
            self.env.cr.execute("SELECT client_id FROM audit_api_usage WHERE last_used_at IS NOT NULL")
            return [("id", "not in" if operator == "=" else "in", [row[0] for row in self.env.cr.fetchall()])]
        self.env.cr.execute("SELECT client_id, last_used_at FROM audit_api_usage WHERE last_used_at IS NOT NULL")
        compare = {"<": datetime.__lt__, "<=": datetime.__le__, ">": datetime.__gt__, ">=": datetime.__ge__}[operator]
        moment = fields.Datetime.to_datetime(value)
        return [("id", "in", [client_id for client_id, at in self.env.cr.fetchall() if compare(at, moment)])]

    def action_open_refusals(self):
        """Show what of this client was refused."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_api_refusal_action")
        return {**action, "domain": [("client_id", "=", self.id)]}

    def action_open_log(self):
        """Show what this client read and added, as far as the log of the reader's companies tells."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_log_entry_action")
        return {**action, "domain": [("actor", "=", "client/%s" % self.client_id)], "context": {}}

    def action_new_key(self):
        """Open the form in which a new secret is made, or a public key entered."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("New Secret") if self.auth_method == "client_secret" else _("New Key"),
            "res_model": "audit.api.key.new",
            "view_mode": "form",
            "target": "new",
            "context": {"default_client_id": self.id},
        }
