from functools import partial

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import GROUPS, SECRET, AuditCase
from .records import Maker, declared
from .test_security import PUBLIC_METHODS

ADMIN = "audit_connector_base.group_audit_connector_admin"
REFUSALS = (AccessError, MissingError, UserError)
# They answer with nothing but the way to a list of what the caller named; what is in it, the rules of access decide.
WAYS = {
    ("audit.api.client", "action_open_refusals"),
    ("audit.connector", "action_open_dead"),
    ("audit.connector", "action_open_delivered"),
    ("audit.connector", "action_open_inbound"),
    ("audit.connector", "action_open_inbound_dead"),
    ("audit.connector", "action_open_waiting"),
    ("audit.log", "action_open_checkpoints"),
    ("audit.log", "action_open_entries"),
    ("audit.log", "action_open_set_aside"),
    ("audit.log.anchor.target", "action_change"),
    ("audit.log.checkpoint", "action_download"),
    ("audit.log.export", "action_refresh"),
    ("audit.log.verification", "action_refresh"),
    ("audit.contract", "action_open_dictionary"),
    ("audit.replay", "action_show"),
}
# Contracts hold for the whole database, so whoever administers connectors of any company writes them; somebody else
# approves.
OF_ALL_COMPANIES = {
    ("audit.contract", "action_draft_major"),
    ("audit.contract", "action_draft_minor"),
    ("audit.contract.version", "action_return"),
    ("audit.contract.version", "action_submit"),
    ("audit.contract.version", "action_try"),
}
QUIET = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models")


