import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from odoo.addons.audit_connector_base.tests.common import GROUPS

from .statement_case import StatementCase

ADDRESS = "/my/audits/bank-confirmations"
LETTER = b"%PDF-1.4 We confirm 800.00"


@tagged("post_install", "-at_install")
class TestConfirmationPortal(StatementCase, HttpCase):
    """What the auditor named on a confirmation does in the portal, and what nobody else can."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.auditor, cls.other = cls._auditor("aud"), cls._auditor("oth")
        until = fields.Date.today() + timedelta(days=10)
        cls.confirmation = cls._sent_confirmation(auditor_id=cls.auditor.id, access_until=until)
        cls.address = "%s/%d" % (ADDRESS, cls.confirmation.id)

    def setUp(self):
        super().setUp()
        self.env.flush_all()

    def _hand_in(self, content=LETTER, name="answer.pdf", token=None, **amounts):
        if token is None:
            token = re.search(r'name="csrf_token" value="([^"]+)"', self.url_open(self.address).text).group(1)
        answer = self.url_open(
            self.address + "/answer", data={"csrf_token": token, **amounts}, files={"answer": (name, content)}
        )
        self.env.invalidate_all()
        return answer

    def test_what_the_auditor_uploads_is_of_class_a(self):
        self.authenticate(self.auditor.login, self.auditor.login)
        self.assertIn("Hanseatische Bank", self.url_open(ADDRESS).text)
        line = self.confirmation.line_ids
        page = self._hand_in(**{"amount_%d" % line.id: "800.00"})
        self.assertEqual(page.status_code, 200)
        self.assertIn("received by the auditor directly", page.text)
        answer = self.confirmation.answer_ids
        self.assertEqual((answer.assurance, answer.channel, answer.received_by_id), ("A", "auditor", self.auditor))
        self.assertEqual(answer._intact(), LETTER)
        self.assertEqual((line.bank_amount, line.entered_by_id, line.answer_id), (800.0, self.auditor, answer))
        self.assertEqual((self.confirmation.state, self.confirmation.assurance), ("answered", "A"))
        entries = self.env["audit.log.entry"].search(
            [("res_model", "=", "audit.bank.confirmation"), ("actor", "=", "user/%d" % self.auditor.id)]
        )
        self.assertLessEqual(
            {"bank_confirmation.viewed", "bank_confirmation.received", "bank_confirmation.entered"},
            set(entries.mapped("kind")),
        )
        file = self.url_open("%s/answer/%d" % (self.address, answer.id))
        self.assertEqual(file.content, LETTER)
        self.assertIn("attachment", file.headers["Content-Disposition"])
        self.assertIn("sandbox", file.headers["Content-Security-Policy"])
        self.assertEqual(file.headers["X-Content-Type-Options"], "nosniff")

    def test_who_was_signed_out_meanwhile_is_told_that_nothing_was_handed_in(self):
        self.authenticate(self.auditor.login, self.auditor.login)
        page = self.url_open(self.address + "/answer")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Nothing was handed in", page.text)
        self.assertFalse(self.confirmation.answer_ids)

    def test_a_refused_file_leaves_nothing_but_an_entry(self):
        self.authenticate(self.auditor.login, self.auditor.login)
        line = self.confirmation.line_ids
        page = self._hand_in(b"<svg onload='x'/>", "answer.pdf", **{"amount_%d" % line.id: "1"})
        self.assertIn("PDF, image, XML or plain text", page.text)
        page = self._hand_in(**{"amount_%d" % line.id: "eight"})
        self.assertIn("enter an amount such as", page.text)
        self.assertFalse(self.confirmation.answer_ids)
        self.assertFalse(line.answered)
        entries = self.env["audit.log.entry"].search([("kind", "=", "bank_confirmation.refused")])
        self.assertEqual(len(entries), 2)

    def test_nobody_else_finds_it(self):
        self._closed_to(self.other)
        self._closed_to(self.preparer)

    def test_access_ends_with_its_day(self):
        self.confirmation.sudo().access_until = fields.Date.today() - timedelta(days=1)
        self.env.flush_all()
        self._closed_to(self.auditor)

    def test_a_time_zone_gives_an_auditor_no_more_time(self):
        self.auditor.tz = "Etc/GMT+12"
        shared = self.env["audit.bank.confirmation"].with_user(self.auditor)._shared
        last = self.confirmation.access_until
        with freeze_time("%s 23:00:00" % last):
            self.assertTrue(shared())
        with freeze_time("%s 03:00:00" % fields.Date.add(last, days=1)):
            self.assertFalse(shared())

    def test_access_ends_with_the_role(self):
        role = self.env.ref("audit_connector_base.group_audit_auditor")
        self.auditor[GROUPS] = [Command.unlink(role.id)]
        self.env.flush_all()
        self._closed_to(self.auditor)

    def _closed_to(self, user):
        self.authenticate(user.login, user.login)
        self.assertNotIn("Hanseatische Bank", self.url_open(ADDRESS).text)
        token = re.search(r'csrf_token: "([^"]+)"', self.url_open("/my/home").text)
        for path in ("", "/letter", "/answer", "/answer/1"):
            self.assertEqual(self.url_open(self.address + path).status_code, 404, path)
        if token:
            self.assertEqual(self._hand_in(token=token.group(1)).status_code, 404)
        self.assertFalse(self.confirmation.answer_ids)

    def test_an_upload_without_the_token_of_the_page_is_refused(self):
        self.authenticate(self.auditor.login, self.auditor.login)
        self.assertEqual(self._hand_in(token="x").status_code, 400)
        self.assertFalse(self.confirmation.answer_ids)

    def test_the_company_downloads_through_a_route_that_is_logged_and_compares(self):
        answer = (
            self.env["audit.bank.answer"]
            .with_user(self.preparer)
            ._receive(self.confirmation, "letter.pdf", LETTER, "bank_document")
        )
        self.env.flush_all()
        path = "/audit/bank/answer/%d" % answer.id
        self.authenticate(self.auditor.login, self.auditor.login)
        self.assertEqual(self.url_open(path).status_code, 404)
        self.authenticate(self.preparer.login, self.preparer.login)
        self.assertEqual(self.url_open(path).content, LETTER)
        self.assertTrue(self.env["audit.log.entry"].search([("kind", "=", "bank_confirmation.downloaded")]))
        attachment = answer._attachment()
        self.assertEqual(self.url_open("/web/content/%d" % attachment.id).status_code, 404)
        self.env.cr.execute(
            "UPDATE ir_attachment SET db_datas = 'x', store_fname = NULL WHERE id = %s", [attachment.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.url_open(path).status_code, 409)
