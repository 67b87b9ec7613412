from datetime import timedelta

from odoo import fields
from odoo.http import Request
from odoo.tests import tagged

from .portal_case import PortalCase


@tagged("post_install", "-at_install")
class TestPortalAsk(PortalCase):
    """What an auditor asks for in the portal."""

    def setUp(self):
        super().setUp()
        self.day = fields.Date.today() + timedelta(days=7)
        self.form = {"kind": "question", "title": "Why so late?", "description": "Of March", "due_date": str(self.day)}

    def ask(self, **changes):
        return self.send(self.page + "/ask", **{**self.form, **changes})

    def test_what_is_asked_is_raised_in_the_name_of_the_auditor(self):
        page = self.ask()
        self.assertIn("Asked as PBC-001", page.text)
        request = self.engagement.sudo().request_ids
        self.assertEqual(
            (request.kind, request.title, request.description, request.due_date, request.state),
            ("question", "Why so late?", "Of March", self.day, "open"),
        )
        self.assertEqual((request.raised_by_id, request.assigned_to_id), (self.auditor, self.clerk))
        self.assertEqual(self.by_auditor(request), ["audit_request.raised", "audit_request.viewed"])

    def test_the_same_form_sent_twice_asks_once(self):
        for _time in range(2):
            self.assertIn("Asked as PBC-001", self.ask().text)
        self.assertIn("Asked as PBC-002", self.ask(description="Of April").text)
        first = self.engagement.sudo().request_ids.filtered(lambda one: one.number == "PBC-001")
        first.with_user(self.clerk).action_start()
        self.assertIn("Asked as PBC-003", self.ask().text)

    def test_what_cannot_be_asked_is_said_and_what_was_entered_stays(self):
        yesterday = str(fields.Date.today() - timedelta(days=2))
        for changes, said in (
            ({"title": " \x00 "}, "Say in a few words"),
            ({"title": "x" * 201}, "longer than 200 characters"),
            ({"description": "x" * 5001}, "longer than 5000 characters"),
            ({"due_date": yesterday}, "has passed"),
            ({"due_date": "2026-02-30"}, "Choose the day"),
            ({"due_date": "soon"}, "Choose the day"),
            ({"due_date": "275760-01-01"}, "Choose the day"),
        ):
            page = self.ask(**changes)
            self.assertEqual(page.status_code, 200)
            self.assertIn(said, page.text)
            self.assertIn("Why so late?" if "title" not in changes else "Of March", page.text)
        self.assertFalse(self.engagement.sudo().request_ids)

    def test_nothing_else_of_a_request_is_given_by_the_form(self):
        self.ask(kind="finding", due_date="", state="completed", assigned_to_id=str(self.approver.id), number="X")
        request = self.engagement.sudo().request_ids
        self.assertEqual((request.kind, request.due_date, request.state), ("request", False, "open"))
        self.assertEqual((request.number, request.assigned_to_id), ("PBC-001", self.clerk))

    def test_a_file_in_the_place_of_a_text_is_no_text(self):
        files = {name: ("x.txt", b"x") for name in ("title", "description", "due_date", "kind")}
        answer = self.url_open(self.page + "/ask", data={"csrf_token": Request.csrf_token(self)}, files=files)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Say in a few words", answer.text)

    def test_control_characters_and_turned_text_are_not_kept(self):
        self.ask(title=" Bank\x07 \u202eletters\n now ", description="One\r\n\ttwo\x00 ")
        request = self.engagement.sudo().request_ids
        self.assertEqual((request.title, request.description), ("Bank letters now", "One\n two"))
