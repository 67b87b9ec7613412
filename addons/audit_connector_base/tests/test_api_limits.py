from unittest.mock import patch

from odoo.tests import tagged

from .. import compat
from ..core import flood
from ..models.access import api_refusal
from .api import ApiHttpCase

PROXY = {"proxies": "127.0.0.1, ::1"}


@tagged("post_install", "-at_install")
class TestApiLimits(ApiHttpCase):
    """How fast a client may come, and what becomes of those who try."""

    def setUp(self):
        super().setUp()
        self.client = self._active("invoice:read", rate_per_minute=60, burst=5)
        self.secret = self._secret(self.client)

    def _from(self, address):
        return {"X-Forwarded-For": address}

    def _wrong(self, address="198.51.100.1", client=None):
        with patch.object(compat, "audit_options", lambda: PROXY):
            return self._ask_token((client or self.client).client_id, "ads_wrong", headers=self._from(address))

    def _right(self, address="198.51.100.1"):
        with patch.object(compat, "audit_options", lambda: PROXY):
            return self._ask_token(self.client.client_id, self.secret, headers=self._from(address))

    def _let_pass(self, seconds):
        self.env.cr.execute("UPDATE audit_api_slowdown SET at = at - %s * interval '1 second'", [seconds])
        self.env.cr.execute("UPDATE audit_api_usage SET at = at - %s * interval '1 second'", [seconds])

    def test_a_client_that_comes_too_fast_is_told_when_to_come_again(self):
        token = self._token(self.client)
        seen = []
        for _number in range(6):
            response = self._get("invoice?limit=1", token)
            seen.append((response.status_code, response.headers["RateLimit-Remaining"]))
        # One of the five went for the token.
        self.assertEqual([status for status, _left in seen], [200] * 4 + [429] * 2)
        self.assertEqual([left for _status, left in seen], ["3", "2", "1", "0", "0", "0"])
        self._assert_problem(response, 429, "rate")
        self.assertEqual(response.headers["Retry-After"], "1")
        self.assertEqual(response.headers["RateLimit-Policy"], '"client";q=5;w=5')
        self.assertRegex(response.headers["RateLimit"], '^"client";r=0;t=[45]$')
        self._let_pass(2)
        self.assertEqual(self._get("invoice?limit=1", token).status_code, 200)

    def test_the_bucket_is_never_more_than_full(self):
        token = self._token(self.client)
        self._let_pass(100_000)
        self.assertEqual(self._get("invoice?limit=1", token).headers["RateLimit-Remaining"], "4")

    def test_asking_for_tokens_counts_as_well(self):
        answers = [self._ask_token(self.client.client_id, self.secret).status_code for _number in range(6)]
        self.assertEqual(answers, [200] * 5 + [429])

    def test_clients_have_a_bucket_each(self):
        other = self._active("invoice:read", name="Other")
        for _number in range(6):
            self._ask_token(self.client.client_id, self.secret)
        self.assertEqual(self._get("invoice", self._token(other)).status_code, 200)

    def test_wrong_credentials_again_and_again_are_slowed_down(self):
        answers = [self._wrong() for _number in range(api_refusal.ATTEMPTS + 3)]
        self.assertEqual(
            [answer.status_code for answer in answers], [401] * (api_refusal.ATTEMPTS - 1) + [429] * 4, answers[-1].text
        )
        self._assert_problem(answers[-1], 429, "slow-down")
        self.assertLessEqual(int(answers[-1].headers["Retry-After"]), 2 * api_refusal.SECONDS_EACH)
        self._let_pass(api_refusal.SECONDS_EACH * 2)
        self.assertEqual(self._wrong().status_code, 401)

    def test_nobody_is_locked_out_by_what_others_do(self):
        """Neither the client itself from where it calls, nor other clients from the place of the attacker."""
        for _number in range(api_refusal.ATTEMPTS + 2):
            self._wrong()
        self.assertEqual(self._right("203.0.113.9").status_code, 200, "from another sender")
        other = self._active("invoice:read", name="Other")
        secret = self._secret(other)
        with patch.object(compat, "audit_options", lambda: PROXY):
            response = self._ask_token(other.client_id, secret, headers=self._from("198.51.100.1"))
        self.assertEqual(response.status_code, 200, "another client from the same place")
        self.assertEqual(self._right().status_code, 429, "not known to call from there")
        self._let_pass(api_refusal.SECONDS_EACH * 2)
        self.assertEqual(self._right().status_code, 200, "it ends by itself")

    def test_a_sender_that_has_proven_itself_is_let_in_all_the_while(self):
        """Somebody behind the same address cannot keep it out."""
        self.assertEqual(self._right().status_code, 200)
        for _number in range(api_refusal.ATTEMPTS + 2):
            last = self._wrong()
        self.assertEqual(last.status_code, 429)
        self.assertEqual(self._right().status_code, 200)

    def test_unknown_tokens_are_slowed_down_and_good_ones_are_not(self):
        token = self._token(self.client)
        for _number in range(api_refusal.ATTEMPTS + 1):
            last = self._get("invoice", "adt_" + "x" * 43)
        self._assert_problem(last, 429, "slow-down")
        self.assertEqual(self._get("invoice", token).status_code, 200)

    def test_refusals_are_counted_by_client_sender_and_reason_and_logged_once_a_window(self):
        logged = len(self._entries("api.refused"))
        for _number in range(4):
            self._wrong()
        self._wrong("203.0.113.9")
        refusals = self.env["audit.api.refusal"].search([("client_id", "=", self.client.id)])
        self.assertEqual(
            sorted((one.source, one.reason, one.count) for one in refusals),
            [("198.51.100.1", "credentials", 4), ("203.0.113.9", "credentials", 1)],
        )
        self.assertEqual(set(refusals.mapped("detail")), {"wrong secret"})
        self.assertEqual(len(self._entries("api.refused")), logged + 1, "whoever the sender is")
        self.assertEqual(self.client.refused_today, 5)
        token = self._token(self.client)
        for path in ("invoice?x=1", "payment", "invoice/999999999", "nothing"):
            self._get(path, token)
        reasons = self.env["audit.api.refusal"].search([("client_id", "=", self.client.id)]).mapped("reason")
        self.assertLessEqual({"parameter", "scope", "not-found"}, set(reasons))

    def test_a_flood_of_refusals_is_not_a_flood_of_transactions(self):
        with patch.object(api_refusal, "_gate", flood.Gate(one_by_one=2, pause=60)):
            for _number in range(8):
                self._wrong()
        refusals = self.env["audit.api.refusal"].search([("client_id", "=", self.client.id)])
        self.assertEqual(sum(refusals.mapped("count")), 3, "two one by one, and the first of those that are gathered")

    def test_usage_is_shown(self):
        self.assertFalse(self.client.last_used_at)
        self.assertIn(self.client, self.client.search([("last_used_at", "=", False)]))
        token = self._token(self.client)
        self._get("invoice", token)
        self.client.invalidate_recordset()
        self.assertEqual(self.client.calls_today, 2)
        self.assertTrue(self.client.last_used_at)
        self.assertNotIn(self.client, self.client.search([("last_used_at", "=", False)]))
        self.assertNotIn(self.client, self.client.search([("last_used_at", "<", "2020-01-01")]))
        self.env.cr.execute("UPDATE audit_api_usage SET day = day - 1")
        self.client.invalidate_recordset()
        self.assertEqual(self.client.calls_today, 0, "another day")
