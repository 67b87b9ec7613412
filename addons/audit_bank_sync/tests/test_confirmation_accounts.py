from odoo.tests import tagged

from .statement_case import StatementCase


@tagged("post_install", "-at_install")
class TestConfirmationAccounts(StatementCase):
    """Which accounts a bank is asked about."""

    def _asked(self, day="2026-10-31"):
        """The request of a day with the accounts that were listed, and ``{name: section}`` of them."""
        confirmation = (
            self.env["audit.bank.confirmation"].with_user(self.preparer).create({"bank_id": self.bank.id, "date": day})
        )
        confirmation.action_fill()
        return confirmation, {line.name: line.section for line in confirmation.line_ids}

    def _old_account(self, *lines, **values):
        number = self.env["res.partner.bank"].create(
            {"acc_number": "DE02120300000000202051", "partner_id": self.company.partner_id.id, "bank_id": self.bank.id}
        )
        journal = self._bank_journal("Old account", "HB3", bank_account_id=number.id)
        if lines:
            self._statement("Old", 0.0, *lines, journal=journal)
        journal.write({"active": False, **values})
        return journal

    def _followed(self, name, number, connection=None, **values):
        connection = connection or self.env["audit.bank.connection"].create({"name": "Connection of %s" % name})
        return self.env["audit.bank.account"].create(
            {"name": name, "number": number, "connection_id": connection.id, **values}
        )

    def test_an_account_that_was_archived_later_was_open_on_that_day(self):
        self._old_account(("2026-10-05", 10.0), ("2026-11-10", -10.0))
        confirmation, asked = self._asked()
        self.assertEqual(asked["Old account"], "account")
        self.assertEqual(confirmation.line_ids.filtered(lambda one: one.name == "Old account").stated_amount, 10.0)

    def test_an_account_with_a_balance_is_not_closed_whatever_somebody_entered(self):
        self._old_account(("2024-03-05", 10.0), audit_closed_on="2024-04-01")
        self.assertEqual(self._asked()[1]["Old account"], "account")

    def test_the_day_of_closing_counts_and_not_that_of_the_last_entry(self):
        journal = self._old_account(("2024-03-05", 10.0), ("2024-03-06", -10.0), audit_closed_on="2026-03-31")
        self.assertEqual(self._asked()[1]["Old account"], "closed")
        self.assertNotIn("Old account", self._asked("2027-03-31")[1])
        journal.audit_closed_on = "2026-12-01"
        self.assertEqual(self._asked()[1]["Old account"], "account", "closed after that day")

    def test_one_of_which_nobody_knows_when_it_was_closed_is_asked_about(self):
        journal = self._old_account(("2024-03-05", 10.0), ("2024-03-06", -10.0))
        self.assertEqual(self._asked()[1]["Old account"], "closed")
        self.env.flush_all()
        self.env.cr.execute("UPDATE account_journal SET write_date = '2025-01-01' WHERE id = %s", [journal.id])
        journal.invalidate_recordset()
        self.assertNotIn("Old account", self._asked()[1], "archived for longer than a year")

    def test_an_account_that_is_followed_and_in_no_journal_is_asked_about(self):
        account = self._followed("Savings", "DE40120300000000333333")
        self.env.cr.execute("UPDATE audit_bank_account SET bank_code = 'HANSDEHHXXX' WHERE id = %s", [account.id])
        account.invalidate_recordset()
        confirmation, asked = self._asked()
        self.assertEqual(asked, {"Main account": "account", "Savings": "account"})
        confirmation.action_fill()
        self.assertEqual(len(confirmation.line_ids), 2, "listed again, each stands there once")
        line = confirmation.line_ids.filtered(lambda one: one.name == "Savings")
        self.assertEqual((line.followed_id, line.number, line.stated_amount), (account, account.number, 0.0))

    def test_accounts_of_one_connection_are_at_one_bank(self):
        main = self._followed("Main", self.account.acc_number, journal_id=self.journal.id)
        self._followed("Savings", "DE40120300000000333333", main.connection_id)
        self.assertIn("Savings", self._asked()[1])

    def test_an_account_that_a_person_entered_is_not_asked_about_twice(self):
        account = self._followed("Savings", self.account.acc_number)
        confirmation = self._asked()[0]
        line = confirmation.line_ids.filtered("followed_id")
        self.assertEqual(line.name, "Savings")
        by_hand = {"confirmation_id": confirmation.id, "name": "By hand", "number": account.number}
        self.env["audit.bank.confirmation.line"].with_user(self.preparer).create(by_hand)
        confirmation.action_fill()
        self.assertEqual(set(confirmation.line_ids.mapped("name")), {"Main account", "By hand"})

    def test_accounts_of_no_bank_are_named_to_who_prepares_and_who_signs(self):
        self._bank_journal("Nameless", "HB5")
        self._followed("Strange", "DE40120300000000444444")
        confirmation, asked = self._asked()
        self.assertEqual(asked, {"Main account": "account"})
        for name in ("Nameless", "Strange"):
            self.assertIn(name, confirmation.of_no_bank)
            self.assertIn(name, str(confirmation.with_user(self.reviewer)._identity_content("approve")))
        self.assertNotIn("Main account", confirmation.of_no_bank)
        self.confirmed(confirmation.with_user(self.reviewer), "approve").action_approve()
        self.assertFalse(confirmation.of_no_bank)
