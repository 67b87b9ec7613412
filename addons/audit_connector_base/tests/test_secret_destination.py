from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import SECRET
from .http_case import TOKEN
from .secret_case import SecretCase


class DestinationCase(SecretCase):
    def _used(self, platform, **values):
        """A connector of the administrator that has delivered something to ``platform``."""
        connector = self._connector(platform, **values)
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(connector.delivery_ids.mapped("state"), ["delivered"])
        return connector.with_user(self.administrator)

    def _lead(self, connector, platform, user=None):
        """Lead the connector to another platform, as a person does on the form."""
        connector.with_user(user or self.administrator).write(
            {
                "url": "http://%s/events" % platform.host,
                "allowed_destinations": platform.host,
                "signing_secret": SECRET,
            }
        )

    def _approve(self, connector, user):
        shown = connector.with_user(user).action_approve_destination()
        self.press(self.env[shown["res_model"]].with_user(user).browse(shown["res_id"]).action_approve)
        connector.invalidate_recordset()


@tagged("post_install", "-at_install")
class TestDestination(DestinationCase):
    def setUp(self):
        super().setUp()
        self.here, self.there = self.receiver(), self.receiver()

    def test_nothing_goes_to_another_place_before_a_second_person_approves(self):
        connector = self._used(self.here)
        self._lead(connector, self.there)
        self.assertEqual(connector.health, "approval")
        told = self.env["audit.log.entry"].search([("kind", "=", "destination.changed")], limit=1)
        self.assertEqual((told.result, told.result_text), ("waiting", "Waits for Approval"))
        self.assertIn(self.second.name, connector.approval_by)
        self.assertNotIn(self.administrator.name, connector.approval_by.removeprefix("Can be given by ").split(", "))
        self.assertIn("you", connector.with_user(self.second).approval_by)
        self._invoice(post=True)
        self.drain(connector)
        waiting = connector.delivery_ids.filtered(lambda one: one.state == "pending")
        self.assertEqual(waiting.mapped("waits_for"), ["Approval of the new destination"])
        with self.refused("before somebody else"):
            connector.sudo()._secret_of("signing")
        _message, outcome = connector._send_test()
        self.assertEqual((outcome.fault, self.there.messages), ("settings", []))
        self._approve(connector, self.second)
        self.drain(connector)
        self.assertEqual((len(self.here.messages), len(self.there.messages)), (1, 1))
        self.assertFalse(connector.approval_trouble)

    def test_who_changed_it_does_not_approve_it(self):
        connector = self._used(self.here)
        self._lead(connector, self.there)
        for user, words in ((self.administrator, "does not approve it"), (self.accountant, "Only connector admin")):
            connector.invalidate_recordset()
            self.assertFalse(connector.with_user(user).may_approve_destination)
            with self.refused(words):
                self.confirmed(connector.with_user(user), "approve")._approve_destination(connector._destination_now())
        self.assertTrue(connector.with_user(self.approver).may_approve_destination)
        self._approve(connector, self.approver)
        self.assertFalse(connector.approval_trouble)

    def test_nobody_who_had_a_hand_in_it_approves_it(self):
        connector = self._used(self.here)
        self._lead(connector, self.there)
        self._lead(connector, self.receiver(), self.second)
        for user in (self.administrator, self.second):
            with self.refused("does not approve it"):
                self.confirmed(connector.with_user(user), "approve")._approve_destination(connector._destination_now())
        self._approve(connector, self.approver)
        self._lead(connector, self.receiver(), self.second)
        self._approve(connector, self.administrator)

    def test_a_stranger_of_another_company_does_not_approve_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user("str", "audit_connector_base.group_audit_connector_admin", company=other)
        connector = self._used(self.here)
        self._lead(connector, self.there)
        self.env.invalidate_all()
        with mute_logger("odoo.addons.base.models.ir_rule"), self.refused("", AccessError):
            connector.with_user(stranger).action_approve_destination()

    def test_what_is_approved_is_what_was_shown(self):
        connector = self._used(self.here)
        self._lead(connector, self.there)
        shown = connector.with_user(self.second).action_approve_destination()
        self._lead(connector, self.receiver())
        dialog = self.env[shown["res_model"]].with_user(self.second).browse(shown["res_id"])
        with self.refused("changed meanwhile"):
            self.press(dialog.action_approve)

    def test_an_address_changed_past_odoo_is_noticed(self):
        connector = self._used(self.here)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE audit_connector SET url = %s, allowed_destinations = %s WHERE id = %s",
            ["http://%s/events" % self.there.host, self.there.host, connector.id],
        )
        self.env.invalidate_all()
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(self.there.messages, [])
        with self.refused("changed meanwhile"):
            connector.with_user(self.second)._approve_destination(connector._destination_now())

    def test_the_approval_asks_for_the_password(self):
        connector = self._used(self.here)
        self._lead(connector, self.there)
        shown = connector.with_user(self.second).action_approve_destination()
        dialog = self.env[shown["res_model"]].with_user(self.second).browse(shown["res_id"])
        self.assertEqual(dialog.action_approve()["res_model"], "res.users.identitycheck")
        with mute_logger("odoo.addons.base.models.res_users"), self.refused("Incorrect Password"):
            self.press(dialog.action_approve, "wrong")
        with self.refused("needs your password", AccessError):
            connector.with_user(self.second)._approve_destination(connector._destination_now())
        self.assertTrue(connector.approval_trouble)

    def test_nobody_writes_the_approval(self):
        connector = self._used(self.here)
        self._lead(connector, self.there)
        for values in (
            {"approved_destination": connector._destination_now()},
            {"destination_changed_by_id": False},
            {"destination_worked_on_by": []},
        ):
            with self.refused("with the button"):
                connector.write(values)
            with self.refused("with the button"):
                connector.copy({"name": "Copy", **values})

    def test_back_to_the_approved_place_nothing_is_to_be_approved(self):
        connector = self._used(self.here)
        self._lead(connector, self.there)
        self._lead(connector, self.here)
        self.assertFalse(connector.approval_trouble)
        self.assertFalse(connector.asked_destination)
        self.assertFalse(connector.activity_ids)

    def test_before_anything_was_sent_the_address_may_still_be_corrected_alone(self):
        connector = self._connector(self.here)
        self._lead(connector, self.there)
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(len(self.there.messages), 1)

    def test_the_way_round_over_the_test_environment_is_closed(self):
        connector = self._used(self.here)
        connector.write({"environment": "test", "signing_secret": SECRET})
        self._lead(connector, self.there)
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(self.there.messages, [])
        connector.write({"environment": "production", "signing_secret": SECRET})
        self.drain(connector)
        self.assertEqual(self.there.messages, [])

    def test_the_way_round_over_the_archive_is_closed(self):
        connector = self._used(self.here)
        connector.active = False
        self._lead(connector, self.there)
        self.assertEqual(connector.destination_changed_by_id, self.administrator)
        connector.with_user(self.second).active = True
        with self.refused("does not approve it"):
            connector._approve_destination(connector._destination_now())

    def test_a_connector_to_a_trial_system_may_lead_anywhere(self):
        connector = self._used(self.here, environment="test")
        self._lead(connector, self.there)
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(len(self.there.messages), 1)

    def test_somebody_who_may_approve_is_called(self):
        connector = self._used(self.here, user_id=self.second.id)
        self._lead(connector, self.there)
        activity = connector.activity_ids
        self.assertEqual(activity.user_id, self.second)
        self.assertIn(self.there.host, activity.note)
        self._approve(connector, self.second)
        self.assertFalse(connector.activity_ids)

    def test_change_and_approval_stand_in_the_log(self):
        connector = self._used(self.here)
        self._lead(connector, self.there)
        self._approve(connector, self.second)
        changed, approved = self._entries("destination.changed"), self._entries("destination.approved")
        self.assertEqual(changed.actor, "user/%d" % self.administrator.id)
        self.assertEqual(approved.actor, "user/%d" % self.second.id)
        self.assertIn(self.there.host, approved.summary)
        self.assertIn(self.administrator.name, str(approved.details))

    def test_one_person_alone_does_both_after_a_setting_that_is_logged(self):
        connector = self._used(self.here)
        self._lead(connector, self.there)
        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError):
            self.company.with_user(self.administrator).audit_second_person = False
        self.env["res.config.settings"].create({"audit_second_person": False}).execute()
        entry = self._entries("configuration.changed").filtered(lambda one: one.res_model == "res.company")[-1]
        self.assertEqual(entry.company_id, self.company)
        self.assertIn("A Second Person Approves Destinations changed from “yes” to “no”", entry.summary)
        self._approve(connector, self.administrator)
        self.assertTrue(self._entries("destination.approved").payload_text.count('"alone": true'))
        self.drain(connector)
        self.assertFalse(connector.approval_trouble)


