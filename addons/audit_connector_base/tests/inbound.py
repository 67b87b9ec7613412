"""What the tests of receiving share: a connector that receives, and senders that prove themselves or do not."""

import json
import socket
import time
from contextlib import nullcontext
from urllib.parse import urlsplit

from odoo.tests import HttpCase

from ..compat import SERIES
from ..core import signatures, uuid7
from .common import SECRET, AuditCase

JSON = "application/json"
EVENT = "application/cloudevents+json"
EVENTS = "application/cloudevents-batch+json"


class InboundCase(AuditCase):
    """A connector that receives, without HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connector = cls._receiving()

    @classmethod
    def _receiving(cls, **values):
        name = values.pop("name", "Supplier master")
        return cls.env["audit.connector"].create(
            {
                "name": name,
                "url": "https://suppliers.example/in",
                "signing_secret": SECRET,
                "inbound_active": True,
                "inbound_secret": SECRET,
                **values,
            }
        )

    def _own(self, *groups, connector=None):
        """Let the connector own groups of facts about suppliers."""
        for group in groups:
            self.env["audit.authority.rule"].create(
                {"entity": "supplier", "field_group": group, "connector_id": (connector or self.connector).id}
            )

    def _process(self, connector=None):
        with self.second_cursor():
            return (connector or self.connector)._process_inbound()

    def _given(self, *messages, connector=None, transport="file"):
        """Receive messages (dicts or bytes) by the door that brokers and files use; returns the stored records."""
        connector = connector or self.connector
        last = self.env["audit.inbound.message"].search([], limit=1).id or 0
        bodies = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in messages]
        with self.second_cursor():
            self.receipts = connector._receive([(None, EVENT, body, {}) for body in bodies], transport)
        return self.env["audit.inbound.message"].search([("id", ">", last)], order="id")

    def _worked(self, *messages, connector=None):
        records = self._given(*messages, connector=connector)
        self._process(connector)
        return records


def event(data, kind="supplier.updated", **attributes):
    """A CloudEvent as a dict."""
    return {
        "specversion": "1.0",
        "id": uuid7.uuid7(),
        "source": "urn:example:suppliers",
        "type": kind,
        "data": data,
        **attributes,
    }


class InboundHttpCase(InboundCase, HttpCase):
    """Senders over real HTTP."""

    def _post(
        self,
        body,
        content_type=EVENT,
        headers=None,
        connector=None,
        message_id=None,
        sign=True,
        code=None,
        secret=SECRET,
    ):
        """Send one request; signed after Standard Webhooks unless ``sign`` is False. Returns the response."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        message_id = message_id or uuid7.uuid7()
        now = int(time.time())
        signed = (
            {
                "webhook-id": message_id,
                "webhook-timestamp": str(now),
                "webhook-signature": signatures.sign(secret, message_id, now, body),
            }
            if sign
            else {}
        )
        path = "/audit/v1/inbound/%s" % (code or (connector or self.connector).inbound_code)
        self.env.flush_all()
        headers = {"Content-Type": content_type, **signed, **(headers or {})}
        response = self.opener.post(self.base_url() + path, data=body, headers=headers, timeout=20)
        self.env.invalidate_all()
        return response

    def _messages(self, connector=None):
        return self.env["audit.inbound.message"].search([("connector_id", "=", (connector or self.connector).id)])

    def _assert_problem(self, response, status, code):
        """A refusal: the right status, a problem document, nothing stored."""
        self.assertEqual(response.status_code, status, response.text[:500])
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        problem = response.json()
        self.assertEqual((problem["status"], problem["type"]), (status, "urn:odoo-audit:problem:" + code))
        self.assertTrue(problem["title"] and problem["detail"])
        self.assertNotIn("Set-Cookie", response.headers)

    def _raw(self, *pieces, pause=0):
        """Send bytes as they are over a socket of our own; returns ``(status, headers text, body)``."""
        host = urlsplit(self.base_url())
        # 19.0 lets a test's server answer to its own client only, unless it is told otherwise.
        allowed = self.allow_requests(all_requests=True) if SERIES >= 19 else nullcontext()
        with allowed, socket.create_connection((host.hostname, host.port), timeout=20) as connection:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
            answer = b""
            while True:
                try:
                    part = connection.recv(65536)
                except ConnectionResetError:
                    break
                if not part:
                    break
                answer += part
        head, _empty, body = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ")[1]), head.decode("latin-1"), body
