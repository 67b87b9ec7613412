from unittest.mock import patch

from odoo.tests import tagged

from .. import log_keys
from .log_case import LogCase
from .tour_case import TourCase

COPY = "00000000-0000-4000-8000-000000000000"


@tagged("post_install", "-at_install")
class TestLogTours(LogCase, TourCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", "audit_connector_base.group_audit_approver")
        cls.company.name = "Hafenkontor Log"

    def setUp(self):
        super().setUp()
        self.append(3)
        self.seal()

    def test_an_accountant_verifies_the_log(self):
        self._tour("audit_verify_a_log", self.accountant)
        found = self.env["audit.log.verification"].search([("log_id", "=", self.log.id)])
        self.assertEqual((found.state, found.asked_by_id), ("verified", self.accountant))

    def test_an_administrator_continues_the_log_of_a_copy(self):
        stopped = self.log
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", COPY)
        self.seal()
        self._tour("audit_continue_a_stopped_log", self.administrator)
        self.assertEqual((stopped.state, self.log.predecessor_id), ("closed", stopped))
        self.seal()
        self.assertTrue(self.note())

    def test_an_administrator_asks_and_an_approver_decides_on_an_entry_that_was_set_aside(self):
        with patch.object(log_keys, "entry_keys", list):
            entry = self.append()
        self.seal()
        self._tour("audit_ask_to_let_an_entry_in", self.administrator)
        self._tour("audit_decide_on_an_entry_set_aside", self.approver)
        self.seal()
        self.assertNotIn(None, self.places(entry))
