from odoo import _, fields, models

from ...core import verification
from ...core.problem import Refusal
from ..connector.adapter import Incoming
from .inbound_receive import Receipt

# A message may wait on a broker for long. That it is old says nothing: a repeat is recognised by its signed number.
ANY_AGE = 10**12  # seconds
SCHEME = verification.Scheme("standard_webhooks", tolerance=ANY_AGE)
SIGNATURE = "webhook-signature"


class AuditConnector(models.Model):
    """Whether what a broker hands over is believed: without a signature, all depends on who may write there."""

    _inherit = "audit.connector"

    collect_signed = fields.Boolean(
        string="Signed Messages Only",
        tracking=True,
        help="Believe collected messages only with a Standard Webhooks signature in their headers. Without it, whoever "
        "may put a message there is believed.",
    )

    def _check_collect_secret(self):
        """Raise ``ValueError`` with the reason when nothing that is collected could be verified."""
        secrets = self._secrets_of("verification")
        if not secrets:
            raise ValueError(_("enter the verification secret that the other side signs with"))
        verification.check_secret(SCHEME.name, secrets[0])

    def _verified(self, taken):
        """Separate what may be believed from what may not.

        :param taken: list of ``Incoming``
        :return: ``(believed, [(not believed, Receipt), …])``; who signed a message vouches for its number as well
        """
        if not self.collect_signed or not self._adapter()._collects_headers:
            return taken, []
        believed, doubtful, secrets = [], [], self._secrets_of("verification")
        for one in taken:
            headers = {name.lower(): value for name, value in one.headers.items()}
            try:
                number = verification.verify(SCHEME, secrets, headers, one.body)
            except Refusal as refusal:
                doubtful.append((one, Receipt("signature", _("Not verified: %s", refusal.note), one.id)))
            else:
                believed.append(Incoming(number, one.content_type, one.body, one.headers, one.handle))
        return believed, doubtful
