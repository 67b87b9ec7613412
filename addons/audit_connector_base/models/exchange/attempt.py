from odoo import _, api, fields, models


class AuditDeliveryAttempt(models.Model):
    """One try to deliver. The row is written before sending, so that a crash leaves a try of unknown outcome."""

    _name = "audit.delivery.attempt"
    _description = "Audit Delivery Attempt"
    _log_access = False
    _order = "id desc"
    _rec_name = "started_at"

    delivery_id = fields.Many2one("audit.delivery", required=True, readonly=True, ondelete="cascade", index=True)
    connector_id = fields.Many2one("audit.connector", readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    number = fields.Integer(string="No.", readonly=True)
    started_at = fields.Datetime(string="Started", readonly=True)
    seconds = fields.Float(string="Duration (s)", digits=(8, 3), readonly=True)
    outcome = fields.Selection(
        [
            ("unknown", "Unknown (interrupted)"),
            ("delivered", "Delivered"),
            ("retry", "Tried Again Later"),
            ("slow_down", "Asked to Slow Down"),
            ("gone", "Receiver Gone"),
            ("dead", "Refused"),
        ],
        required=True,
        readonly=True,
        default="unknown",
    )
    status = fields.Integer(string="HTTP Status", readonly=True)
    reason = fields.Char(string="Answer", readonly=True)
    peer = fields.Char(string="Address Called", readonly=True)
    request_headers = fields.Json(readonly=True)
    answer_headers = fields.Json(readonly=True)
    answer_body = fields.Text(string="Answer Body", readonly=True)
    answer_truncated = fields.Boolean(readonly=True)
    answer_sha256 = fields.Char(string="SHA-256 of the Answer", readonly=True)
    batch = fields.Char(readonly=True, help="Number of the batch in which it was sent.")
    message_id = fields.Char(related="delivery_id.message_id")

    @api.depends("number", "delivery_id")
    def _compute_display_name(self):
        for attempt in self:
            attempt.display_name = _(
                "Attempt %(number)s: %(delivery)s", number=attempt.number, delivery=attempt.delivery_id.display_name
            )
