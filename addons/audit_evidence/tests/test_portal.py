from odoo import Command
from odoo.tests import HttpCase, tagged

GROUPS = "groups_id"


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    def test_an_auditor_finds_the_page_of_audits_from_the_portal_home(self):
        auditor = self.env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": "Jonas Keller",
                "login": "portal_auditor",
                "password": "portal_auditor",
                "email": "auditor@keller.example",
                GROUPS: [Command.set(self.env.ref("base.group_portal").ids)],
            }
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
        self.assertIn("/web/login", self.url_open("/my/audits").url)
