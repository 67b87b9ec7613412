from psycopg2.sql import SQL, Identifier

from odoo.tests import tagged

from ..compat import payment_field_of_moves, payments_have_a_state
from ..core.signer_memory import SignerMemory
from .common import SECRET
from .completeness_case import GapCase

EARLIER = "UPDATE audit_log_entry SET time = time - interval '3 hours' WHERE id = %s"


@tagged("post_install", "-at_install")
class TestLogCompleteness(GapCase):
    """What happened and is not in the log, or is in the table and was never sealed, is found once a day."""

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
        self._post_past_odoo(invoice)
        self._forget("res_model = 'account.move' AND res_id = %s", invoice.id)
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

    def test_reading_a_draft_and_mapping_it_do_not_cover_a_posting_past_odoo(self):
        """Whoever may read a draft by the API, or map it by hand, leaves an entry about it."""
        invoice = self._invoice()
        for kind in ("api.read", "mapping.opened"):
            self.append(kind=kind, res_model="account.move", res_id=invoice.id, payload=b"{}")
        self._post_past_odoo(invoice)
        self.assertIn("INV/FORGED", self._look().explanation)

    def test_what_was_posted_and_reset_does_not_cover_a_posting_past_odoo(self):
        for way, said in (("button_draft", "reset"), ("button_cancel", "cancelled")):
            with self._undone(said=said):
                invoice = self._invoice(post=True)
                getattr(invoice, way)()
                self._post_past_odoo(invoice)
                # Not even of one that is older than the suite.
                self.env.cr.execute("UPDATE account_move SET create_date = '2020-01-01' WHERE id = %s", [invoice.id])
                self.assertIn("INV/FORGED", self._look().explanation)

    def test_a_document_that_was_reset_and_posted_again_is_no_gap(self):
        invoice = self._invoice(post=True)
        invoice.button_draft()
        invoice.action_post()
        self.append(kind="api.read", res_model="account.move", res_id=invoice.id, payload=b"{}")
        self.assertFalse(self._look())
        # Nor is one whose content was erased: the event says what it was.
        self.tamper("audit_log_payload", "UPDATE audit_log_payload SET payload = NULL, salt = NULL")
        self.assertFalse(self._look())
        self.env.cr.execute("UPDATE audit_event SET type = 'invoice.reset_to_draft'")
        self.assertIn("Posted documents", self._look().title)

    def test_a_document_that_is_dated_back_is_found_by_its_number(self):
        self._invoice(post=True)
        forged = self._invoice()
        self._post_past_odoo(forged)
        self.env.cr.execute("UPDATE account_move SET create_date = '2020-01-01' WHERE id = %s", [forged.id])
        self.assertIn("INV/FORGED", self._look().explanation)

    def test_a_document_that_names_the_payment_of_another_is_found(self):
        payment = self._paid()
        forged = self._invoice()
        self._post_past_odoo(forged)
        column = Identifier(payment_field_of_moves())
        self.env.cr.execute(
            SQL("UPDATE account_move SET {} = %s WHERE id = %s").format(column), [payment.id, forged.id]
        )
        self.assertIn("INV/FORGED", self._look().explanation)

    def test_an_entry_that_was_put_into_the_table_covers_nothing(self):
        self.append()
        self.seal()
        invoice = self._invoice()
        entry = self.append(res_model="account.move", res_id=invoice.id)
        self._post_past_odoo(invoice)
        self.assertFalse(self._look())
        self.tamper("audit_log_entry", "UPDATE audit_log_entry SET mac = NULL WHERE id = %s", entry.id)
        self.seal()
        self.assertIn("Posted documents", " ".join(self._look().mapped("title")))

    def test_a_delivery_without_an_entry_is_found(self):
        receiver = self.receiver()
        connector = self._connector(receiver)
        self._invoice(post=True)
        self.drain(connector)
        self._hours_ago("audit_delivery_attempt", "started_at")
        self._forget("kind = 'delivery.attempted'")
        self.assertIn("Deliveries", self._look().title)

    def test_an_interrupted_delivery_without_an_entry_is_found(self):
        connector = self._connector(self.receiver())
        self._invoice(post=True)
        with self.second_cursor():
            connector._claim(1, 77, 1)
        self._hours_ago("audit_delivery_attempt", "started_at")
        self.assertFalse(self._look(), "it may be under way")
        self.drain(connector)
        self._hours_ago("audit_delivery_attempt", "started_at")
        self.assertFalse(self._look())
        first = self.env["audit.log.entry"].search([("kind", "=", "delivery.attempted")], order="id desc", limit=2)[1]
        self._forget("id = %s", first.id)
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
        self.assertFalse(self._look())
        for forged in ("state = 'accepted'", "state = 'settled', decided_at = NULL", "decided_at = '2020-01-01'"):
            with self._undone(forged=forged):
                self.env.cr.execute(SQL("UPDATE audit_exception SET ") + SQL(forged))
                if "state" not in forged:
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
        payment = self._paid()
        self.env.cr.execute("UPDATE audit_event_type SET create_date = now() - interval '1 day'")
        self.assertFalse(self._look())
        self._forget("res_model = 'account.payment' AND res_id = %s", payment.id)
        self.assertIn(payment.name, self._look().explanation)

    def test_a_payment_that_was_taken_back_does_not_cover_a_posting_past_odoo(self):
        payment = self._paid()
        payment.action_draft()
        self.env.flush_all()
        if payments_have_a_state():
            self.env.cr.execute("UPDATE account_payment SET state = 'in_process' WHERE id = %s", [payment.id])
        else:
            self.env.cr.execute("UPDATE account_move SET state = 'posted' WHERE id = %s", [payment.move_id.id])
        self.env.invalidate_all()
        self.assertIn("Posted documents", self._look().title)
