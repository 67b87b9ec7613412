from datetime import datetime
from unittest.mock import patch

from ..core import dial
from ..core.tests.authority import Authority
from ..models.connector.adapter import Message
from . import servers
from .common import AuditCase

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PASSWORD = "hunter2-Straße"
TOKEN = "hunter2-token"


class HttpAdapterCase(AuditCase):
    """Connectors to real servers, and messages that are handed to their adapters directly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority()

    def platform(self, *arguments, **options):
        platform = servers.Platform(*arguments, **options)
        self.addCleanup(platform.close)
        return platform

    def connector(self, platform, **values):
        return self.env["audit.connector"].create(
            {
                "name": "Platform",
                "url": platform.url("/in"),
                "allowed_destinations": "127.0.0.1",
                "timeout": 5,
                **values,
            }
        )

    def message(self, number=42, **values):
        data = values.pop("data", b'{"contract":"invoice/1","n":%d}' % number)
        body = (
            b'{"data":%s,"datacontenttype":"application/json","dataschema":"urn:odoo-audit:contract:invoice:1",'
            b'"id":"m-%d","source":"/odoo","specversion":"1.0","type":"invoice.posted"}' % (data, number)
        )
        return Message(
            **{
                "id": "m-%d" % number,
                "type": "invoice.posted",
                "subject": "account.move/%d" % number,
                "body": body,
                "content_type": "application/cloudevents+json",
                "created_at": datetime(2026, 3, 31),
                "entity": "invoice",
                "traceparent": TRACE,
                **values,
            }
        )

    def send(self, connector, message=None):
        sender = connector._adapter()._sender(connector)
        self.addCleanup(sender.close)
        return sender(message or self.message())

    def called(self, name):
        """Let ``name`` resolve to loopback, as the DNS of a house would have it."""
        lookup = dial.socket.getaddrinfo

        def resolve(host, *arguments, **options):
            return lookup("127.0.0.1" if host == name else host, *arguments, **options)

        patched = patch.object(dial.socket, "getaddrinfo", resolve)
        patched.start()
        self.addCleanup(patched.stop)


class RestCase(HttpAdapterCase):
    """Connectors by REST, without and with OAuth."""

    def connector(self, platform, **values):
        return super().connector(platform, **{"adapter": "rest", **values})

    def oauth(self, platform, endpoint, **values):
        return self.connector(
            platform,
            **{
                "rest_auth": "oauth",
                "rest_token_url": endpoint.url("/token"),
                "rest_client_id": "odoo",
                "login_secret": TOKEN,
                **values,
            },
        )

    def endpoint(self):
        endpoint = servers.TokenEndpoint()
        self.addCleanup(endpoint.close)
        return endpoint

    def sent(self, message=None, **values):
        """What arrives of a message at a platform that takes all, and the outcome."""
        platform = self.platform()
        outcome = self.send(self.connector(platform, name="Platform %s" % platform.host, **values), message)
        self.assertEqual(outcome.verdict, "delivered", outcome.reason)
        return platform.requests[0], outcome
