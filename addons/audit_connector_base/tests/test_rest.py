from odoo.tests import tagged

from .http_case import TRACE, RestCase


@tagged("post_install", "-at_install")
class TestRest(RestCase):
    def test_the_envelope_is_posted_under_an_idempotency_key(self):
        request, outcome = self.sent()
        self.assertEqual((request["method"], request["path"]), ("POST", "/in"))
        self.assertEqual(request["body"], self.message().body)
        headers = request["headers"]
        self.assertEqual(headers["idempotency-key"], "m-42")
        self.assertEqual(headers["traceparent"], TRACE)
        self.assertEqual(headers["content-type"], "application/cloudevents+json")
        self.assertEqual(outcome.request_headers["Idempotency-Key"], "m-42")

    def test_the_document_alone_is_put_under_its_own_path(self):
        values = {"rest_method": "PUT", "rest_path": "/{entity}s/{id}?by={type}", "rest_content": "entity"}
        request, outcome = self.sent(**values)
        self.assertEqual((request["method"], request["path"]), ("PUT", "/in/invoices/42?by=invoice.posted"))
        self.assertEqual(request["body"], b'{"contract":"invoice/1","n":42}')
        self.assertEqual(request["headers"]["content-type"], "application/json")
        self.assertIn("/in/invoices/42?by=invoice.posted", outcome.target)

    def test_values_in_the_path_are_encoded(self):
        request, _outcome = self.sent(
            self.message(subject="account.move/../a b?#{id}"), rest_path="/x/{id}/{message_id}"
        )
        self.assertEqual(request["path"], "/in/x/a%20b%3F%23%7Bid%7D/m-42")

    def test_a_message_without_a_value_for_the_path_is_dead_with_the_reason(self):
        connector = self.connector(self.platform(), rest_path="/x/{id}")
        outcome = self.send(connector, self.message(subject=""))
        self.assertEqual((outcome.verdict, outcome.fault), ("dead", "settings"))
        self.assertIn("{id}", outcome.reason)

    def test_fixed_headers_are_sent_and_may_replace_the_content_type(self):
        request, _outcome = self.sent(rest_headers="X-Tenant: 7\ncontent-type: application/json")
        self.assertEqual(request["headers"]["x-tenant"], "7")
        self.assertEqual(request["headers"]["content-type"], "application/json")

    def test_requests_that_cannot_be_made_are_refused_on_saving(self):
        platform = self.platform()
        for values, words in (
            ({"rest_path": "/{subject}"}, "not known"),
            ({"rest_path": "/../admin"}, "leads elsewhere"),
            ({"rest_path": "/x", "url": platform.url("/in?a=1")}, "question mark"),
            ({"rest_headers": "Host: a"}, "set by Odoo"),
            ({"rest_headers": "Authorization: Bearer x"}, "looks like a secret"),
            ({"rest_success": "404"}, "neither 2xx"),
            ({"url": "https://10.0.0.1/"}, "private"),
            ({"url": "http://api.example/"}, "https"),
        ):
            with self.subTest(values=values), self.refused(words):
                self.connector(platform, **values)

    def test_the_answers_that_mean_delivered_can_be_chosen(self):
        for status, success, verdict in (
            (200, "2xx", "delivered"),
            (409, "2xx", "dead"),
            (409, "2xx, 409", "delivered"),
            (200, "201", "dead"),
            (500, "2xx", "retry"),
            (410, "2xx", "gone"),
        ):
            platform = self.platform(lambda request, status=status: (status, {}, b"{}"))
            name = "%d for %s" % (status, success)
            outcome = self.send(self.connector(platform, name=name, rest_success=success))
            with self.subTest(name):
                self.assertEqual((outcome.verdict, outcome.status), (verdict, status))
