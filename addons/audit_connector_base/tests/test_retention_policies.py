from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestRetentionPolicy(RetentionCase):
    def test_nothing_is_erased_before_it_is_thirty_days_old(self):
        with mute_logger("odoo.sql_db"), self.refused("30|minimum_age", CheckViolation, UserError):
            self._policy(keep_days=29)

    def test_what_is_younger_than_the_policy_asks_for_is_kept(self):
        old, young = self._old_invoice(), None
        young = self._invoice(post=True)
        self._age(60)
        self._policy()
        self._erased()
        self.assertFalse(self._contents(old))
        self.assertTrue(self._contents(young))

    def test_a_policy_says_that_it_is_about_anything_unless_a_kind_of_document_is_chosen(self):
        policy = self._policy("log", entity="invoice")
        self.assertEqual(policy.about, "invoice")
        policy.about = "anything"
        self.assertFalse(policy.entity)
        policy.about = "supplier"
        self.assertEqual(policy.entity, "supplier")
        begun = self.env["audit.retention.policy"].onchange({}, [], {"kind": {}, "about": {}})["value"]
        self.assertEqual(begun["about"], "anything")

    def test_the_longest_policy_counts(self):
        invoice = self._old_invoice()
        self._policy()
        self._policy("log", keep_days=400)
        run = self._erased()
        self.assertTrue(self._contents(invoice))
        self.assertTrue(self._line(run, "event").erased)

    def test_a_policy_about_one_kind_of_document_leaves_the_others(self):
        invoice = self._invoice(post=True)
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "line_ids": [
                    Command.create({"account_id": account.id, "debit": debit, "credit": 10 - debit})
                    for account, debit in zip(invoice.line_ids.account_id[:2], (10, 0))
                ],
            }
        )
        entry.action_post()
        self._age()
        self._policy(entity="invoice")
        self._erased()
        self.assertFalse(self._contents(invoice))
        self.assertTrue(self._contents(entry))

    def test_a_longer_policy_about_one_kind_wins_over_the_general_one(self):
        invoice = self._old_invoice()
        self._policy()
        self._policy(entity="invoice", keep_days=3650)
        run = self._run()
        self.assertFalse(self._line(run, "log", "invoice"))
        self.assertFalse(self._line(run, "event"))
        self.assertTrue(self._contents(invoice))

    def test_a_shorter_policy_about_one_kind_does_not_make_the_general_one_shorter(self):
        self._old_invoice()
        self._policy(keep_days=3650)
        self._policy(entity="invoice")
        self.assertFalse(self._run().line_ids)

    def test_other_companies_and_the_system_are_left_alone(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self._load_chart(other)
        theirs = self.env["account.move"].with_company(other).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_date": "2026-03-31",
                "invoice_line_ids": [Command.create({"name": "Service", "quantity": 1, "price_unit": 10})],
            }
        )  # fmt: skip
        theirs.action_post()
        ours = self._invoice(post=True)
        self.env["ir.config_parameter"].set_param("audit.delivery_timeout", "14")
        self._age()
        self._policy()
        self._erased()
        self.assertFalse(self._contents(ours))
        self.assertTrue(self._contents(theirs))
        parameter = self.env["ir.config_parameter"].search([("key", "=", "audit.delivery_timeout")])
        self.assertTrue(self._contents(parameter))

    def test_what_shows_how_the_suite_was_run_is_kept(self):
        connector = self._connector()
        self._age()
        self._policy()
        self._run()
        kept = self._contents(connector)
        self.assertTrue(kept)
        self.Run.search([]).with_user(self.administrator).action_cancel()
        self._old_invoice()
        self._erased()
        self.assertEqual(self._contents(connector), kept)

    def test_changes_of_policies_and_holds_are_recorded(self):
        policy = self._policy()
        policy.keep_days = 100
        hold = self.Hold.create({"name": "Lawsuit"})
        for record in (policy, hold):
            entry = self.env["audit.log.entry"].sudo().search(
                [("kind", "=", "configuration.changed"), ("res_model", "=", record._name)], limit=1
            )  # fmt: skip
            self.assertTrue(entry)
