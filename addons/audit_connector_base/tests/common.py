import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

from standardwebhooks import Webhook

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, TransactionCase

from .. import keyring
from ..compat import SERIES

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
TEST_KEYS = ("test", {"test": bytes(range(32))})
GROUPS = "groups_id"


class Receiver:
    """A platform: a real HTTP server that verifies each message with the official library and keeps it.

    ``answers`` is consumed one a request: a status, or ``(status, headers)``; 204 when none is left.
    """

    def __init__(self):
        self.messages = []
        self.answers = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                Webhook(SECRET).verify(body, dict(self.headers))
                answer = receiver.answers.pop(0) if receiver.answers else 204
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                receiver.messages.append({"id": self.headers["webhook-id"], "body": body, "status": status})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", "2")
                self.end_headers()
                if status != 204:
                    self.wfile.write(b"ok")

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def host(self):
        return "127.0.0.1:%d" % self.server.server_address[1]

    @property
    def ids(self):
        return [message["id"] for message in self.messages]

    def events(self):
        return [json.loads(message["body"]) for message in self.messages]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class AuditCase(TransactionCase):
    """A company with a chart of accounts, people in their roles, and a key for secrets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        keys = patch.object(keyring, "wrapping_keys", lambda: TEST_KEYS)
        keys.start()
        cls.addClassCleanup(keys.stop)
        cls.company = cls.env.company
        cls._load_chart(cls.company)
        # As after a commit, from which on a process knows the log that a company has.
        cls.env["audit.log"]._writing(cls.company.id)
        cls.env.cr.postcommit.data.pop("audit.logs_made", None)
        cls.accountant = cls._user("acc", "audit_connector_base.group_audit_user", "account.group_account_invoice")
        cls.administrator = cls._user("adm", "audit_connector_base.group_audit_connector_admin")
        cls.partner = cls.env["res.partner"].create({"name": "Hafenkontor GmbH", "vat": "DE136695976"})
        cls.posted_type = cls.env.ref("audit_connector_base.event_type_invoice_posted")

    @classmethod
    def _load_chart(cls, company):
        if not company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)

    @classmethod
    def _user(cls, login, *groups, company=None):
        company = company or cls.env.company
        return (
            cls.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": login.title(),
                    "login": "audit_test_%s" % login,
                    "password": "audit_test_%s" % login,
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    GROUPS: [Command.set([cls.env.ref(group).id for group in ("base.group_user", *groups)])],
                }
            )
        )

    @classmethod
    def _connector(cls, receiver=None, **values):
        host = receiver.host if receiver else "127.0.0.1:9"
        connector = cls.env["audit.connector"].create(
            {
                "name": "Archive %s" % host,
                "url": "http://%s/events" % host,
                "allowed_destinations": host,
                "signing_secret": SECRET,
                "timeout": 5,
                **values,
            }
        )
        cls.env["audit.subscription"].create(
            {"connector_id": connector.id, "event_type_ids": [Command.set(cls.posted_type.ids)]}
        )
        return connector

    @classmethod
    def _invoice(cls, move_type="out_invoice", post=False, lines=1, **values):
        invoice = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": cls.partner.id,
                "invoice_date": "2026-03-31",
                "invoice_line_ids": [
                    Command.create({"name": "Service %d" % number, "quantity": 2, "price_unit": 50.20})
                    for number in range(1, lines + 1)
                ],
                **values,
            }
        )
        if post:
            invoice.action_post()
        return invoice

    @contextmanager
    def refused(self, pattern, *exceptions):
        """Expect a refusal whose message says ``pattern``, and undo what was tried."""
        with self.assertRaisesRegex(exceptions or (UserError,), pattern) as caught, self.env.cr.savepoint():
            yield caught
            self.env.flush_all()

    @contextmanager
    def second_cursor(self):
        """Let every cursor that the block opens share the test's transaction."""
        self.env.flush_all()
        if isinstance(self, HttpCase):
            # Its requests need the same, so the case is in that mode already.
            yield
        elif SERIES >= 19:
            with self.enter_registry_test_mode():
                yield
        else:
            self.registry.enter_test_mode(self.cr)
            try:
                yield
            finally:
                self.registry.leave_test_mode()
        self.env.invalidate_all()

    @classmethod
    def confirmed(cls, records, *actions):
        """``records`` as they are after their user confirmed ``actions`` with the password."""
        for action in actions:
            records._note_identity(action)
        return records

    def send_again(self, deliveries, reason="The platform was repaired"):
        """What the administrator's dialog *Send Again* does for chosen messages."""
        chosen = {"active_model": "audit.delivery", "active_ids": deliveries.ids}
        wizard = self.env["audit.replay"].with_user(self.administrator).with_context(**chosen)
        return wizard.create({"reason": reason}).action_replay()

    def drain(self, connector, lane=1):
        with self.second_cursor():
            return connector._drain(lane)

    def sweep(self):
        """What the scheduled action of every minute does."""
        with self.second_cursor():
            self.env["audit.connector"]._cron_sweep()

    def press(self, button, password=None):
        """Press a button that asks for the password, and answer: with that of the user unless another is given."""
        asked = button()
        if not isinstance(asked, dict) or asked.get("res_model") != "res.users.identitycheck":
            return asked
        return self.answer(button.__self__.env["res.users.identitycheck"].browse(asked["res_id"]), password)

    def asked(self, button):
        """The dialog that a button opens to ask for the password."""
        return button.__self__.env["res.users.identitycheck"].browse(button()["res_id"])

    def answer(self, check, password=None):
        """Answer the dialog that a button opened: with the password of the user unless another is given."""
        password = check.env.user.login if password is None else password
        if SERIES >= 19:
            check = check.with_context(password=password)
        else:
            check.password = password
        with self.second_cursor():
            return check.run_check()

    def receiver(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        return receiver
