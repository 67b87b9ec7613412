from odoo.tests import tagged

from ..core import uuid7
from .inbound import SECRET, InboundCase, event


@tagged("post_install", "-at_install")
class TestInboundHandlers(InboundCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connector = cls._connector(inbound_active=True, inbound_secret=SECRET)
        cls.invoice = cls._invoice(post=True)
        cls.delivery = cls.env["audit.delivery"].search([("connector_id", "=", cls.connector.id)])

    def _trail(self, document):
        return self.env["audit.log.entry"].search(
            [("res_model", "=", document._name), ("res_id", "=", document.id)], limit=1
        )

    def test_every_handler_has_its_contract_with_an_example_that_keeps_it(self):
        handlers = self.env["audit.inbound.handler"]._family()
        self.assertGreaterEqual(len(handlers), 4)
        for handler in handlers:
            entity, version = handler._contract()
            with self.subTest(handler=handler._name):
                contract = self.env["audit.contract"]._contract_in_force(entity, version)
                self.assertTrue(contract.schema["examples"])
                for example in contract.schema["examples"]:
                    self.assertEqual(contract.violations(example), [])

    def test_an_acknowledgement_appears_in_the_trail_of_the_document(self):
        data = {"message": self.delivery.message_id, "verdict": "accepted", "outside_id": "TAX-1"}
        message = self._worked(event(data, "message.acknowledged"))
        self.assertEqual((message.state, message.res_id), ("processed", self.invoice.id))
        self.assertIn("Accepted: %s" % self.invoice.name, self._trail(self.invoice).summary)
        known = self.env["audit.external.id"]._known(self.company, self.invoice)["account.move", self.invoice.id]
        self.assertEqual(known, [{"system": self.connector.name, "id": "TAX-1"}])

    def test_a_refusal_of_the_platform_is_put_before_a_person(self):
        data = {"message": self.delivery.message_id, "verdict": "rejected", "code": "T17", "reason": "Tax number"}
        message = self._worked(event(data, "message.acknowledged"))
        exception = message.exception_ids
        self.assertEqual((exception.kind, exception.state, message.state), ("verdict", "open", "exception"))
        self.assertIn("T17 Tax number", exception.explanation)
        exception = exception.with_user(self.accountant)
        for decide in (exception.action_take_over, exception.action_keep_ours):
            with self.refused("no values"):
                decide()
        exception.action_settle()
        self.assertEqual((exception.state, message.state), ("settled", "processed"))

    def test_what_was_sent_to_another_platform_cannot_be_acknowledged(self):
        other = self._receiving(name="Other")
        data = {"message": self.delivery.message_id, "verdict": "accepted", "outside_id": "TAX-1"}
        message = self._worked(event(data, "message.acknowledged"), connector=other)
        self.assertEqual(message.state, "dead")
        self.assertFalse(self.env["audit.external.id"]._known(self.company, self.invoice))
        unknown = self._worked(event({"message": uuid7.uuid7(), "verdict": "accepted"}, "message.acknowledged"))
        self.assertIn("No message", unknown.reason)

    def test_a_document_gets_the_number_it_has_there(self):
        names = ({"number": self.invoice.name}, {"document": "account.move/%d" % self.invoice.id})
        for number, name in enumerate(names):
            outside_id = "TAX-%d" % number
            message = self._worked(event({**name, "outside_id": outside_id}, "document.referenced"))
            self.assertEqual(message.state, "processed", message.reason)
            known = self.env["audit.external.id"]._find(self.connector, "document", outside_id)
            self.assertEqual(known, self.invoice)

    def test_documents_of_others_cannot_be_named(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self._load_chart(other)
        foreign = self.env["account.move"].with_company(other).create({"move_type": "entry"})
        for name in (
            {"document": "account.move/%d" % foreign.id},
            {"document": "res.users/1"},
            {"document": "account.move/999999999"},
            {"document": "no.model/1"},
            {"number": "NOT/THERE"},
        ):
            with self.subTest(name=name):
                message = self._worked(event({**name, "outside_id": "X"}, "document.referenced"))
                self.assertEqual(message.state, "dead")
                self.assertIn("There is no document", message.reason)

    def test_a_control_that_failed_is_put_before_a_person(self):
        data = {"control": "AP-07", "title": "Duplicates", "result": "fail", "summary": "Two bills"}
        data["document"] = "account.move/%d" % self.invoice.id
        message = self._worked(event(data, "control_result.recorded"))
        exception = message.exception_ids
        self.assertEqual((exception.kind, exception.explanation), ("control", "Two bills"))
        self.assertEqual(exception.res_id, self.invoice.id)
        passed = self._worked(event({"control": "AP-07", "result": "pass"}, "control_result.recorded"))
        self.assertEqual((passed.state, passed.reason), ("processed", "Control passed: AP-07"))
