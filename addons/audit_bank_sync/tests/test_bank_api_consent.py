import json
from datetime import date, timedelta
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models.bank import api_provider
from ..models.bank.api_provider import RETURN_PATH
from ..models.bank.consent_notice import NOTICE_PATH
from .bank_api_case import BankApiCase, samples


@tagged("post_install", "-at_install")
class TestBankApiConsent(BankApiCase):
    """Consents at the bank's own interface: who may finish one, and what it opens."""

    def test_a_consent_is_asked_for_agreed_to_and_opens_the_accounts(self):
        connection = self.connect()
        link = self.ask(connection)
        consent = connection.consent_ids
        self.assertEqual((consent.state, consent.asked_by_id), ("requested", self.administrator))
        answer = self.come_back(self.bank.answer(link))
        self.assertEqual(answer.status_code, 303)
        self.assertIn("audit.bank.connection", answer.headers["Location"])
        self.assertEqual((consent.state, connection.health), ("valid", "good"))
        self.assertEqual(consent.valid_until, min(date.today() + timedelta(days=180), samples.TODAY + timedelta(180)))
        self.assertEqual(consent.calls_per_day, 4)
        account = connection.account_ids
        self.assertEqual((account.number, account.journal_id), (samples.IBAN, self.journal))
        self.assertEqual((account.owner_name, account.currency_id), ("Muster GmbH", self.company.currency_id))
        self.assertEqual(self.kinds_logged(connection), ["bank.consent_requested", "bank.consent_granted"])

    def test_somebody_else_can_neither_finish_nor_spoil_it(self):
        connection = self.connect()
        back = self.bank.answer(self.ask(connection))
        for user in (self.colleague(), self.accountant):
            self.assertEqual(self.come_back(back, user).status_code, 404)
        self.assertEqual(connection.consent_ids.state, "requested")
        self.assertEqual(self.come_back(back).status_code, 303)
        self.assertEqual(connection.consent_ids.state, "valid")

    def test_an_address_is_good_once_and_for_a_day(self):
        connection = self.connect()
        back = self.bank.answer(self.ask(connection))
        self.come_back(back)
        self.assertEqual(self.come_back(back).status_code, 404)
        old = self.bank.answer(self.ask(connection))
        self.env.cr.execute(
            "UPDATE audit_bank_consent SET create_date = create_date - interval '25 hours' WHERE id = %s",
            [connection.consent_ids[0].id],
        )
        self.assertEqual(self.come_back(old).status_code, 404)
        for token in ("", "?state=", "?state=x", "?state=x&state=y"):
            self.assertEqual(self.come_back(RETURN_PATH + token).status_code, 404)

    def test_who_lost_the_role_meanwhile_finishes_nothing(self):
        connection = self.connect()
        back = self.bank.answer(self.ask(connection))
        group = self.env.ref("audit_connector_base.group_audit_connector_admin")
        self.env.cr.execute("DELETE FROM res_groups_users_rel WHERE uid = %s", [self.administrator.id])
        self.env.cr.execute(
            "INSERT INTO res_groups_users_rel (uid, gid) VALUES (%s, %s)",
            [self.administrator.id, self.env.ref("base.group_user").id],
        )
        self.env.registry.clear_cache()
        self.env.invalidate_all()
        self.assertNotIn(self.administrator, group.users if "users" in group._fields else group.user_ids)
        self.assertEqual(self.come_back(back).status_code, 404)
        self.assertEqual(connection.consent_ids.state, "requested")

    def test_coming_back_without_having_agreed_proves_nothing(self):
        connection = self.connect()
        self.ask(connection)
        token = connection.sudo().consent_ids.redirect_token
        self.assertEqual(self.come_back("%s?state=%s" % (RETURN_PATH, token)).status_code, 303)
        self.assertEqual(connection.consent_ids.state, "requested")
        self.assertIn("waits for the confirmation", connection.trouble)

    def test_a_refusal_is_kept_with_its_reason(self):
        connection = self.connect()
        self.consent(connection, agree=False)
        self.assertEqual((connection.consent_ids.state, connection.health), ("refused", "consent"))
        self.assertIn("refused", connection.consent_ids.reason)
        self.assertFalse(connection.account_ids)

    def test_while_it_is_renewed_the_former_stays_in_use(self):
        connection = self.connect()
        self.consent(connection)
        former = connection.consent_ids
        link = self.ask(connection)
        fresh = connection.consent_ids - former
        self.assertEqual((former.state, fresh.renews_id), ("valid", former))
        self.assertEqual(len(list(self.fetch(connection.account_ids))), 5)
        self.come_back(self.bank.answer(link))
        self.assertEqual((former.state, fresh.state), ("revoked", "valid"))
        self.assertEqual(len(connection.account_ids), 1)

    def test_a_consent_is_given_back_at_the_bank(self):
        connection = self.connect()
        self.consent(connection)
        with self.second_cursor():
            connection.with_user(self.administrator).action_revoke_consent()
        self.assertEqual(connection.consent_ids.state, "revoked")
        self.assertEqual(self.bank.asked()[-1]["method"], "DELETE")

    def test_the_settings_of_each_way_stand_on_the_form(self):
        connections = self.env["audit.bank.connection"].with_user(self.administrator)
        arch = connections.get_view(view_type="form")["arch"]
        for name in ("bank_psd2_days", "bank_psd2_calls", "enable_banking_bank", "enable_banking_country_id"):
            self.assertIn('name="%s"' % name, arch)

    def test_the_token_is_read_by_nobody(self):
        connection = self.connect()
        self.ask(connection)
        consent = connection.consent_ids.with_user(self.administrator)
        self.assertNotIn("redirect_token", consent.fields_get())
        self.assertNotIn("redirect_token", consent.read()[0])

    def test_the_person_at_the_screen_is_named_to_the_bank_only_while_there(self):
        connection = self.connect()
        self.consent(connection)
        self.fetch(connection.account_ids)
        asked = {one["path"].rpartition("/")[2]: one["headers"] for one in self.bank.asked()}
        self.assertIn("psu-ip-address", asked["accounts"])
        self.assertNotIn("psu-ip-address", asked["transactions"])

    def test_a_job_in_the_name_of_a_person_is_nobody_at_the_screen(self):
        """The job runner calls Odoo over HTTP, without a session of the person."""
        connection = self.connect()
        self.consent(connection)
        consented = connection._consent().asked_by_id
        provider = connection.with_user(consented)._provider()
        for user_id, named in ((None, False), (consented.id, True)):
            sent = SimpleNamespace(environ={"REMOTE_ADDR": "198.51.100.7"}, headers={})
            made = SimpleNamespace(session=SimpleNamespace(uid=user_id), httprequest=sent)
            with self.subTest(user_id=user_id), patch.object(api_provider, "request", made):
                self.assertEqual(bool(provider._attended(connection.sudo())), named)

    def test_what_cannot_be_asked_says_what_to_do(self):
        connection = self.connect()
        with self.refused("No consent of “Sandbox Bank” is in force"):
            connection.with_user(self.administrator).action_find_accounts()
        self.bank.stop()
        try:
            with self.refused("The bank does not answer"):
                connection.with_user(self.administrator).action_begin_consent()
        finally:
            self.bank.start()
        webhook = self._connector()
        with self.refused("of the protocol REST", ValidationError):
            self.connect(name="Other", connector_id=webhook.id)

    def test_fixed_headers_and_login_of_the_connector_go_to_the_bank(self):
        connector = self.connector_to_bank(rest_headers="X-Tenant: 7", rest_auth="bearer", login_secret="hunter2-token")
        self.consent(self.connect(connector_id=connector.id))
        self.assertTrue(all({"authorization", "x-tenant"} <= set(one["headers"]) for one in self.bank.asked()))


