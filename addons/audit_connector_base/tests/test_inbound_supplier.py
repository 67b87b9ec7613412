from psycopg2 import IntegrityError

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .inbound import InboundCase, event

IBAN = "DE89 3704 0044 0532 0130 00"
FACTS = {
    "id": "S-1",
    "name": "Nordwind Papier GmbH",
    "vat": "DE 136695976",
    "email": "ap@nordwind.example",
    "city": "Hamburg",
    "country": "DE",
}


@tagged("post_install", "-at_install")
class TestInboundSupplier(InboundCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", "audit_connector_base.group_audit_approver")
        cls.partner.write({"name": "Nordwind", "vat": "DE136695976", "email": "old@nordwind.example"})

    def _exceptions(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["audit.exception"].search(domain, order="id")

    def _known(self, number="S-1"):
        return self.env["audit.external.id"]._find(self.connector, "supplier", number)

    def _as(self, user, record):
        return record.with_user(user)

    def test_a_supplier_is_found_by_its_tax_number_and_known_from_then_on(self):
        self._own("identity")
        self._worked(event({"id": "S-1", "vat": "DE-136 695 976"}))
        self.assertEqual(self._known(), self.partner)
        self._worked(event({"id": "S-1", "name": "Renamed"}))
        self.assertEqual(self.partner.name, "Renamed")

    def test_what_the_platform_owns_is_written_and_the_rest_is_put_before_a_person(self):
        self._own("identity", "address")
        message = self._worked(event(FACTS))
        self.assertEqual((self.partner.name, self.partner.city), ("Nordwind Papier GmbH", "Hamburg"))
        self.assertEqual(self.partner.country_id.code, "DE")
        self.assertEqual(self.partner.email, "old@nordwind.example")
        exception = self._exceptions(kind="conflict")
        line = exception.line_ids
        self.assertEqual(
            (line.field_key, line.value_odoo, line.value_received),
            ("email", "old@nordwind.example", "ap@nordwind.example"),
        )
        self.assertEqual((exception.res_id, exception.state), (self.partner.id, "open"))
        self.assertEqual((exception.message_id, message.state), (message, "exception"))
        self.assertEqual(exception.activity_ids.user_id, self.connector.user_id)

    def test_without_a_rule_odoo_owns_everything(self):
        self._worked(event(FACTS))
        self.assertEqual((self.partner.name, self.partner.city), ("Nordwind", False))
        self.assertEqual(set(self._exceptions().line_ids.mapped("field_key")), {"name", "email", "city", "country"})

    def test_the_rule_of_another_platform_gives_this_one_nothing(self):
        self._own("identity", connector=self._receiving(name="Other"))
        self._worked(event(FACTS))
        self.assertEqual(self.partner.name, "Nordwind")

    def test_the_same_values_written_otherwise_are_no_conflict(self):
        self.partner.write({"phone": "+49 40 123-45", "website": "https://nordwind.example"})
        same = {"id": "S-1", "vat": "DE136695976", "name": " Nordwind", "phone": "+494012345"}
        message = self._worked(event({**same, "website": "nordwind.example/", "email": "OLD@nordwind.example"}))
        self.assertFalse(self._exceptions())
        self.assertEqual(message.state, "processed")
        self.assertIn("Nothing new", message.reason)

    def test_taking_over_applies_what_was_received(self):
        message = self._worked(event(FACTS))
        exception = self._exceptions()
        exception.with_user(self.accountant).decision_note = "Called them"
        self._as(self.accountant, exception).action_take_over()
        self.assertEqual((self.partner.name, self.partner.email), (FACTS["name"], FACTS["email"]))
        self.assertEqual((exception.state, exception.decided_by_id), ("accepted", self.accountant))
        self.assertEqual(message.state, "processed")
        self.assertFalse(exception.activity_ids)
        entry = self.env["audit.log.entry"].search([("kind", "=", "exception.accepted")])
        self.assertEqual((entry.res_model, entry.res_id), ("res.partner", self.partner.id))
        self.assertEqual((entry.actor, entry.correlation), ("user/%d" % self.accountant.id, message.trace))
        self.assertIn("Called them", str(entry.details))
        self.assertIn("ap@nordwind.example", str(entry.details))

    def test_keeping_ours_changes_nothing(self):
        message = self._worked(event(FACTS))
        exception = self._exceptions()
        self._as(self.accountant, exception).action_keep_ours()
        self.assertEqual((exception.state, message.state, self.partner.name), ("rejected", "processed", "Nordwind"))
        with self.refused("decided already"):
            self._as(self.accountant, exception).action_take_over()
        with self.refused("decided already"):
            exception.with_user(self.accountant).decision_note = "Changed my mind"

    def test_a_later_difference_takes_the_place_of_the_earlier(self):
        first = self._worked(event(FACTS))
        self._worked(event({**FACTS, "email": "new@nordwind.example"}))
        earlier, later = self._exceptions()
        self.assertEqual((earlier.state, later.state, first.state), ("superseded", "open", "processed"))
        self.assertFalse(earlier.activity_ids)

    def test_bank_accounts_are_never_applied_by_a_message_alone(self):
        self._own("identity", "contact", "address", "terms")
        self._worked(event({**FACTS, "bank_accounts": [{"number": IBAN, "bic": "COBADEFFXXX"}]}))
        self.assertFalse(self.partner.bank_ids)
        exception = self._exceptions(kind="bank_details")
        self.assertIn(IBAN, exception.line_ids.value_received)
        self.assertEqual(exception.severity, "2")

    def test_bank_accounts_need_two_people_of_whom_the_second_approves(self):
        self._worked(event({"id": "S-1", "vat": "DE136695976", "bank_accounts": [{"number": IBAN, "holder": "N P"}]}))
        exception = self._exceptions(kind="bank_details")
        self._as(self.approver, exception).action_take_over()
        self.assertEqual((exception.state, exception.proposed_by_id), ("proposed", self.approver))
        with self.refused("somebody else"):
            self._as(self.approver, exception).action_take_over()
        with self.refused("role Approver"):
            self._as(self.accountant, exception).action_take_over()
        self.assertFalse(self.partner.bank_ids)
        second = self._user("ap2", "audit_connector_base.group_audit_approver")
        self._as(second, exception).action_take_over()
        self.assertEqual((exception.state, exception.decided_by_id), ("accepted", second))
        account = self.partner.bank_ids
        self.assertEqual((account.sanitized_acc_number, account.acc_holder_name), (IBAN.replace(" ", ""), "N P"))
        self.assertFalse(account.allow_out_payment)
        kinds = self.env["audit.log.entry"].search([("kind", "like", "exception.")], order="id").mapped("kind")
        self.assertEqual(kinds, ["exception.raised", "exception.proposed", "exception.accepted"])

    def test_a_bank_account_that_is_known_is_no_news(self):
        self.env["res.partner.bank"].create({"acc_number": IBAN.replace(" ", ""), "partner_id": self.partner.id})
        self._worked(event({"id": "S-1", "vat": "DE136695976", "bank_accounts": [{"number": IBAN}]}))
        self.assertFalse(self._exceptions())

    def test_a_supplier_that_is_not_known_is_added_only_by_its_owner_or_a_person(self):
        facts = {"id": "S-7", "name": "Südwind", "email": "ap@suedwind.example", "bank_accounts": [{"number": IBAN}]}
        message = self._worked(event(facts, kind="supplier.created"))
        self.assertFalse(self._known("S-7"))
        exception = self._exceptions(kind="unknown")
        self.assertEqual((exception.outside_id, exception.res_id, message.state), ("S-7", 0, "exception"))
        self._as(self.accountant, exception).action_take_over()
        partner = self._known("S-7")
        self.assertEqual((partner.name, partner.email, partner.supplier_rank), ("Südwind", facts["email"], 1))
        self.assertEqual((exception.res_id, exception.state), (partner.id, "accepted"))
        self.assertFalse(partner.bank_ids)
        self.assertEqual(self._exceptions(kind="bank_details").res_id, partner.id)
        self.assertEqual(message.state, "exception", "its bank account is undecided")

    def test_an_empty_text_empties_what_the_platform_owns(self):
        self._own("contact")
        self._worked(event({"id": "S-1", "vat": "DE136695976", "email": ""}))
        self.assertFalse(self.partner.email)

    def test_a_partner_of_another_company_is_out_of_reach(self):
        self._own("identity")
        other = self.env["res.company"].create({"name": "Other company"})
        foreign = self.env["res.partner"].create({"name": "Foreign", "company_id": other.id, "vat": "X1"})
        message = self._worked(event({"id": "S-1", "name": "Taken", "odoo": "res.partner/%d" % foreign.id}))
        self.assertEqual((message.state, foreign.name), ("dead", "Foreign"))
        by_vat = self._worked(event({"id": "S-1", "name": "Taken", "vat": "X1"}))
        self.assertEqual((by_vat.state, foreign.name), ("processed", "Foreign"))
        self.assertNotEqual(self._known(), foreign)

    def test_a_tax_number_of_two_partners_is_not_guessed(self):
        self.partner.copy({"vat": "DE136695976"})
        message = self._worked(event(FACTS))
        self.assertIn("several partners", message.reason)

    def test_exceptions_are_neither_made_nor_changed_nor_deleted_by_hand(self):
        self._worked(event(FACTS))
        exception = self._exceptions().with_user(self.administrator)
        for values in ({"state": "accepted"}, {"title": "x"}, {"message_id": False}, {"decided_by_id": self.env.uid}):
            with self.subTest(values=values), self.refused("buttons"):
                exception.write(values)
        with self.refused(""):
            exception.unlink()
        with self.refused("cannot be deleted"):
            exception.sudo().unlink()
        self.assertTrue(exception.write({"user_id": self.accountant.id}))

    def test_one_owner_for_each_fact(self):
        self._own("identity")
        with self.refused("one_owner", IntegrityError), mute_logger("odoo.sql_db"):
            self._own("identity")
        self.assertEqual(self.env["audit.authority.rule"]._owned_groups(self.connector, "supplier"), {"identity"})
        entry = self.env["audit.log.entry"].search([("res_model", "=", "audit.authority.rule")])
        self.assertEqual(entry.kind, "configuration.changed")

    def test_a_mapping_that_changes_is_closed_and_kept(self):
        Mapping = self.env["audit.external.id"]
        first = Mapping._assign(self.connector, self.partner, "S-1", "supplier")
        self.assertEqual(Mapping._assign(self.connector, self.partner, "S-1", "supplier"), first)
        second = Mapping._assign(self.connector, self.partner, "S-2", "supplier")
        self.assertEqual((first.active, second.active), (False, True))
        self.assertLessEqual(first.valid_to, fields.Datetime.now())
        known = Mapping._known(self.company, self.partner)
        self.assertEqual(known["res.partner", self.partner.id], [{"system": "Supplier master", "id": "S-2"}])
        self.assertIsNone(Mapping._find(self.connector, "supplier", "S-1"))
        other = self.partner.copy()
        Mapping._assign(self.connector, other, "S-2", "supplier")
        self.assertFalse(second.active)
        self.assertEqual(Mapping._find(self.connector, "supplier", "S-2"), other)

    def test_a_mapping_is_neither_changed_nor_deleted(self):
        mapping = self.env["audit.external.id"]._assign(self.connector, self.partner, "S-1", "supplier")
        mapping = mapping.with_user(self.administrator)
        with self.refused("not changed"):
            mapping.outside_id = "S-2"
        with self.refused("not deleted"):
            mapping.unlink()
        mapping.active = False
        self.assertTrue(mapping.valid_to)
        with self.refused("not changed"):
            mapping.active = True