@tagged("post_install", "-at_install")
class TestVoid(DestinationCase):
    def test_each_part_of_the_destination_asks_for_the_secret_anew(self):
        oauth = {
            "rest_auth": "oauth", "rest_client_id": "odoo", "rest_token_url": "https://login.example/token",
            "login_secret": TOKEN, "allowed_destinations": "archive.example",
        }  # fmt: skip
        connector = self._entered(**oauth)
        for change in (
            {"url": "http://archive.example:443/in"},
            {"url": "https://elsewhere.example/in"},
            {"url": "https://archive.example:8443/in"},
            {"rest_token_url": "https://login.example/other"},
            {"rest_auth": "bearer"},
            {"environment": "test"},
        ):
            with self.subTest(change), self.refused("Enter it again"):
                connector.write(change)
        connector.write({"url": "https://archive.example/elsewhere", "timeout": 7})

    def test_a_secret_that_was_entered_for_something_else_is_void_and_logged(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        for change, because in (
            ({"url": "https://elsewhere.example/"}, "destination"),
            ({"environment": "test"}, "environment"),
            ({"rest_auth": "basic", "rest_login": "odoo"}, "kind"),
        ):
            former = connector.sudo().credential_ids
            connector.write({**change, "login_secret": TOKEN})
            self.assertEqual((former.active, former.ended_because, former.envelope), (False, because, False))
            self.assertEqual(former.state, "void")
        self.assertEqual(len(self._entries("secret.voided", connector)), 3)

    def test_a_leftover_secret_is_void_once_the_destination_is_another(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        connector.rest_auth = "none"
        self.assertTrue(connector.sudo().credential_ids, "the same platform: it may be needed again")
        connector.url = "https://elsewhere.example/"
        connector.url = "https://archive.example/in"
        self.assertFalse(connector.sudo().credential_ids)

    def test_a_secret_does_not_open_for_anything_else_whatever_its_row_says(self):
        for values in (
            {"destination": "https://evil.example:443"},
            {"environment": "test"},
            {"kind": "password"},
            {"generation": 9},
            {"uuid": "another"},
        ):
            connector = self._entered("Changed %s" % list(values), rest_auth="bearer", login_secret=TOKEN)
            credential = connector.sudo().credential_ids
            credential.write(values)
            with self.subTest(values), self.refused("Enter it again"):
                credential._reveal(credential._binding())

    def test_a_secret_is_not_used_for_an_address_that_was_changed_past_odoo(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        self.env.flush_all()
        for values in ({"url": "https://evil.example/"}, {"rest_auth": "api_key"}, {"rest_auth": "basic"}):
            self.env.cr.execute(
                "UPDATE audit_connector SET url = %s, rest_auth = %s, approved_destination = NULL WHERE id = %s",
                [values.get("url", "https://archive.example/in"), values.get("rest_auth", "bearer"), connector.id],
            )
            self.env.invalidate_all()
            if values != {"rest_auth": "api_key"}:
                with self.subTest(values), self.refused("Enter it again"):
                    connector.sudo()._secret_of("login")
            else:
                self.assertEqual(connector.sudo()._secret_of("login"), TOKEN, "a token is a key")

    def test_the_form_asks_for_it_again_when_the_address_changes(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        form = Form(connector)
        with self.assertRaises(AssertionError):
            form.login_secret = "hidden while it fits"
        form.url = "https://elsewhere.example/"
        form.login_secret = TOKEN
        form.save()
        self.assertEqual(connector.sudo()._secret_of("login"), TOKEN)
