import time

from odoo import _, api, models
from odoo.exceptions import ValidationError

from ..core import signatures
from ..models.connector.adapter import Sender
from ..models.connector.http_exchange import PEM_STYLE, Request, exchange

BATCH_TYPE = "application/cloudevents-batch+json"


class AuditAdapterWebhook(models.AbstractModel):
    """Signed HTTP POST after Standard Webhooks (``webhook-id``, ``webhook-timestamp``, ``webhook-signature``)."""

    _name = "audit.adapter.webhook"
    _inherit = "audit.adapter"
    _description = "Webhook Adapter"

    @api.model
    def _label(self):
        return _("Webhook (Standard Webhooks)")

    @api.model
    def _form(self):
        return [
            (
                _("Where to"),
                [
                    ("url", {"placeholder": "https://audit.example.com/events"}),
                    ("allowed_destinations", {"placeholder": _("one a line, e.g. archive.internal:8443")}),
                    ("ca_certificates", {"placeholder": "-----BEGIN CERTIFICATE-----", "style": PEM_STYLE}),
                ],
            )
        ]

    @api.model
    def _secrets_used(self):
        return [("signing_secret", {"placeholder": "whsec_… / whsk_…"})]

    @api.model
    def _check_settings(self, connector):
        connector._check_url()
        connector._check_ca_certificates()
        if not connector.signing_secret_note:
            raise ValidationError(
                _(
                    "Connector “%s” has no signing secret. Enter the one of its receiver, or let Odoo generate one.",
                    connector.name,
                )
            )

    @api.model
    def _sender(self, connector):
        return WebhookSender(
            connector._dialler(),
            connector.url,
            connector._secrets_of("signing"),
            seconds=connector.timeout,
            note=connector.env["audit.log"]._note_header(connector.company_id),
        )


class WebhookSender(Sender):
    """Signs and posts; ``secrets``: all that are good now, each of which signs every message.

    ``note``: header with the last signed note of the log, for the receiver to keep; it is not shown with each attempt.
    """

    answers_once = True

    def __init__(self, dialler, url, secrets, seconds, note=None):
        self._dialler = dialler
        self._url = url
        self._secrets = secrets
        self._seconds = seconds
        self._note = note or {}

    def __call__(self, message):
        return self._post(message.id, message.content_type, message.body, message.traceparent)

    def batch(self, messages, batch_id):
        """Post a CloudEvents batch (JSON array of the exact envelopes) under the id of the batch; one outcome for all.

        A batch has no trace of its own: each of its events carries the one it belongs to.
        """
        body = b"[" + b",".join(message.body for message in messages) + b"]"
        return [self._post(batch_id, BATCH_TYPE, body)] * len(messages)

    def close(self):
        self._dialler.close()

    def _post(self, message_id, content_type, body, traceparent=""):
        timestamp = int(time.time())
        shown = {
            "Content-Type": content_type,
            "User-Agent": "odoo-audit/1",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            **({"traceparent": traceparent} if traceparent else {}),
        }
        signature = signatures.sign(self._secrets, message_id, timestamp, body)
        headers = {**shown, **self._note, "webhook-signature": signature}
        request = Request("POST", self._url, headers, body, shown)
        return exchange(self._dialler, request, self._seconds)
