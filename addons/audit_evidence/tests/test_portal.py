from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from odoo.addons.audit_connector_base.tests.common import GROUPS

from .portal_case import ADDRESS, PortalCase


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    def test_an_auditor_finds_the_page_of_audits_from_the_portal_home(self):
        auditor = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": "Jonas Keller",
                    "login": "portal_auditor",
                    "password": "portal_auditor",
                    "email": "auditor@keller.example",
                    GROUPS: [Command.set(self.env.ref("base.group_portal").ids)],
                }
            )
        )
        self.authenticate("portal_auditor", "portal_auditor")
        self.assertIn('href="/my/audits"', self.url_open("/my/home").text)
        page = self.url_open("/my/audits")
        self.assertEqual(page.status_code, 200)
        self.assertIn("No audit has been shared with you yet", page.text)
        self.assertIn("auditor@keller.example", page.text)
        entry = self.env["audit.log.entry"].search([("kind", "=", "portal.viewed")], limit=1)
        self.assertEqual((entry.actor, entry.direction), ("user/%d" % auditor.id, "out"))
        self.assertEqual(entry.company_id, auditor.company_id)
        self.assertIn("/my/audits", entry.summary)

    def test_strangers_are_sent_to_the_login(self):
        for path in ("", "/1", "/1/ask", "/1/requests/1", "/1/requests/1/files/1"):
            self.assertIn("/web/login", self.url_open(ADDRESS + path).url, path)


@tagged("post_install", "-at_install")
class TestPortalOfAuditor(PortalCase):
    """What an auditor sees of the audits shared with them."""

    def test_the_start_page_shows_each_audit_and_what_waits_for_the_auditor(self):
        provided = self._provided(title="Bank letters")
        self._request(due_date=fields.Date.today() - timedelta(days=2))
        self._request()
        page = self.show(ADDRESS).text
        self.assertIn("Statutory audit 2026", page)
        self.assertIn(self.engagement.company_id.name, page)
        self.assertIn('href="%s"' % self.page_of(provided), page)
        self.assertIn("Bank letters", page)
        self.assertNotIn("Supplier statements", page)
        counts = self.engagement._portal_counts()[self.engagement.id]
        self.assertEqual(counts, {"you": 1, "company": 2, "overdue": 1, "done": 0})

    def test_counts_take_two_queries_however_many_audits_there_are(self):
        engagements = self.engagement.sudo()
        for number in range(3):
            engagements += engagements[0].copy({"name": "Audit %d" % number})
        for engagement in engagements:
            self._request(engagement_id=engagement.id)
        self.env.flush_all()
        with self.assertQueryCount(2):
            counts = engagements._portal_counts()
        self.assertEqual([one["company"] for one in counts.values()], [1, 1, 1, 1])

    def test_requests_are_sorted_by_who_has_to_act(self):
        titles = {"all": {"A-open", "B-provided", "C-done"}, "you": {"B-provided"}, "company": {"A-open"}}
        titles["done"] = {"C-done"}
        self._request(title="A-open")
        self._provided(title="B-provided")
        self._complete(self._provided(title="C-done"))
        for show, shown in titles.items():
            page = self.show("%s?show=%s" % (self.page, show)).text
            self.assertEqual({title for title in titles["all"] if title in page}, shown, show)
        self.assertIn("A-open", self.show(self.page + "?show=%27%3B--").text)

    def test_requests_are_found_by_all_of_some_words(self):
        self._request(title="Ageing of receivables", description="As of 31 March")
        self._request(title="Ageing of payables")
        page = self.show(self.page + "?search=march+ageing%00").text
        self.assertIn("Ageing of receivables", page)
        self.assertNotIn("Ageing of payables", page)
        self.assertIn("Ageing of payables", self.show(self.page + "?search=PBC-002").text)
        page = self.show(self.page + "?search=%3Cscript%3Ealert(1)").text
        self.assertIn("No request with the words", page)
        self.assertNotIn("<script>alert", page)

    def test_what_is_overdue_stands_out(self):
        self._request(due_date=fields.Date.today() + timedelta(days=2))
        self.assertNotIn("Overdue", self.show(self.page).text)
        self._request(due_date=fields.Date.today() - timedelta(days=2))
        self.assertIn("Overdue", self.show(self.page).text)

    def test_long_lists_come_in_pages(self):
        self.env["audit.request"].with_user(self.clerk).create(
            [{"engagement_id": self.engagement.id, "title": "List %d." % number} for number in range(1, 53)]
        )
        first, second = self.show(self.page).text, self.show(self.page + "/page/2").text
        self.assertIn("List 50.", first)
        self.assertNotIn("List 51.", first)
        self.assertIn("List 52.", second)
        self.assertIn("List 52.", self.show(self.page + "/page/99999999999999999999").text)

    def test_each_view_of_an_audit_is_in_its_trail_in_words(self):
        self.show(self.page)
        self.show(self.page + "/ask")
        self.assertEqual(self.by_auditor(self.engagement), ["engagement.viewed"] * 2)
        entry = self.env["audit.log.entry"].search([("kind", "=", "engagement.viewed")], limit=1)
        self.assertEqual((entry.direction, entry.company_id), ("out", self.engagement.company_id))
        self.assertEqual(entry.summary, "Opened in the portal: Statutory audit 2026")
