from odoo.tests import tagged

from .inbound import InboundCase, event

FIRST, SECOND = "DE89 3704 0044 0532 0130 00", "DE02 1203 0000 0000 2020 51"


@tagged("post_install", "-at_install")
class TestInboundAgain(InboundCase):
    """A platform speaks of the same supplier again before anybody has decided about what it said first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", "audit_connector_base.group_audit_approver")
        cls.second_approver = cls._user("ap2", "audit_connector_base.group_audit_approver")
        cls.partner.write({"name": "Nordwind", "vat": "DE136695976"})

    def _said(self, number="S-1", **facts):
        return self._worked(event({"id": number, "vat": self.partner.vat, **facts}))

    def _exceptions(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["audit.exception"].search(domain, order="id")

    def _values(self, exception):
        exception.ensure_one()
        return {line.field_key: line.value_received for line in exception.line_ids}

    def test_all_messages_that_said_the_same_wait_and_are_done_by_one_decision(self):
        messages = self._said(city="Hamburg") + self._said(city="Hamburg")
        exception = self._exceptions()
        self.assertEqual((len(exception), exception.message_id), (1, messages[1]))
        self.assertEqual(messages.mapped("state"), ["exception"] * 2)
        for message in messages:
            self.assertEqual(message.exception_ids, exception)
        exception.with_user(self.accountant).action_take_over()
        self.assertEqual(messages.mapped("state"), ["processed"] * 2)
        self.assertEqual(self.partner.city, "Hamburg")

    def test_messages_from_before_it_was_noted_who_waits_are_done_by_the_decision(self):
        message = self._said(city="Hamburg")
        self.env.cr.execute("DELETE FROM audit_exception_message_rel WHERE message_id = %s", [message.id])
        self.env["audit.exception"].init()
        self.env.invalidate_all()
        self._exceptions().with_user(self.accountant).action_keep_ours()
        self.assertEqual(message.state, "processed")

    def test_a_message_about_other_facts_leaves_what_waits_alone(self):
        first, second = self._said(city="Hamburg"), self._said(phone="040 1")
        city, phone = self._exceptions()
        self.assertEqual((city.state, phone.state), ("open", "open"))
        self.assertEqual((self._values(city), self._values(phone)), ({"city": "Hamburg"}, {"phone": "040 1"}))
        city.with_user(self.accountant).action_take_over()
        self.assertEqual((self.partner.city, first.state, second.state), ("Hamburg", "processed", "exception"))

    def test_what_a_later_message_does_not_mention_goes_on_waiting_with_what_it_says(self):
        messages = self._said(city="Hamburg", phone="040 1") + self._said(phone="040 2")
        earlier, later = self._exceptions()
        self.assertEqual((earlier.state, later.state), ("superseded", "open"))
        self.assertEqual(self._values(later), {"city": "Hamburg", "phone": "040 2"})
        self.assertEqual(messages.mapped("state"), ["exception"] * 2)
        later.with_user(self.accountant).action_take_over()
        self.assertEqual((self.partner.city, self.partner.phone), ("Hamburg", "040 2"))
        self.assertEqual(messages.mapped("state"), ["processed"] * 2)

    def test_what_is_repeated_together_with_something_new_waits_beside_it(self):
        first = self._said(city="Hamburg")
        second = self._said(city="Hamburg", phone="040 1")
        city, phone = self._exceptions()
        self.assertEqual((self._values(city), self._values(phone)), ({"city": "Hamburg"}, {"phone": "040 1"}))
        self.assertEqual(second.exception_ids, city + phone)
        city.with_user(self.accountant).action_keep_ours()
        self.assertEqual((first.state, second.state), ("processed", "exception"))

    def test_a_fact_on_which_both_agree_by_now_no_longer_waits(self):
        self._said(city="Hamburg", phone="040 1")
        self.partner.city = "Hamburg"
        second = self._said(city="Hamburg", phone="040 1")
        earlier, later = self._exceptions()
        self.assertEqual((earlier.state, self._values(later)), ("superseded", {"phone": "040 1"}))
        self.assertEqual(second.exception_ids, later)

    def test_a_proposed_bank_account_is_still_approved_after_others_were_named(self):
        self._said(bank_accounts=[{"number": FIRST}])
        proposed = self._exceptions()
        proposed.with_user(self.approver).action_take_over()
        self._said(bank_accounts=[{"number": SECOND}])
        last = self._said(bank_accounts=[{"number": SECOND}, {"number": FIRST}])
        other = self._exceptions() - proposed
        self.assertEqual((proposed.state, other.state, last.exception_ids), ("proposed", "open", proposed + other))
        proposed.with_user(self.second_approver).action_take_over()
        self.assertEqual(self.partner.bank_ids.sanitized_acc_number, FIRST.replace(" ", ""))
        self.assertEqual((other.state, last.state), ("open", "exception"))

    def test_a_bank_account_with_another_holder_is_proposed_anew(self):
        self._said(bank_accounts=[{"number": FIRST, "holder": "Nordwind"}])
        self._exceptions().with_user(self.approver).action_take_over()
        self._said(bank_accounts=[{"number": FIRST, "holder": "Somebody Else"}])
        earlier, later = self._exceptions()
        self.assertEqual((earlier.state, later.state), ("superseded", "open"))
        self.assertIn("Somebody Else", later.line_ids.value_received)

    def test_a_supplier_that_is_not_known_is_made_of_all_that_was_said_of_it(self):
        messages = self._worked(
            event({"id": "S-7", "name": "Südwind", "bank_accounts": [{"number": FIRST}]}),
            event({"id": "S-7", "phone": "040 7"}),
            event({"id": "S-7", "name": "Südwind"}),
        )
        unknown = self._exceptions(state="open")
        self.assertEqual(self._values(unknown), {"name": "Südwind", "phone": "040 7"})
        self.assertEqual(messages.mapped("state"), ["exception"] * 3)
        unknown.with_user(self.accountant).action_take_over()
        partner = self.env["audit.external.id"]._find(self.connector, "supplier", "S-7")
        self.assertEqual((partner.name, partner.phone), ("Südwind", "040 7"))
        bank = self._exceptions(kind="bank_details")
        self.assertIn(FIRST, bank.line_ids.value_received)
        self.assertEqual(messages.mapped("state"), ["processed", "processed", "exception"])
