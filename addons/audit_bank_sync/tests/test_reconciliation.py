import io
import json
import zipfile

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.audit_connector_base.tests.common import GROUPS

from ..core.bank_files.status_report import Reason
from .statement_case import APPROVER, StatementCase


@tagged("post_install", "-at_install")
class TestReconciliation(StatementCase):
    """Who signs what, and what stays as it was signed."""

    def _entries(self, record):
        found = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        return self.env["audit.log.entry"].search(found).mapped("kind")

    def test_the_preparer_signs_and_somebody_else_reviews(self):
        self._payment(150.0, "2026-10-30")
        one = self._reconciliation()
        one.action_sign()
        self.assertEqual((one.state, one.signed_by_id, one.frozen_state), ("prepared", self.preparer, "intact"))
        self.preparer.write({GROUPS: [Command.link(self.env.ref(APPROVER).id)]})
        with self.refused("You prepared"):
            self.confirmed(one, "approve").action_review()
        review = one.with_user(self.reviewer)
        self.assertEqual(review.action_review()["res_model"], "res.users.identitycheck")
        self.confirmed(review, "approve").action_review()
        self.assertEqual((one.state, one.approved_by_id), ("reviewed", self.reviewer))
        kinds = self._entries(one)
        for kind in ("prepared", "signed", "reviewed"):
            self.assertIn("bank_reconciliation.%s" % kind, kinds)

    def test_nobody_writes_figures_or_signatures_by_hand(self):
        one = self._reconciliation()
        for values in (
            {"bank_balance": 1.0}, {"ledger_balance": 1.0}, {"state": "reviewed"}, {"signed_by_id": self.preparer.id},
            {"frozen_sha256": "0"}, {"approved_by_id": self.preparer.id}, {"date": "2026-11-30"},
        ):  # fmt: skip
            with self.subTest(values=values), self.refused("Use the buttons"):
                one.write(values)
        with self.refused("by a named person|No|needs your password|role"):
            one.with_user(self.reviewer).sudo().write({"state": "reviewed", "approved_by_id": self.reviewer.id})
        given = {"journal_id": self.journal.id, "date": "2026-11-30", "state": "reviewed", "bank_balance": 9.0}
        other = self.env["audit.bank.reconciliation"].with_user(self.preparer).create(given)
        self.assertEqual((other.state, other.bank_balance), ("draft", 800.0))

    def test_items_follow_from_the_books_and_errors_are_explained_by_a_person(self):
        self._payment(150.0, "2026-10-30")
        self.october.balance_end_real = 795.0
        one = self._reconciliation()
        with self.refused("stays as it was found"):
            one.line_ids.amount = 1.0
        with self.refused("cannot be taken out"):
            one.line_ids.unlink()
        with self.refused("errors of the bank or of the ledger"):
            one.write({"line_ids": [Command.create({"kind": "outstanding", "name": "x", "amount": -5.0})]})
        error = {"kind": "bank_error", "name": "Fee taken twice", "amount": -5.0, "date": "2026-10-31"}
        with self.refused("Say in a few words"):
            one.write({"line_ids": [Command.create(error)]})
        one.write({"line_ids": [Command.create({**error, "explanation": "The bank refunds it"})]})
        added = one.line_ids.filtered("by_hand")
        self.assertEqual((added.entered_by_id, one.unexplained, one.ties), (self.preparer, 0.0, "yes"))
        added.write({"explanation": "The bank refunds it in May"})
        gone = {**error, "name": "Typed by mistake", "explanation": "None"}
        one.write({"line_ids": [Command.create(gone)]})
        one.line_ids.filtered(lambda line: line.name == "Typed by mistake").unlink()
        logged = self.env["audit.log.entry"].search([("res_model", "=", one._name), ("res_id", "=", one.id)])
        kinds = {entry.kind: entry.details for entry in logged}
        self.assertIn("refunds it in May", kinds["bank_reconciliation.item_changed"])
        self.assertIn("Typed by mistake", kinds["bank_reconciliation.item_removed"])
        one.action_refresh()
        self.assertEqual(len(one.line_ids), 2, "what a person entered stays")
        one.action_sign()
        for change in (added.unlink, lambda: added.write({"explanation": "Other"}), one.action_refresh):
            with self.refused("Signed by the Preparer"):
                change()

    def test_a_difference_goes_before_a_person_and_to_platforms(self):
        self.october.balance_end_real = 795.0
        one = self._reconciliation()
        one.action_sign()
        waiting = self.env["audit.exception"].search([("res_model", "=", one._name), ("res_id", "=", one.id)])
        self.assertEqual((waiting.kind, waiting.break_amount, waiting.state), ("bank_break", -5.0, "open"))
        self.assertEqual((waiting.user_id, waiting.age), (self.preparer, 0))
        event = self.env["audit.event"].search([("type", "=", "bank_break.detected"), ("res_id", "=", waiting.id)])
        self.assertEqual(len(event), 1)
        self.assertKeepsContract("bank_break", json.loads(event.payload_text))
        one.action_return()
        one.action_sign()
        self.assertEqual(
            self.env["audit.exception"].search_count([("res_model", "=", one._name), ("res_id", "=", one.id)]), 1
        )
        waiting.with_user(self.preparer).action_settle()
        self.assertEqual(waiting.state, "settled")

    def test_a_payment_that_the_bank_rejected_stands_there_with_the_reason(self):
        rejected, open_one = self._payment(150.0, "2026-10-30"), self._payment(20.0, "2026-10-30")
        said = {"source": "file", "at": fields.Datetime.now(), "state": "rejected", "status_code": "RJCT"}
        reason = {"key": "1", "reasons": [Reason("AC04")]}
        self.env["audit.payment.status"]._note([{"payment_id": rejected.id, **said, **reason}])
        one = self._reconciliation()
        words = "Rejected by the bank: Account closed (AC04)"
        found = {line.res_id: line.bank_words or False for line in one.line_ids}
        self.assertEqual(found, {rejected.move_id.id: words, open_one.move_id.id: False})
        one.action_sign()
        self.assertEqual(json.loads(one.frozen)["lines"][0].get("bank_says"), words)
        self.assertNotIn("bank_says", json.loads(one.frozen)["lines"][1])
        self.assertEqual(one.frozen_state, "intact")
        report = self.env["ir.actions.report"].with_user(self.preparer)
        page = report._render_qweb_html("audit_bank_sync.report_bank_reconciliation", one.ids)[0].decode()
        self.assertEqual(page.count(words), 1)
        with zipfile.ZipFile(io.BytesIO(one._spreadsheet())) as book:
            self.assertIn(words, book.read("xl/sharedStrings.xml").decode())

    def test_figures_changed_in_the_database_are_no_longer_what_was_signed(self):
        one = self._reconciliation()
        one.action_sign()
        self.env.flush_all()
        self.env.cr.execute("UPDATE audit_bank_reconciliation SET bank_balance = 801 WHERE id = %s", [one.id])
        one.invalidate_recordset()
        self.assertEqual(one.frozen_state, "changed")
        with self.refused("not what the preparer signed"):
            self.confirmed(one.with_user(self.reviewer), "approve").action_review()

    def test_the_reviewer_confirms_the_figures_that_the_dialog_shows(self):
        one = self._reconciliation()
        one.action_sign()
        reviewing = one.with_user(self.reviewer)
        self.assertIn("800.00", str(reviewing._identity_content("approve")))
        before = reviewing._identity_digest("approve")
        self.env.flush_all()
        self.env.cr.execute("UPDATE audit_bank_reconciliation SET bank_balance = 801 WHERE id = %s", [one.id])
        one.invalidate_recordset()
        self.assertNotEqual(reviewing._identity_digest("approve"), before)

    def test_its_trail_tells_who_signed_it_and_what_was_left_open(self):
        self.october.balance_end_real = 795.0
        one = self._reconciliation()
        one.action_sign()
        entries = self.env["audit.log.entry"].search(one.action_open_audit_trail()["params"]["domain"])
        self.assertLessEqual({"bank_reconciliation.signed", "exception.raised"}, set(entries.mapped("kind")))
        self.assertEqual(one.audit_entry_count, len(entries))
        self.assertIn("action_open_audit_trail", one.get_view(view_type="form")["arch"])

    def test_two_drafts_of_one_day_are_refused(self):
        self._reconciliation()
        with self.refused("open reconciliation"):
            self._reconciliation()

    def test_a_spreadsheet_computes_nothing(self):
        self.partner.name = "=HYPERLINK(1)"
        self._payment(150.0, "2026-10-30")
        one = self._reconciliation()
        with zipfile.ZipFile(io.BytesIO(one._spreadsheet())) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
            texts = book.read("xl/sharedStrings.xml").decode()
        self.assertNotIn("<f>", sheet)
        self.assertIn("<v>150</v>", sheet)
        self.assertIn("'=HYPERLINK(1)", texts)

    def test_it_is_printed(self):
        self._payment(150.0, "2026-10-30")
        one = self._reconciliation()
        one.action_sign()
        report = self.env["ir.actions.report"].with_user(self.preparer)
        html = report._render_qweb_html("audit_bank_sync.report_bank_reconciliation", one.ids)[0].decode()
        for said in ("Balance to expect at the bank", "Outstanding Payment", one.frozen_sha256, self.preparer.name):
            self.assertIn(said, html)
        self.assertGreater(len(self._pdf("action_report_bank_reconciliation", one)), 10_000)

    def test_people_without_a_role_or_of_another_company_see_nothing(self):
        one = self._reconciliation()
        plain = self._user("plain", "account.group_account_user")
        with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
            one.with_user(plain).read(["name"])
