import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.audit_connector_base.models.connector.adapter import Outcome
from odoo.addons.audit_connector_base.models.connector.http_exchange import PEM_STYLE

from ..core.enable_banking.client import BASE, Client
from ..core.enable_banking.signing import Signer
from ..models.bank.provider import CannotFetch

_APPLICATION = re.compile(r"[0-9a-fA-F-]{8,64}")
_CODE = re.compile(r"[!-~]{1,4096}")


class AuditConnector(models.Model):
    """Settings of the aggregator Enable Banking."""

    _inherit = "audit.connector"

    enable_banking_application = fields.Char(
        string="Application ID", tracking=True, help="The number that Enable Banking gave your application."
    )


class AuditAdapterEnableBanking(models.AbstractModel):
    """The aggregator as a connector: its address, our application and the key that signs. It takes no messages."""

    _name = "audit.adapter.enable_banking"
    _inherit = "audit.adapter"
    _description = "Enable Banking Adapter"

    @api.model
    def _label(self):
        return _("Enable Banking (accounts at many banks)")

    @api.model
    def _form(self):
        return [
            (
                _("Where to"),
                [
                    ("url", {"placeholder": BASE}),
                    "allowed_destinations",
                    ("ca_certificates", {"placeholder": "-----BEGIN CERTIFICATE-----", "style": PEM_STYLE}),
                ],
            ),
            (_("How Odoo signs in"), ["enable_banking_application"]),
        ]

    @api.model
    def _secrets_used(self):
        return [("private_key", {"placeholder": "-----BEGIN PRIVATE KEY-----"})]

    @api.model
    def _check_settings(self, connector):
        connector._check_url()
        connector._check_ca_certificates()
        if not _APPLICATION.fullmatch(connector.enable_banking_application or ""):
            raise ValidationError(
                _("“%s” has no application ID as Enable Banking gives them (digits, a to f, hyphens).", connector.name)
            )
        key = connector._entered_secret("private_key")
        try:
            Signer(connector.enable_banking_application, key or "")
        except ValueError as error:
            raise ValidationError(
                _("The key of “%(name)s” cannot sign: %(reason)s.", name=connector.name, reason=error)
            ) from error

    @api.model
    def _sender(self, connector):
        reason = _("Accounts are read over this connector; it takes no messages.")
        return lambda message: Outcome("dead", reason, reached=False, fault="settings")


class AuditBankConnection(models.Model):
    """Which bank is reached through the aggregator."""

    _inherit = "audit.bank.connection"

    enable_banking_bank = fields.Char(
        string="Bank", tracking=True, help="The name of the bank as Enable Banking writes it."
    )
    enable_banking_country_id = fields.Many2one("res.country", string="Country of the Bank", tracking=True)
    enable_banking_personal = fields.Boolean(
        string="Private Accounts", help="Accounts of a person, not of a business: the bank asks for another login."
    )
    enable_banking_days = fields.Integer(
        string="Days of a Consent", default=180, help="How long a consent is asked for; banks grant 90 or 180 days."
    )

    _sql_constraints = [
        (
            "enable_banking_days_range",
            "CHECK (enable_banking_days BETWEEN 1 AND 730)",
            "Ask for a consent of 1 to 730 days.",
        ),
    ]


class AuditBankProviderEnableBanking(models.AbstractModel):
    """Accounts at many banks through the aggregator Enable Banking, whose consents are called sessions."""

    _name = "audit.bank.provider.enable_banking"
    _inherit = "audit.bank.api"
    _description = "Enable Banking"

    @api.model
    def _label(self):
        return _("Enable Banking (accounts at many banks)")

    @api.model
    def _form(self):
        names = ["bank", "country_id", "personal", "days"]
        return [(_("Bank"), ["enable_banking_%s" % name for name in names])]

    @api.model
    def _check_settings(self, connection):
        if connection.connector_id.adapter != "enable_banking":
            raise ValidationError(
                _("“%s” is no connector of the protocol Enable Banking.", connection.connector_id.name)
            )
        if not connection.enable_banking_bank or not connection.enable_banking_country_id:
            raise ValidationError(_("Name the bank of “%s” and its country.", connection.name))

    @api.model
    def _client(self, connection, dialler, attended):
        connector = connection.connector_id
        signer = Signer(connector.enable_banking_application, connector._needed_secret("private_key"))
        return Client(dialler, signer, connector.url, attended)

    @api.model
    def _offered(self, client, connection):
        return client.accounts(connection._consent().outside_id)

    @api.model
    def _begin_consent(self, consent):
        connection = consent.connection_id
        with self._asking(connection) as client:
            begun = client.begin_consent(
                connection.enable_banking_bank,
                connection.enable_banking_country_id.code,
                self._return_url(consent),
                self._last_day(connection.enable_banking_days),
                consent.redirect_token,
                not connection.enable_banking_personal,
            )
        consent.outside_id = begun.id
        return begun.link

    @api.model
    def _finish_consent(self, consent, answer):
        """The code is good once and for our key alone, so that it proves who agreed."""
        if answer.get("error"):
            consent._refuse(self._ended("refused"))
            return
        code = answer.get("code")
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise CannotFetch(_("The bank gave no answer for “%s”. Ask anew.", consent.connection_id.name), "consent")
        with self._asking(consent.connection_id) as client:
            said, offered = client.finish_consent(code)
        self._take_over(consent, said, offered)
