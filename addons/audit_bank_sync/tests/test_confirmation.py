import base64
from datetime import timedelta
from decimal import Decimal

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.common import GROUPS

from .statement_case import APPROVER, StatementCase

LETTER = b"%PDF-1.4 We confirm 800.00"


@tagged("post_install", "-at_install")
class TestConfirmation(StatementCase):
    """From the request to the comparison, and who may take which step."""

    def _draft(self, **values):
        return (
            self.env["audit.bank.confirmation"]
            .with_user(self.preparer)
            .create({"bank_id": self.bank.id, "date": "2026-10-31", **values})
        )

    def _hand_in(self, confirmation, content=LETTER, channel="bank_document", name="letter.pdf"):
        take = (
            self.env["audit.bank.answer.take"]
            .with_user(self.preparer)
            .create(
                {
                    "confirmation_id": confirmation.id,
                    "channel": channel,
                    "content": base64.b64encode(content),
                    "file_name": name,
                }
            )
        )
        take.action_take()
        return confirmation.answer_ids.sorted("id")[-1:]

    def _answer_line(self, confirmation, amount, **values):
        line = confirmation.line_ids.filtered(lambda one: one.journal_id == self.journal)
        line.with_user(self.preparer).write({"bank_amount": amount, **values})
        return line

    def _breaks(self, line):
        return self.env["audit.exception"].search([("res_model", "=", line._name), ("res_id", "=", line.id)])

    def test_the_accounts_of_the_bank_are_listed_with_the_balance_of_the_ledger(self):
        self._payment(150.0, "2026-10-30")
        closed_account = self.env["res.partner.bank"].create(
            {"acc_number": "DE02120300000000202051", "partner_id": self.company.partner_id.id, "bank_id": self.bank.id}
        )
        closed = self._bank_journal("Old account", "HB3", bank_account_id=closed_account.id)
        self._statement("May", 0.0, ("2026-05-05", 10.0), ("2026-05-06", -10.0), journal=closed)
        closed.active = False
        self._bank_journal("Elsewhere", "HB4")
        confirmation = self._draft()
        confirmation.action_fill()
        found = {(line.section, line.name, line.number, line.stated_amount) for line in confirmation.line_ids}
        expected = {
            ("account", "Main account", "DE89370400440532013000", 650.0),
            ("closed", "Old account", "DE02120300000000202051", 0.0),
        }
        self.assertEqual(found, expected)
        later = self._draft(date="2027-06-30")
        later.action_fill()
        self.assertEqual(later.line_ids.mapped("section"), ["account", "closed"], "nobody said when it was closed")
        closed.audit_closed_on = "2026-05-06"
        later.action_fill()
        self.assertEqual(later.line_ids.mapped("section"), ["account"], "closed more than a year before")

    def test_one_prepares_and_another_signs_the_mandate(self):
        confirmation = self._draft()
        with self.refused("asks about nothing"):
            confirmation.with_user(self.reviewer).action_approve()
        confirmation.action_fill()
        self.preparer[GROUPS] = [Command.link(self.env.ref(APPROVER).id)]
        with self.refused("You prepared"):
            confirmation.action_approve()
        asked = confirmation.with_user(self.reviewer).action_approve()
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        self.confirmed(confirmation.with_user(self.reviewer), "approve").action_approve()
        self.assertEqual((confirmation.state, confirmation.approved_by_id), ("approved", self.reviewer))
        entry = self.env["audit.log.entry"].search([("kind", "=", "bank_confirmation.approved")], limit=1)
        self.assertIn("Main account: DE89370400440532013000, 800.00", entry.details)
        with self.refused("is approved"):
            confirmation.write({"mandate_text": "Other"})
        with self.refused("Mandate Signed"):
            confirmation.line_ids.with_user(self.preparer).write({"stated_amount": 1.0})
        with self.refused("cannot be deleted|is kept"):
            confirmation.unlink()

    def test_steps_follow_one_another_whoever_writes_them(self):
        confirmation = self._draft()
        with self.refused("cannot be changed by hand"):
            confirmation.write({"state": "sent"})
        for state in ("sent", "answered", "compared", "closed"):
            with self.subTest(state=state), self.refused("follow one another"):
                confirmation.sudo().write({"state": state})
        with self.refused("needs your password|Everybody approves|role"):
            confirmation.sudo().write({"approved_by_id": self.reviewer.id})

    def test_the_class_follows_from_the_way_and_is_not_chosen(self):
        confirmation = self._sent_confirmation()
        letter = self._hand_in(confirmation)
        self.assertEqual((letter.assurance, letter.proof, letter.channel), ("B", "hash", "bank_document"))
        own = self._hand_in(confirmation, b"Balance 800", "company", "ours.txt")
        self.assertEqual((own.assurance, own.proof), ("C", False))
        self.assertEqual(confirmation.answer_ids.mapped("assurance"), ["B", "C"], "the better comes first")
        self.assertEqual((confirmation.state, confirmation.assurance), ("answered", "B"))
        with self.refused("not a|Wrong value|selection", Exception):
            self._hand_in(confirmation, b"x", "auditor")
        given = {
            "confirmation_id": confirmation.id, "name": "x", "channel": "company", "assurance": "A", "size": 1,
            "sha256": "0" * 64, "media_type": "text/plain",
        }  # fmt: skip
        with self.refused("handed in with the button", AccessError, Exception):
            self.env["audit.bank.answer"].with_user(self.preparer).create(given)
        made = self.env["audit.bank.answer"].create(given)
        self.assertEqual(made.assurance, "C", "whatever code of ours asks for")
        with self.refused("Only the auditor named"):
            self.env["audit.bank.answer"].create({**given, "channel": "auditor"})
        for user in (self.preparer, self.env.user):
            with self.subTest(user=user.login), self.refused("cannot be changed|not allowed", Exception):
                letter.with_user(user).write({"assurance": "A"})
        with self.refused("cannot be changed"):
            letter.sudo().write({"channel": "auditor"})
        with self.refused("cannot be deleted"):
            letter.sudo().unlink()

    def test_files_are_kept_as_received_and_what_is_missing_is_noticed(self):
        confirmation = self._sent_confirmation()
        letter = self._hand_in(confirmation)
        attachment = letter._attachment()
        self.assertEqual((letter.file_state, letter._intact(), attachment.public), ("intact", LETTER, False))
        for change in (
            lambda: attachment.write({"raw": b"other"}),
            lambda: attachment.write({"res_id": 0}),
            lambda: attachment.write({"public": True}),
            attachment.unlink,
        ):
            with self.refused("kept as it was received"):
                change()
        attachment.write({"raw": LETTER})
        self.env.flush_all()
        self.assertFalse(self.env["ir.attachment"].with_user(self.preparer).search([("id", "=", attachment.id)]))
        self.env.cr.execute(
            "UPDATE ir_attachment SET db_datas = 'x', store_fname = NULL WHERE id = %s", [attachment.id]
        )
        self.env.invalidate_all()
        self.assertEqual(letter.file_state, "changed")
        self.env.cr.execute("UPDATE ir_attachment SET db_datas = NULL WHERE id = %s", [attachment.id])
        self.env.invalidate_all()
        self.assertEqual(letter.file_state, "missing")
        with self.refused("not there as it was received"):
            letter._intact()

    def test_the_same_file_is_received_once_and_only_some_kinds_are(self):
        confirmation = self._sent_confirmation()
        self._hand_in(confirmation)
        with self.refused("received for this confirmation already"):
            self._hand_in(confirmation)
        for content in (b"<html><script>1</script></html>", b"MZ\x90\x00\x03", b"PK\x03\x04\x00"):
            with self.subTest(content=content), self.refused("PDF, image, XML or plain text"):
                self._hand_in(confirmation, content)

    def test_an_answer_is_recorded_and_told(self):
        confirmation = self._sent_confirmation()
        letter = self._hand_in(confirmation)
        event = self.env["audit.event"].search(
            [("type", "=", "bank_confirmation.received"), ("res_id", "=", confirmation.id)]
        )
        payload = self.env["audit.source"]._of_entity("bank_confirmation")._payloads(confirmation, by=self.preparer)[0]
        self.assertEqual(payload["answers"][0]["sha256"], letter.sha256)
        self.assertEqual(len(event), 1)
        self.assertKeepsContract("bank_confirmation", payload)
        entry = self.env["audit.log.entry"].search([("kind", "=", "bank_confirmation.received")], limit=1)
        self.assertEqual(entry.direction, "in")
        self.assertIn("letter.pdf", entry.summary)
        self.assertIn(letter.sha256, entry.details)

    def test_a_balance_that_the_bank_gives_otherwise_is_explained_line_by_line(self):
        self._payment(150.0, "2026-10-30")
        confirmation = self._sent_confirmation()
        letter = self._hand_in(confirmation)
        line = self._answer_line(confirmation, 800.0, answer_id=letter.id)
        self.assertEqual((line.stated_amount, line.difference, line.entered_by_id), (650.0, 150.0, self.preparer))
        confirmation.action_compare()
        self.assertEqual((line.explained, line.unexplained, line.result), (150.0, 0.0, "explained"))
        self.assertEqual(line.reconciliation_id.line_ids.mapped("amount"), [150.0])
        self.assertIn("letter.pdf", line.reconciliation_id.bank_source)
        self.assertFalse(self._breaks(line))

    def test_what_nothing_explains_goes_before_a_person_and_holds_up_the_closing(self):
        confirmation = self._sent_confirmation()
        self._hand_in(confirmation)
        with self.refused("not answered all lines: Main account"):
            confirmation.action_compare()
        line = self._answer_line(confirmation, 790.0)
        confirmation.action_compare()
        self.assertEqual((line.result, line.unexplained), ("differs", -10.0))
        waiting = self._breaks(line)
        self.assertEqual((waiting.kind, waiting.break_amount), ("bank_break", -10.0))
        closing = confirmation.with_user(self.reviewer)
        with self.refused("nobody decided yet"):
            self.confirmed(closing, "close").action_close()
        waiting.with_user(self.preparer).action_settle()
        with self.refused("Approver"):
            confirmation.action_close()
        self.confirmed(closing, "close").action_close()
        self.assertEqual((confirmation.state, confirmation.closed_by_id), ("closed", self.reviewer))
        with self.refused("Closed"):
            self._answer_line(confirmation, 800.0)

    def test_a_later_answer_is_compared_anew_and_ends_what_waited(self):
        confirmation = self._sent_confirmation()
        self._hand_in(confirmation)
        line = self._answer_line(confirmation, 790.0)
        confirmation.action_compare()
        waiting = self._breaks(line)
        corrected = self._hand_in(confirmation, LETTER + b" corrected")
        self.assertEqual(confirmation.state, "answered")
        self._answer_line(confirmation, 800.0, answer_id=corrected.id)
        confirmation.action_compare()
        self.assertEqual((line.result, waiting.state), ("agrees", "superseded"))

    def test_what_the_bank_alone_knows_of_is_added_and_differs(self):
        confirmation = self._sent_confirmation()
        self._hand_in(confirmation)
        loan = {"section": "loan", "name": "Loan 77", "bank_amount": -5000.0, "answered": True}
        confirmation.write({"line_ids": [Command.create(loan)]})
        self._answer_line(confirmation, 800.0)
        with self.refused("Answered"):
            confirmation.write({"line_ids": [Command.create({**loan, "stated_amount": -5000.0})]})
        confirmation.action_compare()
        self.assertEqual(confirmation.differing_count, 1)

    def test_what_a_person_calls_an_error_explains_nothing_before_somebody_reviewed_it(self):
        confirmation = self._sent_confirmation()
        self._hand_in(confirmation)
        line = self._answer_line(confirmation, 795.0)
        confirmation.action_compare()
        one = line.reconciliation_id.with_user(self.preparer)
        error = {"kind": "bank_error", "name": "Fee taken twice", "amount": -5.0, "explanation": "The bank refunds it"}
        one.write({"line_ids": [Command.create(error)]})
        confirmation.action_compare()
        self.assertEqual((line.explained, line.result), (0.0, "differs"))
        one.action_sign()
        self.confirmed(one.with_user(self.reviewer), "approve").action_review()
        confirmation.action_compare()
        self.assertEqual((line.explained, line.result), (-5.0, "explained"))

    def _received_by_auditor(self, confirmation, amount):
        line = confirmation.line_ids.filtered(lambda one: one.journal_id == self.journal)
        shared = confirmation.with_user(confirmation.auditor_id)._shared(confirmation.id)
        shared._receive_from_auditor("direct.pdf", LETTER + b" direct", {line.id: Decimal(amount)})
        return line

    def test_nobody_of_the_company_writes_what_the_auditor_received(self):
        auditor, until = self._auditor(), fields.Date.today() + timedelta(days=9)
        confirmation = self._sent_confirmation(auditor_id=auditor.id, access_until=until)
        line = self._received_by_auditor(confirmation, "790.00")
        self.assertEqual((line.assurance, line.bank_amount), ("A", 790.0))
        for values in ({"bank_amount": 800.0}, {"bank_text": "800"}, {"answer_id": False}, {"answered": False}):
            with self.subTest(values=values), self.refused("entered by the auditor"):
                line.with_user(self.preparer).write(values)
        line.with_user(self.preparer).write({"remark": "Asked the bank"})
        loan = {"section": "loan", "name": "Loan 77", "bank_amount": -1.0, "answer_id": line.answer_id.id}
        with self.refused("entered by the auditor"):
            confirmation.write({"line_ids": [Command.create(loan)]})

    def test_the_dialog_shows_what_is_asked_and_what_came_of_it(self):
        confirmation = self._draft()
        confirmation.action_fill()
        signing = confirmation.with_user(self.reviewer)
        self.assertIn("Main account: DE89370400440532013000, 800.00", str(signing._identity_content("approve")))
        before = signing._identity_digest("approve")
        confirmation.line_ids.with_user(self.preparer).write({"stated_amount": 1.0})
        self.assertNotEqual(signing._identity_digest("approve"), before)
        sent = self._sent_confirmation()
        self._hand_in(sent)
        self._answer_line(sent, 790.0)
        self.assertIn("790.00", str(sent.with_user(self.reviewer)._identity_content("close")))

    def test_who_entered_or_received_something_neither_closes_nor_cancels(self):
        confirmation = self._sent_confirmation()
        self._hand_in(confirmation)
        with self.refused("role Approver"):
            confirmation.action_cancel()
        line = self._answer_line(confirmation, 800.0)
        line.with_user(self.reviewer).write({"bank_amount": 800.5})
        line.with_user(self.preparer).write({"bank_amount": 800.0})
        self.assertEqual(line.entered_by_id, self.preparer, "the last one; the others are remembered")
        with self.refused("or entered what it says"):
            confirmation.with_user(self.reviewer).action_cancel()
        confirmation.action_compare()
        with self.refused("or entered what it says"):
            confirmation.with_user(self.reviewer).action_close()
        other = self._user("rv2", APPROVER)
        self.confirmed(confirmation.with_user(other), "close").action_close()
        self.assertEqual(confirmation.closed_by_id, other)

    def test_an_auditor_is_a_portal_user_with_the_role_and_an_end(self):
        ordinary = self._user("ordinary")
        with self.refused("is not an auditor in the portal", Exception):
            self._draft(auditor_id=ordinary.id, access_until="2027-01-31")
        with self.refused("Say until when", Exception):
            self._draft(auditor_id=self._auditor().id)

    def test_only_an_approver_lengthens_the_access_of_an_auditor(self):
        auditor, today = self._auditor(), fields.Date.today()
        confirmation = self._sent_confirmation(auditor_id=auditor.id, access_until=today)
        with self.refused("role Approver"):
            confirmation.write({"access_until": today + timedelta(days=30)})
        confirmation.with_user(self.reviewer).write({"access_until": today + timedelta(days=30)})
        kinds = self.env["audit.log.entry"].search([("res_id", "=", confirmation.id)]).mapped("kind")
        self.assertIn("bank_confirmation.access_changed", kinds)

    def test_the_letter_is_printed_with_the_mandate_and_every_section(self):
        confirmation = self._sent_confirmation(reply_to="Keller Audit\nHafenstraße 1")
        report = self.env["ir.actions.report"].with_user(self.preparer)
        html = report._render_qweb_html("audit_bank_sync.report_bank_confirmation", confirmation.ids)[0].decode()
        for said in ("banking secrecy", "Keller Audit", "Derivatives", "Persons Who May Sign", "Main account", "Rev"):
            self.assertIn(said, html)
        self.assertGreater(len(self._pdf("action_report_bank_confirmation", confirmation)), 10_000)
