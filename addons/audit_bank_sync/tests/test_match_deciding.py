from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import _
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.matching.deciding import LINE_LOCK
from .match_case import BOOKKEEPER, MatchCase


@tagged("post_install", "-at_install")
class TestMatchDeciding(MatchCase):
    """Who decides, what is refused, and what is taken back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls._user("col", "audit_connector_base.group_audit_user", BOOKKEEPER)
        cls.approver = cls._user("app", "audit_connector_base.group_audit_approver", BOOKKEEPER)

    def one(self, amount=100.40, **values):
        """An invoice and a line that pays it; returns them with the proposal."""
        invoice = self.bill_for(amount)
        line = self.line(amount, invoice.name, **values)
        return invoice, line, self.of_line(line)

    def test_what_is_refused_with_a_reason_is_not_proposed_again(self):
        invoice, line, match = self.one()
        with self.refused("Say why"):
            match.action_refuse()
        match.refusal_reason = "Paid in cash"
        match.action_refuse()
        self.assertEqual((match.state, match.decided_by_id), ("refused", self.accountant))
        self.assertEqual(self.kinds_logged(invoice), ["match.refused"])
        self.assertFalse(self.search().filtered(lambda one: line in one.statement_line_ids))

    def test_a_search_keeps_a_proposal_that_says_the_same(self):
        _invoice, line, match = self.one()
        self.assertEqual(self.of_line(line), match)

    def test_undoing_opens_line_and_invoice_and_forgets_the_lesson(self):
        invoice, line, match = self.one(partner_name="Hafenkontor Zahlstelle", account_number="DE75512108001245126199")
        match.action_accept()
        lessons = self.env["audit.match.lesson"].search([("proposal_id", "=", match.id)])
        self.assertEqual(set(lessons.mapped("kind")), {"name", "iban"})
        match.action_undo()
        self.assertEqual((match.state, match.undone_by_id), ("undone", self.accountant))
        self.assertFalse(lessons.exists())
        self.assertFalse(line.is_reconciled)
        self.assertEqual(invoice.amount_residual, 100.40)
        self.assertEqual(self.kinds_logged(invoice), ["match.accepted", "match.undone"])
        with self.refused("is not accepted"):
            match.action_undo()
        again = self.proposals.search([("state", "=", "open"), ("statement_line_ids", "in", line.ids)])
        self.assertEqual((again.signature, self.parts_of(again)), (match.signature, self.parts_of(match)))
        self.assertEqual(self.of_line(line), again)
        again.action_accept()
        self.assertTrue(line.is_reconciled)

    def test_a_confirmed_name_is_known_the_next_time(self):
        _invoice, _line, match = self.one(partner_name="Zahlstelle Nord")
        match.action_accept()
        self.bill_for(55)
        line = self.line(55, "thank you", partner_name="Zahlstelle Nord")
        match = self.of_line(line)
        self.assertIn("partner_alias", [reason["code"] for reason in match.reasons])
        self.assertIn("was confirmed as this partner 1 times", match.reason_text)

    def test_what_somebody_undid_in_accounting_is_taken_back_here(self):
        invoice, line, match = self.one()
        match.action_accept()
        line.action_undo_reconciliation()
        self.search()
        self.assertEqual(match.state, "undone")
        self.assertFalse(match.undone_by_id)
        self.assertEqual(self.kinds_logged(invoice), ["match.accepted", "match.undone"])

    def _switch_on(self):
        """Let Odoo match by itself from 80 % on, with two people's consent."""
        self.settings.with_user(self.approver).automatic_at = 80
        second = self._user("ap2", "audit_connector_base.group_audit_approver")
        self.press(self.settings.with_user(second).action_switch_on)

    def test_what_a_person_undid_is_not_booked_again_without_one(self):
        _invoice, line, match = self.one(partner_name=self.partner.name)
        self._switch_on()
        self.search()
        self.assertEqual((match.state, match.by_odoo), ("accepted", True))
        match.action_undo()
        again = self.proposals.search([("state", "=", "open"), ("statement_line_ids", "in", line.ids)])
        self.assertEqual(again.level, "suggest", "before any search")
        for _time in range(2):
            self.assertEqual(self.of_line(line), again)
            self.assertEqual((again.state, again.level, line.is_reconciled), ("open", "suggest", False))
        self.assertIn("was undone, so people decide", again.barrier_text)
        again.action_accept()
        self.assertTrue(line.is_reconciled)

    def test_what_was_undone_in_accounting_is_not_booked_again_by_the_search_that_notices(self):
        _invoice, line, match = self.one(partner_name=self.partner.name)
        self._switch_on()
        self.search()
        line.action_undo_reconciliation()
        run = self.env["audit.match.run"]._match_now(self.company)
        self.assertEqual((match.state, run.booked_count, run.certain_count), ("undone", 0, 0))
        self.assertFalse(line.is_reconciled)

    def test_what_odoo_refuses_to_book_says_why_and_is_tried_again(self):
        _invoice, line, match = self.one(partner_name=self.partner.name)
        self._switch_on()
        bookings = type(self.env["audit.match.booking"])

        def refuse(self, _line, _parts):
            raise UserError(_("The year is closed"))

        with patch.object(bookings, "_book", refuse):
            self.search()
        self.assertEqual((match.state, match.level), ("open", "suggest"))
        self.assertIn("could not book it: The year is closed", match.barrier_text)
        self.search()
        self.assertEqual((match.state, line.is_reconciled), ("accepted", True))

    def test_an_invoice_paid_meanwhile_is_not_paid_twice(self):
        invoice, line, match = self.one()
        self._pay(invoice)
        answer = match.action_accept()
        self.assertIn("is paid already", answer["params"]["message"])
        self.assertEqual(match.state, "superseded")
        self.assertFalse(line.is_reconciled)

    def test_a_line_that_changed_is_not_matched_as_it_was(self):
        _invoice, line, match = self.one()
        line.amount = 90
        self.assertIn("has changed", match.action_accept()["params"]["message"])
        self.assertEqual(match.state, "superseded")

    def test_the_second_of_two_people_is_told_who_was_first(self):
        _invoice, _line, match = self.one()
        match.action_accept()
        with self.refused("was accepted by Acc already"):
            match.with_user(self.colleague).action_accept()

    def test_two_lines_for_one_invoice_leave_one_to_decide(self):
        invoice, line, _match = self.one()
        lines = line + self.line(100.40, "again %s" % invoice.name, date="2026-05-20")
        paying = self.search().filtered(lambda one: one.statement_line_ids <= lines and one.kind == "one_to_one")
        self.assertEqual(len(paying), 1, "the invoice is meant for one of them")
        paying.action_accept()
        left = self.proposals.search([("state", "=", "open"), ("statement_line_ids", "in", lines.ids)])
        self.assertFalse(left.filtered("allocation_ids.item_id"))

    def test_who_decides_at_the_same_moment_is_refused(self):
        _invoice, line, match = self.one()
        with self.registry.cursor() as elsewhere:
            elsewhere.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LINE_LOCK, line.id])
            self.assertTrue(elsewhere.fetchone()[0])
            with self.refused("Somebody else is deciding"):
                match.action_accept()
        self.assertTrue(match.action_accept())

    def test_nothing_happens_without_a_person_until_somebody_else_approves_the_threshold(self):
        invoice, line, match = self.one(partner_name=self.partner.name)
        self.assertFalse(self.settings.automatic)
        self.assertEqual(match.state, "open")
        mine = self.settings.with_user(self.approver)
        mine.automatic_at = 80
        with self.refused("somebody else has to approve"):
            mine.action_switch_on()
        second = self._user("ap2", "audit_connector_base.group_audit_approver")
        self.press(self.settings.with_user(second).action_switch_on)
        self.assertTrue(self.settings.automatic)
        with self.refused("so it stays as it is"):
            mine.automatic_at = 70
        run = self.env["audit.match.run"]._match_now(self.company)
        self.assertEqual(run.booked_count, 1)
        self.assertEqual((match.state, match.by_odoo), ("accepted", True))
        self.assertEqual(self.kinds_logged(invoice), ["match.automatic"])
        self.assertTrue(line.is_reconciled)
        self.assertFalse(self.env["audit.match.lesson"].search([("proposal_id", "=", match.id)]))
        mine.action_switch_off()
        self.assertFalse(self.settings.automatic)

    def test_people_change_nothing_but_the_reason(self):
        _invoice, _line, match = self.one()
        for change in (
            lambda: match.write({"state": "accepted"}),
            lambda: match.allocation_ids.write({"amount": 1}),
            lambda: self.proposals.create({"company_id": self.company.id, "kind": "manual"}),
            lambda: match.unlink(),
        ):
            with self.refused("", Exception):
                change()
        self.assertEqual(match.state, "open")

    def test_an_auditor_role_without_accounting_decides_nothing(self):
        _invoice, _line, match = self.one()
        reader = self._user("rea", "audit_connector_base.group_audit_user")
        with self.refused("A match is booked"):
            match.with_user(reader).action_accept()

    def test_who_may_write_invoices_and_no_bank_lines_decides_nothing(self):
        _invoice, line, match = self.one()
        billing = self._user("bil", "audit_connector_base.group_audit_user", "account.group_account_invoice")
        for way in (
            match.with_user(billing).action_accept,
            lambda: self.proposals.with_user(billing).bench_candidates(line.id),
            lambda: self.proposals.with_user(billing).bench_book(line.id, [{"use": "write_off", "amount": 1}]),
        ):
            with self.refused("who may write bank lines"):
                way()
        self.assertEqual((match.state, line.is_reconciled), ("open", False))

    def test_a_split_by_hand_takes_fee_and_write_off_within_limits(self):
        self.settings.write({"fee_account_id": self.expense.id, "write_off_account_id": self.other_expense.id})
        invoice = self.bill_for(1000)
        line = self.line(990, "no number")
        found = self.proposals.bench_find(line.id, invoice.name)
        self.assertEqual([one["title"] for one in found], [invoice.name])
        item = {"use": "item", "item_id": found[0]["item_id"], "amount": 1000}
        with self.refused("More than 4.95"):
            self.proposals.bench_book(line.id, [item, {"use": "fee", "amount": -10}])
        with self.refused("more than the bank line"):
            self.proposals.bench_book(line.id, [item])
        with self.refused("A fee makes a receipt smaller"):
            self.proposals.bench_book(line.id, [item, {"use": "fee", "amount": 1}])
        approver = self.proposals.with_user(self.approver)
        made = approver.bench_book(line.id, [item, {"use": "write_off", "amount": -10}])
        self.assertBooked(line, (self.receivable, -1000), (self.other_expense, 10))
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(approver.browse(made).kind, "manual")

    def test_the_bench_tells_which_part_of_a_proposal_is_of_which_line(self):
        invoice = self.bill_for(100)
        lines = self.line(60, invoice.name) + self.line(40, invoice.name, date="2026-04-20")
        self.search()
        (candidate,) = [one for one in self.proposals.bench_candidates(lines[0].id) if one["kind"] == "many_to_one"]
        parts = [(part["line_id"], part["item_id"], part["amount"]) for part in candidate["parts"]]
        item = self.term(invoice).id
        self.assertEqual(sorted(parts), sorted([(lines[0].id, item, 60), (lines[1].id, item, 40)]))

    def test_an_item_stands_in_a_split_once(self):
        """Or the parts of two lines would close it with the money of one, and a false fee for the rest."""
        self.settings.fee_account_id = self.expense
        invoice = self.bill_for(100)
        line = self.line(60, invoice.name)
        item = {"use": "item", "item_id": self.term(invoice).id}
        approver = self.proposals.with_user(self.approver)
        with self.refused("is in the split twice"):
            approver.bench_book(
                line.id, [{**item, "amount": 60}, {**item, "amount": 40}, {"use": "fee", "amount": -40}]
            )
        self.assertEqual((line.is_reconciled, invoice.amount_residual), (False, 100))

    def test_an_item_in_another_currency_is_closed_by_hand_at_the_rate_of_the_bank(self):
        other = self._currency("EUR" if self.currency.name != "EUR" else "USD", 0.5)
        for paid, left in ((199, 0), (201, 0), (150, 25)):
            invoice = self.bill_for(100, currency_id=other.id)
            line = self.line(paid, "no number")
            (found,) = self.proposals.bench_find(line.id, invoice.name)
            self.assertEqual(found["amount"], 200)
            self.proposals.bench_book(line.id, [{"use": "item", "item_id": found["item_id"], "amount": paid}])
            self.assertEqual((line.is_reconciled, invoice.amount_residual), (True, left), paid)
        line = self.line(210, "no number")
        (found,) = self.proposals.bench_find(line.id, self.bill_for(100, currency_id=other.id).name)
        with self.refused("is open with less than that"):
            self.proposals.bench_book(line.id, [{"use": "item", "item_id": found["item_id"], "amount": 210}])

    def test_the_bench_tells_what_remains(self):
        _invoice, line, match = self.one()
        told = self.proposals.bench_lines()
        mine = next(one for one in told["lines"] if one["id"] == line.id)
        self.assertEqual((mine["open"], mine["score"]), (100.40, round(100 * match.score)))
        remaining = {one["currency_id"]: one for one in told["remaining"]}[self.currency.id]
        candidates = self.proposals.bench_candidates(line.id)
        self.assertEqual((candidates[0]["id"], candidates[0]["difference"]), (match.id, 0))
        self.assertIn("The text names its number", candidates[0]["reasons"][0]["text"])
        match.action_accept()
        after = {one["currency_id"]: one for one in self.proposals.bench_lines()["remaining"]}
        left = after.get(self.currency.id, {"count": 0, "incoming": 0.0})
        self.assertEqual(left["count"], remaining["count"] - 1)
        self.assertAlmostEqual(left["incoming"], remaining["incoming"] - 100.40)

    def test_a_repeated_line_is_not_booked(self):
        invoice, _line, match = self.one(partner_name="Hafenkontor")
        match.action_accept()
        twice = self.line(33, "Donation", partner_name="Somebody") + self.line(33, "Donation", partner_name="Somebody")
        match = self.of_line(twice[1])
        self.assertEqual((match.kind, match.other_line_id), ("duplicate", twice[0]))
        self.assertIn("on the same day", match.reason_text)
        with self.refused("repeats another line"):
            match.action_accept()

    def test_a_line_that_comes_in_asks_for_a_search(self):
        self.env.cr.postcommit.data.pop("audit.match.run", None)
        self.line(1, "x")
        self.assertEqual(self.env.cr.postcommit.data["audit.match.run"], {self.company.id})
        self.env.cr.postcommit.data.pop("audit.match.run")

    def test_the_job_searches_its_company_only(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self._load_chart(other)
        invoice = self.bill_for(10)
        self.line(10, invoice.name)
        journal = self.env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", other.id)], limit=1)
        foreign = self.line(10, invoice.name, journal=journal)
        self.env["audit.match.run"]._work(other.id)
        self.assertFalse(self.env["audit.match.proposal"].search([("statement_line_ids", "in", foreign.ids)]))
        self.env["audit.match.run"]._work(self.company.id)
        stranger = self._user("str", "audit_connector_base.group_audit_user", BOOKKEEPER, company=other)
        self.assertFalse(self.proposals.with_user(stranger).search([]))
        told = self.proposals.with_user(stranger).with_context(allowed_company_ids=other.ids).bench_lines()
        self.assertEqual([one["id"] for one in told["lines"]], foreign.ids)

    def test_owners_look_after_lines(self):
        line = self.line(12, "Unknown")
        line.with_user(self.accountant).action_audit_look_after()
        self.assertEqual(line.audit_owner_id, self.accountant)
        self.assertGreater(line.audit_age, 0)

    def test_repeated_lines_have_an_owner_and_an_age(self):
        first, second = (self.line(33, "Donation", partner_name="Somebody") for _again in range(2))
        match = self.of_line(second)
        self.assertEqual((match.kind, match.audit_owner_id.id, match.audit_age), ("duplicate", False, second.audit_age))
        nobody = [("kind", "=", "duplicate"), ("audit_owner_id", "=", False)]
        self.assertEqual(self.proposals.search(nobody), match)
        match.action_look_after()
        self.assertEqual((match.audit_owner_id, second.audit_owner_id), (self.accountant, self.accountant))
        self.assertFalse(first.audit_owner_id)
        self.assertFalse(self.proposals.search(nobody))
        self.assertEqual(self.proposals.search([("audit_owner_id", "=", self.accountant.id)]), match)
        match.refusal_reason = "Two members gave the same"
        with freeze_time(match.date + timedelta(days=3)):
            match.action_refuse()
        self.assertEqual(match.audit_age, 3, "until it was decided")

    def test_the_list_of_repeated_lines_is_taken_over_and_not_accepted(self):
        view = self.env.ref("audit_bank_sync.audit_match_duplicate_action").view_id
        shown = self.proposals.get_view(view.id, view.type)["arch"]
        self.assertIn("action_look_after", shown)
        self.assertIn("audit_age", shown)
        self.assertNotIn("action_accept", shown)
