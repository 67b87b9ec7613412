import json
from datetime import timedelta

from odoo import _, fields, models
from odoo.tools import format_date

GRAPH_DAYS = 14


class AuditConnector(models.Model):
    """What the card of a connector shows of its last days."""

    _inherit = "audit.connector"

    graph = fields.Text(compute="_compute_graph")
    last_success_text = fields.Char(compute="_compute_last_success_text")

    def _compute_graph(self):
        """Messages delivered on each of the last 14 days, in the form that Odoo's small dashboard graph takes."""
        today = fields.Date.context_today(self)
        days = [today - timedelta(days=back) for back in range(GRAPH_DAYS - 1, -1, -1)]
        counts = {
            (connector.id, day): delivered
            for connector, day, delivered in self.env["audit.connector.day"]._read_group(
                [("connector_id", "in", self.ids), ("day", ">=", days[0])],
                ["connector_id", "day:day"],
                ["delivered:sum"],
            )
        }
        labels = [format_date(self.env, day, date_format="d MMM") for day in days]
        for connector in self:
            values = [
                {"label": label, "value": counts.get((connector.id, day), 0), "type": "future"}
                for day, label in zip(days, labels)
            ]
            connector.graph = json.dumps(
                [{"key": _("Delivered"), "title": "", "values": values, "is_sample_data": False}]
            )

    def _compute_last_success_text(self):
        """How long ago, in words: on a card a date says less."""
        now = fields.Datetime.now()
        for connector in self:
            at = connector.last_success_at
            connector.last_success_text = self._elapsed(now - at) if at else False

    def _elapsed(self, since):
        """Words for a duration, coarse as people say it."""
        minutes = int(since.total_seconds() // 60)
        if minutes < 1:
            return _("just now")
        if minutes < 60:
            return _("%s min ago", minutes)
        if minutes < 48 * 60:
            return _("%s h ago", minutes // 60)
        return _("%s days ago", minutes // (24 * 60))
