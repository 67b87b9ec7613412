from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.tour_case import TourCase

from .evidence_case import EvidenceCase


@tagged("post_install", "-at_install")
class TestEvidenceTours(EvidenceCase, TourCase):
    def test_somebody_provides_and_signs_a_request_and_somebody_else_completes_it(self):
        request = self._request()
        self._add(request, b"statement")
        self._tour("audit_evidence_provide_a_request", self.clerk)
        self.assertEqual((request.state, request.provided_by_id), ("provided", self.clerk))
        self.assertEqual(request.signoff_ids.user_id, self.clerk)
        self._tour("audit_evidence_complete_a_request", self.approver)
        self.assertEqual((request.state, request.closed_by_id), ("completed", self.approver))

    def test_a_file_is_handed_out_as_it_was_added_to_people_with_a_role_and_recorded(self):
        request = self._request()
        [evidence] = self._add(request, b"statement")
        self.env.flush_all()
        self.authenticate(self.colleague.login, self.colleague.login)
        self.assertEqual(self.url_open("/web/content/%d" % evidence.attachment_id.id).status_code, 404)
        answer = self.url_open("/audit/evidence/%d" % evidence.id)
        self.assertEqual((answer.status_code, answer.content), (200, b"statement"))
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        entry = self.env["audit.log.entry"].search([("kind", "=", "evidence.downloaded")], limit=1)
        self.assertEqual((entry.actor, entry.direction), ("user/%d" % self.colleague.id, "out"))
        self.authenticate(self.auditor.login, self.auditor.login)
        self.assertEqual(self.url_open("/audit/evidence/%d" % evidence.id).status_code, 404)
