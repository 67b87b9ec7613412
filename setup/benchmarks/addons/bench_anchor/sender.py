import base64
import hashlib
import hmac
import time

import requests

from odoo import models

KEY = base64.b64decode("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")


class BenchSender(models.AbstractModel):
    """Delivery as it is usually built on a job queue: a job for each message, which signs and posts it."""

    _name = "bench.sender"
    _description = "Anchor of the Deliveries"

    def _send_each(self, url, messages):
        """Add a job for each ``(message id, body)``."""
        for message_id, body in messages:
            self.with_delay()._send(url, message_id, body)

    def _send(self, url, message_id, body):
        timestamp = str(int(time.time()))
        signed = b".".join((message_id.encode(), timestamp.encode(), body.encode()))
        signature = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        answer = requests.post(
            url,
            data=body.encode(),
            headers={
                "Content-Type": "application/cloudevents+json",
                "webhook-id": message_id,
                "webhook-timestamp": timestamp,
                "webhook-signature": "v1," + signature,
            },
            timeout=30,
        )
        answer.raise_for_status()
        return answer.status_code
