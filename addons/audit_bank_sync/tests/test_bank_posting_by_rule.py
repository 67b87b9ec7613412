from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core.tests import bank_file_samples as samples
from ..models.bank import posting_by_rule
from .bank_case import BankCase

REFERENCE = "<AcctSvcrRef>ASR-9</AcctSvcrRef>"


@tagged("post_install", "-at_install")
class TestBankPostingByRule(BankCase):
    """What cannot be posted by rule stops nothing else, and is put before a person."""

    def _three(self):
        """Three entries that wait; of the second one, there is a line in the books already that it does not know."""
        entries = [self.entry(amount) for amount in ("1.00", "2.00", "7.00")]
        self.receive(self.statement(*entries))
        _first, second, _third = transactions = self.transactions()
        second._post()
        second.write({"posting_state": "waiting", "statement_line_id": False})
        self.env.flush_all()
        return transactions

    def _waits(self):
        return self.env["audit.exception"]._about_bank("bank_posting", self.account)

    @mute_logger("odoo.sql_db")
    def test_what_the_database_refuses_stops_no_other_and_is_told(self):
        transactions = self._three()
        self.account.posting = "auto"
        self.account._post_by_rule()
        self.assertEqual(transactions.mapped("posting_state"), ["posted", "waiting", "posted"])
        self.assertIn("%s: The database refuses it" % transactions[1].display_name, self._waits().explanation)
        transactions[1].with_user(self.bookkeeper).action_set_aside()
        self.account._post_by_rule()
        self.assertFalse(self._waits(), "nothing waits any more")

    @mute_logger("odoo.sql_db")
    def test_a_job_leaves_behind_what_cannot_be_posted(self):
        transactions = self._three()
        with patch.object(posting_by_rule, "POST_AT_ONCE", 2):
            self.account._post_next()
            self.assertEqual(transactions.mapped("posting_state"), ["posted", "waiting", "waiting"])
            job = self.env["queue.job"].search([("method_name", "=", "_post_next")], order="id desc", limit=1)
            self.assertEqual(job.args, [[transactions[1].date.isoformat(), transactions[1].id]])
            self.account._post_next(*job.args)
        self.assertEqual(transactions.mapped("posting_state"), ["posted", "waiting", "posted"])
        self.assertTrue(self._waits(), "although what came after it was posted")

    @mute_logger("odoo.sql_db")
    def test_a_job_goes_on_behind_what_cannot_be_posted_at_all(self):
        transactions = self._three()
        transactions[0]._post()
        transactions[0].write({"posting_state": "waiting", "statement_line_id": False})
        self.env.flush_all()
        with patch.object(posting_by_rule, "POST_AT_ONCE", 2):
            self.account._post_next()
            self.assertEqual(transactions.mapped("posting_state"), ["waiting", "waiting", "waiting"])
            job = self.env["queue.job"].search([("method_name", "=", "_post_next")], order="id desc", limit=1)
            self.account._post_next(*job.args)
        self.assertEqual(transactions.mapped("posting_state"), ["waiting", "waiting", "posted"])

    def _told(self):
        """A notification that names an invoice for an entry whose bank reference is known to whoever writes it."""
        details = samples.transaction(inside="<RmtInf><Ustrd>Invoice 4711</Ustrd></RmtInf>")
        entry = self.entry("10.00", inside="%s<NtryDtls>%s</NtryDtls>" % (REFERENCE, details))
        return self.statement(entry, kind="054", number="1")

    def test_details_that_somebody_uploads_who_may_not_post_explain_nothing_until_somebody_stands_for_them(self):
        self.receive(self.statement(self.entry("10.00", inside=REFERENCE)))
        clerk = self._user("clk", "audit_connector_base.group_audit_user")
        told = self._told()
        file, _new = self.env["audit.bank.file"].with_user(clerk)._receive(self.company, "note.xml", told)
        file.sudo()._import()
        (booked,) = self.transactions(("state", "=", "booked"))
        self.assertFalse(booked.remittance)
        self.receive(told, "again.xml")
        booked.invalidate_recordset()
        self.assertEqual((file.posts_by_rule, booked.remittance), (True, "Invoice 4711"))

    def test_what_somebody_uploaded_is_posted_by_rule_once_the_same_file_comes_from_where_it_may(self):
        self.receive(self.statement(self.entry("10.00")))
        self.account.posting = "auto"
        clerk = self._user("clk", "audit_connector_base.group_audit_user")
        data = self.statement(self.entry("15.00"), opening="110.00", closing="125.00", number="8", day="2026-04-01")
        file, _new = self.env["audit.bank.file"].with_user(clerk)._receive(self.company, "april.xml", data)
        file.sudo()._import()
        brought = self.transactions(("window_id.file_id", "=", file.id))
        self.assertEqual(brought.posting_state, "waiting")
        self.receive(data, "april-2.xml", source="pickup")
        self.assertEqual((file.posts_by_rule, brought.posting_state), (True, "posted"))
