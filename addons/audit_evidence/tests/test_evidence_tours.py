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
