import json
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..core.expected import Expected
from ..models.contract.registry import published
from ..models.exchange import wake
from .common import AuditCase


@tagged("post_install", "-at_install")
class TestOutbox(AuditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connector = cls._connector()

    def _event(self, invoice):
        document = [("res_model", "=", "account.move"), ("res_id", "=", invoice.id)]
        return self.env["audit.event"].search([*document, ("type", "=", "invoice.posted")])

    def _payload(self, invoice):
        return json.loads(self._event(invoice).payload_text)

    def test_posting_writes_the_event_its_delivery_and_its_log_entry(self):
        invoice = self._invoice(post=True)
        event = self._event(invoice)
        self.assertEqual(event.actor, "user/%d" % self.env.uid)
        self.assertEqual(event.delivery_ids.connector_id, self.connector)
        self.assertEqual(event.delivery_ids.state, "pending")
        entry = self.env["audit.log.entry"].search([("res_model", "=", "account.move"), ("res_id", "=", invoice.id)])
        self.assertEqual(entry.kind, "event.written")
        self.assertEqual(entry.correlation, event.traceparent.split("-")[1])

    def test_the_event_disappears_with_a_posting_that_is_rolled_back(self):
        invoice = self._invoice()
        with self.assertRaisesRegex(ZeroDivisionError, "division"), self.env.cr.savepoint():
            invoice.action_post()
            self.assertTrue(self._event(invoice))
            raise ZeroDivisionError("division")
        self.assertFalse(self._event(invoice))
        about = [("res_model", "=", "account.move"), ("res_id", "=", invoice.id)]
        self.assertFalse(self.env["audit.log.entry"].search(about))

    def test_an_event_is_written_though_nobody_listens(self):
        self.connector.subscription_ids.unlink()
        self.assertFalse(self._event(self._invoice(post=True)).delivery_ids)

    def test_a_connector_with_two_subscriptions_is_told_once(self):
        self.env["audit.subscription"].create(
            {"connector_id": self.connector.id, "event_type_ids": [Command.set(self.posted_type.ids)]}
        )
        self.assertEqual(len(self._event(self._invoice(post=True)).delivery_ids), 1)

    def test_an_accountant_posts_without_any_right_on_the_outbox(self):
        invoice = self._invoice()
        invoice.with_user(self.accountant).action_post()
        self.assertEqual(self._event(invoice).actor, "user/%d" % self.accountant.id)

    def test_the_message_says_what_the_invoice_said_when_it_was_posted(self):
        invoice = self._invoice(post=True)
        before = self._event(invoice).payload_text
        invoice.button_draft()
        invoice.invoice_line_ids.price_unit = 1
        self.partner.name = "Renamed"
        self.env.invalidate_all()
        self.assertEqual(self._event(invoice).payload_text, before)

    def test_amounts_are_decimal_strings_of_the_document(self):
        tax = self.env["account.tax"].search([("type_tax_use", "=", "sale"), ("amount", "=", 15)], limit=1)
        invoice = self._invoice(lines=2)
        invoice.invoice_line_ids.tax_ids = tax
        invoice.invoice_line_ids[0].discount = 10
        invoice.action_post()
        payload = self._payload(invoice)
        self.assertEqual(payload["number"], invoice.name)
        self.assertEqual(payload["kind"], "customer_invoice")
        self.assertEqual(payload["amounts"]["untaxed"], "190.76")
        self.assertEqual(payload["amounts"]["tax"], "28.61")
        self.assertEqual(payload["amounts"]["total"], "219.37")
        self.assertEqual([line["subtotal"] for line in payload["lines"]], ["90.36", "100.40"])
        self.assertEqual(payload["lines"][0]["discount"], "10")
        self.assertEqual(payload["partner"]["vat"], "DE136695976")

    def test_every_kind_of_invoice_keeps_the_contract(self):
        bill = {"ref": "R-77", "invoice_date_due": "2026-04-30"}
        invoices = [self._invoice(kind, post=True) for kind in ("out_invoice", "out_refund", "out_receipt")]
        invoices += [self._invoice(kind, post=True, **bill) for kind in ("in_invoice", "in_refund", "in_receipt")]
        foreign = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "JPY")])
        foreign.active = True
        invoices.append(self._invoice(post=True, currency_id=foreign.id))
        invoices.append(self._invoice())
        invoices[-1].invoice_line_ids = [
            Command.create({"display_type": "line_section", "name": "Part one"}),
            Command.create({"display_type": "line_note", "name": "A note"}),
        ]
        invoices[-1].action_post()
        reversal = invoices[0]._reverse_moves([{"invoice_date": "2026-04-01"}])
        reversal.action_post()
        for invoice in [*invoices, reversal]:
            with self.subTest(kind=invoice.move_type, currency=invoice.currency_id.name):
                self.assertEqual(published().violations("invoice", 1, self._payload(invoice)), [])
        self.assertEqual(self._payload(invoices[6])["amounts"]["total"], "100")
        self.assertEqual(self._payload(reversal)["reversal_of"]["number"], invoices[0].name)

    def test_the_message_is_the_same_whoever_posts(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.partner_id.lang = "fr_FR"
        tax = self.env["account.tax"].search([("type_tax_use", "=", "sale"), ("amount", "=", 15)], limit=1)
        tax.with_context(lang="fr_FR").name = "TVA"
        for context in ({"lang": "en_US"}, {"lang": "fr_FR", "show_vat": True, "show_address": True}):
            with self.subTest(context=context):
                invoice = self._invoice()
                invoice.invoice_line_ids.tax_ids = tax
                invoice.with_context(**context).action_post()
                payload = self._payload(invoice)
                self.assertEqual(payload["taxes"][0]["name"], "TVA")
                self.assertEqual(payload["partner"]["name"], self.partner.name)

    def test_the_base_of_a_tax_is_exact_in_the_currency_of_the_document(self):
        krona = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "SEK")])
        krona.active = True
        krona.rate_ids = [Command.clear(), Command.create({"name": "2026-01-01", "rate": 11.3})]
        taxes = self.env["account.tax"].create(
            [
                {"name": "Duty", "amount": 10, "type_tax_use": "sale", "sequence": 1, "include_base_amount": True},
                {"name": "VAT", "amount": 20, "type_tax_use": "sale", "sequence": 2},
                {"name": "None", "amount": 0, "type_tax_use": "sale", "sequence": 3, "is_base_affected": False},
            ]
        )
        for kind in ("out_invoice", "out_refund"):
            with self.subTest(kind=kind):
                invoice = self._invoice(kind, currency_id=krona.id)
                invoice.invoice_line_ids.write({"price_unit": 100.05, "quantity": 1, "tax_ids": taxes.ids})
                invoice.action_post()
                said = {tax["name"]: (tax["base"], tax["amount"]) for tax in self._payload(invoice)["taxes"]}
                expected = {"Duty": ("100.05", "10.01"), "VAT": ("110.06", "22.01"), "None": ("100.05", "0.00")}
                self.assertEqual(said, expected)

    def test_prices_keep_all_their_decimals(self):
        self.env.ref("product.decimal_price").digits = 8
        invoice = self._invoice()
        invoice.invoice_line_ids.write({"price_unit": 0.00000123, "quantity": 1000000})
        invoice.action_post()
        line = self._payload(invoice)["lines"][0]
        self.assertEqual((line["unit_price"], line["quantity"]), ("0.00000123", "1000000"))

    def test_recording_takes_as_many_queries_for_fifty_invoices_as_for_one(self):
        invoices = self.env["account.move"].concat(*(self._invoice(lines=2, post=True) for _n in range(50)))

        def queries(moves):
            self.env.flush_all()
            self.env.invalidate_all()
            moves = moves.browse(moves.ids)
            before = self.cr.sql_log_count
            self.env["audit.event"]._record("invoice.posted", moves, self.env["audit.source.invoice"]._payloads(moves))
            return self.cr.sql_log_count - before

        self.assertLessEqual(queries(invoices), queries(invoices[0]))

    def test_waking_while_the_job_waits_already_takes_one_query(self):
        self.env["audit.connector"]._enqueue_wake()
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["audit.connector"]._enqueue_wake()

    def test_the_job_that_wakes_is_started_again_and_not_made_anew(self):
        self.env["audit.connector"]._enqueue_wake()
        job = self.env["queue.job"].search([("identity_key", "=", "audit-wake")])
        job.write({"state": "done", "date_done": "2026-01-01", "result": "2 deliveries to start"})
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["audit.connector"]._enqueue_wake()
        job.invalidate_recordset()
        self.assertEqual((job.state, job.date_done, job.result), ("pending", False, False))
        self.assertGreater(job.eta, fields.Datetime.now())
        self.assertEqual(self.env["queue.job"].search([("identity_key", "=", "audit-wake")]), job)

    def test_a_job_that_wakes_and_has_begun_is_not_enough(self):
        self.env["audit.connector"]._enqueue_wake()
        job = self.env["queue.job"].search([("identity_key", "=", "audit-wake")])
        for state in ("started", "failed"):
            self.env["queue.job"].search([("identity_key", "=", "audit-wake")]).state = state
            self.env.flush_all()
            self.env["audit.connector"]._enqueue_wake()
            later = self.env["queue.job"].search([("identity_key", "=", "audit-wake"), ("state", "=", "pending")])
            self.assertTrue(later and later != job, state)

    def test_the_job_that_wakes_starts_the_lanes_with_something_due(self):
        archived = self._connector(name="Archived")
        idle = self._connector(name="Idle")
        self._invoice(post=True)
        self.env["audit.delivery"].search([("connector_id", "=", idle.id)]).due_at = "2100-01-01"
        archived.active = False
        with self.second_cursor():
            self.env["audit.connector"]._wake()
        jobs = self.env["queue.job"].search([("identity_key", "like", "audit-drain-")])
        self.assertEqual(jobs.mapped("identity_key"), ["audit-drain-%d-1-now" % self.connector.id])

    def test_the_drain_is_asked_for_once_a_transaction(self):
        self._invoice(post=True)
        self._invoice(post=True)
        with self.second_cursor():
            self.cr.postcommit.run()
        jobs = self.env["queue.job"].search([("identity_key", "=", "audit-wake")])
        self.assertEqual((len(jobs), jobs.state, jobs.channel), (1, "pending", "root.audit.delivery.critical"))

    def test_a_process_that_knows_of_the_job_does_not_ask_again_before_its_moment(self):
        database = self.env.registry.db_name
        served = patch.object(wake, "config", {"test_enable": False})
        with self.second_cursor(), served, patch.object(wake, "expected", Expected()):
            self.env["audit.connector"]._request_drain()
            self.cr.postcommit.run()
            self.assertTrue(wake.expected.is_ahead(database))
            self.env["audit.connector"]._request_drain()
            with self.assertQueryCount(0):
                self.cr.postcommit.run()
            wake.expected.set(database, fields.Datetime.now())
            self.env["queue.job"].search([("identity_key", "=", "audit-wake")]).state = "started"
            self.env["audit.connector"]._request_drain()
            self.env.flush_all()
            self.cr.postcommit.run()
        jobs = self.env["queue.job"].search([("identity_key", "=", "audit-wake")])
        self.assertEqual(sorted(jobs.mapped("state")), ["pending", "started"])

    def test_a_job_that_waits_already_is_known_for_its_own_moment(self):
        self.env["audit.connector"]._enqueue_wake()
        job = self.env["queue.job"].search([("identity_key", "=", "audit-wake")])
        for eta in (fields.Datetime.now(), False):
            job.eta = eta
            self.env.flush_all()
            self.assertEqual(self.env["audit.connector"]._enqueue_wake() or False, eta)

    def test_an_event_is_kept(self):
        self._invoice(post=True)
        with self.assertRaisesRegex(UserError, "Events are kept"):
            self.env["audit.event"].search([], limit=1).unlink()
