from functools import partial

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import GROUPS, AuditCase

# Buttons. Any other method without a leading underscore could be called by every logged-in person.
PUBLIC_METHODS = {
    "audit.backfill": {"action_queue", "action_show"},
    "audit.backfill.run": {"action_go_on", "action_open_messages", "action_stop"},
    "audit.connector": {
        "action_end_rotation",
        "action_file_fetch_host_key",
        "action_open_dead",
        "action_open_delivered",
        "action_open_waiting",
        "action_start_again",
    },
    "audit.connector.host.key": {"action_confirm"},
    "audit.delivery": {"action_retry"},
    "audit.delivery.cancel": {"action_cancel"},
    "audit.replay": {"action_replay", "action_show"},
    "audit.log.entry": {"action_open_delivery", "action_open_document"},
    "audit.trail": {"action_open_audit_trail"},
}


@tagged("post_install", "-at_install")
class TestSecurity(AuditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other company"})
        cls.connector = cls._connector()
        cls.invoice = cls._invoice(post=True)
        cls.stranger = cls._user(
            "str",
            "audit_connector_base.group_audit_connector_admin",
            "account.group_account_manager",
            company=cls.other,
        )

    def _models(self):
        return [
            self.env[name]
            for name in self.env.registry
            if name.startswith("audit.") and not self.env[name]._abstract and "company_id" in self.env[name]._fields
        ]

    def test_no_model_shows_or_gives_another_companys_records(self):
        own = {
            model._name: model.sudo().search([("company_id", "=", self.company.id)], limit=1)
            for model in self._models()
        }
        for name in (
            "audit.connector",
            "audit.credential",
            "audit.subscription",
            "audit.event",
            "audit.delivery",
            "audit.log.entry",
        ):
            self.assertTrue(own[name], "nothing to protect in %s" % name)
        for name, record in own.items():
            model = self.env[name].with_user(self.stranger)
            with self.subTest(model=name), mute_logger("odoo.models", "odoo.addons.base.models.ir_rule"):
                self.assertFalse(model.search([("company_id", "=", self.company.id)]))
                self.assertNotIn(
                    self.company.id,
                    [company.id for company, _count in model._read_group([], ["company_id"], ["__count"])],
                )
                if not record:
                    continue
                foreign = model.browse(record.id)
                for access in (
                    partial(foreign.read, ["company_id"]),
                    partial(getattr, foreign, "display_name"),
                    partial(foreign.write, {"company_id": self.other.id}),
                    foreign.unlink,
                ):
                    with self.refused("", AccessError, UserError):
                        access()

    def test_portal_and_plain_users_have_no_access_at_all(self):
        portal = self._user("portal")
        portal[GROUPS] = [Command.set(self.env.ref("base.group_portal").ids)]
        plain = self._user("plain")
        for model in self._models() + [self.env["audit.event.type"]]:
            for user in (portal, plain):
                with self.subTest(model=model._name, user=user.login), mute_logger("odoo.addons.base.models.ir_model"):
                    with self.assertRaises(AccessError):
                        model.with_user(user).search([])

    def test_accountants_read_and_change_nothing(self):
        delivery = self.env["audit.delivery"].search([("connector_id", "=", self.connector.id)], limit=1)
        for record in (self.connector, self.connector.subscription_ids, delivery, delivery.event_id):
            with self.subTest(model=record._name), mute_logger("odoo.addons.base.models.ir_model"):
                self.assertTrue(record.with_user(self.accountant).read(["company_id"]))
                with self.assertRaises(AccessError):
                    record.with_user(self.accountant).write({"company_id": self.company.id})
        with self.assertRaisesRegex(UserError, "Only connector administrators"):
            delivery.with_user(self.accountant).action_retry()

    def test_nobody_writes_what_happened(self):
        delivery = self.env["audit.delivery"].search([("connector_id", "=", self.connector.id)], limit=1)
        for record in (delivery, delivery.event_id, self.connector.credential_ids):
            record = record.with_user(self.administrator)
            with self.subTest(model=record._name), mute_logger("odoo.addons.base.models.ir_model"):
                for change in (partial(record.write, {}), record.unlink):
                    with self.refused("", AccessError):
                        change()

    def test_a_failed_delivery_of_another_company_cannot_be_sent_again(self):
        delivery = self.env["audit.delivery"].search([("connector_id", "=", self.connector.id)], limit=1)
        delivery.state = "dead"
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            delivery.with_user(self.stranger).action_retry()

    def test_events_go_to_platforms_of_their_own_company_only(self):
        self._load_chart(self.other)
        elsewhere = self._connector(name="Elsewhere", company_id=self.other.id)
        self.assertEqual(elsewhere.subscription_ids.company_id, self.other)
        invoice = self._invoice(post=True)
        deliveries = self.env["audit.delivery"].search([("subject", "=", "account.move/%d" % invoice.id)])
        self.assertEqual(deliveries.connector_id, self.connector)

    def test_a_subscription_cannot_be_moved_to_another_connector(self):
        elsewhere = self._connector(name="Elsewhere", company_id=self.other.id)
        self.env.flush_all()
        self.env.invalidate_all()
        for change in (
            lambda: elsewhere.subscription_ids.with_user(self.stranger).write({"connector_id": self.connector.id}),
            lambda: elsewhere.with_user(self.stranger).write(
                {"subscription_ids": [Command.link(self.connector.subscription_ids.id)]}
            ),
            lambda: (
                self.env["audit.subscription"]
                .with_user(self.stranger)
                .create({"connector_id": self.connector.id, "event_type_ids": [Command.set(self.posted_type.ids)]})
            ),
        ):
            with mute_logger("odoo.models", "odoo.addons.base.models.ir_rule"):
                with self.refused("", AccessError, UserError):
                    change()

    def test_only_buttons_can_be_called_from_outside(self):
        inherited = {name for name in dir(type(self.env["mail.activity.mixin"])) if not name.startswith("_")}
        inherited |= {name for name in dir(type(self.env["mail.thread"])) if not name.startswith("_")}
        for name in self.env.registry:
            if not name.startswith("audit."):
                continue
            model = type(self.env[name])
            public = {
                attribute
                for attribute in dir(model)
                if not attribute.startswith("_")
                and attribute not in inherited
                and attribute not in self.env[name]._fields
                and callable(getattr(model, attribute))
            }
            with self.subTest(model=name):
                self.assertEqual(public, PUBLIC_METHODS.get(name, set()))
