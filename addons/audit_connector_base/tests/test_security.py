from functools import partial

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import GROUPS, AuditCase
from .records import declared

# Buttons. Any other method without a leading underscore could be called by every logged-in person.
PUBLIC_METHODS = {
    "audit.api.client": {
        "action_approve",
        "action_change",
        "action_new_key",
        "action_open_log",
        "action_open_refusals",
        "action_request",
        "action_resume",
        "action_revoke",
        "action_send_back",
        "action_suspend",
    },
    "audit.api.key.new": {"action_make"},
    "audit.backfill": {"action_queue", "action_show"},
    "audit.backfill.run": {"action_go_on", "action_open_messages", "action_stop"},
    "audit.connector": {
        "action_approve_destination",
        "action_end_rotation",
        "action_new_inbound_code",
        "action_file_fetch_host_key",
        "action_open_dead",
        "action_open_delivered",
        "action_open_inbound",
        "action_open_inbound_dead",
        "action_open_waiting",
        "action_replace_secret",
        "action_start_again",
        "action_test",
    },
    "audit.connector.test": {"action_send"},
    "audit.credential": {"action_end", "action_replace", "action_rewrap"},
    "audit.destination.approval": {"action_approve"},
    "audit.secret.rotation": {"action_replace"},
    "audit.connector.host.key": {"action_confirm"},
    "audit.contract": {"action_draft_major", "action_draft_minor", "action_open_dictionary"},
    "audit.contract.version": {
        "action_approve",
        "action_deprecate",
        "action_reinstate",
        "action_retire",
        "action_return",
        "action_submit",
        "action_try",
    },
    "audit.delivery": {"action_open_document", "action_send_now"},
    "audit.delivery.cancel": {"action_cancel"},
    "audit.exchange.defaults": {"action_save"},
    "audit.retention.hold": {"action_release"},
    "audit.retention.listed": {"action_open"},
    "audit.retention.run": {
        "action_approve",
        "action_ask",
        "action_cancel",
        "action_count",
        "action_open_erased",
        "action_open_list",
    },
    "audit.role.exception": {"action_approve", "action_end"},
    "audit.role.holder": {"action_justify", "action_print"},
    "audit.replay": {"action_replay", "action_show"},
    "audit.exception": {"action_keep_ours", "action_open_document", "action_settle", "action_take_over"},
    "audit.external.id": {"action_open_document"},
    "audit.inbound.message": {"action_open_document", "action_replay"},
    "audit.log": {
        "action_open_checkpoints",
        "action_open_entries",
        "action_open_set_aside",
        "action_seal",
        "action_verify",
    },
    "audit.log.change": {"action_confirm"},
    "audit.log.quarantine": {"action_ask", "action_keep_out", "action_let_in", "action_send_back"},
    "audit.log.anchor.change": {"action_confirm", "action_drop"},
    "audit.log.anchor.target": {"action_change", "action_hand_over"},
    "audit.log.checkpoint": {"action_download"},
    "audit.log.export": {"action_download", "action_export", "action_refresh"},
    "audit.log.witness": {"action_take"},
    "audit.log.verification": {"action_open_entry", "action_refresh"},
    "audit.log.entry": {"action_download_proof", "action_open_delivery", "action_open_document"},
    "audit.trail": {"action_open_audit_trail"},
}


