from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError
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

    def _defaults(self, user=None, **values):
        return self.env["audit.exchange.defaults"].with_user(user or self.administrator).create(values)

    def test_administrators_of_connectors_set_the_defaults_of_the_exchange_without_further_rights(self):
        self.assertFalse(self.administrator.has_group("base.group_system"))
        patient = self.env.ref("audit_connector_base.retry_policy_patient")
        entries = [("kind", "=", "configuration.changed"), ("res_model", "=", "ir.config_parameter")]
        before = self.env["audit.log.entry"].search(entries)
        shown = self._defaults()
        self.assertEqual((shown.timeout, shown.inbound_max_kib), (30, 8192))
        self.assertEqual(shown.retry_policy_id, self.env.ref("audit_connector_base.retry_policy_standard"))
        shown.action_save()
        self.assertEqual(self.env["audit.log.entry"].search(entries), before, "nothing was changed")
        self._defaults(timeout=12, retry_policy_id=patient.id, inbound_max_kib=64).action_save()
        connectors = self.env["audit.connector"]
        self.assertEqual(connectors._inbound_max_size(), 65536)
        made = self._connector(timeout=connectors._default_timeout())
        self.assertEqual((made.timeout, made.retry_policy_id), (12, patient))
        told = self.env["audit.log.entry"].search(entries) - before
        self.assertEqual(set(told.mapped("actor")), {"user/%d" % self.administrator.id})
        self.assertEqual(
            sorted(payload["name"] for payload in told._payloads().values()),
            ["audit.delivery_timeout", "audit.inbound_max_size", "audit.retry_policy_id"],
        )
        shown = self._defaults()
        self.assertEqual((shown.timeout, shown.inbound_max_kib, shown.retry_policy_id), (12, 64, patient))

    def test_the_dialog_of_the_defaults_opens_nothing_else(self):
        for values in ({"timeout": 0}, {"timeout": 51}, {"inbound_max_kib": 0}, {"inbound_max_kib": 70000}):
            with self.subTest(values=values), self.refused("between 1 and"):
                self._defaults(**values).action_save()
        own = self.env["audit.retry.policy"].create({"name": "Ours", "schedule": "0s", "company_id": self.company.id})
        with self.refused("a retry policy of one company"):
            self._defaults(retry_policy_id=own.id).action_save()
        with self.refused("", AccessError):
            self._defaults(self.accountant)
        with self.refused("Only connector administrators", AccessError):
            self._defaults().with_user(self.accountant).action_save()
        with self.refused("", AccessError):
            self.env["res.config.settings"].with_user(self.administrator).create({}).execute()
        with self.refused("", AccessError):
            self.env["ir.config_parameter"].with_user(self.administrator).set_param("audit.delivery_timeout", "9")

    def test_the_menu_of_the_defaults_is_for_administrators_of_connectors(self):
        menu = self.env.ref("audit_connector_base.audit_exchange_defaults_menu")
        for user, sees in ((self.administrator, True), (self.accountant, False)):
            self.assertEqual(menu.id in self.env["ir.ui.menu"].with_user(user)._visible_menu_ids(), sees)

    def test_the_largest_message_accepted_can_be_set_within_reason(self):
        self._set(audit_inbound_max_kib=64)
        self.assertEqual(self.env["audit.connector"]._inbound_max_size(), 65536)
        for size in (0, 70000):
            with self.refused("between 1 and 65,536"):
                self._set(audit_inbound_max_kib=size)
