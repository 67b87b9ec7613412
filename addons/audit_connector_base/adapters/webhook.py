import time
from datetime import datetime, timezone

from odoo import _, api, models
from odoo.exceptions import ValidationError

from ..core import dial, retry, signatures
from ..models.connector.adapter import Outcome, kept_headers


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
                ],
            )
        ]

    @api.model
    def _secrets_used(self):
        return [("signing_secret", {"placeholder": "whsec_…"})]

    @api.model
    def _check_settings(self, connector):
        connector._check_url()
        if not connector.signing_secret_note:
            raise ValidationError(
                _(
                    "Connector “%s” has no signing secret. Enter the one of its receiver, or let Odoo generate one.",
                    connector.name,
                )
            )

    @api.model
    def _sender(self, connector):
        url = connector.url
        secrets = connector._secrets_of("signing")
        dialler = dial.Dialler(
            allow=connector._allow_list(),
            total_timeout=connector.timeout,
            max_answer=connector.ANSWER_KEPT,
        )

        def send(message):
            timestamp = int(time.time())
            headers = {
                "Content-Type": message.content_type,
                "User-Agent": "odoo-audit/1",
                "webhook-id": message.id,
                "webhook-timestamp": str(timestamp),
                "webhook-signature": signatures.sign(secrets, message.id, timestamp, message.body),
            }
            kept = {name: value for name, value in headers.items() if name != "webhook-signature"}
            started = time.monotonic()
            try:
                answer = dialler.request("POST", url, headers=headers, body=message.body)
            except (dial.Refused, dial.Unreachable) as error:
                judged = retry.classify(error)
                return Outcome(
                    verdict=judged.verdict.value,
                    reason=judged.reason,
                    request_headers=kept,
                    seconds=time.monotonic() - started,
                )
            judged = retry.classify(answer.status)
            return Outcome(
                verdict=judged.verdict.value,
                reason=judged.reason,
                status=answer.status,
                retry_after=retry.parse_retry_after(answer.headers.get("retry-after"), datetime.now(timezone.utc)),
                request_headers=kept,
                answer_headers=kept_headers(answer.headers),
                answer_body=answer.body,
                answer_truncated=answer.truncated,
                answer_sha256=answer.body_sha256,
                peer=answer.peer_address,
                seconds=answer.duration,
            )

        return send
