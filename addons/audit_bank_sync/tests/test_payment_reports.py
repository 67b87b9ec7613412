from odoo.tests import tagged

from ..core.tests.pain002_samples import payment, transaction
from .payment_case import PaymentCase


@tagged("post_install", "-at_install")
class TestPaymentReports(PaymentCase):
    """Status reports of a bank (pain.002) about payments in Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.payments = cls._transfer() + cls._transfer() + cls._transfer()
        cls.first, cls.second, cls.third = cls.payments
        cls.payments._mark_sent("M-1", "P-1")
        cls.references = cls.payments.mapped("audit_end_to_end_id")

    def test_a_posted_payment_has_a_reference_of_its_own(self):
        self.assertEqual(len(set(self.references)), 3)
        for reference in self.references:
            self.assertRegex(reference, r"^[A-Za-z0-9][A-Za-z0-9-]{0,34}$")
        self.assertEqual(self.payments.mapped("audit_bank_state"), ["sent"] * 3)
        with self.refused("its references stay"):
            self.first.audit_end_to_end_id = "OTHER"
        for name in ("audit_instruction_id", "audit_batch_id"):
            with self.refused("its references stay"):
                self.first.with_user(self.accountant)[name] = "OF-ANOTHER"
        with self.refused("already", Exception):
            self._transfer(post=False).audit_end_to_end_id = self.references[0]

    def test_a_rejected_payment_goes_to_triage_in_words(self):
        listed = transaction(self.references[0], "RJCT", "AC04")
        with self.said("payment.status_changed") as heard:
            rows = self.report(payment(listed), status="PART")
        self.assertEqual(rows.payment_id, self.first)
        self.assertEqual(self.payments.mapped("audit_bank_state"), ["rejected", "sent", "sent"])
        self.assertEqual(self.first.audit_bank_words, "Rejected by the bank: Account closed (AC04): text")
        self.assertEqual((self.first.audit_reason_class, self.first.audit_bank_actor), ("fix_data", "us"))
        self.assertEqual(heard[0][2]["status"]["reason"], "Account closed (AC04)")
        exception = self.waiting("payment_rejected", self.first)
        self.assertIn("Account closed (AC04)", exception.explanation)
        self.assertIn("Who has to act: we.", exception.explanation)

    def test_a_rejection_can_follow_an_acceptance_and_the_other_way_round(self):
        self.report(status="ACCP", message="B-1", at="2026-03-31T10:00:00")
        self.assertEqual(self.payments.mapped("audit_bank_state"), ["accepted"] * 3)
        listed = transaction(self.references[1], "RJCT", "AM04")
        self.report(payment(listed), message="B-2", at="2026-03-31T11:00:00", status="PART")
        self.assertEqual(self.payments.mapped("audit_bank_state"), ["accepted", "rejected", "accepted"])
        self.assertTrue(self.waiting("payment_rejected", self.second))
        listed = transaction(self.references[1], "ACSC")
        self.report(payment(listed), message="B-3", at="2026-03-31T12:00:00", status="PART")
        self.assertEqual(self.second.audit_bank_state, "settled")
        self.assertFalse(self.waiting("payment_rejected", self.second))
        self.assertFalse(self.second.audit_bank_booked, "no status means paid")

    def test_an_older_report_that_is_read_later_changes_nothing(self):
        listed = transaction(self.references[0], "RJCT", "AC04")
        self.report(payment(listed), message="B-2", at="2026-03-31T11:00:00", status="PART")
        with self.said():
            rows = self.report(payment(transaction(self.references[0], "ACSP")), at="2026-03-31T10:00:00")
        self.assertEqual((rows.state, self.first.audit_bank_state), ("accepted", "rejected"))
        entry = self.env["audit.log.entry"].search([("kind", "=", "payment_status.noted")], limit=1)
        self.assertEqual(
            (entry.res_id, entry.summary), (self.first.id, "The bank said, changing nothing: Being executed")
        )

    def test_the_same_report_again_adds_nothing(self):
        parts = payment(transaction(self.references[0], "RJCT", "AC04"), status="PART")
        self.assertEqual(len(self.report(parts)), 1)
        self.assertFalse(self.report(parts))
        self.assertEqual(len(self.waiting("payment_rejected", self.first)), 1)

    def test_a_rejected_batch_rejects_its_payments_and_no_others(self):
        other = self._transfer()
        other._mark_sent("M-1", "P-2")
        self.report(payment(number="P-1", status="RJCT"), payment(number="P-2", status="ACSP"), status="PART")
        self.assertEqual(self.payments.mapped("audit_bank_state"), ["rejected"] * 3)
        self.assertEqual(other.audit_bank_state, "accepted")
        self.assertEqual(set(self.payments.audit_status_ids.filtered("level").mapped("level")), {"payment"})

    def test_a_rejected_file_rejects_all_of_its_payments(self):
        more = "<StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>"
        self.report(status="RJCT", more=more)
        self.assertEqual(self.payments.mapped("audit_bank_state"), ["rejected"] * 3)
        self.assertEqual(self.first.audit_bank_words, "Rejected by the bank: File format invalid (FF01)")

    def test_what_no_payment_has_goes_to_triage_and_nowhere_else(self):
        rows = self.report(payment(transaction("NOBODY-1", "RJCT", "AC01"), number="P-9", status="PART"), about="M-9")
        self.assertFalse(rows)
        (exception,) = self.waiting("payment_unclear")
        self.assertIn("NOBODY-1", exception.explanation)
        self.report(payment(transaction("NOBODY-1", "RJCT", "AC01"), number="P-9", status="PART"), about="M-9")
        self.assertEqual(self.waiting("payment_unclear"), exception, "the same question once")
        self.report(status="RJCT", about="M-8", message="B-8")
        self.assertIn("M-8", (self.waiting("payment_unclear") - exception).explanation)

    def test_another_amount_is_no_match(self):
        told = "<OrgnlTxRef><Amt><InstdAmt Ccy='%s'>12.50</InstdAmt></Amt></OrgnlTxRef>" % self.currency
        listed = transaction(self.references[0], "RJCT", "AC04", told)
        self.assertFalse(self.report(payment(listed, number="P-7"), status="PART", about="M-7"))
        self.assertIn("12.50", self.waiting("payment_unclear").explanation)
        self.assertEqual(self.first.audit_bank_state, "sent")

    def test_two_payments_under_one_reference_are_told_apart_or_left_alone(self):
        """As databases have them that are older than the rule."""
        self.cr.execute(
            "UPDATE account_payment SET audit_end_to_end_id = 'TWICE' WHERE id IN %s", [(self.first + self.second)._ids]
        )
        self.env.invalidate_all()
        self.assertFalse(self.report(payment(transaction("TWICE", "RJCT", "AC04"), number="P-1"), status="PART"))
        self.assertIn("2 payments", self.waiting("payment_unclear").explanation)
        self.second.sudo().audit_instruction_id = "I-2"
        self.first.sudo().audit_instruction_id = "I-1"
        more = "<TxInfAndSts><OrgnlInstrId>I-2</OrgnlInstrId>"
        listed = transaction("TWICE", "RJCT", "AC04").replace("<TxInfAndSts>", more)
        self.assertEqual(self.report(payment(listed), status="PART", message="B-2").payment_id, self.second)

    def test_two_statuses_of_one_payment_in_a_report_are_unclear(self):
        listed = [transaction(self.references[0], "RJCT", "AC04"), transaction(self.references[0], "ACSP")]
        self.assertFalse(self.report(payment(*listed), status="PART"))
        self.assertIn("different things", self.waiting("payment_unclear").explanation)

    def test_another_company_is_never_meant(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.file = self.env["ir.attachment"].create({"name": "x", "raw": b"-", "company_id": other.id})
        self.assertFalse(self.report(payment(transaction(self.references[0], "RJCT", "AC04")), status="PART"))
        self.assertEqual(self.first.audit_bank_state, "sent")
        self.assertEqual(self.waiting("payment_unclear").company_id, other)

    def test_sent_again_it_has_another_reference_and_the_old_one_is_still_known(self):
        self.report(payment(transaction(self.references[0], "RJCT", "AC04")), status="PART")
        self.first.action_draft()
        self.first.action_post()
        self.assertNotEqual(self.first.audit_end_to_end_id, self.references[0])
        self.first._mark_sent("M-2", "P-2")
        self.assertEqual(self.first.audit_bank_state, "sent")
        rows = self.report(payment(transaction(self.references[0], "ACSP")), message="B-2", status="PART")
        self.assertEqual((rows.payment_id, self.first.audit_bank_state), (self.first, "sent"))
        self.report(payment(transaction(self.first.audit_end_to_end_id, "ACSP")), message="B-3", about="M-2")
        self.assertEqual(self.first.audit_bank_state, "accepted")

    def test_a_status_of_an_interface(self):
        self.assertTrue(self.history._apply_api(self.first, "ACSC", at="2026-03-31T10:00:00Z", reference="T-1"))
        self.assertFalse(self.history._apply_api(self.first, "ACSC", at="2026-03-31T10:00:00Z", reference="T-1"))
        self.assertEqual(
            (self.first.audit_bank_state, self.first.audit_status_ids._latest().source), ("settled", "api")
        )

    def test_nobody_writes_the_history(self):
        row = self.history._apply_api(self.first, "ACSP", at="2026-03-31T10:00:00Z")
        mine = row.with_user(self.accountant)
        with self.refused("stays as it was said"):
            row.state = "booked"
        with self.refused("evidence"):
            row.unlink()
        with self.refused("read from the bank", Exception):
            mine.create({"payment_id": self.first.id, "state": "booked", "at": row.at, "source": "odoo"})
        for values in ({"audit_bank_booked": True}, {"audit_bank_state": "booked"}, {"audit_on_hold": False}):
            with self.refused("read from the bank", Exception):
                self.first.with_user(self.accountant).write(values)
        chosen = self.env["account.payment"].with_context(default_audit_bank_booked=True)
        made = chosen.create(self.first.copy_data()[0] | {"audit_bank_state": "booked"})
        self.assertEqual((made.audit_bank_booked, made.audit_bank_state), (False, False))
        with self.refused("cannot be deleted"):
            self.third.action_draft()
            self.third.unlink()

    def test_the_queries_do_not_grow_with_the_report(self):
        more = self._transfer(count=1)
        for _number in range(9):
            more |= self._transfer()
        counts = []
        for number, payments in enumerate((more[:1], more[1:])):
            listed = [transaction(one.audit_end_to_end_id, "ACSP") for one in payments]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(
                len(self.report(payment(*listed, number="P-8"), about="M-8", message="B%d" % number)), len(payments)
            )
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLess(counts[1] - counts[0], 30, counts)
