import json
import time
from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from werkzeug.datastructures import Headers

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core import signatures
from ..models.exchange import inbound_wake
from .common import SECRET
from .http_case import TOKEN
from .inbound import EVENT, InboundCase, event
from .secret_case import SecretCase


@tagged("post_install", "-at_install")
class TestSecretLife(SecretCase):
    def _credential(self, connector, purpose="login"):
        return connector.sudo().credential_ids.filtered(lambda one: one.purpose == purpose)

    def test_each_kind_is_stored_as_what_it_is(self):
        connectors, _secrets = self._all_kinds()
        for kind, connector in connectors.items():
            kind = "webhook_secret" if kind == "key_pair" else kind
            self.assertIn(kind, connector.sudo().credential_ids.mapped("kind"), connector.name)
        oauth = connectors["oauth_client"].sudo().credential_ids
        self.assertEqual(set(oauth.mapped("kind")), {"oauth_client", "private_key"})
        self.assertEqual(
            set(oauth.mapped("destination")),
            {"https://archive.example:443, token from https://login.example:443/token"},
        )

    def test_entering_replacing_and_ending_stand_in_the_log_without_the_secret(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        connector.sudo().login_secret = "hunter2-the-second"
        first, second = self._credential(connector.with_context(active_test=False)).sorted("generation")
        self.assertEqual((first.active, first.ended_because, first.envelope), (False, "replaced", False))
        self.assertEqual((second.generation, second.kind), (2, "api_key"))
        second.with_user(self.administrator).action_end()
        self.assertFalse(connector.sudo().credential_ids)
        kinds = ["secret.set", "secret.rotated", "secret.ended", "secret.ended"]
        entries = [entry for kind in dict.fromkeys(kinds) for entry in self._entries(kind, connector)]
        self.assertEqual([entry.kind for entry in entries], kinds)
        self.assertEqual(entries[0].company_id, self.company)
        self.assertIn("Archive: API Key or Token", entries[0].summary)
        self.assertIn('"(hidden)"', entries[0].payload_text)
        said = " ".join(entry.payload_text + entry.summary + str(entry.details) for entry in entries)
        self._assert_nowhere([TOKEN, "hunter2-the-second"], said, "the log")

    def test_a_webhook_secret_that_was_changed_over_is_ended_by_the_schedule(self):
        connector = self._entered(adapter="webhook", signing_secret=SECRET)
        connector.sudo().signing_secret = signatures.new_secret()
        former = connector.sudo().credential_ids.filtered("valid_until")
        self.assertEqual(former.state, "changing")
        self.env["audit.credential"]._cron_look_after()
        self.assertTrue(former.active)
        former.valid_until = fields.Datetime.now() - timedelta(seconds=1)
        self.env["audit.credential"]._cron_look_after()
        self.assertEqual((former.active, former.envelope, former.state), (False, False, "ended"))

    def test_people_change_nothing_but_the_day_of_expiry(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        credential = self._credential(connector).with_user(self.administrator)
        for values in (
            {"destination": "https://evil.example:443"},
            {"active": False},
            {"reminded_on": "2030-01-01"},
            {"envelope": "v1.x"},
        ):
            with self.refused("only the day"):
                credential.write(values)
        with self.refused("on its connector"):
            self.env["audit.credential"].with_user(self.administrator).create({"purpose": "login", "kind": "password"})
        with self.refused("", AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            credential.unlink()
        credential.expires_on = "2031-05-01"
        entry = self._entries("secret.changed", connector)
        self.assertIn("2031-05-01", entry.payload_text)

    def test_an_expired_secret_is_not_used_and_what_is_to_be_sent_waits(self):
        platform = self.platform()
        connector = self.connector(platform, rest_auth="bearer", login_secret=TOKEN)
        self._credential(connector).expires_on = fields.Date.today() - timedelta(days=1)
        self.assertEqual(self._credential(connector).state, "expired")
        with self.refused("expired on"):
            connector._adapter()._sender(connector)
        self.env["audit.subscription"].create(
            {"connector_id": connector.id, "event_type_ids": [(6, 0, self.posted_type.ids)]}
        )
        self._invoice(post=True)
        self.drain(connector)
        self.assertEqual(platform.requests, [])
        self.assertEqual(connector.delivery_ids.mapped("state"), ["pending"])
        connector.sudo().login_secret = "another"
        self.drain(connector)
        self.assertEqual(len(platform.requests), 1)

    def test_a_former_secret_that_has_expired_does_not_hold_up_the_new_one(self):
        connector = self._entered(adapter="webhook", signing_secret=SECRET)
        new = signatures.new_secret()
        connector.sudo().signing_secret = new
        former = connector.sudo().credential_ids.filtered("valid_until")
        former.expires_on = fields.Date.today() - timedelta(days=1)
        self.assertEqual(connector.sudo()._secrets_of("signing"), [new])

    def test_the_last_day_counts_as_good(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        self._credential(connector).expires_on = fields.Date.today()
        self.assertEqual(connector.sudo()._secret_of("login"), TOKEN)
        self.assertEqual(self._credential(connector).state, "expiring")

    def test_the_owner_is_reminded_once_before_and_once_when_it_has_expired(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN, user_id=self.second.id)
        credential = self._credential(connector)
        credential.expires_on = fields.Date.today() + timedelta(days=31)
        look = self.env["audit.credential"]._cron_look_after
        look()
        self.assertFalse(connector.activity_ids, "too early")
        credential.expires_on = fields.Date.today() + timedelta(days=30)
        look()
        activity = connector.activity_ids
        self.assertEqual((activity.user_id, activity.date_deadline), (self.second, credential.expires_on))
        self.assertIn("expires soon", activity.summary)
        activity.with_user(self.second).action_feedback()
        look()
        self.assertFalse(connector.activity_ids, "done is done")
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            look()
            look()
            self.assertIn("expired", connector.activity_ids.summary)
            self.assertEqual(len(connector.activity_ids), 1)

    def test_a_reminder_goes_when_the_secret_is_replaced_or_lasts_longer(self):
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        for change in ({"expires_on": fields.Date.today() + timedelta(days=300)}, None):
            credential = self._credential(connector)
            credential.expires_on = fields.Date.today() + timedelta(days=3)
            self.env["audit.credential"]._cron_look_after()
            self.assertTrue(connector.activity_ids)
            if change:
                credential.write(change)
            else:
                connector.sudo().login_secret = "another"
            self.assertFalse(connector.activity_ids)

    def test_the_days_of_reminding_can_be_set(self):
        self.env["res.config.settings"].create({"audit_secret_reminder_days": 3}).execute()
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        credential = self._credential(connector)
        credential.expires_on = fields.Date.today() + timedelta(days=4)
        self.assertEqual(credential.state, "good")
        with self.refused("0 to 365"):
            self.env["res.config.settings"].create({"audit_secret_reminder_days": -1})

    def test_a_private_key_ends_with_its_certificate(self):
        certificate, key = self.authority.issue("odoo.example", days=20)
        connector = self._entered(rest_certificate=certificate, private_key=key)
        credential = self._credential(connector, "private_key")
        last_day = (fields.Datetime.now() + timedelta(days=20)).date()
        self.assertEqual((credential.expires_on, credential.expires_by_certificate), (last_day, True))
        self.env["audit.credential"]._cron_look_after()
        self.assertEqual(connector.activity_ids.date_deadline, last_day)
        with self.refused("ends with its certificate"):
            credential.with_user(self.administrator).expires_on = "2040-01-01"
        renewed, new_key = self.authority.issue("odoo.example", days=400)
        connector.sudo().write({"rest_certificate": renewed, "private_key": new_key})
        self.assertEqual(
            self._credential(connector, "private_key").expires_on, (fields.Datetime.now() + timedelta(days=400)).date()
        )
        self.assertFalse(connector.activity_ids)

    def test_a_certificate_that_has_ended_is_not_shown_but_can_be_renewed(self):
        certificate, key = self.authority.issue("odoo.example", days=2)
        connector = self._entered(rest_certificate=certificate, private_key=key)
        with freeze_time(fields.Datetime.now() + timedelta(days=4)):
            with self.refused("expired on"):
                connector._adapter()._sender(connector)
            connector.name = "Renamed"

    def test_what_the_list_is_searched_by(self):
        old = self._entered("Old", rest_auth="bearer", login_secret=TOKEN)
        connector = self._entered(rest_auth="bearer", login_secret=TOKEN)
        self._credential(connector).expires_on = fields.Date.today() + timedelta(days=7)
        credentials = self.env["audit.credential"].with_user(self.administrator)
        soon = credentials.search([("expires_on", "<=", fields.Date.today() + timedelta(days=30))])
        self.assertEqual(soon.connector_id, connector)
        self.assertIn(old, credentials.search([("use_ids", "=", False)]).connector_id)
        self._credential(old).with_user(self.administrator).action_end()
        self.assertEqual(credentials.search([("active", "=", False)]).connector_id, old)


@tagged("post_install", "-at_install")
class TestSecretUse(SecretCase):
    def _uses(self, connector):
        uses = self.env["audit.credential.use"].search([("credential_id.connector_id", "=", connector.id)])
        return [(use.used_for, use.actor, use.count) for use in uses.sorted("used_for")]

    def test_a_run_counts_all_of_its_messages_at_once_and_the_log_the_first_of_a_day(self):
        platform = self.receiver()
        connector = self._connector(platform)
        for messages in (3, 2):
            for _number in range(messages):
                self._invoice(post=True)
            self.drain(connector)
        self.drain(connector)
        self.assertEqual(self._uses(connector), [("delivery", "system/delivery", 5)])
        (entry,) = self._entries("secret.used", connector)
        self.assertEqual(entry.actor, "system/delivery")
        self.assertIn("Sending messages", str(entry.details))
        credential = connector.credential_ids
        self.assertEqual(credential.use_count, 5)
        self.assertTrue(credential.last_used_at)
        with freeze_time(fields.Datetime.now() + timedelta(days=1)):
            self._invoice(post=True)
            self.drain(connector)
        self.assertEqual(len(self._entries("secret.used", connector)), 2)
        self.assertEqual(sorted(credential.use_ids.mapped("count")), [1, 5])

    def test_a_test_message_names_who_sent_it(self):
        connector = self._connector(self.receiver())
        with self.second_cursor():
            connector.with_user(self.administrator)._send_test()
        self.assertEqual(self._uses(connector), [("test", "user/%d" % self.administrator.id, 1)])
        self.assertEqual(connector.credential_ids.use_ids.actor_name, self.administrator.name)


@tagged("post_install", "-at_install")
class TestVerifyingUse(InboundCase):
    def _sent(self, secret, message_id):
        """Hand a signed request over as the route does, and let its transaction end."""
        body, now = json.dumps(event({"id": message_id}, id=message_id)).encode(), int(time.time())
        headers = {"webhook-id": message_id, "webhook-timestamp": str(now), "Content-Type": EVENT}
        headers["webhook-signature"] = signatures.sign(secret, message_id, now, body)
        connectors = self.env["audit.connector"]
        with self.second_cursor(), patch.object(inbound_wake, "_asked_at", {}):
            code = self.connector.inbound_code
            door = connectors._approach(code, "192.0.2.7")
            status, _answer = connectors._accept_at(door, code, "192.0.2.7", Headers(headers), body, EVENT, False)
            self.env.cr.postcommit.run()
        self.assertEqual(status, 202)

    def test_requests_count_for_the_secret_that_verified_them_and_tell_when_the_former_can_end(self):
        new = signatures.new_secret()
        self.connector.inbound_secret = new
        for number, secret in enumerate((SECRET, new, new), start=1):
            self._sent(secret, "m-%d" % number)
        uses = self.env["audit.credential.use"].search([("credential_id.connector_id", "=", self.connector.id)])
        counts = {use.credential_id.generation: (use.used_for, use.actor, use.count) for use in uses}
        self.assertEqual(counts, {1: ("verification", "system/inbound", 1), 2: ("verification", "system/inbound", 2)})
        entries = self.env["audit.log.entry"].search([("kind", "=", "secret.used")])
        self.assertEqual(len(entries.filtered(lambda one: one.res_id in uses.credential_id.ids)), 2)
