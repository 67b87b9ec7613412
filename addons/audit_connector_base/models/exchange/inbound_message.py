import json

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core import canonical
from ..abstract.unchecked import UncheckedMany2one

OPEN = ("received", "processing")


class AuditInboundMessage(models.Model):
    """A message that came from outside: kept as it came, worked on once.

    ``body`` (a column, not a field) holds the exact bytes. ``dedup_key`` is what a repeat is recognised by, unique for
    each connector.
    """

    _name = "audit.inbound.message"
    _inherit = "audit.company.bound"
    _description = "Audit Inbound Message"
    _log_access = False
    _order = "received_at desc, arrival desc"
    _rec_name = "message_id"

    # Every index is written for every message, so there are those that are looked up by; see also init().
    connector_id = UncheckedMany2one("audit.connector", required=True, readonly=True, ondelete="restrict")
    company_id = UncheckedMany2one("res.company", required=True, readonly=True, help="That of the connector.")
    message_id = fields.Char(string="Message ID", readonly=True, index=True, help="As the sender gave it.")
    dedup_key = fields.Char(string="Recognised By", required=True, readonly=True)
    type = fields.Char(readonly=True)
    type_name = fields.Char(string="What", compute="_compute_type_name")
    subject = fields.Char(readonly=True, help="Messages about one subject are worked on in the order they came.")
    contract = fields.Char(string="Data Schema", readonly=True, help="As the sender calls it.")
    checked_against = fields.Char(readonly=True, help="The version of the contract that the message was held against.")
    transport = fields.Selection(
        [("http", "HTTP"), ("amqp", "AMQP"), ("nats", "NATS"), ("redis", "Redis"), ("file", "File"), ("api", "API")],
        required=True,
        readonly=True,
    )
    received_at = fields.Datetime(string="Received", required=True, readonly=True, index=True)
    arrival = fields.Integer(readonly=True, help="Counts the messages in the order they were stored.")
    content_type = fields.Char(readonly=True)
    headers = fields.Json(readonly=True)
    size = fields.Integer(string="Size (bytes)", readonly=True)
    body_sha256 = fields.Char(string="SHA-256", readonly=True)
    trace = fields.Char(string="Trace Number", readonly=True, index=True)

    state = fields.Selection(
        [
            ("received", "To Be Worked On"),
            ("processing", "Being Worked On"),
            ("processed", "Done"),
            ("exception", "Needs a Decision"),
            ("dead", "Failed"),
        ],
        required=True,
        readonly=True,
        default="received",
    )
    due_at = fields.Datetime(string="Next Attempt", readonly=True)
    lease = fields.Integer(readonly=True, help="Number of the run that is working on it now.")
    lease_until = fields.Datetime(readonly=True, help="Until then no other run takes it over.")
    attempt_count = fields.Integer(string="Attempts", readonly=True, default=0)
    processed_at = fields.Datetime(string="Done On", readonly=True)
    reason = fields.Char(string="Result", readonly=True)
    violations = fields.Json(readonly=True)
    violations_text = fields.Text(string="Does Not Match Its Contract", compute="_compute_violations_text")
    res_model = fields.Char(string="Document Type", readonly=True)
    res_id = fields.Many2oneReference(string="Document ID", model_field="res_model", readonly=True)
    document_name = fields.Char(string="Document", compute="_compute_document_name")
    erased_by = fields.Char(
        readonly=True, copy=False, help="Number of the entry in the audit trail that says why the content was erased."
    )
    exception_ids = fields.Many2many(
        "audit.exception", "audit_exception_message_rel", "message_id", "exception_id", readonly=True
    )
    body_text = fields.Text(
        string="Content", compute="_compute_body_text", groups="audit_connector_base.group_audit_connector_admin"
    )

    _sql_constraints = [
        ("received_once", "UNIQUE (connector_id, dedup_key)", "A message is received once."),
    ]

    def init(self):
        self.env.cr.execute(
            """
            ALTER TABLE audit_inbound_message ADD COLUMN IF NOT EXISTS body bytea;
            CREATE SEQUENCE IF NOT EXISTS audit_inbound_message_arrival_seq
                AS integer OWNED BY audit_inbound_message.arrival;
            ALTER TABLE audit_inbound_message
                ALTER COLUMN arrival SET DEFAULT nextval('audit_inbound_message_arrival_seq');
            -- Messages from before this was counted came in the order of their numbers.
            UPDATE audit_inbound_message SET arrival = id WHERE arrival IS NULL;
            SELECT setval('audit_inbound_message_arrival_seq', greatest(max(m.arrival) + 1, max(s.last_value)), FALSE)
              FROM audit_inbound_message_arrival_seq s LEFT JOIN audit_inbound_message m ON TRUE;
            -- Counts for the cards and the form of connectors without reading the rows.
            CREATE INDEX IF NOT EXISTS audit_inbound_message_connector_idx
                ON audit_inbound_message (connector_id, state, company_id);
            DROP INDEX IF EXISTS audit_inbound_message__connector_id_index;
            CREATE INDEX IF NOT EXISTS audit_inbound_message_turn_idx ON audit_inbound_message (connector_id, arrival)
                WHERE state IN ('received', 'processing');
            CREATE INDEX IF NOT EXISTS audit_inbound_message_subject_idx
                ON audit_inbound_message (connector_id, subject, arrival) WHERE state IN ('received', 'processing');
            CREATE INDEX IF NOT EXISTS audit_inbound_message_decision_idx
                ON audit_inbound_message (state, received_at) WHERE state IN ('exception', 'dead');
            DROP INDEX IF EXISTS audit_inbound_message_due_idx, audit_inbound_message_open_idx,
                audit_inbound_message_attention_idx;
            CREATE INDEX IF NOT EXISTS audit_inbound_message_document_idx
                ON audit_inbound_message (res_model, res_id) WHERE res_id IS NOT NULL;
            """
        )

    @api.depends("type")
    def _compute_type_name(self):
        """As the event of the same type is called; other types in readable form."""
        names = self.env["audit.event.type"]._by_code()
        for message in self:
            code = message.type or ""
            readable = code.replace(".", " ").replace("_", " ").capitalize()
            message.type_name = names.get(code) or readable or _("Message")

    @api.depends("type", "subject", "message_id")
    def _compute_display_name(self):
        for message in self:
            number = message.subject or message.message_id or (message.body_sha256 or "")[:12]
            message.display_name = "%s: %s" % (message.type_name, number)

    @api.depends("violations")
    def _compute_violations_text(self):
        for message in self:
            message.violations_text = "\n".join(
                "%s %s" % (violation["path"], violation["text"]) for violation in message.violations or []
            )

    @api.depends("res_model", "res_id")
    def _compute_document_name(self):
        """Sudo: the display name only, of the document of the message's own company that its work touched."""
        for model, messages in self.grouped("res_model").items():
            known = self.env[model].sudo().browse(messages.mapped("res_id")).exists() if model in self.env else ()
            names = {record.id: record.display_name for record in known}
            for message in messages:
                message.document_name = names.get(message.res_id, False)

    def _compute_body_text(self):
        bodies = self._bodies()
        for message in self:
            message.body_text = _readable(bodies.get(message.id) or b"")

    def _bodies(self):
        """Return ``{message id: exact bytes}``."""
        self.env.cr.execute("SELECT id, body FROM audit_inbound_message WHERE id = ANY(%s)", [self.ids])
        return {message_id: body and bytes(body) for message_id, body in self.env.cr.fetchall()}

    def action_replay(self):
        """Work on failed messages once more, after what stood in their way was repaired.

        Sudo: nobody holds the right to write messages; who may ask for a replay is checked here and recorded.
        """
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may have a failed message worked on again."))
        failed = self.filtered(lambda message: message.state == "dead")
        if not failed:
            raise UserError(_("None of these messages has failed. Those that wait are worked on by themselves."))
        unverified = failed.filtered("unverified")
        verified = unverified._receive_if_verified()
        if failed == unverified and not verified:
            raise UserError(_("It is still not certain who sent this. Check the verification secret of the connector."))
        failed -= unverified
        failed.sudo()._read_again()
        failed.sudo().write(
            {
                "state": "received",
                "due_at": fields.Datetime.now(),
                "attempt_count": 0,
                "violations": False,
                "reason": False,
                "lease": False,
            }
        )
        (failed | verified)._log("inbound.replayed")
        failed.connector_id._request_inbound()
        return True

    def action_open_document(self):
        """Open the document that this message was about."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists() if self.res_model in self.env else None
        if not record:
            raise UserError(_("This message led to no document, or the document was deleted since."))
        return record.get_formview_action()

    def _log(self, kind, actor=None, **facts):
        """Append one log entry for each message. It stands in the trail of the document, where there is one."""
        self.env["audit.log.entry"]._append(
            [
                {
                    "kind": kind,
                    "direction": "none" if kind == "inbound.replayed" else "in",
                    "company_id": message.company_id.id,
                    "res_model": message.res_model or message._name,
                    "res_id": message.res_id or message.id,
                    "correlation": message.trace,
                    "actor": actor,
                    "payload": canonical.dumps(
                        {
                            **message._log_facts(),
                            **{name: value for name, value in facts.items() if value is not None},
                        }
                    ),
                }
                for message in self
            ]
        )

    def _log_facts(self):
        return {
            "connector": {"id": self.connector_id.id, "name": self.connector_id.name},
            "message": self.id,
            "message_id": self.message_id or "",
            "type": self.type or "",
            "sha256": self.body_sha256,
        }


def _readable(body):
    try:
        document = canonical.loads_strict(body, floats="decimal")
        return json.dumps(document, indent=2, ensure_ascii=False, default=str)
    except canonical.CanonicalError:
        return body.decode("utf-8", "replace").replace("\0", "\ufffd")
