from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.audit_connector_base.tests.common import GROUPS

from .evidence_case import APPROVER, EvidenceCase

QUIET = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models", "odoo.sql_db")


@tagged("post_install", "-at_install")
class TestRequests(EvidenceCase):
    """A request goes from one person to the other, and nobody does both parts."""

    def test_numbers_count_within_the_engagement_and_never_come_back(self):
        first, second = self._request(), self._request()
        second.action_cancel()
        second._cancel("Asked twice")
        other = self.engagement.copy({"name": "Tax audit"})
        elsewhere = self._request(engagement_id=other.id)
        third = self._request()
        numbers = [one.number for one in (first, second, third, elsewhere)]
        self.assertEqual(numbers, ["PBC-001", "PBC-002", "PBC-003", "PBC-001"])
        with self.assertRaisesRegex(UserError, "Cancel it instead"):
            first.sudo().unlink()
        with self.assertRaisesRegex(UserError, "Use the buttons"):
            first.write({"number": "PBC-009"})

    def test_who_provided_it_does_not_complete_it(self):
        approver = self.approver
        request = self._request(user=approver)
        self._add(request, b"a")
        request.action_provide()
        with self.assertRaisesRegex(UserError, "somebody else"):
            self._complete(request, approver)
        with self.assertRaisesRegex(UserError, "somebody else"):
            self.confirmed(request.sudo(), "complete").write({"state": "completed"})
        self._complete(request, self.second_approver)
        self.assertEqual((request.state, request.closed_by_id), ("completed", self.second_approver))

    def test_who_had_a_hand_in_it_is_forgotten_by_no_code(self):
        request = self._request(user=self.approver)
        self._add(request, b"mine")
        request.action_provide()
        stays = {
            "worked_on_by": False, "provided_by_id": self.colleague.id, "raised_by_id": self.colleague.id,
            "closed_by_id": self.second_approver.id, "return_reason": "Nothing was wrong", "number": "PBC-009",
        }  # fmt: skip
        for name, value in stays.items():
            with self.subTest(name=name), self.assertRaisesRegex(UserError, "stays"):
                request.sudo().write({name: value})
        with self.assertRaisesRegex(UserError, "stays"):
            request.with_user(self.second_approver).sudo().write(
                {"state": "returned", "return_reason": "Incomplete", "worked_on_by": []}
            )

    def test_who_added_a_file_or_a_document_does_not_complete_it(self):
        invoice = self._invoice(post=True)
        for add in (
            lambda one: self._add(one, b"mine"),
            lambda one: one.write({"document_ids": [Command.create({"document": "account.move,%d" % invoice.id})]}),
            lambda one: one.write({"answer": "See the list"}),
            lambda one: one.env["audit.request.document"].create(
                {"request_id": one.id, "document": "account.move,%d" % invoice.id}
            ),
        ):
            request = self._request()
            add(request.with_user(self.approver))
            request.action_provide()
            with self.assertRaisesRegex(UserError, "somebody else"):
                self._complete(request)

    def test_who_took_a_file_out_or_only_provided_it_does_not_complete_it(self):
        request = self._request(answer="See the list")
        self._add(request, b"mine").with_user(self.approver).action_remove()
        request.action_provide()
        with self.assertRaisesRegex(UserError, "somebody else"):
            self._complete(request)
        request = self._request(answer="See the list")
        request.with_user(self.approver).action_provide()
        with self.assertRaisesRegex(UserError, "somebody else"):
            self._complete(request)
        request.with_user(self.second_approver)._return("Unreadable")
        request.action_provide()
        with self.assertRaisesRegex(UserError, "somebody else"):
            self._complete(request)

    def test_completing_asks_for_the_role_and_the_password(self):
        request = self._provided()
        with self.assertRaisesRegex(UserError, "role Approver"):
            request.with_user(self.colleague).action_complete()
        asked = request.with_user(self.approver).action_complete()
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        self.assertEqual(request.state, "provided")
        with self.assertRaisesRegex(AccessError, "needs your password"):
            request.with_user(self.approver).sudo().write({"state": "completed"})
        with self.assertRaisesRegex(UserError, "role Approver"):
            request.sudo().with_user(1).write({"state": "completed"})

    def test_returning_asks_for_the_role_and_for_somebody_else(self):
        request = self._request(user=self.approver, answer="See the list")
        request.action_provide()
        for person, words in ((self.colleague, "role Approver"), (self.approver, "somebody else")):
            with self.assertRaisesRegex(UserError, words):
                request.with_user(person).action_return()
            values = {"request_id": request.id, "step": "return", "reason": "Unreadable"}
            dialog = self.env["audit.reason"].with_user(person).create(values)
            with self.assertRaisesRegex(UserError, words):
                dialog.action_confirm()
        self.assertEqual(request.state, "provided")

    def test_odoo_itself_completes_nothing_whatever_its_roles(self):
        request, odoo = self._provided(), self.env.ref("base.user_root")
        odoo.sudo()[GROUPS] = [Command.link(self.env.ref(APPROVER).id)]
        with self.assertRaisesRegex(UserError, "role Approver"):
            self.confirmed(request.with_user(odoo), "complete").write({"state": "completed"})

    def test_states_follow_one_another_whoever_writes_them(self):
        request = self._request()
        with self.assertRaisesRegex(UserError, "Use the buttons"):
            request.write({"state": "provided"})
        with self.assertRaisesRegex(UserError, "steps follow one another"):
            request.with_user(self.approver).sudo().write({"state": "completed"})
        request = self._provided()
        self._complete(request)
        for state in ("open", "provided", "returned", "cancelled"):
            with self.assertRaisesRegex(UserError, "steps follow one another"):
                request.sudo().write({"state": state})

    def test_what_follows_from_the_buttons_is_given_by_nobody(self):
        for name, value in (
            ("state", "completed"), ("number", "PBC-500"), ("raised_by_id", self.approver.id),
            ("provided_by_id", self.approver.id), ("closed_at", "2026-01-01 00:00:00"), ("worked_on_by", []),
        ):  # fmt: skip
            with self.subTest(name=name), self.assertRaisesRegex(UserError, "follows from them"):
                self._request(**{name: value})
            by_context = self.env["audit.request"].with_user(self.clerk).with_context(**{"default_" + name: value})
            made = by_context.create({"engagement_id": self.engagement.id, "title": "X"})
            self.assertEqual((made.state, made.raised_by_id, made.closed_at), ("open", self.clerk, False))

    def test_what_was_provided_stays_until_it_is_returned(self):
        request = self._provided()
        with self.assertRaisesRegex(UserError, "until it is returned"):
            request.write({"answer": "Something else"})
        with self.assertRaisesRegex(UserError, "is Provided"):
            self._add(request, b"late")
        with self.assertRaisesRegex(UserError, "until it is returned"):
            request.write({"document_ids": [Command.create({"document": "account.move,%d" % self._invoice().id})]})
        with self.assertRaisesRegex(UserError, "Say why"):
            request.with_user(self.approver)._return(" ")
        request.with_user(self.approver)._return("The list of March is missing")
        self.assertEqual((request.state, request.return_reason), ("returned", "The list of March is missing"))
        self._add(request, b"march")
        request.action_provide()
        self.assertEqual(request.state, "provided")

    def test_a_finished_request_takes_no_change(self):
        done, cancelled = self._provided(), self._request()
        self._complete(done)
        cancelled._cancel("Asked twice")
        for request in (done, cancelled):
            for values in ({"answer": "X"}, {"title": "X"}, {"due_date": "2027-01-01"}):
                with self.assertRaisesRegex(UserError, "closed, so it stays"):
                    request.sudo().write(values)
            with self.assertRaises(UserError):
                self._add(request, b"late")

    def test_a_request_stays_with_its_engagement(self):
        request, other = self._request(), self.engagement.copy({"name": "Tax audit"})
        for writer in (request, request.sudo()):
            with self.assertRaisesRegex(UserError, "stays with its engagement"):
                writer.write({"engagement_id": other.id})

    def test_only_who_asked_changes_what_is_asked(self):
        request = self._request()
        with self.assertRaisesRegex(UserError, "changed by whoever asked"):
            request.with_user(self.colleague).write({"title": "Something easier"})
        request.write({"title": "Supplier statements, signed"})
        self.assertIn("audit_request.changed", self.kinds(request))

    def test_a_request_is_cancelled_by_who_raised_it_or_an_approver(self):
        request = self._request()
        with self.assertRaisesRegex(UserError, "who raised it"):
            request.with_user(self.colleague).action_cancel()
        with self.assertRaisesRegex(UserError, "Say why"):
            request._cancel("")
        request.with_user(self.approver)._cancel("Not needed")
        self.assertEqual((request.state, request.cancel_reason), ("cancelled", "Not needed"))
        self.assertIn("audit_request.cancelled", self.kinds(request))

    def test_nothing_is_provided_with_nothing(self):
        with self.assertRaisesRegex(UserError, "nothing to provide"):
            self._request().action_provide()

    def test_documents_are_of_the_company_and_of_accounting(self):
        request = self._request()
        other = self.env["res.company"].create({"name": "Other"})
        self._load_chart(other)
        theirs = self.env["account.move"].with_company(other).create({"ref": "x"})
        with mute_logger(*QUIET), self.assertRaises(AccessError):
            request.write({"document_ids": [Command.create({"document": "account.move,%d" % theirs.id})]})
        with self.assertRaisesRegex(UserError, "belong to its company"):
            request.sudo().write({"document_ids": [Command.create({"document": "account.move,%d" % theirs.id})]})
        with self.assertRaises(ValueError):
            request.write({"document_ids": [Command.create({"document": "res.users,%d" % self.clerk.id})]})

    def test_documents_of_what_was_provided_stay_past_the_form_as_well(self):
        request, invoice = self._request(), self._invoice()
        values = {"request_id": request.id, "document": "account.move,%d" % invoice.id}
        listed = request.env["audit.request.document"].create(values)
        request.action_provide()
        for change in (
            lambda: listed.sudo().unlink(),
            lambda: listed.sudo().write({"document": "account.move,%d" % self._invoice().id}),
            lambda: listed.sudo().create({**values, "document": "account.move,%d" % self._invoice().id}),
        ):
            with self.assertRaisesRegex(UserError, "is Provided"):
                change()

    def test_a_document_stays_with_its_request(self):
        request, invoice = self._request(), self._invoice()
        request.write({"document_ids": [Command.create({"document": "account.move,%d" % invoice.id})]})
        with self.assertRaisesRegex(UserError, "stays with its request"):
            request.document_ids.sudo().write({"request_id": self._request().id})

    def test_overdue_is_the_turn_of_the_company_past_the_day(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        late, provided, early = self._request(due_date=yesterday), self._provided(due_date=yesterday), self._request()
        found = self.env["audit.request"].search([("overdue", "=", True), ("engagement_id", "=", self.engagement.id)])
        self.assertEqual(found, late.with_env(self.env))
        rest = self.env["audit.request"].search([("overdue", "=", False), ("engagement_id", "=", self.engagement.id)])
        self.assertEqual(rest, (provided + early).with_env(self.env).sorted("number", reverse=True))
        self.assertEqual([late.overdue, provided.overdue, early.overdue], [True, False, False])

    def test_it_is_answered_by_somebody_of_the_company(self):
        for person in (self.auditor, self._user("far", company=self.env["res.company"].create({"name": "Other"}))):
            with self.assertRaisesRegex(ValidationError, "somebody of its company"):
                self._request().sudo().write({"assigned_to_id": person.id})

    def test_every_step_is_in_the_log_in_words(self):
        request = self._request()
        request.action_start()
        self._add(request, b"x")
        request.action_provide()
        request.with_user(self.approver)._return("Unreadable")
        request.action_provide()
        self._complete(request)
        steps = [kind for kind in self.kinds(request) if kind.startswith(("audit_request.", "evidence."))]
        self.assertEqual(
            steps,
            [
                "audit_request.raised", "audit_request.started", "evidence.added", "audit_request.provided",
                "audit_request.returned", "audit_request.provided", "audit_request.completed",
            ],
        )  # fmt: skip
        entries = self.env["audit.log.entry"].search(
            [("res_model", "=", "audit.request"), ("res_id", "=", request.id)], order="id"
        )
        self.assertEqual(request.audit_entry_count, len(entries))
        for entry in entries:
            self.assertNotEqual(entry.summary, entry.kind)
        returned = entries.filtered(lambda entry: entry.kind == "audit_request.returned")
        self.assertIn("Unreadable", returned.summary)
        self.assertIn("Supplier statements", returned.summary)
