from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .. import keyring
from ..core import signatures
from .common import SECRET, AuditCase


@tagged("post_install", "-at_install")
class TestConnector(AuditCase):
    def _create(self, **values):
        return self.env["audit.connector"].create(
            {"name": "Tax archive", "url": "https://archive.example/in", "signing_secret": SECRET, **values}
        )

    def test_a_usable_connector_is_saved(self):
        connector = self._create()
        self.assertEqual(connector.credential_ids.destination, "https://archive.example:443")
        self.assertEqual(connector.health, "idle")

    def test_an_invalid_address_is_refused_with_the_reason(self):
        for url in (
            "",
            "archive.example",
            "ftp://archive.example",
            "https://",
            "https://user:pw@archive.example/",
            "https://a b/",
        ):
            with self.subTest(url=url), self.refused("Tax archive"):
                self._create(url=url)

    def test_an_address_without_tls_is_refused_unless_it_is_allowed(self):
        with self.refused("(?i)tls|https"):
            self._create(url="http://archive.example/in")
        self._create(url="http://archive.internal:8080/in", allowed_destinations="archive.internal:8080")

    def test_an_allow_list_that_cannot_be_read_is_refused(self):
        with self.refused("internal destinations"):
            self._create(allowed_destinations="10.0.0.0/99")

    def test_a_connector_without_a_secret_is_refused(self):
        with self.refused("no signing secret"):
            self._create(signing_secret=False)

    def test_a_secret_that_is_none_is_refused_and_not_repeated(self):
        with self.refused("not usable") as caught:
            self._create(signing_secret="whsec_hunter2")
        self.assertNotIn("hunter2", str(caught.exception))

    def test_a_public_key_is_refused_because_it_cannot_sign(self):
        public = signatures.public_key("whsk_" + SECRET.partition("_")[2])
        with self.refused("cannot sign"):
            self._create(signing_secret=public)

    def test_the_answer_to_saving_does_not_repeat_the_secret(self):
        connectors = self.env["audit.connector"].with_user(self.administrator)
        values = {"name": "Saved", "url": "https://archive.example/in", "signing_secret": SECRET}
        answer = connectors.web_save(values, {"signing_secret": {}})
        self.assertFalse(answer[0]["signing_secret"])
        saved = self.confirmed(connectors.browse(answer[0]["id"]), "rotate")
        self.assertFalse(saved.web_save({"signing_secret": SECRET}, {"signing_secret": {}})[0]["signing_secret"])

    def test_the_stored_secret_of_another_connector_cannot_be_chosen(self):
        connector, other = self._create(), self._create(name="Second")
        with self.refused("Enter the secret itself"):
            other.with_user(self.administrator).credential_ids = connector.credential_ids
        with self.refused("Enter the secret itself"):
            self.env["audit.connector"].with_user(self.administrator).create(
                {"name": "Third", "url": connector.url, "credential_ids": [(4, connector.credential_ids.id)]}
            )

    def test_without_a_key_a_secret_is_refused_with_what_to_do(self):
        def missing():
            raise keyring.KeyMissing("No key. Run ./setup/key")

        with patch.object(keyring, "wrapping_keys", missing), self.refused("setup/key"):
            self._create()

    def test_the_secret_is_never_read_back(self):
        connector = self._create()
        self.env.invalidate_all()
        self.assertFalse(connector.signing_secret)
        self.assertNotIn(SECRET, str(connector.read()) + str(connector.credential_ids.sudo().read()))
        self.assertFalse(
            connector.copy({"name": "Copy", "signing_secret": SECRET}).credential_ids == connector.credential_ids
        )
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            connector.credential_ids.with_user(self.administrator).read(["envelope"])
        self.env.cr.execute("SELECT envelope FROM audit_credential WHERE id = %s", [connector.credential_ids.id])
        self.assertNotIn(SECRET[6:], self.env.cr.fetchone()[0])
        self.assertEqual(connector._secret_of("signing"), SECRET)

    def test_another_destination_needs_the_secret_anew(self):
        connector = self._create()
        connector.url = "https://archive.example/other/path"
        with self.refused("Enter it again"):
            connector.url = "https://elsewhere.example/in"
        connector.write({"url": "https://elsewhere.example/in", "signing_secret": SECRET})
        self.assertEqual(connector.credential_ids.generation, 2)
        self.assertEqual(connector._secret_of("signing"), SECRET)

    def test_an_envelope_moved_to_another_credential_does_not_open(self):
        one, two = self._create(), self._create(name="Second")
        two.credential_ids.sudo().envelope = one.credential_ids.sudo().envelope
        with self.refused("Enter it again"):
            two._secret_of("signing")

    def test_one_can_be_generated_in_the_form(self):
        form = Form(self.env["audit.connector"])
        form.name = "Generated"
        form.url = "https://archive.example/in"
        form.generate_secret = "shared"
        generated = form.signing_secret
        self.assertTrue(generated.startswith("whsec_"))
        self.assertEqual(form.save()._secret_of("signing"), generated)

    def test_names_are_unique_in_a_company(self):
        self._create()
        with self.refused("name_unique", IntegrityError), mute_logger("odoo.sql_db"):
            self._create()

    def test_it_stays_with_its_company(self):
        connector = self._create()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.refused("stays with its company"):
            connector.company_id = other

    def test_private_addresses_are_refused_on_saving(self):
        with self.refused("loopback"):
            self._create(url="https://127.0.0.1/in")

    def test_names_of_private_addresses_are_refused_when_dialled(self):
        platform = self.receiver()
        connector = self._connector(platform)
        port = platform.host.split(":")[1]
        url = "https://localhost:%s/events" % port
        connector.write({"url": url, "allowed_destinations": False, "signing_secret": SECRET})
        invoice = self._invoice(post=True)
        self.drain(connector)
        delivery = self.env["audit.delivery"].search([("subject", "=", "account.move/%d" % invoice.id)])
        self.assertEqual(delivery.state, "dead")
        self.assertIn("closed address", delivery.reason)
        self.assertEqual(platform.messages, [])

    def test_a_replaced_signing_secret_stays_good_for_the_change_over(self):
        connector = self._create()
        second = signatures.new_secret()
        connector.signing_secret = second
        self.assertEqual(connector._secrets_of("signing"), [second, SECRET])
        self.assertIn("the one before is good until", connector.signing_secret_note)
        connector.with_user(self.administrator).action_end_rotation()
        self.assertEqual(connector._secrets_of("signing"), [second])

    def test_without_change_over_a_replaced_secret_ends_at_once(self):
        connector = self._create(rotation_hours=0)
        second = signatures.new_secret()
        connector.signing_secret = second
        self.assertEqual(connector._secrets_of("signing"), [second])