@tagged("post_install", "-at_install")
class TestSecurityCalls(AuditCase):
    """What can be called from outside, by people who hold no rights on what they name."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other company"})
        cls._load_chart(cls.other)
        cls.connector = cls._connector()
        cls.invoice = cls._invoice(post=True)
        cls.delivery = cls.env["audit.delivery"].search([("connector_id", "=", cls.connector.id)], limit=1)
        cls.delivery.state = "dead"
        cls.connector._receive([("m-1", "application/json", b'{"type": "x"}', {})], "file")
        cls.message = cls.env["audit.inbound.message"].search([("connector_id", "=", cls.connector.id)])
        line = {"field_key": "name", "label": "Name", "value_odoo": "A", "value_received": "B"}
        cls.exception = cls.env["audit.exception"]._raise(cls.message, "conflict", "Other name", [line], cls.partner)
        cls.message.state = "dead"
        cls.stranger = cls._user("str", ADMIN, "account.group_account_manager", company=cls.other)
        cls.portal = cls._user("portal")
        cls.portal[GROUPS] = [Command.set(cls.env.ref("base.group_portal").ids)]
        cls.plain = cls._user("plain")
        cls.run_ = cls.env["audit.backfill.run"].sudo().create(
            {
                "connector_id": cls.connector.id,
                "event_type_id": cls.posted_type.id,
                "date_from": "2026-01-01",
                "date_to": "2026-12-31",
                "company_ids": [Command.set(cls.company.ids)],
            }
        )  # fmt: skip
        cls.log = cls.env["audit.log"].search([("company_id", "=", cls.company.id), ("state", "=", "open")])
        cls.verification = cls.log.sudo()._begin_verification()
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _records(self):
        """A record of each model that has buttons, as its owner made it."""
        wizard = {"reason": "Because", "delivery_ids": [Command.set(self.delivery.ids)]}
        scope = {"connector_id": self.connector.id, "event_type_id": self.posted_type.id}
        scope_of_client = Command.create({"entity": "invoice", "verb": "read"})
        client = self.env["audit.api.client"].create(
            {"name": "Analytics", "purpose": "Audit", "scope_ids": [scope_of_client]}
        )
        client.action_request()
        made = {
            "audit.api.key.new": {"client_id": client.id},
            "audit.backfill": {**scope, "date_from": "2026-01-01", "date_to": "2026-12-31"},
            "audit.connector.test": {"connector_id": self.connector.id},
            "audit.connector.host.key": {"connector_id": self.connector.id},
            "audit.delivery.cancel": wizard,
            "audit.destination.approval": {"connector_id": self.connector.id, "destination": "http://127.0.0.1:9"},
            "audit.replay": wizard,
            "audit.secret.rotation": {
                "connector_id": self.connector.id, "secret_name": "signing_secret", "value": SECRET,
            },
        }  # fmt: skip
        found = {name: self.env[name].create(values) for name, values in made.items()}
        found |= {
            "audit.api.client": client,
            "audit.backfill.run": self.run_,
            "audit.connector": self.connector,
            "audit.contract": self.env["audit.contract"].search([("entity", "=", "invoice")]),
            "audit.contract.version": self._draft_of_a_contract(),
            "audit.credential": self.connector.credential_ids,
            "audit.delivery": self.delivery,
            "audit.exception": self.exception,
            "audit.external.id": self.env["audit.external.id"]._assign(self.connector, self.partner, "S-1"),
            "audit.inbound.message": self.message,
            "audit.log": self.log,
            "audit.log.entry": self.env["audit.log.entry"].search([("res_id", "=", self.invoice.id)], limit=1),
            "audit.log.verification": self.verification,
        }
        maker = Maker(self.env(user=self.administrator, context={"allowed_company_ids": self.company.ids}))
        for name in {**PUBLIC_METHODS, **declared(self.env, "BUTTONS")}:
            if name not in found:
                found[name] = self.invoice if name == "audit.trail" else maker.of(name).with_env(self.env)
        self.env.flush_all()
        self.env.invalidate_all()
        return found

    def _draft_of_a_contract(self):
        contract = self.env["audit.contract"].search([("entity", "=", "thing")])
        contract = contract or contract.create({"name": "Thing", "entity": "thing"})
        return self.env["audit.contract.version"].create({"contract_id": contract.id, "change_note": "New."})

    def _press_all(self, user):
        """Return ``{(model, method)}`` of every button that did not refuse ``user``."""
        records, pressed = self._records(), set()
        for model, methods in {**PUBLIC_METHODS, **declared(self.env, "BUTTONS")}.items():
            record = records[model]
            self.assertTrue(record, "nothing to press on in %s" % model)
            for method in methods:
                with mute_logger(*QUIET):
                    try:
                        with self.env.cr.savepoint():
                            getattr(record.with_user(user), method)()
                            self.env.flush_all()
                            pressed.add((model, method))
                    except REFUSALS:
                        continue
                    finally:
                        self.env.invalidate_all()
        return pressed

    def _ways(self):
        more = declared(self.env, "WAYS")
        return WAYS | {(model, method) for model, methods in more.items() for method in methods}

    def test_no_button_does_anything_for_people_without_a_role(self):
        for user in (self.portal, self.plain):
            with self.subTest(user=user.login):
                self.assertLessEqual(self._press_all(user), self._ways())

    def test_no_button_does_anything_for_another_companys_administrator(self):
        self.assertLessEqual(self._press_all(self.stranger), self._ways() | OF_ALL_COMPANIES)

    def test_wizards_take_no_records_of_another_company_from_the_context(self):
        before = self.delivery.read(["state", "due_at", "retry_count"])
        self.env.flush_all()
        self.env.invalidate_all()
        context = {"active_model": "audit.delivery", "active_ids": self.delivery.ids, "active_id": self.delivery.id}
        for name, press in (("audit.replay", "action_replay"), ("audit.delivery.cancel", "action_cancel")):
            with self.subTest(model=name), mute_logger(*QUIET), self.refused("", *REFUSALS):
                wizard = self.env[name].with_user(self.stranger).with_context(**context).create({"reason": "Because"})
                getattr(wizard, press)()
        wizard = self.env["audit.replay"].with_user(self.stranger).with_context(**context)
        values = wizard.default_get(["delivery_ids", "connector_id", "reason"])
        seen = wizard.new({**values, "include_delivered": True, "include_cancelled": True})
        with mute_logger(*QUIET):
            self.assertEqual((seen.failed_count, seen.delivered_count, seen.total_count), (0, 0, 0))
            self.assertFalse(seen.sample)
        self.assertEqual(self.delivery.read(["state", "due_at", "retry_count"]), before)

    def test_a_back_fill_of_another_companys_connector_tells_nothing(self):
        values = {"connector_id": self.connector.id, "event_type_id": self.posted_type.id}
        period = {"date_from": "2026-01-01", "date_to": "2026-12-31"}
        wizard = self.env["audit.backfill"].with_user(self.stranger)
        for companies in (self.company, self.other):
            with self.subTest(company=companies.name), mute_logger(*QUIET):
                try:
                    seen = wizard.new({**values, **period, "company_ids": [Command.set(companies.ids)]})
                    told = (seen.count, seen.sample)
                except REFUSALS:
                    continue
                self.assertEqual(told, (0, False))

    def test_names_counts_and_exports_of_another_company_stay_hidden(self):
        self.stranger[GROUPS] = [Command.link(self.env.ref("base.group_allow_export").id)]
        for name in sorted(self.env.registry):
            model = self.env[name]
            if not name.startswith("audit.") or model._abstract or "company_id" not in model._fields:
                continue
            record = model.sudo().search([("company_id", "=", self.company.id)], limit=1)
            foreign = model.with_user(self.stranger)
            with self.subTest(model=name), mute_logger(*QUIET):
                found = foreign.search_read([], ["company_id"], limit=1000)
                self.assertNotIn(self.company.id, [one["company_id"][0] for one in found if one["company_id"]])
                self.assertNotIn(record.id or -1, [one[0] for one in foreign.name_search("", limit=1000)])
                if record and not model._transient:
                    for spy in (
                        partial(foreign.browse(record.id).export_data, ["display_name", "company_id"]),
                        partial(foreign.browse(record.id).copy),
                        partial(foreign.browse(record.id).web_read, {"display_name": {}, "company_id": {}}),
                    ):
                        with self.refused("", *REFUSALS):
                            spy()

    def test_an_accountant_sets_nothing_up(self):
        for name, values in (
            ("audit.connector", {"name": "Mine", "url": "https://example.com/x"}),
            ("audit.authority.rule", {"entity": "supplier", "field_group": "contact"}),
            ("audit.external.id", {"connector_id": self.connector.id, "res_model": "res.partner", "res_id": 1}),
            ("audit.retry.policy", {"name": "Mine", "schedule": "0s"}),
            ("audit.replay", {"reason": "Because"}),
            ("audit.exchange.defaults", {"timeout": 7}),
            ("audit.backfill", {}),
            ("audit.delivery.cancel", {"reason": "Because"}),
            ("audit.connector.test", {"connector_id": self.connector.id}),
            ("audit.exception", {"title": "Mine"}),
            ("audit.contract", {"name": "Mine", "entity": "mine"}),
            ("audit.contract.version", {"contract_id": 1}),
            ("audit.subscription.contract", {"subscription_id": self.connector.subscription_ids.id, "major": 1}),
        ):
            with self.subTest(model=name), mute_logger(*QUIET), self.refused("", *REFUSALS):
                self.env[name].with_user(self.accountant).create(values)

    def test_a_filter_asks_for_nothing_beyond_the_document_and_what_it_refers_to(self):
        """It is judged past the rules of access: what is delivered would tell of other companies' records."""
        subscription = self.connector.subscription_ids
        for path in (
            "partner_id.invoice_ids.amount_total",
            "partner_id.child_ids.email",
            "line_ids.partner_id.invoice_ids.name",
            "partner_id.category_id.partner_ids",
            "company_id.user_ids.partner_id.bank_ids.acc_number",
        ):
            with self.subTest(path=path), self.refused("looks too far with “%s”" % path):
                subscription.domain = repr([("amount_total", ">", 0), (path, "=", 1)])
        for path in ("partner_id.category_id.name", "line_ids.tax_ids.name", "invoice_line_ids.account_id.code"):
            subscription.domain = repr([(path, "=", "x")])
        with self.refused("longer than any that a person could check"):
            subscription.domain = repr([("id", "in", list(range(10_000)))])

    def test_the_refusal_of_another_companys_connector_does_not_name_it(self):
        rule = {"connector_id": self.connector.id, "entity": "supplier", "field_group": "contact"}
        mine = self.env["audit.authority.rule"].with_user(self.stranger).create({**rule, "connector_id": False})
        for change in (partial(mine.write, rule), partial(mine.copy, {**rule, "field_group": "terms"})):
            self.env.flush_all()
            self.env.invalidate_all()
            with mute_logger(*QUIET), self.refused("", *REFUSALS) as caught:
                change()
            self.assertNotIn(self.connector.name, str(caught.exception))

    def test_an_administrator_maps_only_what_they_may_see(self):
        """The name of what is mapped is shown to all who read the mapping."""
        hidden = self.env["res.partner"].create({"name": "Secret of the others", "company_id": self.other.id})
        parameter = self.env["ir.config_parameter"].search([("key", "=", "database.uuid")])
        mapping = self.env["audit.external.id"].with_user(self.administrator)
        for model, res_id in (("res.partner", hidden.id), (parameter._name, parameter.id), ("mail.thread", 1)):
            values = {"connector_id": self.connector.id, "res_model": model, "res_id": res_id}
            with self.subTest(model=model), mute_logger(*QUIET):
                with self.refused("", *REFUSALS) as caught:
                    mapping.create({**values, "outside_id": "X-1"})
                self.assertNotIn("Secret", str(caught.exception))
        made = {"connector_id": self.connector.id, "res_model": "res.partner", "res_id": self.partner.id}
        for history in ({"valid_from": "2001-01-01"}, {"active": False}, {"valid_to": "2001-01-01"}):
            with self.refused("Leave its dates to Odoo"):
                mapping.create({**made, "outside_id": "X-1", **history})
        self.assertTrue(mapping.create({**made, "outside_id": "X-1"}).document_name)

    def test_no_record_chosen_by_the_context_tells_its_name(self):
        """Nor in the refusal, which says whose record it is to whoever may know."""
        hidden = self.env["res.partner"].create({"name": "Secret of the others", "company_id": self.other.id})
        mapping = self.env["audit.external.id"].with_user(self.administrator)
        given = {"connector_id": self.connector.id, "outside_id": "X-1"}
        for chosen in (
            {"default_res_model": "res.partner", "default_res_id": hidden.id},
            {"default_record": "res.partner,%d" % hidden.id},
        ):
            with self.subTest(chosen=chosen), mute_logger(*QUIET), self.refused("", *REFUSALS) as caught:
                mapping.with_context(**chosen).create(given)
            self.assertNotIn("Secret", str(caught.exception))
        with self.refused("Leave its dates to Odoo"):
            mine = {"res_model": "res.partner", "res_id": self.partner.id}
            mapping.with_context(default_active=False).create({**given, **mine})

    def test_the_form_of_a_connector_gives_no_secret_back(self):
        """Neither while it is edited, nor by the answer to the very request that set it."""
        connector = self.connector.with_user(self.administrator)
        with Form(connector) as form:
            form.timeout = 7
        secret = "whsec_" + "QUJD" * 11
        self.confirmed(connector, "rotate")
        connector.write({"signing_secret": secret, "inbound_active": True, "inbound_secret": secret})
        answers = [
            connector.read(),
            connector.web_read({name: {} for name in connector._fields if name in connector.fields_get()}),
            self.confirmed(connector, "rotate").web_save(
                {"signing_secret": secret}, {"signing_secret": {}, "inbound_secret": {}}
            ),
            connector.copy_data(),
            connector.message_ids.read(["body"]),
            self.env["mail.tracking.value"].sudo().search([]).read(),
            connector.credential_ids.read(),
            self.env["audit.log.entry"].search([]).mapped("payload_text"),
        ]
        for number, answer in enumerate(answers):
            self.assertNotIn(secret, str(answer), number)
