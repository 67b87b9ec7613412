from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import keyring
from .http_case import TOKEN
from .secret_case import SecretCase

OLD, NEW = bytes(range(32)), bytes(range(100, 132))


@tagged("post_install", "-at_install")
class TestSecretKeys(SecretCase):
    def _configured(self, active, **keys):
        patched = patch.object(keyring, "wrapping_keys", lambda: (active, keys))
        patched.start()
        self.addCleanup(patched.stop)
        self.env.invalidate_all()

    def _settings(self):
        return self.env["res.config.settings"].create({})

    def test_secrets_move_to_a_new_key_and_the_former_one_can_go(self):
        self._configured("old", old=OLD)
        connectors, secrets = self._all_kinds()
        self._configured("new", new=NEW, old=OLD)
        settings = self._settings()
        self.assertIn("Key “new”: 0 secrets", settings.audit_keys_in_use)
        self.assertRegex(settings.audit_keys_in_use, "Key “old”: [1-9]")
        self.assertTrue(settings.audit_former_keys)
        former = {one.id: one.envelope for one in self.env["audit.credential"].sudo().search([])}
        self.assertEqual(settings.action_audit_rewrap()["params"]["type"], "success")
        settings = self._settings()
        self.assertIn("“old” protects no secret any more", settings.audit_keys_in_use)
        self.assertFalse(settings.audit_former_keys)
        self._configured("new", new=NEW)
        for credential in self.env["audit.credential"].sudo().search([("id", "in", list(former))]):
            self.assertEqual(credential.kek_id, "new")
            self.assertEqual(credential.envelope.split(".")[4:], former[credential.id].split(".")[4:])
            self.assertIn(credential._reveal(credential._binding()), secrets)
        self.assertEqual(len(self._entries("secret.rewrapped", connectors["password"])), 1)

    def test_the_list_finds_what_is_under_a_former_key_and_wraps_it(self):
        self._configured("old", old=OLD)
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        self._configured("new", new=NEW, old=OLD)
        other = self._entered("Other", rest_auth="bearer", login_secret=TOKEN)
        credentials = self.env["audit.credential"].with_user(self.administrator)
        mine = [("connector_id", "in", (connector + other).ids)]
        self.assertEqual(credentials.search([("under_old_key", "=", True), *mine]).connector_id, connector)
        self.assertEqual(credentials.search([("under_old_key", "!=", True), *mine]).connector_id, other)
        credentials.search(mine).action_rewrap()
        self.assertFalse(credentials.search([("under_old_key", "=", True), *mine]))
        self.assertEqual(connector.sudo()._secret_of("login"), TOKEN)

    def test_what_cannot_be_opened_is_named_and_does_not_hold_up_the_rest(self):
        self._configured("old", old=OLD)
        broken = self._entered("Broken", rest_auth="bearer", login_secret=TOKEN)
        good = self._entered("Good", rest_auth="bearer", login_secret=TOKEN)
        broken.sudo().credential_ids.generation = 7
        self._configured("new", new=NEW, old=OLD)
        both = (broken + good).credential_ids
        said = both.action_rewrap()["params"]
        self.assertEqual(said["type"], "warning")
        self.assertIn("Broken: Sign In", said["message"])
        self.assertNotIn("Good", said["message"])
        self.assertEqual(both.mapped("kek_id"), ["old", "new"])

    def test_a_key_that_is_no_longer_configured_is_named(self):
        self._configured("old", old=OLD)
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        self._configured("new", new=NEW)
        credential = connector.sudo().credential_ids
        self.assertEqual(credential.state, "unusable")
        self.assertIn("“old”", credential.trouble)
        self.assertIn("“old”, which is not configured: 1 secret", self._settings().audit_keys_in_use)
        with self.refused("old is not configured"):
            connector.sudo()._secret_of("login")

    def test_without_any_key_the_form_says_how_to_make_one(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)

        def missing():
            raise keyring.KeyMissing("No key. Run ./setup/key")

        with patch.object(keyring, "wrapping_keys", missing):
            connector.invalidate_recordset()
            self.assertIn("./setup/key", connector.key_trouble)
            self.assertIn("./setup/key", connector.sudo().credential_ids.trouble)
            self.assertFalse(self._settings().audit_former_keys)
        connector.invalidate_recordset()
        self.assertFalse(connector.key_trouble)

    def test_only_administrators_wrap_anew(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        with self.refused("Only connector administrators"):
            connector.sudo().credential_ids.with_user(self.approver).action_rewrap()
        with self.refused("Only administrators of the settings"):
            self.env["res.config.settings"].with_user(self.administrator).action_audit_rewrap()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user("str", "audit_connector_base.group_audit_connector_admin", company=other)
        self.env.invalidate_all()
        for button in ("action_rewrap", "action_end", "action_replace"):
            with mute_logger("odoo.addons.base.models.ir_rule"), self.refused("", AccessError):
                getattr(connector.sudo().credential_ids.with_user(stranger), button)()
