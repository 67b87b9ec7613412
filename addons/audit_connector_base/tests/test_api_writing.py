import base64
import hashlib

from odoo.tests import tagged

from .api import ApiHttpCase
from .common import SECRET

VERDICT = {"control": "AP-07", "result": "pass", "title": "Duplicate supplier invoices"}


@tagged("post_install", "-at_install")
class TestApiWriting(ApiHttpCase):
    """What a client adds in the name of its platform."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform = cls.env["audit.connector"].create(
            {"name": "Controls", "url": "https://controls.example/in", "signing_secret": SECRET}
        )
        cls.client = cls._active(
            "control_result:write", "attachment:write", "attachment:read", connector_id=cls.platform.id
        )
        cls.invoice = cls._invoice(post=True)

    def setUp(self):
        super().setUp()
        self.token = self._token(self.client)

    def _added(self, path, body, **options):
        response = self._post(path, self.token, body, **options)
        self.assertEqual(response.status_code, 201, response.text)
        return response

    def _messages(self):
        return self.env["audit.inbound.message"].search([("connector_id", "=", self.platform.id)])

    def _file(self, data=b"%PDF-1.7\n", **values):
        return {
            "document": "account.move/%d" % self.invoice,
            "name": "confirmation.pdf",
            "content": base64.b64encode(data).decode(),
            "sha256": hashlib.sha256(data).hexdigest(),
            **values,
        }

    def test_the_result_of_a_control_goes_the_way_of_a_message(self):
        response = self._added("control_result", {**VERDICT, "document": "account.move/%d" % self.invoice})
        answer = response.json()
        message = self._messages()
        self.assertEqual(answer["id"], "audit.inbound.message/%d" % message)
        self.assertEqual((answer["state"], answer["contract"]), ("processed", "control_verdict/1"))
        self.assertEqual(answer["record"], "account.move/%d" % self.invoice)
        self.assertEqual((message.transport, message.message_id, message.state), ("api", "key-1", "processed"))
        self.assertEqual(message.trace, response.headers["Audit-Trace"])
        entry = self._entries("api.written")[-1:]
        self.assertEqual((entry.company_id, entry.actor), (self.company, "client/" + self.client.client_id))
        self.assertEqual((entry.res_model, entry.res_id), ("account.move", self.invoice.id))
        event = self.env["audit.event"].search([("type", "=", "control_result.recorded")])
        self.assertEqual((event.res_model, event.res_id), ("account.move", self.invoice.id))
        self.assertIn(answer["id"], event.payload_text)
        self.assertIn(
            "inbound.processed",
            self.env["audit.log.entry"].search([("correlation", "=", message.trace)]).mapped("kind"),
        )

    def test_where_a_message_of_the_platform_would_say_its_type_means_nothing_to_what_a_client_adds(self):
        self.platform.inbound_type_path = "$.summary"
        self._added("control_result", {**VERDICT, "summary": "Long. " * 100})
        self.assertEqual(self._messages()._data()["control"], "AP-07")

    def test_a_control_that_failed_is_put_before_a_person(self):
        answer = self._added("control_result", {**VERDICT, "result": "fail"}).json()
        self.assertEqual(answer["state"], "exception")
        self.assertEqual(self._messages().exception_ids.kind, "control")

    def test_the_same_key_and_body_do_nothing_again_and_answer_the_same(self):
        first = self._added("control_result", {**VERDICT, "result": "fail"})
        self._messages().exception_ids.with_user(self.accountant).action_settle()
        for key in ("key-1", '"key-1"'):
            again = self._added("control_result", {**VERDICT, "result": "fail"}, key=key)
            self.assertEqual(again.content, first.content)
            self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertEqual(len(self._messages()), 1)
        self.assertEqual(len(self._messages().exception_ids), 1)

    def test_the_same_key_for_something_else_is_refused(self):
        self._added("control_result", VERDICT)
        for path, body in (("control_result", {**VERDICT, "result": "fail"}), ("attachment", VERDICT)):
            self._assert_problem(self._post(path, self.token, body), 422, "idempotency-key")
        self.assertEqual(len(self._messages()), 1)
        self._added("control_result", VERDICT, key="key-2")
        self.assertEqual(len(self._messages()), 2)

    def test_keys_of_two_clients_are_not_the_same(self):
        other = self._active("control_result:write", connector_id=self.platform.id, name="Other")
        self._added("control_result", VERDICT)
        response = self._post("control_result", self._token(other), {**VERDICT, "result": "fail"})
        self.assertEqual(response.status_code, 201, response.text)

    def test_a_body_that_does_not_match_its_contract_is_refused_with_every_place(self):
        response = self._post("control_result", self.token, {"result": "good", "extra": 1})
        self._assert_problem(response, 422, "contract")
        self.assertEqual({one["path"] for one in response.json()["errors"]}, {"$.control", "$.extra", "$.result"})
        self.assertFalse(self._messages())
        self._added("control_result", VERDICT)

    def test_what_cannot_be_done_is_refused_with_the_reason_and_leaves_nothing(self):
        response = self._post("control_result", self.token, {**VERDICT, "document": "account.move/999999999"})
        self._assert_problem(response, 422, "not-possible")
        self.assertIn("There is no document", response.json()["detail"])
        self.assertFalse(self._messages())
        self.assertFalse(self.env["audit.api.answer"].sudo().search([("client_id", "=", self.client.id)]))

    def test_what_is_no_proper_request_is_refused(self):
        for body, options, status, code in (
            (VERDICT, {"key": None}, 400, "idempotency-key"),
            (VERDICT, {"key": "a b"}, 400, "idempotency-key"),
            (VERDICT, {"content_type": "text/plain"}, 415, "content-type"),
            (VERDICT, {"content_type": "application/cloudevents+json"}, 415, "content-type"),
            (b"{", {}, 400, "unreadable"),
            (b"[]", {}, 400, "unreadable"),
            (b'{"control": "a", "control": "b", "result": "pass"}', {}, 400, "unreadable"),
            (b'{"control": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}, 400, "unreadable"),
            (b'{"control": NaN}', {}, 400, "unreadable"),
            (b'{"control": "\\u0000", "result": "pass"}', {}, 400, "unreadable"),
            (b'{"control": "\xff"}', {}, 400, "unreadable"),
            ({"specversion": "1.0", "id": "1", "source": "/x", "type": "y", "data": VERDICT}, {}, 422, "contract"),
        ):
            with self.subTest(body=str(body)[:60], **options):
                self._assert_problem(self._post("control_result", self.token, body, **options), status, code)
        self._assert_problem(self._post("control_result?dry=1", self.token, VERDICT), 400, "parameter")
        self.assertFalse(self._messages())

    def test_what_nobody_adds_and_what_this_client_may_not(self):
        response = self._post("invoice", self.token, {})
        self._assert_problem(response, 405, "method")
        self.assertEqual(response.headers["Allow"], "GET, HEAD, OPTIONS")
        self._assert_problem(self._post("nothing", self.token, {}), 404, "unknown-path")
        reader = self._token(self._active("attachment:read", name="Reader"))
        self._assert_problem(self._post("attachment", reader, self._file()), 403, "scope")
        response = self._get("control_result", self.token)
        self._assert_problem(response, 405, "method")
        self.assertEqual(response.headers["Allow"], "OPTIONS, POST")

    def test_a_platform_that_is_out_of_use_adds_nothing(self):
        self.platform.active = False
        self._assert_problem(self._post("control_result", self.token, VERDICT), 403, "scope")

    def test_in_a_test_database_nothing_is_added_for_production(self):
        self.env["ir.config_parameter"].set_param("audit.environment", "test")
        values = {"name": "Trial", "environment": "test", "connector_id": self.platform.id}
        token = self._token(self._active("control_result:write", **values))
        self._assert_problem(self._post("control_result", token, VERDICT), 403, "scope")

    def test_a_file_is_put_at_its_document_to_the_byte(self):
        response = self._added("attachment", self._file())
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", self.invoice.id), ("name", "=", "confirmation.pdf")]
        )
        self.assertEqual(attachment.raw, b"%PDF-1.7\n")
        self.assertEqual(response.headers["Location"], "/audit/v1/attachment/%d" % attachment)
        self.assertEqual(response.json()["record"], "ir.attachment/%d" % attachment)
        read = self._get("attachment/%d" % attachment, self.token).json()
        self.assertEqual(read["sha256"], hashlib.sha256(b"%PDF-1.7\n").hexdigest())
        by_number = self._file(b"x", number=self.invoice.name)
        del by_number["document"]
        self._added("attachment", by_number, key="key-2")

    def test_a_file_that_is_not_what_it_should_be_is_refused(self):
        stranger = self.env["res.company"].create({"name": "Other"})
        self._load_chart(stranger)
        foreign = (
            self.env["account.move"].with_company(stranger).create({"move_type": "entry", "company_id": stranger.id})
        )
        for change, code in (
            ({"sha256": "0" * 64}, "contract"),
            ({"content": "not base64"}, "contract"),
            ({"content": "JVBE\n"}, "contract"),
            ({"name": "../../etc/passwd"}, "contract"),
            ({"name": "a\u202efdp.exe"}, "contract"),
            ({"document": "res.partner/%d" % self.partner}, "contract"),
            ({"number": "x"}, "contract"),
            ({"document": "account.move/999999999"}, "not-possible"),
            ({"document": "account.move/%d" % foreign}, "not-possible"),
        ):
            with self.subTest(change=change):
                self._assert_problem(self._post("attachment", self.token, self._file(**change)), 422, code)
        self.assertFalse(self.env["ir.attachment"].search([("name", "=", "confirmation.pdf")]))

    def test_a_file_that_a_browser_might_run_stays_text(self):
        for number, (name, content) in enumerate(
            (("page.html", b"<html><script>alert(1)</script></html>"), ("image.svg", b"<svg onload='alert(1)'/>"))
        ):
            self._added("attachment", self._file(content, name=name), key="html-%d" % number)
            attachment = self.env["ir.attachment"].search([("name", "=", name)])
            self.assertEqual((attachment.mimetype, attachment.raw), ("text/plain", content))
            self.assertFalse(attachment.public)
