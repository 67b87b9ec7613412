from datetime import timedelta
from functools import partial

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.environment import environment_of
from .api import ApiCase

QUIET = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models")
# In our words, or in Odoo's own where 19.0 asks for the right to read the company first.
FOREIGN = "do not work for|Companies \\(res.company\\)"


@tagged("post_install", "-at_install")
class TestApiClients(ApiCase):
    """The way of a client from the request to its end, and who may take which step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = cls._user(
            "bth", "audit_connector_base.group_audit_connector_admin", "audit_connector_base.group_audit_approver"
        )
        cls.owner = cls._user("own", "audit_connector_base.group_audit_user")
        cls.plain = cls._user("pln")

    def test_a_client_is_prepared_requested_and_approved_by_somebody_else(self):
        client = self._prepared()
        self.assertEqual((client.state, client.prepared_by_id), ("draft", self.administrator))
        client.action_request()
        self.assertEqual((client.state, client.requested_by_id), ("requested", self.administrator))
        self.assertEqual(client.activity_ids.user_id & self.approver, self.approver, "they are told")
        self._approve(client)
        self.assertEqual((client.state, client.approved_by_id), ("active", self.approver))
        self.assertTrue(client.approved_at)
        self.assertFalse(client.activity_ids)
        kinds = self.env["audit.log.entry"].search(
            [("res_model", "=", client._name), ("res_id", "=", client.id)], order="id"
        )
        self.assertEqual(
            kinds.mapped("kind"),
            ["api_client.created", "api_client.requested", "identity.confirmed", "api_client.approved"],
        )
        self.assertEqual(kinds[-1].actor, "user/%d" % self.approver)

    def test_the_form_offers_changes_to_administrators_only(self):
        with Form(self.env["audit.api.client"].with_user(self.administrator)) as form:
            form.name, form.purpose = "Analytics", "Sampling"
        client = form.save()
        for user, may in ((self.administrator, True), (self.approver, False), (self.owner, False)):
            with self.subTest(user=user):
                self.assertIs(client.with_user(user).may_change, may)

    def test_nobody_approves_what_they_prepared_or_requested(self):
        prepared = self.env["audit.api.client"].with_user(self.both).create(self._prepared().copy_data()[0])
        prepared.action_request()
        with self.refused("somebody else has to approve it"):
            prepared.action_approve()
        with self.refused("somebody else has to approve it"):
            prepared.write({"state": "active"})
        requested = self._prepared()
        requested.with_user(self.both).action_request()
        with self.refused("somebody else has to approve it"):
            requested.with_user(self.both).action_approve()
        touched = self._prepared()
        touched.with_user(self.both).write({"networks": "192.0.2.1"})
        touched.action_request()
        with self.refused("somebody else has to approve it"):
            touched.with_user(self.both).action_approve()
        self._approve(touched)

    def test_a_permission_that_somebody_adds_makes_them_a_preparer(self):
        client = self._prepared()
        scopes = self.env["audit.api.scope"].with_user(self.both)
        scopes.create({"client_id": client.id, "entity": "payment"})
        client.action_request()
        with self.refused("somebody else has to approve it"):
            client.with_user(self.both).action_approve()

    def test_only_approvers_approve(self):
        client = self._prepared()
        client.action_request()
        other = self._user("ad2", "audit_connector_base.group_audit_connector_admin")
        for user in (self.administrator, other, self.owner, self.env.ref("base.user_root")):
            with self.subTest(user=user.login), mute_logger(*QUIET), self.refused("", UserError, AccessError):
                client.with_user(user).write({"state": "active"})

    def test_an_approval_and_a_new_secret_need_the_password(self):
        client = self._prepared(owner_id=self.owner.id)
        client.action_request()
        approving = client.with_user(self.approver)
        with self.refused("needs your password", AccessError):
            approving.write({"state": "active"})
        self.assertEqual(approving.action_approve()["res_model"], "res.users.identitycheck")
        self.assertEqual(client.state, "requested")
        self.press(approving.action_approve)
        self.assertEqual(client.state, "active")
        with self.refused("needs your password", AccessError):
            self.env["audit.api.key"].with_user(self.owner)._make_secret(client.with_user(self.owner), 24)

    def test_no_step_can_be_left_out_or_taken_by_another_door(self):
        client = self._prepared()
        for state in ("active", "suspended"):
            with self.refused("takes no such step"):
                client.with_user(self.approver).write({"state": state})
        with self.refused("prepared first"):
            self.env["audit.api.client"].with_user(self.administrator).create({"name": "Mine", "state": "active"})
        for stamps in (
            {"approved_by_id": self.approver.id},
            {"requested_by_id": self.approver.id},
            {"worked_on_by": []},
            {"prepared_by_id": self.approver.id},
            {"client_id": "mine"},
            {"key_ids": [Command.create({"kind": "client_secret", "digest": "00"})]},
        ):
            with self.subTest(stamps=stamps):
                with self.refused("recorded by Odoo"):
                    client.write(stamps)
                with self.refused("recorded by Odoo"):
                    self.env["audit.api.client"].with_user(self.administrator).create({"name": "Mine", **stamps})
        client.action_request()
        with self.refused("Save the changes first"):
            client.with_user(self.both).write({"state": "active", "networks": False})
        client.action_revoke()
        for state in ("draft", "requested", "active", "suspended"):
            with self.refused("takes no such step"):
                client.with_user(self.both).write({"state": state})

    def test_what_was_requested_or_approved_is_not_changed(self):
        client = self._prepared()
        client.action_request()
        values = (
            {"purpose": "Another"},
            {"environment": "test"},
            {"networks": False},
            {"expires_on": fields.Date.today() + timedelta(days=300)},
            {"rate_per_minute": 10},
            {"company_ids": [Command.clear()]},
            {"auth_method": "private_key_jwt"},
            {"scope_ids": [Command.create({"entity": "payment"})]},
            {"scope_ids": [Command.update(client.scope_ids.id, {"entity": "payment"})]},
            {"scope_ids": [Command.delete(client.scope_ids.id)]},
        )
        for state in ("requested", "active", "suspended"):
            for change in values:
                with self.subTest(state=state, change=change), self.refused("approved or waits for approval"):
                    client.write(change)
            for change in (
                partial(client.scope_ids.write, {"entity": "payment"}),
                client.scope_ids.unlink,
                partial(client.scope_ids.create, {"client_id": client.id, "entity": "payment"}),
            ):
                with self.subTest(state=state), self.refused("approved or waits for approval"):
                    change()
            if state == "requested":
                self._approve(client)
            elif state == "active":
                client.action_suspend()
        client.write({"name": "Renamed", "contact": "desk@example.com", "owner_id": self.owner.id})
        facts = self._facts("api_client.changed")
        self.assertEqual(facts["before"], {"contact": "", "name": "Analytics", "owner": "Adm"})

    def test_a_change_stops_the_client_until_it_is_approved_again(self):
        client = self._active()
        client.action_change()
        self.assertEqual((client.state, client.approved_by_id), ("draft", self.env["res.users"]))
        client.write({"rate_per_minute": 10})
        client.action_request()
        self.assertFalse(client.approved_by_id)
        self._approve(client)
        self.assertEqual(client.approved_by_id, self.approver)

    def test_a_request_names_its_purpose_its_permissions_and_an_end(self):
        for values, missing in (
            ({"purpose": " "}, "a purpose"),
            ({"scope_ids": []}, "a permission"),
            ({"expires_on": False}, "a day until which"),
            ({"expires_on": fields.Date.today() - timedelta(days=1)}, "a day until which"),
            ({"company_ids": [Command.clear()]}, "a company"),
            ({"scope_ids": [Command.create({"entity": "control_result", "verb": "write"})]}, "a platform"),
        ):
            with self.subTest(missing=missing), self.refused(missing):
                self._prepared(**values).action_request()

    def test_limits_that_are_none_are_refused(self):
        for values in (
            {"expires_on": fields.Date.today() + timedelta(days=800)},
            {"networks": "192.0.2.1/24"},
            {"networks": "somewhere"},
            {"networks": ", ".join("192.0.2.%d" % number for number in range(60))},
        ):
            with self.subTest(values=values), self.refused("", ValidationError):
                self._prepared(**values)

    def test_nobody_gives_access_to_a_company_that_they_do_not_work_for(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.refused(FOREIGN):
            self._prepared(company_ids=[Command.set([self.company.id, other.id])])
        wide = self._user("wide", "audit_connector_base.group_audit_connector_admin")
        wide.company_ids += other
        data = self._prepared().copy_data({"company_ids": [Command.set([self.company.id, other.id])]})[0]
        client = self.env["audit.api.client"].with_user(wide).create(data)
        with self.refused(FOREIGN):
            client.with_user(self.administrator).write({"purpose": "Mine"})
        client.action_request()
        with self.refused(FOREIGN):
            client.with_user(self.approver).action_approve()
        self.approver.company_ids += other
        self._approve(client)
        with self.refused(FOREIGN):
            self._secret(client)

    def test_a_secret_is_given_by_the_owner_or_an_administrator_to_an_active_client(self):
        client = self._active(owner_id=self.owner.id)
        keys = self.env["audit.api.key"]
        self.assertIn("New Secret", client.hint)
        secret = keys.with_user(self.owner)._make_secret(self.confirmed(client.with_user(self.owner), "rotate"), 24)
        self.assertRegex(secret, r"^ads_[A-Za-z0-9_-]{43}$")
        self.assertFalse(client.hint)
        for user in (self.approver, self.plain):
            with self.subTest(user=user.login), mute_logger(*QUIET), self.refused("", UserError, AccessError):
                keys.with_user(user)._make_secret(client.with_user(user), 24)
        with self.refused("another way"):
            keys.with_user(self.owner)._add_public_key(client.with_user(self.owner), "ES256", "x", "", 24)
        client.action_suspend()
        with self.refused("approved and active"):
            keys.with_user(self.owner)._make_secret(client.with_user(self.owner), 24)

    def test_a_secret_is_shown_once_and_never_again(self):
        client = self._active(owner_id=self.owner.id)
        wizard = self.env["audit.api.key.new"].with_user(self.owner).create({"client_id": client.id})
        action = self.press(wizard.action_make)
        secret = action["context"]["default_secret"]
        with Form(self.env[action["res_model"]].with_user(self.owner).with_context(**action["context"])) as form:
            self.assertEqual((form.secret, form.client_number), (secret, client.client_id))
        self.env.flush_all()
        self.env.invalidate_all()
        shown = self.env["audit.api.secret"].search([])
        self.assertEqual(shown.mapped("secret"), [False] * len(shown))
        entries = self.env["audit.log.entry"].search([("res_model", "=", client._name)])
        with mute_logger(*QUIET):
            for answer in (
                client.read(),
                client.key_ids.read(),
                client.copy_data(),
                entries.mapped("payload_text"),
                client.message_ids.mapped("body"),
            ):
                self.assertNotIn(secret, str(answer))
        for field in ("digest",):
            with mute_logger(*QUIET), self.refused("", AccessError):
                client.key_ids.with_user(self.administrator).read([field])

    def test_the_secret_of_a_copy_is_another_one(self):
        client = self._active()
        self._secret(client)
        copy = client.copy()
        self.assertNotEqual(copy.client_id, client.client_id)
        self.assertEqual(
            (copy.state, copy.key_ids, copy.scope_ids.mapped("entity")), ("draft", copy.key_ids.browse(), ["invoice"])
        )

    def test_a_client_that_was_requested_once_is_not_deleted(self):
        self._prepared().unlink()
        client = self._active()
        with self.refused("Revoke it instead"):
            client.unlink()

    def test_lists_find_what_needs_a_person(self):
        expired = self._prepared(expires_on=fields.Date.today() - timedelta(days=1))
        clients = self.env["audit.api.client"]
        self.assertIn(expired, clients.search([("is_expired", "=", True)]))
        self.assertNotIn(expired, clients.search([("is_expired", "=", False)]))
        self.assertIn(expired, clients.search([("is_expired", "!=", False)]))

    def test_the_form_prepares_a_client(self):
        with Form(self.env["audit.api.client"].with_user(self.administrator)) as form:
            form.name = "Analytics"
            form.purpose = "Yearly audit"
            with form.scope_ids.new() as scope:
                scope.entity = "invoice"
        client = form.save()
        client.action_request()
        self.assertEqual(client._scopes(), ["invoice:read"])
        self.assertEqual(client.scope_ids.display_name, "Read: Invoices, bills, credit notes and receipts")

    def test_a_neutralized_copy_lets_nobody_in(self):
        client = self._active()
        self._secret(client)
        self.env["audit.api.token"]._issue(client.sudo(), ["invoice:read"], "test")
        self.env.flush_all()
        for query in get_neutralization_queries(["audit_connector_base"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        self.assertEqual(client.state, "suspended")
        self.assertFalse(client.sudo().key_ids)
        self.assertFalse(self.env["audit.api.token"].sudo().search([("client_id", "=", client.id)]))
        self.assertEqual(environment_of(self.env), "test")
