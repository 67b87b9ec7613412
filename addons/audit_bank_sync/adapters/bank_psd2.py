from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.audit_connector_base.core import request_template
from odoo.addons.audit_connector_base.models.connector.adapter import Outcome
from odoo.addons.audit_connector_base.models.connector.http_exchange import Request
from odoo.addons.audit_connector_base.models.connector.http_login import login_of

from ..core.bank_api.failures import ACCESS, BankApiFailure
from ..core.psd2.client import Client

TOKEN_SECONDS = 20


class AuditBankConnection(models.Model):
    """Settings of a bank's own interface."""

    _inherit = "audit.bank.connection"

    bank_psd2_days = fields.Integer(
        string="Consent For (Days)",
        default=180,
        help="How long a consent is asked for. Most banks grant at most 180 days.",
    )
    bank_psd2_calls = fields.Integer(
        string="Calls a Day",
        default=4,
        help="How often an account is asked a day without anybody at the screen. Every bank permits four; ask for more "
        "only where the bank agreed to it.",
    )

    _sql_constraints = [
        ("bank_psd2_days_range", "CHECK (bank_psd2_days BETWEEN 1 AND 3650)", "Ask for a consent of 1 to 3650 days."),
        ("bank_psd2_calls_range", "CHECK (bank_psd2_calls BETWEEN 1 AND 96)", "Ask for 1 to 96 calls a day."),
    ]


class AuditBankProviderPsd2(models.AbstractModel):
    """A bank's own interface in the form of the Berlin Group (NextGenPSD2, XS2A), over a REST connector.

    The connector holds the address, the certificate that the bank knows us by, and how we sign in where the bank asks
    for more than that.
    """

    _name = "audit.bank.provider.bank_psd2"
    _inherit = "audit.bank.api"
    _description = "NextGenPSD2 Interface of a Bank"

    _looks_back = True

    @api.model
    def _label(self):
        return _("Bank interface (PSD2, Berlin Group)")

    @api.model
    def _form(self):
        return [(_("Consent at the bank"), ["bank_psd2_days", "bank_psd2_calls"])]

    @api.model
    def _check_settings(self, connection):
        if connection.connector_id.adapter != "rest":
            raise ValidationError(
                _(
                    "The interface of a bank is reached over a connector of the protocol REST; “%s” is none.",
                    connection.connector_id.name,
                )
            )

    @api.model
    def _identity(self, connector):
        return connector._login_identity()

    @api.model
    def _client(self, connection, dialler, attended):
        connector = connection.connector_id
        fixed = request_template.parse_headers(connector.rest_headers or "")
        login = login_of(connector, dialler)
        consent_id = connection._consent().outside_id
        return Client(dialler, connector.url, consent_id, attended, lambda: _signed_in(login, fixed, connector.url))

    @api.model
    def _begin_consent(self, consent):
        connection = consent.connection_id
        state = "?state=%s" % consent.redirect_token
        with self._asking(connection) as client:
            begun = client.begin_consent(
                self._return_url(consent) + state,
                self._last_day(connection.bank_psd2_days),
                connection.bank_psd2_calls,
                notify_url=consent._notice_url(),
            )
        consent.outside_id = begun.id
        return begun.link

    @api.model
    def _finish_consent(self, consent, answer):
        """What stands in the address proves nothing: the bank is asked."""
        with self._asking(consent.connection_id) as client:
            said = client.consent(consent.outside_id)
        self._take_over(consent, said)


def _signed_in(login, fixed, url):
    """Return the headers of a request: the fixed ones and those that prove who asks.

    :raises BankApiFailure: when the bank gives no access token
    """
    made = {}

    def keep(request, _seconds):
        made.update(request.headers)
        return Outcome("delivered")

    outcome = login.send(Request("GET", url, dict(fixed), b""), TOKEN_SECONDS, keep)
    if outcome.verdict != "delivered":
        raise BankApiFailure(ACCESS, outcome.reason, retry_after=outcome.retry_after)
    return made
