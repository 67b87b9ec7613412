from unittest.mock import patch

from lxml import etree

from odoo.tests import Form, tagged

from .. import keyring
from .common import AuditCase


@tagged("post_install", "-at_install")
class TestSettings(AuditCase):
    def test_the_time_out_is_the_default_of_new_connectors(self):
        with Form(self.env["res.config.settings"]) as settings:
            settings.audit_delivery_timeout = 12
        settings.save().execute()
        self.assertEqual(self._connector(timeout=None or self.env["audit.connector"]._default_timeout()).timeout, 12)

    def test_a_time_out_that_no_connector_could_have_is_refused(self):
        for seconds in (0, 51):
            with self.refused("between 1 and 50"):
                self.env["res.config.settings"].create({"audit_delivery_timeout": seconds})

    def test_the_page_says_whether_secrets_can_be_protected(self):
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.audit_key_ready)
        self.assertIn("test", settings.audit_key_state)

        def missing():
            raise keyring.KeyMissing("No key. Run ./setup/key")

        with patch.object(keyring, "wrapping_keys", missing):
            settings = self.env["res.config.settings"].create({})
            self.assertFalse(settings.audit_key_ready)
            self.assertIn("setup/key", settings.audit_key_state)

    def test_the_page_leads_to_how_long_contents_are_kept(self):
        keeper = self._user("keep", "base.group_system", "audit_connector_base.group_audit_connector_admin")
        settings = self.env["res.config.settings"].with_user(keeper)
        page = etree.fromstring(settings.get_view(view_type="form")["arch"])
        (button,) = page.xpath("//setting[@id='audit_retention']//button[@type='action']")
        action = self.env["ir.actions.act_window"].browse(int(button.get("name"))).with_user(keeper)
        self.assertEqual(action.sudo().res_model, "audit.retention.policy")
        policies = self.env["audit.retention.policy"].with_user(keeper)
        policies.get_views(action.sudo().views)
        self.assertTrue(policies.create({"kind": "everything", "keep_days": 2557}))

    def _set(self, **values):
        self.env["res.config.settings"].create(values).execute()

    def test_new_connectors_follow_the_chosen_retry_policy(self):
        patient = self.env.ref("audit_connector_base.retry_policy_patient")
        self.assertEqual(
            self._connector(name="Before").retry_policy_id, self.env.ref("audit_connector_base.retry_policy_standard")
        )
        self._set(audit_retry_policy_id=patient.id)
        self.assertEqual(self._connector(name="After").retry_policy_id, patient)

    def test_the_largest_message_accepted_can_be_set_within_reason(self):
        self._set(audit_inbound_max_kib=64)
        self.assertEqual(self.env["audit.connector"]._inbound_max_size(), 65536)
        for size in (0, 70000):
            with self.refused("between 1 and 65,536"):
                self._set(audit_inbound_max_kib=size)
