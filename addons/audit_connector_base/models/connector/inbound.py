import secrets

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...compat import check_access
from ...core import json_path, signatures, verification
from ...core.inbound import Paths

PATH = "/audit/v1/inbound/"
DEFAULT_RATE = 6000


class AuditConnector(models.Model):
    """What a connector receives: its address, how a sender proves itself, and how a message is recognised again."""

    _inherit = "audit.connector"
    _configuration_codes = ("inbound_code",)

    inbound_active = fields.Boolean(
        string="Receives Messages",
        tracking=True,
        copy=False,
        help="Accept messages that this platform sends to the address below.",
    )
    inbound_code = fields.Char(string="Address for Messages Received", copy=False, readonly=True, index=True)
    inbound_url = fields.Char(
        string="Address to Send To",
        compute="_compute_inbound_url",
        help="Enter this address on the platform. It is hard to guess, but no secret: the sender is verified as well.",
    )
    inbound_verification = fields.Selection(
        [
            ("standard_webhooks", "Standard Webhooks signature"),
            ("hmac", "Signature in a header (HMAC)"),
            ("bearer", "Bearer token"),
            ("mutual_tls", "Client certificate, checked by the proxy"),
        ],
        string="Verified By",
        required=True,
        default="standard_webhooks",
        tracking=True,
        help="How the platform proves that a message is its own. Choose what its documentation describes.",
    )
    inbound_generate_secret = fields.Boolean(string="Generate a Verification Secret", store=False)
    inbound_hmac_header = fields.Char(string="Signature Header", default="X-Hub-Signature-256", tracking=True)
    inbound_hmac_algorithm = fields.Selection(
        [("sha256", "HMAC-SHA256"), ("sha512", "HMAC-SHA512")], string="Algorithm", default="sha256", tracking=True
    )
    inbound_hmac_encoding = fields.Selection(
        [("hex", "Hexadecimal"), ("base64", "Base64")], string="Written As", default="hex", tracking=True
    )
    inbound_hmac_prefix = fields.Char(
        string="Before the Signature",
        default="sha256=",
        help="Literal text in front of it, often “sha256=” or nothing.",
    )
    inbound_hmac_form = fields.Selection(
        [
            ("body", "The body"),
            ("timestamp_dot_body", "Timestamp, a dot, the body"),
            ("timestamp_body", "Timestamp directly before the body"),
            ("v0_timestamp_body", "v0:timestamp:body"),
        ],
        string="What Is Signed",
        default="body",
        tracking=True,
    )
    inbound_timestamp_header = fields.Char(
        string="Timestamp Header", help="Unix seconds in ten digits; it counts only where it is signed."
    )
    inbound_tolerance = fields.Integer(
        string="Clock Tolerance (s)", default=300, help="How old a signed timestamp may be, in seconds."
    )
    inbound_certificate_header = fields.Char(
        string="Certificate Header",
        default="X-SSL-Client-Fingerprint",
        help="In which the proxy tells the fingerprint or the subject of the client's certificate. It is believed only "
        "from the proxies named under [audit] proxies in odoo.conf.",
    )
    inbound_certificates = fields.Text(
        string="Certificates Accepted", tracking=True, help="Fingerprints or subjects, one a line."
    )
    inbound_deduplicate_by = fields.Selection(
        [("id", "Its message number"), ("content", "Its content")],
        string="A Repeat Is Recognised By",
        required=True,
        default="id",
        help="By content for platforms that give a message a new number whenever they send it again.",
    )
    inbound_id_path = fields.Char(
        string="Number Stands At", default="$.id", help="Path in the message, like $.id; for CloudEvents it is known."
    )
    inbound_type_path = fields.Char(string="Type Stands At", default="$.type")
    inbound_subject_path = fields.Char(
        string="Subject Stands At",
        default="$.subject",
        help="Messages about the same subject are worked on in the order in which they came.",
    )
    inbound_rate = fields.Integer(
        string="Requests Accepted a Minute",
        default=DEFAULT_RATE,
        help="A sender that is faster is asked to come again later. A batch counts as one. Each process of Odoo counts "
        "for its share, so this is a protection and no exact quota.",
    )
    inbound_waiting_count = fields.Integer(string="To Be Worked On", compute="_compute_inbound_counts")
    inbound_dead_count = fields.Integer(string="Received and Failed", compute="_compute_inbound_counts")
    inbound_processed_count = fields.Integer(string="Received", compute="_compute_inbound_counts")

    _sql_constraints = [
        ("inbound_code_unique", "UNIQUE (inbound_code)", "Each connector receives at an address of its own."),
        ("inbound_tolerance_range", "CHECK (inbound_tolerance BETWEEN 1 AND 3600)", "Tolerate 1 to 3600 seconds."),
        ("inbound_rate_range", "CHECK (inbound_rate BETWEEN 1 AND 1000000)", "Accept 1 to 1,000,000 a minute."),
    ]

    @api.depends("inbound_code")
    def _compute_inbound_url(self):
        for connector in self:
            code = connector.inbound_code
            connector.inbound_url = connector.get_base_url() + PATH + code if code else False

    def _compute_inbound_counts(self):
        counts = {
            (connector.id, state): count
            for connector, state, count in self.env["audit.inbound.message"]._read_group(
                [("connector_id", "in", self.ids)], ["connector_id", "state"], ["__count"]
            )
        }
        for connector in self:
            connector.inbound_waiting_count = sum(counts.get((connector.id, s), 0) for s in ("received", "processing"))
            connector.inbound_dead_count = counts.get((connector.id, "dead"), 0)
            connector.inbound_processed_count = sum(
                counts.get((connector.id, state), 0) for state in ("processed", "exception")
            )

    def _judge_health(self):
        """What was received and failed needs a person as well, and who receives or collects is in use."""
        health = super()._judge_health()
        if (self.inbound_active or self.collect) and health not in ("stopped", "approval"):
            if self.inbound_dead_count:
                return "bad"
            if health == "idle" and self.inbound_processed_count:
                return "good"
        return health

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_choosing_code(vals)
        connectors = super().create(vals_list)
        connectors._prepare_inbound()
        return connectors

    def write(self, vals):
        self._refuse_choosing_code(vals)
        result = super().write(vals)
        if "active" in vals or any(name.startswith("inbound_") for name in vals):
            self._prepare_inbound()
        return result

    def _refuse_choosing_code(self, vals):
        """A code that a person thinks of can be guessed."""
        if vals.get("inbound_code") and not self.env.su:
            raise UserError(_("The address to send to is generated; it cannot be chosen."))

    def _prepare_inbound(self):
        """Give an address to those that receive, and refuse settings that cannot work. Sudo: the code is ours."""
        self.invalidate_recordset(["inbound_secret"])
        for connector in self.filtered("inbound_active"):
            if not connector.inbound_code:
                connector.sudo().inbound_code = secrets.token_urlsafe(18)
            try:
                connector._check_inbound_settings()
            except ValueError as error:
                raise ValidationError(
                    _("“%(name)s” cannot receive like this: %(reason)s.", name=connector.name, reason=error)
                ) from error

    def _check_inbound_settings(self):
        """Raise ``ValueError`` with the reason when nothing could be verified or read."""
        self.ensure_one()
        for path in (self.inbound_id_path, self.inbound_type_path, self.inbound_subject_path):
            if path:
                json_path.check(path)
        if self.inbound_verification == "hmac":
            if not self.inbound_hmac_header:
                raise ValueError(_("name the header that carries the signature"))
            if self.inbound_hmac_form != "body" and not self.inbound_timestamp_header:
                raise ValueError(_("name the header that carries the timestamp, because it is signed"))
        if self.inbound_verification == "mutual_tls":
            if not self.inbound_certificate_header or not (self.inbound_certificates or "").strip():
                raise ValueError(_("name the certificate header of the proxy and the certificates accepted"))
            return
        verifying = self._entered_secrets("verification")
        if not verifying:
            raise ValueError(_("enter its verification secret, or let Odoo generate one and copy it to the platform"))
        verification.check_secret(self.inbound_verification, verifying[0])

    @api.onchange("inbound_generate_secret")
    def _onchange_inbound_generate_secret(self):
        self.inbound_secret = signatures.new_secret() if self.inbound_generate_secret else False

    def action_new_inbound_code(self):
        """Replace the address, for example after it was sent to the wrong people. The old one ends at once.

        Sudo: nobody chooses a code; who may ask for a new one is checked here.
        """
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may replace the address."))
        check_access(self, "write")
        for connector in self.filtered("inbound_active"):
            connector.sudo().inbound_code = secrets.token_urlsafe(18)
        return True

    def _inbound_scheme(self):
        """How senders of this connector are verified, as ``core.verification`` takes it."""
        self.ensure_one()
        hmac = self.inbound_verification == "hmac"
        return verification.Scheme(
            name=self.inbound_verification,
            header=(self.inbound_hmac_header if hmac else self.inbound_certificate_header) or "",
            algorithm=self.inbound_hmac_algorithm or "sha256",
            encoding=self.inbound_hmac_encoding or "hex",
            prefix=self.inbound_hmac_prefix or "",
            form=self.inbound_hmac_form or "body",
            timestamp_header=self.inbound_timestamp_header or "",
            tolerance=self.inbound_tolerance,
            certificates=tuple(filter(None, map(str.strip, (self.inbound_certificates or "").splitlines()))),
        )

    def _inbound_paths(self):
        self.ensure_one()
        return Paths(self.inbound_id_path or "", self.inbound_type_path or "", self.inbound_subject_path or "")

    def action_open_inbound(self):
        return self._inbound_action(_("Received"), [])

    def action_open_inbound_dead(self):
        return self._inbound_action(_("Received and Failed"), [("state", "=", "dead")])

    def _inbound_action(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_inbound_message_action")
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": [("connector_id", "=", self.id), *domain],
            "context": {},
        }
