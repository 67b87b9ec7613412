from odoo import Command
from odoo.tests import tagged

from .inbound import InboundCase, event
from .source_common import SourceCase

TOLD = "control_result.recorded"


@tagged("post_install", "-at_install")
class TestInboundControlResult(InboundCase, SourceCase):
    """What a platform found about a control reaches all who want to know of such results."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bill = cls._invoice("in_invoice", post=True)
        cls.kind = cls.env.ref("audit_connector_base.event_type_control_result_recorded")

    def _result(self, **data):
        return event({"control": "AP-07", "result": "fail", **data}, TOLD)

    def test_a_result_is_told_to_subscribers_as_something_that_happened_to_its_document(self):
        receiver = self.receiver()
        listener = self._connector(receiver)
        listener.subscription_ids.event_type_ids = [Command.set(self.kind.ids)]
        data = {"title": "Duplicate bills", "summary": "Two bills", "at": "2026-03-31T11:30:00.5+02:00"}
        with self.said(TOLD) as heard:
            message = self._worked(self._result(document="account.move/%d" % self.bill.id, **data))
        ((_code, document, payload),) = heard
        self.assertEqual(document, self.bill)
        self.assertEqual(payload["id"], "audit.inbound.message/%d" % message.id)
        control = {"id": None, "code": "AP-07", "name": "Duplicate bills", "framework": None}
        self.assertEqual(payload["control"], control)
        self.assertEqual((payload["outcome"], payload["summary"]), ("failed", "Two bills"))
        self.assertEqual(payload["executed_at"], "2026-03-31T09:30:00.5Z")
        self.assertEqual(payload["documents"], [{"id": "account.move/%d" % self.bill.id, "number": self.bill.name}])
        self.assertEqual(payload["external_ids"], [{"system": self.connector.name, "id": message.message_id}])
        self.assertEqual(payload["company"]["id"], "res.company/%d" % self.company.id)
        self.assertIsNone(payload["actor"])
        self.drain(listener)
        (told,) = receiver.events()
        self.assertEqual((told["type"], told["subject"]), (TOLD, "account.move/%d" % self.bill.id))
        self.assertEqual(told["data"], payload)

    def test_the_trail_of_the_document_shows_the_result(self):
        self._worked(self._result(document="account.move/%d" % self.bill.id, title="Duplicate bills"))
        about = [("res_model", "=", "account.move"), ("res_id", "=", self.bill.id), ("kind", "=", "event.written")]
        entry = self.env["audit.log.entry"].search(about, limit=1)
        self.assertEqual(entry.summary, "Control result recorded")
        for fact in ("AP-07 Duplicate bills", "Failed", self.connector.name):
            self.assertIn(fact, str(entry.details))

    def test_a_result_about_no_document_happened_to_its_message(self):
        with self.said(TOLD) as heard:
            message = self._worked(self._result(result="not_applicable"))
        ((_code, document, payload),) = heard
        self.assertEqual(document, message)
        self.assertEqual((payload["control"]["name"], payload["outcome"]), ("AP-07", "not_applicable"))
        self.assertEqual(payload["executed_at"], message.received_at.isoformat() + "Z")
        self.assertEqual((payload["documents"], payload["summary"]), ([], ""))

    def test_a_document_that_passed_does_not_deviate(self):
        self.partner.company_id = False
        with self.said(TOLD) as heard:
            self._worked(self._result(result="pass", document="res.partner/%d" % self.partner.id))
        ((_code, document, payload),) = heard
        self.assertEqual((document, payload["documents"], payload["outcome"]), (self.partner, [], "passed"))

    def test_a_moment_that_no_calendar_knows_is_when_it_was_received(self):
        with self.said(TOLD) as heard:
            message = self._worked(self._result(at="0001-01-01T00:00:00+23:59"))
        self.assertEqual(heard[0][2]["executed_at"], message.received_at.isoformat() + "Z")

    def test_a_repeat_and_a_result_about_nothing_are_not_told(self):
        result = self._result()
        with self.said(TOLD):
            self._worked(result)
        with self.said():
            self._worked(result)
            self.assertEqual(self._worked(self._result(document="account.move/999999999")).state, "dead")

    def test_results_are_written_with_the_same_number_of_queries_however_many_they_are(self):
        bills = self.bill + self.bill.copy({"invoice_date": "2026-03-31"})
        about = ["account.move/%d" % bill.id for bill in bills] + ["res.partner/%d" % self.partner.id]
        results = self._worked(*(self._result(document=document) for document in about * 3))
        build = self.env["audit.source.control_result"]._payloads
        self.assertEqual(self.queries(build, results[:3]), self.queries(build, results))
        self.assertKeepsContract("control_result", build(results))
        self.assertEqual(build(results)[2]["documents"][0]["number"], self.partner.display_name)

    def test_a_result_whose_content_was_erased_is_not_told_again(self):
        message = self._worked(self._result())
        self.env.cr.execute("UPDATE audit_inbound_message SET body = NULL WHERE id = %s", [message.id])
        with self.refused("was erased"):
            self.env["audit.source.control_result"]._payloads(message)
