from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.tour_case import TourCase

from .statement_case import StatementCase


@tagged("post_install", "-at_install")
class TestStatementTours(StatementCase, TourCase):
    def test_an_accountant_reconciles_a_bank_account(self):
        self._payment(150.0, "2026-10-30")
        self._tour("audit_bank_reconcile_an_account", self.preparer)
        one = self.env["audit.bank.reconciliation"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual((one.state, one.signed_by_id), ("prepared", self.preparer))

    def test_an_approver_signs_a_mandate(self):
        confirmation = (
            self.env["audit.bank.confirmation"]
            .with_user(self.preparer)
            .create({"bank_id": self.bank.id, "date": "2026-10-31"})
        )
        confirmation.action_fill()
        self._tour("audit_bank_sign_a_mandate", self.reviewer)
        self.assertEqual((confirmation.state, confirmation.approved_by_id), ("sent", self.reviewer))
