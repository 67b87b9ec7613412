import json
import secrets

from odoo import Command
from odoo.tests import Form, tagged

from ..core import log_entry
from .common import GROUPS, AuditCase

KIND = "configuration.changed"


@tagged("post_install", "-at_install")
class TestConfigurationLog(AuditCase):
    """Who changed which setting of the suite, from what to what."""

    def setUp(self):
        super().setUp()
        self.seen = self._entries()

    def _entries(self):
        return self.env["audit.log.entry"].sudo().search([("kind", "=", KIND)], order="id")

    def _told(self):
        """The payloads that were recorded since the last call."""
        self.env.flush_all()
        new = self._entries() - self.seen
        self.seen += new
        return [json.loads(entry.payload_text) for entry in new]

    def _fields(self, told):
        return {one["field"]: (one["old"], one["new"]) for one in told["fields"]}

    def test_a_change_is_recorded_with_what_was_before_and_who_made_it(self):
        connector = self._connector()
        self._told()
        connector.with_user(self.administrator).write({"timeout": 12, "adapter": "webhook"})
        (told,) = self._told()
        self.assertEqual((told["change"], told["name"], told["by"]), ("changed", connector.name, "Adm"))
        self.assertEqual(self._fields(told), {"timeout": ("5", "12")}, "what stayed as it was is not among it")
        entry = self.seen[-1]
        self.assertEqual((entry.actor, entry.company_id), ("user/%d" % self.administrator.id, self.company))
        self.assertEqual((entry.res_model, entry.res_id), (connector._name, connector.id))
        self.assertIn("Time-out (s) changed from “5” to “12”", entry.summary)
        self.assertIn("before “5”, now “12”", entry.details)

    def test_what_was_not_there_before_is_set_and_what_is_no_longer_is_removed(self):
        policy = self.env["audit.retention.policy"].create({"kind": "log"})
        for basis, sentence, detail in (
            ("Ten years", "set to “Ten years”", "set to “Ten years”"),
            (False, "removed, which was “Ten years”", "removed, before “Ten years”"),
        ):
            policy.basis = basis
            self._told()
            self.assertIn(sentence, self.seen[-1].summary)
            self.assertIn(detail, self.seen[-1].details)

    def test_people_are_not_told_the_code_in_an_address(self):
        connector = self._connector()
        self._told()
        connector.sudo().inbound_code = "Xq7-not-for-people"
        (told,) = self._told()
        self.assertEqual(self._fields(told)["inbound_code"], ("", "Xq7-not-for-people"), "it is recorded")
        self.assertIn("Address for Messages Received changed", self.seen[-1].summary)
        self.assertNotIn("Xq7", self.seen[-1].summary + self.seen[-1].details)

    def test_nothing_is_recorded_where_nothing_changed(self):
        connector = self._connector()
        self._told()
        connector.write({"timeout": 5, "name": connector.name, "color": 3})
        connector.write({"allowed_destinations": connector.allowed_destinations})
        self.assertEqual(self._told(), [])

    def test_a_write_that_touches_no_setting_costs_no_query(self):
        connector = self._connector()
        self.env.flush_all()
        connector.read()
        with self.assertQueryCount(1):
            # The row itself, and nothing of ours.
            connector.write({"color": 4})
            self.env.flush_all()

    def test_many_records_are_recorded_by_one_statement(self):
        policies = self.env["audit.retry.policy"].create(
            [{"name": "Policy %d" % number, "schedule": "0s"} for number in range(30)]
        )
        self.env.flush_all()
        self._told()
        policies.read()
        with self.assertQueryCount(6):
            policies.write({"jitter": 10})
            self.env.flush_all()
        self.assertEqual(len(self._told()), 30)

    def test_what_is_set_up_and_removed_is_recorded_whole(self):
        rule = self.env["audit.authority.rule"].create({"entity": "supplier", "field_group": "contact", "note": "Why"})
        (told,) = self._told()
        self.assertEqual(told["change"], "created")
        self.assertEqual(self._fields(told)["note"], ("", "Why"))
        self.assertEqual(self._fields(told)["company_id"], ("", self.company.name))
        self.assertIn("set up", self.seen[-1].summary)
        name = rule.display_name
        rule.unlink()
        (told,) = self._told()
        self.assertEqual((told["change"], told["name"]), ("removed", name))
        self.assertEqual(self._fields(told)["note"], ("Why", ""))
        self.assertIn("removed", self.seen[-1].summary)

    def test_a_removed_connector_names_what_went_with_it(self):
        connector = self._connector()
        subscription = connector.subscription_ids.name
        self._told()
        connector.unlink()
        (told,) = self._told()
        self.assertEqual(self._fields(told)["subscription_ids"], (subscription, ""))

    def test_choices_and_lists_are_recorded_in_words(self):
        subscription = self._connector().subscription_ids
        paid = self.env.ref("audit_connector_base.event_type_payment_posted")
        self._told()
        subscription.write({"mode": "batch", "event_type_ids": [Command.link(paid.id)], "active": False})
        (told,) = self._told()
        self.assertEqual(
            self._fields(told),
            {
                "mode": ("As It Happens", "In Batches"),
                "event_type_ids": ("Invoice posted", ", ".join(sorted(["Invoice posted", paid.name]))),
                "active": ("yes", "no"),
            },
        )

    def test_a_secret_is_only_said_to_be_set_or_replaced(self):
        connector = self._connector(signing_secret=False, adapter="rest", login_secret="hunter2")
        told = next(one for one in self._told() if one["model"] == connector._name)
        self.assertEqual(self._fields(told)["login_secret"], ("", "set"))
        connector.login_secret = "hunter3"
        (told,) = self._told()
        self.assertEqual(self._fields(told), {"login_secret": ("set", "replaced")})
        self.assertIn("Password or Token replaced", self.seen[-1].summary)
        self.assertNotIn("hunter", str([entry.payload_text for entry in self.seen]))

    def test_settings_of_the_whole_system_belong_to_no_company(self):
        Parameter = self.env["ir.config_parameter"]
        with Form(self.env["res.config.settings"]) as settings:
            settings.audit_delivery_timeout = 12
        settings.save().execute()
        told = [one for one in self._told() if one["name"] == "audit.delivery_timeout"]
        self.assertEqual(self._fields(told[0])["value"], ("", "12"))
        Parameter.set_param("audit.delivery_timeout", "13")
        (told,) = self._told()
        self.assertEqual(self._fields(told), {"value": ("12", "13")})
        self.assertFalse(self.seen[-1].company_id)
        self.assertIn('"company":"0"', self.seen[-1].sealed_text)
        Parameter.set_param("audit.some_token", "hunter2")
        Parameter.set_param("other.parameter", "1")
        (told,) = self._told()
        self.assertEqual(self._fields(told)["value"], ("", "set"))

    def test_roles_that_people_gain_or_lose_are_recorded_by_whatever_way(self):
        person = self._user("new")
        self.assertEqual(self._told(), [])
        approver = self.env.ref("audit_connector_base.group_audit_approver")
        person.write({GROUPS: [Command.link(approver.id)]})
        (told,) = self._told()
        self.assertEqual((told["model"], told["name"]), ("res.users", "New"))
        roles = "Approver", "User"
        self.assertEqual(self._fields(told)["roles"][0], "")
        for role in roles:
            self.assertIn(role, self._fields(told)["roles"][1])
        club = self.env["res.groups"].create({"name": "Club", "implied_ids": [Command.link(approver.id)]})
        other = self._user("other")
        self._told()
        other.write({GROUPS: [Command.link(club.id)]})
        self.assertEqual([one["name"] for one in self._told()], ["Other"], "through a group that implies the role")
        plain = self.env["res.groups"].create({"name": "Plain"})
        self._user("third", "base.group_user").write({GROUPS: [Command.link(plain.id)]})
        self.assertEqual(self._told(), [])
        plain.write({"implied_ids": [Command.link(approver.id)]})
        self.assertEqual([one["name"] for one in self._told()], ["Third"], "a group that came to imply the role")

    def test_signing_in_and_companies_of_people_with_a_role_are_recorded(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self._user("plain").write({"active": False})
        self._told()
        self.accountant.write({"company_ids": [Command.link(other.id)]})
        (told,) = self._told()
        self.assertEqual(
            self._fields(told)["company_ids"], (self.company.name, ", ".join(sorted([self.company.name, other.name])))
        )
        self.accountant.write({"active": False})
        (told,) = self._told()
        self.assertEqual(self._fields(told), {"active": ("yes", "no")})

    def test_people_who_are_put_into_a_company_on_its_own_form_are_recorded(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self._told()
        both = (self.company.name, ", ".join(sorted([self.company.name, other.name])))
        other.write({"user_ids": [Command.link(self.accountant.id)]})
        (told,) = self._told()
        self.assertEqual((told["name"], self._fields(told)["company_ids"]), (self.accountant.name, both))
        other.write({"user_ids": [Command.unlink(self.accountant.id)]})
        (told,) = self._told()
        self.assertEqual(self._fields(told)["company_ids"], both[::-1])
        self.env["res.company"].create({"name": "Third company", "user_ids": [Command.link(self.accountant.id)]})
        self.assertIn(self.accountant.name, [told["name"] for told in self._told()])

    def test_rules_rights_and_schedules_of_the_suite_are_recorded(self):
        rule = self.env.ref("audit_connector_base.audit_connector_company_rule")
        rule.domain_force = "[(1, '=', 1)]"
        (told,) = self._told()
        self.assertEqual(self._fields(told), {"domain_force": ("[('company_id', 'in', company_ids)]", "[(1, '=', 1)]")})
        right = self.env.ref("audit_connector_base.access_audit_connector_user")
        right.write({"perm_write": True, "perm_read": True})
        (told,) = self._told()
        self.assertEqual(self._fields(told), {"perm_write": ("no", "yes")})
        schedule = self.env.ref("audit_connector_base.cron_delivery_sweep")
        schedule.write({"active": False, "code": "pass"})
        told = self._told()
        self.assertEqual(
            [self._fields(one) for one in told],
            [{"code": ("model._cron_sweep()", "pass")}, {"active": ("yes", "no")}],
        )
        partners = self.env["ir.model"]._get("res.partner")
        self.env["ir.rule"].create({"name": "Other", "model_id": partners.id})
        self.assertEqual(self._told(), [])
        rule.model_id = partners
        self.assertEqual(len(self._told()), 1, "a rule turned away from us")

    def test_no_key_of_the_context_hides_a_change(self):
        connector = self._connector()
        self._told()
        hidden = {
            "install_mode": True, "tracking_disable": True, "mail_notrack": True, "no_audit": True,
            "module": "audit_connector_base", "_force_unlink": True,
        }  # fmt: skip
        connector.with_context(**hidden).write({"timeout": 9})
        connector.with_context(**hidden).unlink()
        self.assertEqual([one["change"] for one in self._told()], ["changed", "removed"])

    def test_a_field_that_the_reader_may_not_see_shows_no_value(self):
        connector = self._connector()
        connector.allowed_destinations = connector.allowed_destinations + "\nother.internal:22"
        field = connector._fields["allowed_destinations"]
        self.addCleanup(setattr, field, "groups", field.groups)
        field.groups = "audit_connector_base.group_audit_connector_admin"
        self.env.registry.clear_cache()
        entry = self._entries()[-1]
        self.assertIn("other", entry.with_user(self.administrator).details)
        self.assertNotIn("other", entry.with_user(self.accountant).details)
        self.assertNotIn("other", entry.with_user(self.accountant).summary)
        self.assertIn("Internal Destinations Allowed", entry.with_user(self.accountant).summary)

    def test_a_very_long_value_is_recorded_by_its_beginning_and_its_digest(self):
        rule = self.env["audit.authority.rule"].create({"entity": "supplier", "field_group": "contact"})
        self._told()
        rule.note = "x" * 100_000
        (told,) = self._told()
        words = self._fields(told)["note"][1]
        self.assertIn("100000 characters, SHA-256", words)
        self.assertLess(len(words), 2200)

    def test_the_entry_opens_with_what_it_commits_to(self):
        self._connector()
        entry = self._entries()[-1]
        self.env.cr.execute("SELECT salt, payload FROM audit_log_payload WHERE entry_id = %s", [entry.id])
        salt, payload = map(bytes, self.env.cr.fetchone())
        self.assertEqual(log_entry.commitment(salt, payload), entry.commitment)

    def test_system_entries_are_for_administrators_of_the_system_only(self):
        self.env["ir.config_parameter"].set_param("audit.delivery_timeout", secrets.choice(["14", "15"]))
        entry = self._entries()[-1]
        find = [("id", "=", entry.id)]
        Entry = self.env["audit.log.entry"]
        self.assertFalse(Entry.with_user(self.accountant).search(find))
        self.assertFalse(Entry.with_user(self.administrator).search(find))
        system = self._user("sys", "audit_connector_base.group_audit_connector_admin", "base.group_system")
        self.assertTrue(Entry.with_user(system).search(find).summary)