@tagged("post_install", "-at_install")
class TestEnableBankingConsent(BankApiCase):
    """Consents through the aggregator, which signs requests and hands out a code."""

    def test_the_code_is_exchanged_for_a_session_and_accounts(self):
        connection = self.connect_aggregator()
        back = self.bank.answer(self.ask(connection))
        self.assertEqual(self.come_back(back).status_code, 303)
        consent = connection.consent_ids
        self.assertEqual(consent.state, "valid")
        self.assertEqual(consent.valid_until, date.today() + timedelta(days=180))
        self.assertEqual(connection.account_ids.number, samples.IBAN)
        self.assertEqual(len(list(self.fetch(connection.account_ids))), 5)

    def test_a_code_for_another_consent_opens_nothing(self):
        connection = self.connect_aggregator()
        self.ask(connection)
        token = connection.sudo().consent_ids.redirect_token
        for code in ("0123456789", "", "x" * 5000):
            self.come_back("%s?state=%s&code=%s" % (RETURN_PATH, token, code))
            self.assertEqual(connection.consent_ids.state, "requested")
        self.assertTrue(connection.trouble)

    def test_a_refusal_needs_no_code(self):
        connection = self.connect_aggregator()
        self.consent(connection, agree=False)
        self.assertEqual(connection.consent_ids.state, "refused")

    def test_a_key_that_cannot_sign_is_refused_when_it_is_entered(self):
        for values, reason in (
            ({"private_key": "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"}, "."),
            ({"private_key": samples.key_pair()[0], "enable_banking_application": "my app"}, "application ID"),
        ):
            with self.refused(reason, UserError, ValidationError):
                self.connector_to_bank(
                    **{"adapter": "enable_banking", "enable_banking_application": samples.APPLICATION, **values}
                )

    def test_the_connector_takes_no_messages(self):
        connector = self.connect_aggregator().connector_id
        outcome = connector._adapter()._sender(connector)(None)
        self.assertEqual((outcome.verdict, outcome.reached), ("dead", False))


