from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..models.connector.adapter import storable


class AuditConnectorTest(models.TransientModel):
    """The dialog that sends a test message through a connector, waits for the answer, and says what it means."""

    _name = "audit.connector.test"
    _inherit = "audit.company.bound"
    _description = "Test Message of an Audit Connector"
    _rec_name = "connector_id"
    _check_company_auto = True

    connector_id = fields.Many2one("audit.connector", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="connector_id.company_id", store=True)
    protocol = fields.Char(string="Protocol", compute="_compute_protocol")
    address = fields.Char(related="connector_id.url", related_sudo=False, string="To")
    preview = fields.Text(string="It Says", compute="_compute_preview")

    state = fields.Selection([("new", "New"), ("done", "Done")], default="new", readonly=True)
    good = fields.Boolean(readonly=True)
    verdict = fields.Char(readonly=True)
    advice = fields.Char(string="What to Do", readonly=True)
    status = fields.Integer(string="HTTP Status", readonly=True)
    reason = fields.Char(string="Answer", readonly=True)
    seconds = fields.Float(string="Took (s)", digits=(8, 3), readonly=True)
    target = fields.Char(string="Called", readonly=True)
    peer = fields.Char(string="Network Address", readonly=True)
    message_id = fields.Char(string="Message Number", readonly=True)
    sent = fields.Text(string="Message", readonly=True)
    request_headers = fields.Text(readonly=True)
    answer_headers = fields.Text(readonly=True)
    answer_body = fields.Text(readonly=True)
    answer_truncated = fields.Boolean(readonly=True)

    @api.depends("connector_id")
    def _compute_protocol(self):
        labels = dict(self.env["audit.connector"]._selection_adapter())
        for test in self:
            test.protocol = labels.get(test.connector_id.adapter, test.connector_id.adapter)

    @api.depends("connector_id")
    def _compute_preview(self):
        for test in self:
            data = test.connector_id._test_data() if test.connector_id else {}
            test.preview = "\n".join("%s: %s" % fact for fact in data.items())

    def action_send(self):
        """Send it, wait for the answer, and show both in the same dialog."""
        self.ensure_one()
        if not self.connector_id:
            raise UserError(_("Save the connector before you send a test message."))
        message, outcome = self.connector_id._send_test()
        good = outcome.verdict == "delivered"
        self.write(
            {
                "state": "done",
                "good": good,
                "verdict": self._verdict(outcome),
                "advice": self._advice(outcome),
                "status": outcome.status,
                "reason": outcome.reason,
                "seconds": outcome.seconds,
                "target": outcome.target or self.connector_id.url,
                "peer": outcome.peer,
                "message_id": message.id,
                "sent": message.body.decode(),
                "request_headers": _lines(outcome.request_headers),
                "answer_headers": _lines(outcome.answer_headers),
                "answer_body": storable(outcome.answer_body.decode("utf-8", "replace")),
                "answer_truncated": outcome.answer_truncated,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("Test Message to %s", self.connector_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _verdict(self, outcome):
        name = self.connector_id.name
        if outcome.verdict == "delivered":
            return _("%s took the test message.", name)
        if outcome.status:
            return _("%s answered, but did not take the test message.", name)
        if outcome.fault in ("settings", "refused", "internal"):
            return _("The test message was not sent.")
        return _("There was no answer from %s.", name)


def _lines(headers):
    return "\n".join("%s: %s" % header for header in headers.items())
