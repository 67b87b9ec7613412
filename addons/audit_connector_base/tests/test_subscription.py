from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .sending import SendingCase


@tagged("post_install", "-at_install")
class TestSubscription(SendingCase):
    def _of(self, *codes):
        return [Command.set(self.env["audit.event.type"].search([("code", "in", codes)]).ids)]

    def _soon(self, delivery):
        return delivery.due_at - fields.Datetime.now() < timedelta(seconds=2)

    def test_the_filter_counts_what_such_events_speak_of(self):
        condition = "[('create_date', '>', '2000-01-01')]"
        before = self.env["audit.subscription"].new({"connector_id": self.connector.id, "domain": condition})
        before.update({"event_type_ids": self._of("supplier.created"), "company_ids": [Command.set(self.company.ids)]})
        suppliers, invoices = before.domain_count, None
        self.env["res.partner"].create({"name": "A customer"})
        self.env["res.partner"].create({"name": "Shared by all companies", "is_company": True, "supplier_rank": 1})
        before.domain = "[('create_date', '>', '2000-01-02')]"
        self.assertEqual(before.domain_count, suppliers + 1)
        before.event_type_ids = self.env.ref("audit_connector_base.event_type_invoice_posted")
        invoices = before.domain_count
        self._invoice()
        self.env["account.move"].create({"move_type": "entry"})
        before.domain = condition
        self.assertEqual(before.domain_count, invoices + 1)
        before.event_type_ids += self.env.ref("audit_connector_base.event_type_journal_entry_posted")
        self.assertGreater(before.domain_count, invoices + 1)

    def test_a_filter_is_for_people_who_may_see_the_documents(self):
        both = self._user("both", "audit_connector_base.group_audit_connector_admin", "account.group_account_invoice")
        self.assertTrue(self.subscription.with_user(both).may_filter)
        subscription = self.subscription.with_user(self.administrator)
        self.assertFalse(subscription.may_filter)
        self.subscription.domain = "[('amount_total', '>', 100)]"
        self.assertEqual(subscription.domain_count, 0)

    def test_a_filter_that_is_half_entered_counts_nothing_and_breaks_nothing(self):
        for domain in ("['|', ('name', '=', 'x')]", "[('amount_total', '>', 'much')]", "[('no_such_field', '=', 1)]"):
            subscription = self.env["audit.subscription"].new(
                {"connector_id": self.connector.id, "event_type_ids": self._of("invoice.posted"), "domain": domain}
            )
            with self.subTest(domain=domain):
                self.assertEqual(subscription.domain_count, 0)

    def test_what_waits_for_a_slot_follows_the_schedule(self):
        self.subscription.write({"mode": "batch", "batch_every": "day", "batch_at": 2.0})
        delivery = self._posted()
        self.assertFalse(self._soon(delivery))
        self.subscription.batch_every = "5"
        self.assertLessEqual(delivery.due_at, fields.Datetime.now() + timedelta(minutes=5))
        self.subscription.batch_every = "day"
        self.subscription.mode = "single"
        self.assertEqual((delivery.lane, self._soon(delivery)), (1, True))

    def test_what_waits_for_its_retry_does_not_follow_the_schedule(self):
        delivery = self._posted()
        later = fields.Datetime.now() + timedelta(hours=3)
        delivery.write({"retry_count": 3, "due_at": later})
        self.subscription.write({"mode": "batch", "batch_every": "5"})
        self.assertEqual(delivery.due_at, later)

    def test_whatever_changes_who_is_told_is_seen_by_the_next_posting(self):
        other, followed = self.env["res.company"].create({"name": "Other"}), self.subscription.contract_ids
        reset = self.env.ref("audit_connector_base.event_type_invoice_reset_to_draft")
        self._posted()
        changes = {
            "another event": lambda: self.subscription.write({"event_type_ids": [Command.link(reset.id)]}),
            "another company": lambda: self.subscription.write({"company_ids": [Command.link(other.id)]}),
            "a filter": lambda: self.subscription.write({"domain": "[('amount_total', '>', 0)]"}),
            "a version": lambda: followed.write({"version_id": followed.contract_id._newest_of(1).id}),
            "the code of an event": lambda: reset.write({"code": "invoice.put_back"}),
            "one more subscription": lambda: self.subscription.copy(),
            "one subscription less": lambda: self.subscription.copy().unlink(),
            "a statement": lambda: self.env.cr.execute("UPDATE audit_subscription SET active = FALSE"),
        }
        for name, change in changes.items():
            with self.subTest(name):
                before = self.subscription._state()
                self.assertEqual(self.subscription._state(), before)
                change()
                self.assertNotEqual(self.subscription._state(), before)

    def test_who_is_told_is_looked_up_once_while_nothing_changes(self):
        self._posted()
        state = self.subscription._state()
        agreed = self.subscription._agreed(state, "invoice.posted", tuple(self.company.ids))
        with self.assertQueryCount(0):
            self.assertEqual(self.subscription._agreed(state, "invoice.posted", tuple(self.company.ids)), agreed)
        self.subscription.active = False
        self.assertFalse(
            self.subscription._agreed(self.subscription._state(), "invoice.posted", tuple(self.company.ids))
        )
