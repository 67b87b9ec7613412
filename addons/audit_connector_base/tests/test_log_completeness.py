from datetime import timedelta

from psycopg2.sql import SQL, Identifier

from odoo import Command, fields
from odoo.tests import tagged

from ..core.signer_memory import SignerMemory
from .common import SECRET
from .log_case import LogCase

EARLIER = "UPDATE audit_log_entry SET time = time - interval '3 hours' WHERE id = %s"


@tagged("post_install", "-at_install")
class TestLogCompleteness(LogCase):
    """What happened and is not in the log, or is in the table and was never sealed, is found once a day."""

    def _look(self):
        with self.second_cursor():
            self.env["audit.log"]._look_for_gaps()
        return self.env["audit.exception"].search([("kind", "=", "log"), ("company_id", "=", self.company.id)])

    def _forget(self, where, *values):
        """Take entries out of the log with all that tells of them, as if they had never been written."""
        self.env.flush_all()
        self.env.cr.execute(SQL("SELECT id FROM audit_log_entry WHERE ") + SQL(where), values)
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env.cr.execute("DELETE FROM audit_log_pending WHERE entry_id = ANY(%s)", [ids])
        self.tamper("audit_log_entry", "DELETE FROM audit_log_entry WHERE id = ANY(%s)", ids)

    def _hours_ago(self, table, column):
        names = {"table": Identifier(table), "column": Identifier(column)}
        self.tamper(table, SQL("UPDATE {table} SET {column} = {column} - interval '3 hours'").format(**names))

    def test_an_orderly_company_has_no_gaps(self):
        receiver = self.receiver()
        connector = self._connector(receiver)
        self._invoice(post=True)
        self.drain(connector)
        self._hours_ago("audit_delivery_attempt", "started_at")
        self.seal()
        self.assertFalse(self._look())

    def test_a_document_that_was_posted_past_odoo_is_found(self):
        invoice = self._invoice()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET state = 'posted', name = 'INV/FORGED', create_date = now() WHERE id = %s",
            [invoice.id],
        )
        self._forget("res_model = 'account.move' AND res_id = %s", invoice.id)
        self.env.cr.execute("UPDATE audit_event_type SET create_date = now() - interval '1 day'")
        self.env.invalidate_all()
        (alarm,) = self._look()
        self.assertIn("Posted documents", alarm.title)
        self.assertIn("INV/FORGED", alarm.explanation)
        self.assertEqual(len(self._look()), 1, "it is told once")

    def test_documents_from_before_the_suite_was_there_are_no_gap(self):
        invoice = self._invoice(post=True)
        self._forget("res_model = 'account.move' AND res_id = %s", invoice.id)
        self.env.cr.execute("UPDATE account_move SET create_date = '2020-01-01' WHERE id = %s", [invoice.id])
        self.env.invalidate_all()
        self.assertFalse(self._look())

    def test_a_delivery_without_an_entry_is_found(self):
        receiver = self.receiver()
        connector = self._connector(receiver)
        self._invoice(post=True)
        self.drain(connector)
        self._hours_ago("audit_delivery_attempt", "started_at")
        self._forget("kind = 'delivery.attempted'")
        self.assertIn("Deliveries", self._look().title)

    def test_a_decision_without_an_entry_is_found(self):
        message = self.env["audit.inbound.message"]
        connector = self._connector(inbound_active=True, inbound_secret=SECRET)
        connector._receive([("m-1", "application/json", b'{"type": "x"}', {})], "file")
        message = message.search([("connector_id", "=", connector.id)])
        line = {"field_key": "name", "label": "Name", "value_odoo": "A", "value_received": "B"}
        exception = self.env["audit.exception"]._raise(message, "conflict", "Other name", [line], self.partner)
        exception.with_user(self.accountant).action_keep_ours()
        exception.sudo().decided_at = "2026-01-01"
        self.env.flush_all()
        self._hours_ago("audit_exception", "decided_at")
        self.env.cr.execute("UPDATE audit_exception SET decided_at = (now() AT TIME ZONE 'UTC') - interval '3 hours'")
        self.assertFalse(self._look())
        self._forget("kind = 'exception.rejected'")
        self.assertIn("Decisions", self._look().title)

    def test_an_entry_that_was_written_with_the_triggers_switched_off_is_set_aside(self):
        entry = self.append()
        self.env.cr.execute("DELETE FROM audit_log_pending WHERE entry_id = %s", [entry.id])
        self.assertFalse(self._look(), "it may be that its sealing is under way")
        self.tamper("audit_log_entry", EARLIER, entry.id)
        self.assertIn("set aside", self._look().title)
        aside = self.env["audit.log.quarantine"].search([("entry_id", "=", entry.id)])
        self.assertEqual((aside.reason, aside.log_id), ("unannounced", self.log))

    def test_entries_that_wait_too_long_are_reported(self):
        self.append()
        self.seal()
        entry = self.append()
        self.tamper("audit_log_entry", EARLIER, entry.id)
        self.assertIn("wait to be sealed", self._look().title)

    def test_a_log_that_was_removed_with_everything_is_known_to_the_signer(self):
        self.append()
        self.seal()
        memory = SignerMemory(self.state_dir)
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        memory.keep("localhost/odoo-audit/gone", "a note", database)
        memory.keep("localhost/odoo-audit/elsewhere", "a note", "another database")
        with self.second_cursor():
            self.env["audit.log"]._look_for_gaps()
        alarm = self.env["audit.exception"].search([("title", "=", "A log that was signed here is gone")])
        self.assertIn("odoo-audit/gone", alarm.explanation)
        self.assertNotIn("elsewhere", alarm.explanation)

    def test_a_payment_that_was_posted_past_odoo_is_found(self):
        payment = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_id": self.partner.id, "amount": 12, "date": "2026-03-31"}
        )
        payment.action_post()
        self.env.cr.execute("UPDATE audit_event_type SET create_date = now() - interval '1 day'")
        self.assertFalse(self._look())
        self._forget("res_model = 'account.payment' AND res_id = %s", payment.id)
        self.assertIn(payment.name, self._look().explanation)

    def test_an_approval_without_an_entry_is_found_whatever_was_approved(self):
        approver = self._user("app", "audit_connector_base.group_audit_approver")
        client = (
            self.env["audit.api.client"]
            .with_user(self.administrator)
            .create(
                {
                    "name": "Analytics",
                    "purpose": "Yearly audit",
                    "expires_on": fields.Date.today() + timedelta(days=30),
                    "scope_ids": [Command.create({"entity": "invoice", "verb": "read"})],
                }
            )
        )
        client.action_request()
        self.confirmed(client.with_user(approver), "approve").action_approve()
        self.env.flush_all()
        self.tamper("audit_api_client", "UPDATE audit_api_client SET approved_at = approved_at - interval '3 hours'")
        about = SQL("res_model = 'audit.api.client' AND res_id = %s")
        earlier = SQL("UPDATE audit_log_entry SET time = time - interval '3 hours' WHERE ") + about
        self.tamper("audit_log_entry", earlier, client.id)
        self.seal()
        self.assertFalse(self._look())
        self._forget("res_model = 'audit.api.client' AND res_id = %s", client.id)
        self.assertIn("Approvals", self._look().title)
