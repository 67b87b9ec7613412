from odoo.tests import tagged

from .contract_case import TEXT, ContractCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestContractTours(ContractCase, TourCase):
    def test_an_administrator_writes_a_version_and_an_approver_puts_it_into_force(self):
        self.approved(a={**TEXT, "maxLength": 5})
        self._tour("audit_contract_is_changed", self.administrator)
        written = self.contract.version_ids.filtered(lambda version: version.name == "1.1")
        self.assertEqual((written.state, written.submitted_by_id), ("review", self.administrator))
        self.assertEqual(written.change_note, "Nothing but a better explanation")
        author = written.with_user(self.administrator)
        author.action_return()
        author.schema_text = author.schema_text.replace('"maxLength": 5', '"maxLength": 9')
        author.action_submit()
        self._tour("audit_contract_is_approved", self.approver)
        self.assertEqual((written.state, written.approved_by_id), ("approved", self.approver))

    def test_an_accountant_finds_a_word_in_the_dictionary(self):
        self._tour("audit_dictionary_is_searched", self.accountant)
