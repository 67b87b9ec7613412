import json
from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..models.contract import publication
from .contract_case import ContractCase

TEXT = {"type": "string", "description": "Some <text> & more."}
PLACE = "/audit/v1/contracts"


@tagged("post_install", "-at_install")
class TestContractPublication(ContractCase, HttpCase):
    """What anybody may read of contracts."""

    def get(self, path="", **headers):
        self.env.flush_all()
        self.opener.cookies.clear()
        return self.url_open(PLACE + path, headers={name.replace("_", "-"): text for name, text in headers.items()})

    def head(self, path):
        return self.opener.head(self.base_url() + PLACE + path, timeout=20)

    def test_the_exact_bytes_of_a_version_are_served_and_can_be_kept(self):
        version = self.env["audit.contract.version"].search([("entity", "=", "invoice")])
        answer = self.get("/invoice/1.0.json")
        self.assertEqual((answer.status_code, answer.content), (200, version._text()))
        self.assertEqual(answer.headers["ETag"], '"%s"' % version.sha256)
        self.assertEqual(answer.headers["Content-Type"], "application/schema+json")
        self.assertEqual(answer.headers["Cache-Control"], "public, max-age=300")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("sandbox", answer.headers["Content-Security-Policy"])
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertNotIn("Deprecation", answer.headers)
        again = self.get("/invoice/1.0.json", If_None_Match='"other", W/%s' % answer.headers["ETag"])
        self.assertEqual((again.status_code, again.content), (304, b""))
        newest = self.get("/invoice/1.json")
        self.assertEqual(
            (newest.content, newest.headers["Content-Location"]), (answer.content, PLACE + "/invoice/1.0.json")
        )
        head = self.head("/invoice/1.0.json")
        self.assertEqual((head.status_code, head.content), (200, b""))
        self.assertEqual(head.headers["ETag"], answer.headers["ETag"])

    def test_an_announced_end_is_told_in_the_headers(self):
        old = self.approved("1.0", a=TEXT).with_user(self.approver)
        self.approved("2.0", a=TEXT)
        old.sunset_date = fields.Date.context_today(old) + timedelta(days=30)
        old.action_deprecate()
        headers = self.get("/thing/1.0.json").headers
        self.assertEqual(headers["Deprecation"], "@%d" % old.deprecated_at.timestamp())
        self.assertEqual(headers["Sunset"], old.sunset_date.strftime("%a, %d %b %Y 00:00:00 GMT"))
        self.assertIn('<%s/thing/2.0.json>; rel="successor-version"' % PLACE, headers["Link"])
        self.assertNotIn("Deprecation", self.get("/thing/2.0.json").headers)
        page = self.get("/thing/1.0").text
        self.assertIn("This version ends on", page)
        self.cr.execute("UPDATE audit_contract_version SET sunset_date = current_date WHERE id = %s", [old.id])
        old.invalidate_recordset()
        old.action_retire()
        retired = self.get("/thing/1.0.json")
        self.assertEqual((retired.status_code, "Sunset" in retired.headers), (200, True))

    def test_drafts_are_nobodys_business(self):
        draft = self.draft(a=TEXT)
        for state in ("draft", "review"):
            self.assertEqual(draft.state, state)
            for path in ("/thing/1.0.json", "/thing/1.json", "/thing", "/thing/1.0"):
                answer = self.get(path)
                self.assertEqual(answer.status_code, 404, path)
                self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
            self.assertNotIn('"thing"', self.get("/").text)
            self.assertNotIn("/thing", self.get("/", Accept="text/html").text)
            if state == "draft":
                draft.action_submit()
        draft.with_user(self.approver).action_approve()
        second = self.draft("2.0", a=TEXT)
        self.assertEqual(self.get("/thing/1.0.json").status_code, 200)
        self.assertEqual(self.get("/thing/2.0.json").status_code, 404)
        self.assertNotIn(second.sha256, self.get("/").text + self.get("/thing").text)

    def test_the_index_lists_all_that_is_or_was_in_force(self):
        answer = self.get("/")
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(answer.headers["Vary"], "Accept")
        listed = {one["entity"]: one for one in json.loads(answer.content)["contracts"]}
        self.assertEqual((listed["invoice"]["title"], listed["invoice"]["direction"]), ("Invoice", "sent"))
        (version,) = listed["invoice"]["versions"]
        self.assertEqual((version["version"], version["state"], version["sunset"]), ("1.0", "approved", None))
        for one in listed.values():
            for version in one["versions"]:
                path = version["schema"].removeprefix(PLACE)
                self.assertEqual(self.get(path).headers["ETag"], '"%s"' % version["sha256"])
        self.assertEqual(self.get("").content, answer.content)

    def test_people_read_the_dictionary_without_scripts_and_without_signing_in(self):
        self.approved(a=TEXT)
        index = html.fromstring(self.get("/", Accept="text/html,*/*;q=0.8").content)
        links = index.xpath("//a/@href")
        self.assertIn(PLACE + "/invoice", links)
        answer = self.get("/invoice")
        self.assertEqual(answer.headers["Content-Type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        page = html.fromstring(answer.content)
        self.assertFalse(page.xpath("//script|//iframe|//form|//*[@onclick]|//style"))
        for address in page.xpath("//@src|//link/@href|//a/@href"):
            self.assertTrue(address.startswith("/"), address)
        (row,) = page.xpath("//tr[@id='$.lines[].account.name']")
        self.assertIn("Lines ▸ Account ▸ Name", row.text_content())
        self.assertIn("Account name.", row.text_content())
        self.assertEqual(self.get("/../../audit_connector_base/static/docs/contracts.css").status_code, 404)
        self.assertEqual(self.url_open("/audit_connector_base/static/docs/contracts.css").status_code, 200)
        # What a contract says of itself is text, never markup.
        self.assertIn("Some &lt;text&gt; &amp; more.", self.get("/thing").text)

    def test_nothing_but_reading_is_possible_and_nobody_reads_without_end(self):
        for method in ("POST", "PUT", "DELETE"):
            answer = self.opener.request(method, self.base_url() + PLACE + "/invoice/1.0.json", timeout=20)
            self.assertEqual((answer.status_code, answer.headers["Allow"]), (405, "GET, HEAD"))
        for path in ("/nothing", "/invoice/9.json", "/invoice/1.9.json", "/invoice/x.json", "/invoice/-1.json", "/%00"):
            self.assertEqual(self.get(path).status_code, 404, path)
        publication._buckets = type(publication._buckets)()
        self.addCleanup(setattr, publication, "_buckets", type(publication._buckets)())
        rate, publication.PUBLIC_RATE = publication.PUBLIC_RATE, 3
        self.addCleanup(setattr, publication, "PUBLIC_RATE", rate)
        answers = [self.get("/invoice/1.0.json") for _number in range(5)]
        self.assertEqual([answer.status_code for answer in answers[:3]], [200, 200, 200])
        self.assertEqual(answers[-1].status_code, 429)
        self.assertIn("Retry-After", answers[-1].headers)