@tagged("post_install", "-at_install")
class TestSecurity(AuditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other company"})
        cls.connector = cls._connector()
        cls.env["audit.connector.test"].create({"connector_id": cls.connector.id})
        cls.invoice = cls._invoice(post=True)
        cls._receive_something()
        cls._register_client()
        cls.stranger = cls._user(
            "str",
            "audit_connector_base.group_audit_connector_admin",
            "account.group_account_manager",
            company=cls.other,
        )

    @classmethod
    def _receive_something(cls):
        """A received message and all that may follow from one."""
        cls.connector._receive([("m-1", "application/json", b'{"type": "x"}', {})], "file")
        cls.message = cls.env["audit.inbound.message"].search([("connector_id", "=", cls.connector.id)])
        line = {"field_key": "name", "label": "Name", "value_odoo": "A", "value_received": "B"}
        cls.exception = cls.env["audit.exception"]._raise(cls.message, "conflict", "Other name", [line], cls.partner)
        cls.mapping = cls.env["audit.external.id"]._assign(cls.connector, cls.partner, "S-1")
        cls.rule = cls.env["audit.authority.rule"].create(
            {"entity": "supplier", "field_group": "identity", "connector_id": cls.connector.id}
        )
        cls.env["audit.inbound.refusal"].create(
            {"connector_id": cls.connector.id, "company_id": cls.company.id, "source": "192.0.2.1", "reason": "x"}
        )

    @classmethod
    def _register_client(cls):
        """A client of the API, and all that its use leaves behind."""
        scope = Command.create({"entity": "invoice", "verb": "read"})
        clients = cls.env["audit.api.client"].with_user(cls.administrator)
        cls.client = clients.create({"name": "Analytics", "purpose": "Audit", "scope_ids": [scope]})
        cls.client.action_request()
        approver = cls._user("app", "audit_connector_base.group_audit_approver")
        cls.confirmed(cls.client.with_user(approver), "approve").action_approve()
        cls.confirmed(cls.client, "rotate")
        cls.env["audit.api.key"].with_user(cls.administrator)._make_secret(cls.client, 24)
        cls.env["audit.api.token"]._issue(cls.client, ["invoice:read"], "192.0.2.1")
        left = {"client_id": cls.client.id, "company_id": cls.company.id}
        cls.env["audit.api.refusal"].create({**left, "source": "192.0.2.1", "reason": "x"})
        cls.env["audit.api.answer"].create({**left, "key": "k", "fingerprint": "f", "status": 201, "body": "{}"})
        cls.env["audit.api.key.new"].create({"client_id": cls.client.id})
        cls.env["audit.api.secret"].create({"client_id": cls.client.id})

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
            "audit.api.answer",
            "audit.api.client",
            "audit.api.key",
            "audit.api.key.new",
            "audit.api.refusal",
            "audit.api.scope",
            "audit.api.secret",
            "audit.api.token",
            "audit.connector",
            "audit.connector.test",
            "audit.credential",
            "audit.subscription",
            "audit.subscription.contract",
            "audit.event",
            "audit.delivery",
            "audit.log.entry",
            "audit.inbound.message",
            "audit.inbound.refusal",
            "audit.exception",
            "audit.exception.line",
            "audit.external.id",
            "audit.authority.rule",
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
        unbound = ("audit.event.type", "audit.contract", "audit.contract.version", "audit.contract.field")
        for model in self._models() + [self.env[name] for name in unbound]:
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
            delivery.with_user(self.accountant).action_send_now()

    def test_nobody_writes_what_happened(self):
        delivery = self.env["audit.delivery"].search([("connector_id", "=", self.connector.id)], limit=1)
        self.connector.credential_ids.sudo()._note_use("delivery", "system/delivery", 1)
        for record in (delivery, delivery.event_id, self.connector.credential_ids.use_ids):
            record = record.with_user(self.administrator)
            with self.subTest(model=record._name), mute_logger("odoo.addons.base.models.ir_model"):
                for change in (partial(record.write, {}), record.unlink):
                    with self.refused("", AccessError):
                        change()

    def test_what_was_received_is_changed_by_nobody(self):
        for record in (self.message, self.exception.line_ids, self.exception):
            for user in (self.accountant, self.administrator):
                with self.subTest(model=record._name, user=user.login):
                    for change in (
                        partial(record.with_user(user).write, {"company_id": self.company.id}),
                        record.with_user(user).unlink,
                        partial(record.with_user(user).create, {"company_id": self.company.id}),
                    ):
                        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
                            change()

    def test_mapping_and_authority_are_set_by_administrators(self):
        for record in (self.mapping, self.rule):
            with self.subTest(model=record._name), mute_logger("odoo.addons.base.models.ir_model"):
                self.assertTrue(record.with_user(self.accountant).read(["company_id"]))
                with self.assertRaises(AccessError):
                    record.with_user(self.accountant).write({"active": False})
        for model, values in (
            ("audit.authority.rule", {"entity": "supplier", "field_group": "contact"}),
            ("audit.external.id", {"res_model": "res.partner", "res_id": self.partner.id, "outside_id": "S-2"}),
        ):
            with self.subTest(model=model), mute_logger("odoo.addons.base.models.ir_rule"):
                with self.refused("", AccessError, UserError):
                    self.env[model].with_user(self.stranger).create({**values, "connector_id": self.connector.id})

    def test_exceptions_of_another_company_are_decided_by_nobody_of_this_one(self):
        self.env.flush_all()
        self.env.invalidate_all()
        exception = self.exception.with_user(self.stranger)
        for decide in (exception.action_take_over, exception.action_keep_ours, exception.action_settle):
            with mute_logger("odoo.addons.base.models.ir_rule"), self.refused("", AccessError):
                decide()
        with mute_logger("odoo.addons.base.models.ir_rule"), self.refused("", AccessError):
            self.message.with_user(self.stranger).action_replay()

    def test_portal_and_plain_users_decide_nothing(self):
        plain = self._user("plain")
        exception = self.exception.with_user(plain)
        for decide in (exception.action_take_over, exception.action_keep_ours, exception.action_settle):
            with self.refused("Only people with a role in Audit"):
                decide()

    def test_a_failed_delivery_of_another_company_cannot_be_sent_again(self):
        delivery = self.env["audit.delivery"].search([("connector_id", "=", self.connector.id)], limit=1)
        delivery.state = "dead"
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            delivery.with_user(self.stranger).action_send_now()

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
        buttons = {**PUBLIC_METHODS, **declared(self.env, "BUTTONS")}
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
                self.assertEqual(public, buttons.get(name, set()))
