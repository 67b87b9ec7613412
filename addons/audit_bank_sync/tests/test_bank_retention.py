import json

from psycopg2.sql import SQL, Identifier

from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.retention_case import RetentionCase

from ..core.tests import bank_file_samples as samples
from .bank_case import BankCase

OLDER = {"audit_bank_transaction": "seen_at", "audit_bank_file": "received_at"}


@tagged("post_install", "-at_install")
class TestBankRetention(BankCase, RetentionCase):
    """What banks said in full goes when its time is over, and what the books need stays."""

    def _age(self, days=365):
        for table, column in OLDER.items():
            names = {"table": Identifier(table), "column": Identifier(column)}
            older = SQL("UPDATE {table} SET {column} = {column} - %s * interval '1 day'").format(**names)
            self.env.cr.execute(older, [days])
        return super()._age(days)

    def _entry(self, reference, amount="10.00", text="Rent of Ms Miller"):
        inside = "<AcctSvcrRef>%s</AcctSvcrRef><NtryDtls>%s</NtryDtls>" % (
            reference,
            samples.transaction(end_to_end="INV-1", inside="<RmtInf><Ustrd>%s</Ustrd></RmtInf>" % text),
        )
        return self.entry(amount, inside=inside)

    def _said(self, transaction):
        """What stands in the database of what the bank said in full."""
        self.env.flush_all()
        query = "SELECT raw IS NOT NULL, details IS NOT NULL, keys FROM audit_bank_transaction WHERE id = %s"
        self.env.cr.execute(query, [transaction.id])
        return self.env.cr.fetchone()

    def test_what_is_done_with_loses_what_the_bank_said_in_full_and_keeps_what_the_books_need(self):
        self.receive(self.statement(self._entry("REF-1")))
        self.receive(self.statement(self._entry("REF-2"), number="9").replace(b"M1", b"M2"), "again.xml")
        transaction = self.transactions()
        transaction.with_user(self.bookkeeper).action_set_aside()
        self._age()
        self._policy("bank_transaction")
        run = self._erased()
        self.assertEqual(self._line(run, "bank_transaction").erased, 1)
        raw, details, keys = self._said(transaction)
        self.assertEqual((raw, details, set(keys)), (False, False, {"bank", "own"}))
        self.assertEqual((transaction.amount, transaction.end_to_end_id), (10.0, "INV-1"))
        self.assertEqual(transaction.erased_by, run.sudo().erasure)
        sighting = transaction.sighting_ids
        self.assertEqual((bool(sighting.former), bool(sighting.seen)), (False, False))
        self.assertTrue(sighting.reasons)
        with self.refused("cannot be taken apart"):
            sighting.with_user(self.bookkeeper).action_undo()
        self.assertFalse(self._run().line_ids, "nothing is left to go")

    def test_what_waits_for_a_decision_or_for_its_match_is_still_needed(self):
        self.receive(self.statement(self._entry("A"), self._entry("B", "20.00"), self._entry("C", "30.00")))
        waiting, unmatched, matched = self.transactions()
        (unmatched | matched).with_user(self.bookkeeper).action_confirm()
        self.env.flush_all()
        reconciled = "UPDATE account_bank_statement_line SET is_reconciled = TRUE WHERE id = %s"
        self.env.cr.execute(reconciled, [matched.statement_line_id.id])
        self._age()
        self._policy("bank_transaction")
        self._policy("bank_file")
        run = self._run()
        line = self._line(run, "bank_transaction")
        self.assertEqual((line.found, line.busy, line.to_erase), (3, 2, 1))
        file = self._line(run, "bank_file")
        self.assertEqual((file.found, file.busy), (1, 1), "the file tells of what is needed, too")
        self._work_off(self._approved(run))
        self.assertEqual([self._said(one)[0] for one in (waiting, unmatched, matched)], [True, True, False])

    def test_the_person_goes_from_what_the_bank_said_and_stays_in_the_books(self):
        said = {"counterparty": "Anna Miller", "counterparty_account": "DE89370400440532013000"}
        said |= {"counterparty_bank": "HANSDEHH", "remittance": "Rent of Ms Miller"}
        self.receive(self.statement(self._entry("A"), self._entry("B", "20.00")))
        booked, aside = transactions = self.transactions()
        transactions.sudo().write(said)
        booked.with_user(self.bookkeeper).action_confirm()
        aside.with_user(self.bookkeeper).action_set_aside()
        self.env.flush_all()
        line = booked.statement_line_id
        self.env.cr.execute("UPDATE account_bank_statement_line SET is_reconciled = TRUE WHERE id = %s", [line.id])
        self._age()
        self._policy("bank_transaction")
        run = self._run()
        self.assertIn("name, account and bank of the other party", run.goes)
        self.assertIn("what is booked is kept as long as the books", run.goes)
        self._work_off(self._approved(run))
        self.assertEqual(self._line(run, "bank_transaction").erased, 2)
        self.env.invalidate_all()
        for name in said:
            self.assertEqual(transactions.mapped(name), [False, False], name)
        self.assertEqual(line.partner_name, "Anna Miller")
        self.assertEqual(line.account_number, "DE89370400440532013000")
        self.assertEqual(line.payment_ref, "Rent of Ms Miller")
        self.assertNotIn("Miller", str(transactions.mapped("display_name")))
        version = self.env["audit.contract.version"].search([("contract_id.entity", "=", "bank_transaction")], limit=1)
        self.env["audit.event"]._record("bank_transaction.imported", transactions)
        events = self.env["audit.event"].search([("res_model", "=", transactions._name)], limit=2, order="id desc")
        for event in events:
            payload = json.loads(event.payload_text)
            self.assertEqual(version._contract().violations(payload), [], "programs are still told of it")
            self.assertEqual(set(payload["counterparty"].values()), {None})

    def test_what_was_erased_by_an_older_run_loses_the_person_too(self):
        self.receive(self.statement(self._entry("A")))
        transaction = self.transactions()
        transaction.with_user(self.bookkeeper).action_set_aside()
        self.env.flush_all()
        older = "UPDATE audit_bank_transaction SET raw = NULL, details = NULL, erased_by = 'x', counterparty = 'Miller'"
        self.env.cr.execute(older)
        self._age()
        self._policy("bank_transaction")
        run = self._erased()
        self.assertEqual(self._line(run, "bank_transaction").erased, 1)
        self.env.invalidate_all()
        self.assertFalse(transaction.counterparty)

    def test_a_hold_on_the_journal_entry_keeps_what_was_said_of_it(self):
        self.receive(self.statement(self._entry("A")))
        transaction = self.transactions()
        transaction.with_user(self.bookkeeper).action_confirm()
        self.env.flush_all()
        self.env.cr.execute("UPDATE account_bank_statement_line SET is_reconciled = TRUE")
        self._age()
        self._policy("bank_transaction")
        self._policy("bank_file")
        move = transaction.statement_line_id.move_id
        self.Hold.create({"name": "Lawsuit", "document": "account.move,%d" % move.id})
        run = self._run()
        for kind in ("bank_transaction", "bank_file"):
            self.assertEqual((self._line(run, kind).held, self._line(run, kind).to_erase), (1, 0), kind)

    def test_the_file_goes_from_the_disk_and_its_hash_stays(self):
        data = self.statement(self._entry("A"))
        file = self.receive(data)
        self.transactions().with_user(self.bookkeeper).action_set_aside()
        attachment, digest = file.attachment_id, file.sha256
        self._age()
        self._policy("bank_file")
        run = self._erased()
        self.assertEqual(self._line(run, "bank_file").erased, 1)
        self.assertFalse(attachment.exists())
        self.assertEqual((file.sha256, file.erased_by, file.attachment_id.id), (digest, run.sudo().erasure, False))
        for button in (file.action_download, file.action_read_again):
            with self.refused("Its content was erased"):
                button()
        again, is_new = self.env["audit.bank.file"]._receive(self.company, "again.xml", data)
        self.assertEqual((again, is_new), (file, False), "it is still known")

    def test_a_file_that_could_not_be_read_is_stored_anew_when_it_comes_again(self):
        file = self.receive(b"no statement", "note.txt")
        self.assertEqual(file.state, "failed")
        self._age()
        self._policy("bank_file")
        self._erased()
        self.assertFalse(file.attachment_id)
        again = self.receive(b"no statement", "note.txt")
        self.assertEqual((again, again.erased_by), (file, False))
        self.assertTrue(again._is_as_received())
