from unittest.mock import patch

from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from ..models.connector import environment
from .common import SECRET
from .http_case import TOKEN
from .inbound import InboundHttpCase, event
from .secret_case import SecretCase


@tagged("post_install", "-at_install")
class TestSecretEnvironment(SecretCase):
    def _flag(self, key="audit.environment", value="test"):
        self.env["ir.config_parameter"].sudo().set_param(key, value)

    def _configured(self, **options):
        patched = patch.object(environment, "audit_options", lambda: options)
        patched.start()
        self.addCleanup(patched.stop)

    def test_a_test_database_exchanges_nothing_with_production(self):
        platform = self.receiver()
        flags = (
            self._flag,
            lambda: self._flag("database.is_neutralized", "true"),
            lambda: self._configured(environment="test"),
        )
        for number, flag in enumerate(flags):
            with self.subTest(number):
                connector = self._connector(platform, name="Archive %d" % number)
                self._invoice(post=True)
                flag()
                self.drain(connector)
                self.assertEqual(platform.messages, [])
                with self.refused("test database"):
                    connector._secret_of("signing")
                _message, outcome = connector._send_test()
                self.assertEqual(outcome.fault, "settings")
                self.assertEqual((connector.health, bool(connector.environment_trouble)), ("stopped", True))
                with self.refused("test database"):
                    connector.name = "Renamed"
                connector.active = False
                with self.refused("test database"):
                    connector.active = True
                self._flag("audit.environment", False)
                self._flag("database.is_neutralized", False)

    def test_a_connector_that_needs_no_secret_is_held_back_as_well(self):
        platform = self.platform()
        connector = self.connector(platform)
        self.env["audit.subscription"].create(
            {"connector_id": connector.id, "event_type_ids": [(6, 0, self.posted_type.ids)]}
        )
        self._invoice(post=True)
        connector.collect = True
        self._flag()
        with self.second_cursor():
            self.assertIn("test database", connector._collect())
        self.drain(connector)
        self.assertEqual(platform.requests, [])
        self.assertFalse(connector.activity_ids, "there is nothing to repair")
        self._flag("audit.environment", False)
        self.drain(connector)
        self.assertEqual(len(platform.requests), 1)

    def test_a_new_connector_of_a_test_database_is_one_to_a_trial_system(self):
        self._flag()
        platform = self.receiver()
        connector = self._connector(platform)
        self.assertEqual(connector.environment, "test")
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(len(platform.messages), 1)

    def test_a_connector_of_the_copy_becomes_one_to_a_trial_system_with_secrets_of_its_own(self):
        connector = self._connector(self.receiver())
        self._flag()
        with self.refused("Enter it again"):
            connector.environment = "test"
        connector.write({"environment": "test", "signing_secret": SECRET})
        self.assertEqual(connector.credential_ids.environment, "test")
        self.assertEqual(connector._secret_of("signing"), SECRET)

    def test_the_settings_say_which_database_this_is_and_log_a_change(self):
        self.env["res.config.settings"].create({"audit_is_test": True}).execute()
        self.assertEqual(self.env["audit.connector"]._database_environment(), "test")
        said = self._entries("configuration.changed").mapped("payload_text")
        self.assertTrue([text for text in said if "audit.environment" in text])
        self.env["res.config.settings"].create({"audit_is_test": False}).execute()
        self.assertEqual(self.env["audit.connector"]._database_environment(), "production")
        self._flag("database.is_neutralized", "true")
        self.env["res.config.settings"].create({"audit_is_test": False}).execute()
        self.assertEqual(self.env["audit.connector"]._database_environment(), "test", "not for the screen to change")

    def test_the_secrets_of_a_copied_database_open_nothing(self):
        """A copy that nobody neutralized has another identity than the one that the secrets were entered in."""
        connectors, _secrets = self._all_kinds()
        self._flag("database.uuid", "0000-another")
        for connector in connectors.values():
            connector.invalidate_recordset()
            for credential in connector.sudo().credential_ids:
                with self.subTest(credential.name), self.refused("of which this one is a copy"):
                    credential._reveal(credential._binding())
                self.assertEqual(credential.state, "unusable")
                credential.database = "0000-another"
                with self.subTest(credential.name), self.refused("stored for another place"):
                    credential._reveal(credential._binding())

    def test_a_neutralized_copy_holds_no_secret_in_any_table(self):
        connectors, secrets = self._all_kinds()
        rotation = self.env["audit.secret.rotation"].create(
            {"connector_id": connectors["password"].id, "secret_name": "login_secret", "value": "hunter2-in-the-dialog"}
        )
        envelopes = self.env["audit.credential"].sudo().search([]).mapped("envelope") + [rotation.sudo().pending]
        self.assertTrue(all(envelopes))
        self.env.flush_all()
        for query in get_neutralization_queries(["audit_connector_base"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self._assert_in_no_table(secrets + envelopes)
        connector = connectors["password"]
        self.assertFalse(connector.active)
        self._flag("database.is_neutralized", "true")
        with self.refused("test database"):
            connector.active = True
        connector.write({"active": True, "environment": "test", "login_secret": TOKEN, "rest_login": "odoo"})


@tagged("post_install", "-at_install")
class TestReceivingInATestDatabase(InboundHttpCase):
    def test_nothing_is_received_for_production(self):
        self.env["ir.config_parameter"].sudo().set_param("audit.environment", "test")
        self._assert_problem(self._post(event({"id": "S-1"})), 503, "unavailable")
        trusted = {"inbound_verification": "mutual_tls", "inbound_certificates": "ab:cd"}
        self.env["ir.config_parameter"].sudo().set_param("audit.environment", False)
        by_certificate = self._receiving(name="By certificate", **trusted)
        self.env["ir.config_parameter"].sudo().set_param("audit.environment", "test")
        self._assert_problem(self._post(event({"id": "S-1"}), connector=by_certificate), 503, "unavailable")
        self.assertFalse(self._messages(by_certificate))
