import sys
from urllib.parse import parse_qsl, urlsplit

from odoo.tests import HttpCase

from odoo.addons.audit_connector_base.tests.common import AuditCase

from sandbox.bank_process import Bank

from ..core.tests import bank_api_common as samples


class BankApiCase(AuditCase, HttpCase):
    """The sandbox bank, whose accounts are in the currency of the company, and a journal for one of them.

    The administrator asks for consents and comes back over HTTP.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id.name
        cls.journal = cls.env["account.journal"].create(
            {"name": "Giro", "code": "GIRO", "type": "bank", "bank_acc_number": samples.IBAN}
        )
        cls.bank = Bank(samples.scenario(), {samples.APPLICATION: samples.key_pair()[1]}, sys.executable)
        cls.addClassCleanup(cls.bank.close)

    def setUp(self):
        super().setUp()
        self.begin()

    def begin(self, **settings):
        """Let the bank begin anew, with the settings of a scenario."""
        scenario = samples.scenario(**settings)
        scenario["accounts"][0]["currency"] = self.currency
        self.bank.order(scenario=scenario)

    def connector_to_bank(self, **values):
        return self.env["audit.connector"].create(
            {
                "name": "Sandbox Bank",
                "adapter": "rest",
                "url": self.bank.url,
                "allowed_destinations": "127.0.0.1",
                "timeout": 5,
                **values,
            }
        )

    def connect(self, **values):
        """A connection to the bank's own interface."""
        connector = values.pop("connector_id", None) or self.connector_to_bank().id
        return self.env["audit.bank.connection"].create(
            {
                "name": "Sandbox Bank",
                "provider": "bank_psd2",
                "connector_id": connector,
                "user_id": self.administrator.id,
                **values,
            }
        )

    def connect_aggregator(self):
        """A connection through the aggregator."""
        connector = self.connector_to_bank(
            name="Aggregator",
            adapter="enable_banking",
            enable_banking_application=samples.APPLICATION,
            private_key=samples.key_pair()[0],
        )
        return self.connect(
            name="Sandbox Bank, Aggregated",
            provider="enable_banking",
            connector_id=connector.id,
            enable_banking_bank="Sandbox Bank",
            enable_banking_country_id=self.env.ref("base.de").id,
        )

    def ask(self, connection, user=None):
        """Press the button for a consent; returns the address of the bank."""
        with self.second_cursor():
            return connection.with_user(user or self.administrator).action_begin_consent()["url"]

    def come_back(self, url, user=None):
        """Open the address that the bank sent the browser to, and return the answer."""
        user = user or self.administrator
        self.authenticate(user.login, user.login)
        parts = urlsplit(url)
        self.env.flush_all()
        answer = self.url_open("%s?%s" % (parts.path, parts.query), allow_redirects=False, timeout=30)
        self.env.invalidate_all()
        return answer

    def consent(self, connection, agree=True):
        """The whole way: asked for, agreed to at the bank, come back."""
        return self.come_back(self.bank.answer(self.ask(connection), agree))

    def window(self, account, begin="2026-11-01", end="2026-11-19"):
        return (
            self.env["audit.bank.window"]
            .sudo()
            .create({"account_id": account.id, "kind": "fetch", "date_from": begin, "date_to": end, "state": "open"})
        )

    def fetch(self, account, **period):
        with self.second_cursor():
            return account.connection_id._provider()._fetch(account, self.window(account, **period))

    def kinds_logged(self, connection):
        self.env.flush_all()
        domain = [("res_model", "=", connection._name), ("res_id", "=", connection.id), ("kind", "like", "bank.")]
        return self.env["audit.log.entry"].search(domain, order="id").mapped("kind")

    def token(self, url):
        return dict(parse_qsl(urlsplit(url).query))["state"]

    def colleague(self):
        return self._user("adm2", "audit_connector_base.group_audit_connector_admin")
