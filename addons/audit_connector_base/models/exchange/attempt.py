from odoo import _, api, fields, models


class AuditDeliveryAttempt(models.Model):
    """One try to deliver. The row is written before sending, so that a crash leaves a try of unknown outcome."""

    _name = "audit.delivery.attempt"
    _inherit = "audit.company.bound"
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
            ("cut", "Refused Together with Others"),
            ("gone", "Receiver Gone"),
            ("dead", "Refused"),
        ],
        required=True,
        readonly=True,
        default="unknown",
    )
    status = fields.Integer(string="HTTP Status", readonly=True)
    reason = fields.Char(string="Answer", readonly=True)
    target = fields.Char(
        string="Called",
        readonly=True,
        help="What was called, as the connector was set up then: method and address, place in the broker, or file. "
        "Secrets in it are hidden, and what is longer than 2,000 characters is cut off.",
    )
    peer = fields.Char(
        string="Network Address", readonly=True, help="The address of the computer that answered, as it was found then."
    )
    request_headers = fields.Json(readonly=True)
    answer_headers = fields.Json(readonly=True)
    answer_body = fields.Text(string="Answer Body", readonly=True)
    answer_truncated = fields.Boolean(readonly=True)
    answer_sha256 = fields.Char(
        string="SHA-256 of the Answer",
        readonly=True,
        help="Of the bytes of the answer as they came, as far as they were read: the first 64 KiB of a longer one. "
        "The audit trail holds it as well. The text kept here has another hash where secrets were hidden in it, and "
        "where the answer was not in UTF-8.",
    )
    erased_by = fields.Char(
        readonly=True, copy=False, help="Number of the entry in the audit trail that says why the answer was erased."
    )
    batch = fields.Char(readonly=True, help="Number of the batch in which it was sent.")
    message_id = fields.Char(related="delivery_id.message_id")
    request_headers_text = fields.Text(
        string="Headers Sent",
        compute="_compute_headers_text",
        groups="audit_connector_base.group_audit_connector_admin",
    )
    answer_headers_text = fields.Text(
        string="Headers of the Answer",
        compute="_compute_headers_text",
        groups="audit_connector_base.group_audit_connector_admin",
    )

    @api.depends("request_headers", "answer_headers")
    def _compute_headers_text(self):
        """One header a line. What authenticates was taken out before they were stored."""
        for attempt in self:
            attempt.request_headers_text = _lines(attempt.request_headers)
            attempt.answer_headers_text = _lines(attempt.answer_headers)

    @api.depends("number", "delivery_id")
    def _compute_display_name(self):
        for attempt in self:
            attempt.display_name = _(
                "Attempt %(number)s: %(delivery)s", number=attempt.number, delivery=attempt.delivery_id.display_name
            )

    def init(self):
        """Attempts are written in the order of time, of which such an index is a few pages, whatever their number."""
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS audit_delivery_attempt_started_idx ON audit_delivery_attempt
                USING brin (started_at) WITH (pages_per_range = 32)
            """
        )


def _lines(headers):
    return "\n".join("%s: %s" % header for header in (headers or {}).items())