@tagged("post_install", "-at_install")
class TestBankApiRefresh(BankApiCase):
    """Consents that end at the bank."""

    def test_a_consent_revoked_at_the_bank_ends_here(self):
        for connection in (self.connect(), self.connect_aggregator()):
            self.consent(connection)
            self.bank.order(end_consents="revokedByPsu" if connection.provider == "bank_psd2" else "REVOKED")
            connection._provider()._refresh_consent(connection.consent_ids.sudo())
            self.assertEqual(connection.consent_ids.state, "expired")
            self.assertIn("revoked", connection.consent_ids.reason)
            self.assertTrue(connection.activity_ids)

    def test_the_daily_watch_asks_the_banks(self):
        connection = self.connect()
        self.consent(connection)
        watch = self.env["audit.bank.consent"]._cron_watch
        watch()
        self.assertEqual(connection.consent_ids.state, "valid")
        self.bank.stop()
        try:
            watch()
        finally:
            self.bank.start()
        self.assertEqual(connection.consent_ids.state, "valid")
        self.bank.order(end_consents="terminatedByTpp")
        watch()
        self.assertEqual((connection.consent_ids.state, connection.health), ("expired", "consent"))
        self.assertEqual(self.kinds_logged(connection)[-1], "bank.consent_expired")

    def notices(self):
        """The address that the bank was given, as it was sent to it."""
        state = json.loads((self.bank.home / "state.json").read_text())
        return [urlsplit(one["notify"]).path for one in state["consents"].values()]

    def call(self, path, **request):
        self.env.flush_all()
        answer = self.opener.post(self.base_url() + path, timeout=30, **request)
        self.env.invalidate_all()
        return answer.status_code

    def test_a_call_of_the_bank_makes_us_ask_it(self):
        connection = self.connect()
        self.consent(connection)
        (path,) = self.notices()
        self.assertNotIn(path.rpartition("/")[2], connection.sudo().consent_ids.notice_hash)
        self.bank.order(end_consents="revokedByPsu")
        asked = len(self.bank.asked())
        for _number in range(3):
            self.assertEqual(self.call(path, json={"consentStatus": "valid"}), 204)
        self.assertEqual((connection.consent_ids.state, len(self.bank.asked())), ("valid", asked))
        job = self.env["queue.job"].search([("identity_key", "=", "audit-bank-notice-%d" % connection.consent_ids.id)])
        self.assertEqual(len(job), 1)
        connection.sudo().consent_ids._ask_bank()
        self.assertEqual(connection.consent_ids.state, "expired")

    def test_a_call_of_the_bank_starts_a_fetch_where_that_is_wanted(self):
        connection = self.connect(mode="scheduled")
        self.consent(connection)
        consent, account = connection.sudo().consent_ids, connection.sudo().account_ids
        (path,) = self.notices()
        self.assertEqual(self.call(path, json={}), 204)
        job = self.env["queue.job"].search([("identity_key", "=", "audit-bank-notice-%d" % consent.id)])
        self.assertEqual(job.method_name, "_answer_notice")
        for mode, fetches in (("scheduled", 0), ("realtime", 1)):
            connection.sudo().mode = mode
            with self.second_cursor():
                consent._answer_notice()
            self.env.invalidate_all()
            planned = account.window_ids.filtered(lambda one: one.state == "open")
            self.assertEqual(len(planned), fetches, mode)
            keys = ["audit-bank-fetch-%d" % window.id for window in planned]
            self.assertEqual(self.env["queue.job"].search_count([("identity_key", "in", keys)]), fetches)

    def test_a_call_about_nothing_is_answered_as_any_other(self):
        connection = self.connect()
        self.ask(connection)
        (path,) = self.notices()
        jobs = self.env["queue.job"].search_count([])
        for one in (path, path[:-1], NOTICE_PATH + "x" * 5000):
            self.assertEqual(self.call(one, data=b"\0" * 10), 204)
        self.assertEqual(self.env["queue.job"].search_count([]), jobs)
        self.assertEqual(self.url_open(path).status_code, 405)
        self.assertEqual(connection.consent_ids.state, "requested")
