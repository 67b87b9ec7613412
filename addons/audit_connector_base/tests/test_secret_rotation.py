import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..core import signatures
from .common import SECRET
from .http_case import TOKEN
from .secret_case import API_KEY, INBOUND, SecretCase

NEW = "hunter2-the-new-one"


@tagged("post_install", "-at_install")
class TestSecretRotation(SecretCase):
    def _dialog(self, action, user=None):
        user = user or self.administrator
        return Form(self.env[action["res_model"]].with_user(user).with_context(**action["context"]))

    def _replaced(self, dialog):
        """Save the dialog and press its button, password included."""
        return self.press(dialog.save().action_replace)

    def test_a_webhook_secret_is_generated_shown_once_and_changes_over(self):
        connector = self._entered(adapter="webhook", signing_secret=SECRET)
        dialog = self._dialog(connector.credential_ids.action_replace())
        self.assertEqual((dialog.connector_id, dialog.secret_name, dialog.way), (connector, "signing_secret", "shared"))
        generated = dialog.value
        self.assertTrue(generated.startswith("whsec_"))
        self.assertEqual(dialog.hours, 24)
        dialog.hours = 2
        said = self._replaced(dialog)
        self.assertIn("2 hours", said["params"]["message"])
        self.assertEqual(connector.sudo()._secrets_of("signing"), [generated, SECRET])
        former = connector.sudo().credential_ids.filtered("valid_until")
        self.assertLess(former.valid_until, fields.Datetime.now() + timedelta(hours=2, minutes=1))
        self.assertEqual(connector.rotation_hours, 24, "the setting stays")

    def test_after_a_leak_the_former_ends_at_once(self):
        connector = self._entered(adapter="webhook", signing_secret=SECRET)
        dialog = self._dialog(connector.action_replace_secret())
        dialog.hours = 0
        self._replaced(dialog)
        self.assertEqual(len(connector.sudo()._secrets_of("signing")), 1)

    def test_of_a_key_pair_the_public_key_is_shown(self):
        connector = self._entered(adapter="webhook", signing_secret=SECRET)
        dialog = self._dialog(connector.action_replace_secret())
        dialog.way = "key_pair"
        public = dialog.public_key
        self.assertEqual(public, signatures.public_key(dialog.value))
        self._replaced(dialog)
        self.assertEqual(connector.signing_public_key, public)

    def test_what_the_platform_gives_is_entered_with_its_last_day(self):
        connector = self._entered(rest_auth="api_key", login_secret=API_KEY)
        dialog = self._dialog(connector.credential_ids.action_replace())
        self.assertEqual(dialog.way, "enter")
        self.assertFalse(dialog.value)
        dialog.value = NEW
        dialog.expires_on = "2031-03-31"
        self._replaced(dialog)
        self.assertEqual(connector.sudo()._secrets_of("login"), [NEW])
        self.assertEqual(str(connector.sudo().credential_ids.expires_on), "2031-03-31")

    def test_a_token_for_receiving_is_generated_in_the_form_that_it_is_verified_in(self):
        connector = self._entered(inbound_active=True, inbound_verification="bearer", inbound_secret=INBOUND)
        action = connector.with_context(secret_name="inbound_secret").action_replace_secret()
        dialog = self._dialog(action)
        generated = dialog.value
        self.assertFalse(generated.startswith("whsec_"))
        self._replaced(dialog)
        self.assertEqual(connector.sudo()._secrets_of("verification"), [generated, INBOUND])

    def test_key_and_certificate_are_renewed_together(self):
        certificate, key = self.authority.issue("odoo.example", days=20)
        connector = self._entered(rest_certificate=certificate, private_key=key)
        renewed, new_key = self.authority.issue("odoo.example", days=400)
        dialog = self._dialog(connector.credential_ids.action_replace())
        dialog.value = new_key
        with self.refused("does not belong"):
            self._replaced(dialog)
        dialog = self._dialog(connector.credential_ids.action_replace())
        dialog.value, dialog.certificate = new_key, renewed
        self._replaced(dialog)
        self.assertEqual(connector.rest_certificate, renewed)
        self.assertEqual(connector.sudo().credential_ids.expires_on.year, (fields.Datetime.now() + timedelta(400)).year)

    def test_it_asks_for_the_password_and_keeps_what_was_entered_sealed_meanwhile(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        dialog = self._dialog(connector.action_replace_secret())
        dialog.value = NEW
        rotation = dialog.save()
        asked = rotation.action_replace()
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        self._assert_in_no_table([NEW])
        self.assertTrue(rotation.sudo().pending.startswith("v1."))
        with mute_logger("odoo.addons.base.models.res_users"), self.refused("Incorrect Password"):
            self.press(rotation.action_replace, "wrong")
        self.assertEqual(connector.sudo()._secret_of("login"), TOKEN)
        self.press(rotation.action_replace)
        self.assertEqual(connector.sudo()._secret_of("login"), NEW)
        self.assertFalse(rotation.sudo().pending)
        with self.refused("Enter the new secret first"):
            rotation.action_replace()
        (entry,) = self._entries("identity.confirmed")
        self.assertEqual((entry.res_id, json.loads(entry.payload_text)["action"]), (connector.id, "rotate"))

    def test_no_other_way_replaces_a_secret_without_the_password(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        with self.refused("needs your password", AccessError):
            connector.login_secret = NEW
        with self.refused("needs your password", AccessError):
            connector.web_save({"login_secret": NEW}, {})
        with self.refused("needs your password", AccessError):
            connector._rotate("login_secret", NEW, 0, False)
        self.confirmed(connector, "rotate").login_secret = NEW
        self.assertEqual(connector.sudo()._secret_of("login"), NEW)

    def test_the_dialog_of_another_person_is_of_no_use(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        dialog = self._dialog(connector.action_replace_secret())
        dialog.value = NEW
        rotation = dialog.save()
        with self.refused("Enter the new secret first"):
            rotation.with_user(self.second).action_replace()
        for user in (self.approver, self.accountant):
            with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
                rotation.with_user(user).action_replace()

    def test_a_sealed_text_of_another_dialog_does_not_open(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        one, two = (self._dialog(connector.action_replace_secret()) for _number in range(2))
        one.value, two.value = NEW, "hunter2-other"
        one, two = one.save(), two.save()
        two.sudo().pending = one.sudo().pending
        with self.refused("Enter the new secret again"):
            self.press(two.action_replace)

    def test_nobody_fills_in_what_is_sealed_neither_by_a_value_nor_by_the_context(self):
        """17.0 asks for the right on a field when it is read or written, not when a record is made."""
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        Rotation = self.env["audit.secret.rotation"].with_user(self.administrator)
        values = {"connector_id": connector.id, "secret_name": "login_secret"}
        self.assertFalse(Rotation.create(values).sudo().pending)
        with self.refused("pending", AccessError):
            Rotation.create({**values, "pending": "v1.x"})
        with self.refused("pending", AccessError):
            Rotation.with_context(default_pending="v1.x").create(values)

    def test_what_cannot_serve_is_refused_at_once(self):
        connector = self._entered(adapter="webhook", signing_secret=SECRET)
        dialog = self._dialog(connector.action_replace_secret())
        dialog.way = "enter"
        dialog.value = "whsec_hunter2"
        with self.refused("not usable") as caught:
            dialog.save()
        self.assertNotIn("hunter2", str(caught.exception))
