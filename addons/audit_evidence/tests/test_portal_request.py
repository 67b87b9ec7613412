import hashlib
from urllib.parse import parse_qs, urlparse

from odoo import Command
from odoo.tests import tagged

from .portal_case import PortalCase

MARKED_UP = "<b onclick='x()'>Now</b>"
SHOWN_AS_TEXT = "&lt;b onclick=&#39;x()&#39;&gt;Now&lt;/b&gt;"


@tagged("post_install", "-at_install")
class TestPortalRequest(PortalCase):
    """What an auditor sees and does with a request of theirs."""

    def test_what_was_provided_is_shown_and_downloaded_as_it_was_added(self):
        request = self._request(description="As of 31 March")
        invoice = self._invoice(post=True)
        self._add(request, b"<html>statement</html>")
        request.write(
            {"answer": "See the list", "document_ids": [Command.create({"document": "account.move,%d" % invoice.id})]}
        )
        request.action_provide()
        page = self.show(self.page_of(request)).text
        evidence = request.evidence_ids
        for text in ("PBC-001", "As of 31 March", "See the list", invoice.name, "list 0.txt", evidence.sha256):
            self.assertIn(text, page)
        file = self.show("%s/files/%d" % (self.page_of(request), evidence.id))
        self.assertEqual(hashlib.sha256(file.content).hexdigest(), evidence.sha256)
        self.assertIn("attachment", file.headers["Content-Disposition"])
        self.assertIn("sandbox", file.headers["Content-Security-Policy"])
        self.assertEqual(file.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(self.by_auditor(request), ["audit_request.viewed", "evidence.downloaded"])
        self.assertEqual(self.show("/web/content/%d" % evidence.attachment_id.id).status_code, 404)
        self.assertEqual(self.show("/audit/evidence/%d" % evidence.id).status_code, 404)

    def test_what_is_not_provided_yet_is_not_shown(self):
        request = self._request()
        drafts = self._add(request, b"draft")
        request.write({"answer": "Half an answer"})
        page = self.show(self.page_of(request)).text
        self.assertNotIn("Half an answer", page)
        self.assertNotIn("list 0.txt", page)
        self.assertEqual(self.show("%s/files/%d" % (self.page_of(request), drafts.id)).status_code, 404)
        request.action_provide()
        self.assertIn("Half an answer", self.show(self.page_of(request)).text)
        request.with_user(self.approver)._return("March is missing")
        request.write({"answer": "Another half"})
        self._add(request, b"march")
        page = self.show(self.page_of(request)).text
        self.assertEqual(page.count("/files/"), 1)
        self.assertIn("March is missing", page)
        self.assertNotIn("Another half", page)

    def test_a_file_is_found_under_its_own_request_only(self):
        one, other = self._provided(), self._provided()
        path = "%s/files/%d"
        self.assertEqual(self.show(path % (self.page_of(one), other.evidence_ids.id)).status_code, 404)
        self.assertEqual(self.show(path % (self.page_of(other), other.evidence_ids.id)).status_code, 200)

    def test_a_file_that_is_not_what_was_added_is_not_handed_out(self):
        evidence = self._provided().evidence_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET db_datas = 'x', store_fname = NULL WHERE id = %s", [evidence.attachment_id.id]
        )
        self.env.invalidate_all()
        answer = self.show("%s/files/%d" % (self.page_of(evidence.request_id), evidence.id))
        self.assertEqual(answer.status_code, 409)
        self.assertIn("not there as it was added", answer.text)
        self.assertEqual(self.by_auditor(evidence.request_id), [])

    def test_accepting_completes_it_in_the_name_of_the_auditor(self):
        request = self._provided()
        page = self.accept(request)
        self.assertIn("Accepted.", page.text)
        self.assertEqual((request.state, request.closed_by_id), ("completed", self.auditor))
        self.assertIn("audit_request.completed", self.by_auditor(request))
        events = self.env["audit.event"].search([("res_model", "=", "audit.request"), ("res_id", "=", request.id)])
        self.assertEqual(events.mapped("type"), ["audit_request.completed"])
        again = self.send(self.page_of(request) + "/accept")
        self.assertIn("is Completed", again.text)
        self.assertEqual(self.by_auditor(request).count("audit_request.completed"), 1)

    def test_what_was_changed_since_it_was_opened_is_not_accepted(self):
        request = self._provided()
        seen = request.sudo()._seen()
        request.with_user(self.approver)._return("March is missing")
        request.write({"answer": "There is no March"})
        request.action_provide()
        page = self.send(self.page_of(request) + "/accept", seen=seen)
        self.assertIn("changed after you opened it", page.text)
        self.assertIn("There is no March", page.text)
        self.assertEqual(request.state, "provided")
        self.accept(request)
        self.assertEqual(request.state, "completed")

    def test_returning_takes_a_reason_of_limited_length(self):
        request = self._provided()
        for reason, said in ((" \r\n ", "Say why"), ("x" * 2001, "longer than 2000 characters")):
            page = self.send(self.page_of(request) + "/return", reason=reason)
            self.assertIn(said, page.text)
            self.assertEqual(request.state, "provided")
        page = self.send(self.page_of(request) + "/return", reason="March is missing\x00\r\nApril too")
        self.assertIn("sees the reason", page.text)
        self.assertEqual((request.state, request.return_reason), ("returned", "March is missing\nApril too"))
        self.assertIn("audit_request.returned", self.by_auditor(request))
        page = self.send(self.page_of(request) + "/return", reason="Again")
        self.assertIn("is Returned", page.text)

    def test_who_was_signed_out_meanwhile_is_told_that_nothing_was_sent(self):
        request = self._provided()
        for step in ("accept", "return"):
            self.authenticate(None, None)
            asked = self.url_open("%s/%s" % (self.page_of(request), step), data={"reason": "x"}, allow_redirects=False)
            self.assertIn("/web/login", asked.headers["Location"])
            self.sign_in(self.auditor)
            led_to = parse_qs(urlparse(asked.headers["Location"]).query)["redirect"][0]
            page = self.show(led_to)
            self.assertEqual(page.status_code, 200)
            self.assertIn("Nothing was accepted or returned", page.text)
        self.assertEqual(request.state, "provided")
        self.accept(request)
        page = self.show(led_to)
        self.assertEqual((page.status_code, urlparse(page.url).path), (200, self.page_of(request)))
        self.assertNotIn("Nothing was accepted", page.text)

    def test_a_form_that_is_too_large_is_refused(self):
        request = self._provided()
        answer = self.send(self.page_of(request) + "/return", reason="x" * 70_000)
        self.assertIn(answer.status_code, (400, 413))
        self.assertEqual(request.state, "provided")

    def test_markup_is_shown_as_text(self):
        request = self._request(title=MARKED_UP, description=MARKED_UP)
        request.write({"answer": MARKED_UP})
        request.action_provide()
        request.with_user(self.approver)._return(MARKED_UP)
        request.action_provide()
        page = self.show(self.page_of(request)).text
        self.assertNotIn("<b onclick", page)
        self.assertGreaterEqual(page.count(SHOWN_AS_TEXT), 4)
        self.assertNotIn("<b onclick", self.show(self.page).text)
