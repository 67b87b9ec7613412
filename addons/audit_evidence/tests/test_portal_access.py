from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.common import GROUPS

from .portal_case import ADDRESS, PortalCase


@tagged("post_install", "-at_install")
class TestPortalAccess(PortalCase):
    """Whoever is not named on an audit, or not any more, finds nothing of it and changes nothing."""

    def setUp(self):
        super().setUp()
        self.request = self._provided(title="Minutes of the board")

    def test_another_auditor_finds_nothing(self):
        other = self._auditor("oth")
        self.engagement.sudo().copy({"name": "Tax audit", "auditor_ids": [Command.set(other.ids)]})
        self._closed_to(other)

    def test_a_portal_user_who_is_no_auditor_finds_nothing(self):
        self.auditor[GROUPS] = [Command.set(self.env.ref("base.group_portal").ids)]
        self._closed_to(self.auditor)

    def test_people_of_the_company_find_nothing_there(self):
        self._closed_to(self.approver)

    def test_access_ends_with_its_day(self):
        self.engagement.with_user(self.approver).write({"access_until": fields.Date.today() - timedelta(days=2)})
        self._closed_to(self.auditor)

    def test_access_ends_when_the_auditor_is_taken_off(self):
        self.engagement.with_user(self.approver).write({"auditor_ids": [Command.clear()]})
        self._closed_to(self.auditor)

    def test_access_ends_when_the_audit_is_closed(self):
        self._complete(self.request)
        self.engagement.with_user(self.approver).action_close()
        self._closed_to(self.auditor, state="completed")

    def test_a_planned_audit_is_not_shown_yet(self):
        planned = self.env["audit.engagement"].with_user(self.clerk).create(
            {
                "name": "Planned audit",
                "auditor_ids": [Command.set(self.auditor.ids)],
                "access_until": fields.Date.today() + timedelta(days=9),
            }
        )  # fmt: skip
        self.assertNotIn("Planned audit", self.show(ADDRESS).text)
        self.assertEqual(self.show("%s/%d" % (ADDRESS, planned.id)).status_code, 404)

    def test_a_request_is_found_under_its_own_audit_only(self):
        second = self.engagement.with_user(self.clerk).copy(
            {"auditor_ids": [Command.set(self.auditor.ids)], "access_until": self.engagement.access_until}
        )
        second.with_user(self.approver).action_open()
        elsewhere = "%s/%d/requests/%d" % (ADDRESS, second.id, self.request.id)
        self.assertEqual(self.show(elsewhere).status_code, 404)
        self.assertEqual(self.send(elsewhere + "/return", reason="x").status_code, 404)
        self.assertEqual(self.show("%s/99999999999" % ADDRESS).status_code, 404)

    def test_an_auditor_sees_what_waits_in_their_own_audits_only(self):
        other = self._auditor("oth")
        second = self.engagement.with_user(self.clerk).copy(
            {"name": "Tax audit", "auditor_ids": [Command.set(other.ids)], "access_until": self.engagement.access_until}
        )
        second.with_user(self.approver).action_open()
        self._provided(title="Tax returns", engagement_id=second.id)
        self.sign_in(other)
        page = self.show(ADDRESS).text
        self.assertIn("Tax returns", page)
        self.assertNotIn("Minutes of the board", page)

    def test_the_page_of_an_audit_lists_its_own_requests_only(self):
        second = self.engagement.with_user(self.clerk).copy(
            {"name": "Tax audit", "auditor_ids": [Command.set(self.auditor.ids)], "access_until": "2099-01-01"}
        )
        second.with_user(self.approver).action_open()
        self._provided(title="Tax returns", engagement_id=second.id)
        page = self.show("%s/%d" % (ADDRESS, second.id)).text
        self.assertIn("Tax returns", page)
        self.assertNotIn("Minutes of the board", page)

    def test_forms_without_the_token_of_the_page_are_refused(self):
        for path, form in self._forms():
            self.assertEqual(self.send(path, token="x", **form).status_code, 400, path)
        self._untouched()

    def test_steps_are_taken_by_forms_only(self):
        """An address that is opened, as from a link in somebody's mail, takes none, whatever it holds."""
        for path in ("/accept?seen=%s" % self.request.sudo()._seen(), "/return?reason=x"):
            page = self.show(self.page_of(self.request) + path)
            self.assertIn("Nothing was accepted or returned", page.text)
        self._untouched()

    def _closed_to(self, user, state="provided"):
        self.sign_in(user)
        page = self.show(ADDRESS).text
        self.assertIn("No audit has been shared with you yet", page)
        self.assertNotIn("Statutory audit 2026", page)
        evidence = self.request.evidence_ids
        request = self.page_of(self.request)
        pages = (self.page, self.page + "/ask", request, request + "/accept", request + "/return")
        for path in (*pages, "%s/files/%d" % (request, evidence.id)):
            answer = self.show(path)
            self.assertEqual(answer.status_code, 404, path)
            self.assertNotIn("Minutes of the board", answer.text)
        for path, form in self._forms():
            self.assertEqual(self.send(path, **form).status_code, 404, path)
        self._untouched(state)

    def _forms(self):
        request = self.page_of(self.request)
        return [
            (request + "/accept", {"seen": self.request.sudo()._seen()}),
            (request + "/return", {"reason": "Unreadable"}),
            (self.page + "/ask", {"title": "Something else"}),
        ]

    def _untouched(self, state="provided"):
        self.assertEqual(self.request.state, state)
        self.assertEqual(len(self.engagement.sudo().request_ids), 1)
