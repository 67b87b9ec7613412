import base64
import hashlib
import hmac
import json
import time
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.sql_db import Cursor
from odoo.tests import tagged

from .. import compat
from ..core import signatures
from .common import SECRET
from .inbound import JSON, InboundHttpCase, event

PLAIN = "a-secret-of-the-platform"
FINGERPRINT = "9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B"


@tagged("post_install", "-at_install")
class TestInboundSchemes(InboundHttpCase):
    def _send(self, body, **headers):
        return self._post(body, sign=False, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def test_a_signature_with_the_secret_before_is_good_until_the_change_over_ends(self):
        other = signatures.new_secret()
        self.connector.inbound_secret = other
        self.assertEqual(self._post(event({"id": "S-1"})).status_code, 202)
        self.connector.action_end_rotation()
        self._assert_problem(self._post(event({"id": "S-1"})), 401, "signature")

    def test_a_request_looks_its_connector_up_by_one_query(self):
        connectors, code = self.env["audit.connector"], self.connector.inbound_code
        self.env.flush_all()
        first = connectors._door_at(code)
        before = self.env.cr.sql_log_count
        self.assertIs(connectors._door_at(code), first)
        self.assertEqual(self.env.cr.sql_log_count - before, 1)
        self.assertNotIn(SECRET, repr(first))

    def test_a_message_is_stored_by_one_statement_though_its_connector_is_remembered(self):
        self._post(event({"id": "S-1"}))
        with patch.object(Cursor, "execute", autospec=True, side_effect=Cursor.execute) as execute:
            self.assertEqual(self._post(event({"id": "S-2"})).status_code, 202)
        said = [str(call.args[1]) for call in execute.call_args_list]
        self.assertEqual(len([one for one in said if "INTO audit_inbound_message" in one]), 1)
        self.assertFalse([one for one in said if "inbound_code =" in one], "it was looked up all the same")

    def test_what_was_remembered_counts_no_longer_once_the_connector_has_changed(self):
        self.assertEqual(self._post(event({"id": "S-1"})).status_code, 202)
        self.connector.inbound_active = False
        self._assert_problem(self._post(event({"id": "S-1"})), 401, "signature")
        self.connector.inbound_active = True
        other = signatures.new_secret()
        self.connector.inbound_secret = other
        self.connector.action_end_rotation()
        self._assert_problem(self._post(event({"id": "S-1"})), 401, "signature")
        self.assertEqual(self._post(event({"id": "S-1"}), secret=other).status_code, 202)
        self.assertEqual(len(self._messages()), 2)

    def test_whatever_changes_at_a_connector_counts_at_once(self):
        connectors, code = self.env["audit.connector"], self.connector.inbound_code
        other = signatures.new_secret()
        for values, name, expected in (
            ({"inbound_rate": 7}, "rate", 7),
            ({"inbound_secret": other}, "secrets", (other, SECRET)),
            ({"inbound_deduplicate_by": "content"}, "by_content", True),
        ):
            connectors._door_at(code)
            self.connector.write(values)
            self.env.flush_all()
            self.assertEqual(getattr(connectors._door_at(code), name), expected)
        self.connector.action_end_rotation()
        self.env.flush_all()
        self.assertEqual(connectors._door_at(code).secrets, (other,))

    def test_a_secret_that_was_replaced_ends_in_time_though_nothing_changes(self):
        self.connector.inbound_secret = signatures.new_secret()
        former = self.connector.credential_ids.filtered("valid_until")
        former.sudo().valid_until = fields.Datetime.add(fields.Datetime.now(), seconds=2)
        self.assertEqual(self._post(event({"id": "S-1"})).status_code, 202)
        time.sleep(2.1)
        self._assert_problem(self._post(event({"id": "S-1"})), 401, "signature")

    def test_ed25519_with_the_public_key(self):
        private = "whsk_" + SECRET.partition("_")[2]
        self.connector.inbound_secret = signatures.public_key(private)
        body, now = json.dumps(event({"id": "S-1"})).encode(), int(time.time())
        headers = {"webhook-id": "m-1", "webhook-timestamp": str(now)}
        headers["webhook-signature"] = signatures.sign(private, "m-1", now, body)
        self.assertEqual(self._post(body, sign=False, headers=headers).status_code, 202)

    def test_the_private_key_of_the_platform_is_refused_as_a_secret(self):
        with self.refused("public key"):
            self.connector.inbound_secret = "whsk_" + SECRET.partition("_")[2]

    def test_a_connector_that_receives_needs_a_secret(self):
        with self.refused("verification secret"):
            self._receiving(name="Without", inbound_secret=False)
        self._receiving(
            name="By certificate",
            inbound_secret=False,
            inbound_verification="mutual_tls",
            inbound_certificates=FINGERPRINT,
        )

    def test_a_signature_over_the_body_in_a_header(self):
        self.connector.write({"inbound_verification": "hmac", "inbound_secret": PLAIN})
        body = json.dumps(event({"id": "S-1"})).encode()
        good = "sha256=" + hmac.new(PLAIN.encode(), body, hashlib.sha256).hexdigest()
        for bad in ("", good[7:], "sha256=" + "0" * 64, "sha512=" + good[7:], good + "0", good + ", " + good):
            self._assert_problem(self._send(body, X_Hub_Signature_256=bad), 401, "signature")
        self.assertEqual(self._send(body, X_Hub_Signature_256=good.upper().replace("SHA", "sha")).status_code, 202)
        self._assert_problem(self._send(body + b" ", X_Hub_Signature_256=good), 401, "signature")

    def test_the_id_of_a_header_that_is_not_signed_does_not_count(self):
        self.connector.write({"inbound_verification": "hmac", "inbound_secret": PLAIN})
        body = json.dumps(event({"id": "S-1"})).encode()
        signature = "sha256=" + hmac.new(PLAIN.encode(), body, hashlib.sha256).hexdigest()
        first = self._send(body, X_Hub_Signature_256=signature, webhook_id="one")
        again = self._send(body, X_Hub_Signature_256=signature, webhook_id="two")
        self.assertEqual((first.json()["accepted"], again.json()["duplicates"]), (1, 1))

    def test_without_any_id_the_bytes_are_what_a_repeat_is_recognised_by(self):
        self.connector.write({"inbound_verification": "bearer", "inbound_secret": PLAIN})
        body = b'{"type": "supplier.updated"}'
        for accepted in (1, 0):
            answer = self._post(body, JSON, sign=False, headers={"Authorization": "Bearer " + PLAIN})
            self.assertEqual(answer.json()["accepted"], accepted)

    def test_a_signature_over_timestamp_and_body(self):
        self.connector.write(
            {
                "inbound_verification": "hmac",
                "inbound_secret": PLAIN,
                "inbound_hmac_header": "X-Slack-Signature",
                "inbound_hmac_prefix": "v0=",
                "inbound_hmac_form": "v0_timestamp_body",
                "inbound_timestamp_header": "X-Slack-Request-Timestamp",
            }
        )
        body = json.dumps(event({"id": "S-1"})).encode()

        def send(then, signed=None):
            text = b"v0:%d:%s" % (signed or then, body)
            signature = "v0=" + hmac.new(PLAIN.encode(), text, hashlib.sha256).hexdigest()
            return self._send(body, X_Slack_Signature=signature, X_Slack_Request_Timestamp=str(then))

        now = int(time.time())
        self._assert_problem(send(now - 1000), 401, "timestamp")
        self._assert_problem(send(now, signed=now - 1), 401, "signature")
        self.assertEqual(send(now).status_code, 202)

    def test_sha512_in_base64(self):
        self.connector.write(
            {
                "inbound_verification": "hmac",
                "inbound_secret": PLAIN,
                "inbound_hmac_header": "X-Signature",
                "inbound_hmac_prefix": "",
                "inbound_hmac_algorithm": "sha512",
                "inbound_hmac_encoding": "base64",
            }
        )
        body = json.dumps(event({"id": "S-1"})).encode()
        signature = base64.b64encode(hmac.new(PLAIN.encode(), body, hashlib.sha512).digest()).decode()
        self._assert_problem(self._send(body, X_Signature=signature.lower()), 401, "signature")
        self.assertEqual(self._send(body, X_Signature=signature).status_code, 202)

    def test_a_bearer_token(self):
        self.connector.write({"inbound_verification": "bearer", "inbound_secret": PLAIN})
        for bad in ("", "Bearer", "Bearer ", "Bearer wrong", "Basic " + PLAIN, PLAIN):
            self._assert_problem(self._send(event({}), Authorization=bad), 401, "signature")
        self.assertEqual(self._send(event({}), Authorization="bearer " + PLAIN).status_code, 202)

    def test_a_certificate_counts_only_from_a_listed_proxy(self):
        self.connector.write({"inbound_verification": "mutual_tls", "inbound_certificates": "\n%s\n" % FINGERPRINT})
        shown = {"X-SSL-Client-Fingerprint": FINGERPRINT.replace(":", "").lower()}
        self._assert_problem(self._post(event({}), sign=False, headers=shown), 401, "signature")
        with patch.object(compat, "audit_options", lambda: {"proxies": "10.0.0.9, 127.0.0.0/8"}):
            self.assertEqual(self._post(event({}), sign=False, headers=shown).status_code, 202)
            for bad in ({}, {"X-SSL-Client-Fingerprint": ""}, {"X-SSL-Client-Fingerprint": "00:11"}):
                self._assert_problem(self._post(event({}), sign=False, headers=bad), 401, "signature")

    def test_a_forwarded_address_counts_only_from_a_listed_proxy(self):
        forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 127.0.0.3", "X-Forwarded-Host": "x"}
        self._post(event({}), sign=False, headers=forwarded)
        with patch.object(compat, "audit_options", lambda: {"proxies": "127.0.0.0/8"}):
            self._post(event({}), sign=False, headers=forwarded)
        sources = self.env["audit.inbound.refusal"].search([("connector_id", "=", self.connector.id)], order="id")
        sources = sources.mapped("source")
        self.assertEqual(sources, ["127.0.0.1", "198.51.100.7"])

    def test_proxies_that_cannot_be_read_are_no_proxies(self):
        with patch.object(compat, "audit_options", lambda: {"proxies": "10.0.0.0/99"}):
            with self.assertLogs("odoo.addons.audit_connector_base.models.exchange.inbound_gateway", 40):
                self.assertEqual(self._post(event({})).status_code, 202)

    def test_settings_that_cannot_work_are_refused_with_the_reason(self):
        for values, reason in (
            ({"inbound_id_path": "id"}, "no path"),
            ({"inbound_type_path": "$..type"}, "no path"),
            ({"inbound_verification": "hmac", "inbound_secret": PLAIN, "inbound_hmac_header": False}, "header"),
            (
                {"inbound_verification": "hmac", "inbound_secret": PLAIN, "inbound_hmac_form": "timestamp_body"},
                "timestamp",
            ),
            ({"inbound_verification": "mutual_tls"}, "certificate"),
            ({"inbound_verification": "bearer", "inbound_secret": "short"}, "16"),
            ({"inbound_secret": PLAIN}, "cannot receive"),
        ):
            with self.subTest(values=values), self.refused(reason, ValidationError):
                self.connector.write(values)

    def test_the_address_is_generated_and_replaced_by_administrators_only(self):
        code = self.connector.inbound_code
        self.assertGreaterEqual(len(code), 24)
        self.assertTrue(self.connector.inbound_url.endswith("/audit/v1/inbound/" + code))
        with self.refused("generated"):
            self.connector.with_user(self.administrator).inbound_code = "guess-me"
        with self.refused("Only connector administrators"):
            self.connector.with_user(self.accountant).action_new_inbound_code()
        self.connector.with_user(self.administrator).action_new_inbound_code()
        self._assert_problem(self._post(event({}), code=code), 401, "signature")
        self.assertEqual(self._post(event({})).status_code, 202)
        copy = self.connector.copy({"name": "Copy", "signing_secret": SECRET})
        self.assertEqual((copy.inbound_active, copy.inbound_code), (False, False))
