from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestRetentionHold(RetentionCase):
    def setUp(self):
        super().setUp()
        self.other_partner = self.env["res.partner"].create({"name": "Other partner"})
        self.invoice = self._invoice(post=True)
        self.other = self._invoice(post=True, partner_id=self.other_partner.id, invoice_date="2024-05-05")
        self._age()
        self._policy("log")

    def _kept(self):
        """Whether the contents about the invoice and about the other one are still there after an erasure."""
        run = self._run()
        if run.to_erase:
            self._approved(run)
            self._work_off(run)
        return bool(self._contents(self.invoice)), bool(self._contents(self.other))

    def test_a_hold_of_the_company_keeps_everything(self):
        self.Hold.create({"name": "Lawsuit"})
        run = self._run()
        self.assertFalse(run.to_erase)
        self.assertIn("Lawsuit", self._line(run).kept_by)
        with self.refused("nothing to erase"):
            run.action_ask()

    def test_a_hold_of_another_company_keeps_nothing_here(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.Hold.create({"name": "Theirs", "company_id": other.id})
        self.assertEqual(self._kept(), (False, False))

    def test_a_hold_on_a_document_keeps_it_and_its_files(self):
        file = self.env["ir.attachment"].create(
            {"name": "scan.pdf", "raw": b"x", "res_model": "account.move", "res_id": self.invoice.id}
        )
        self._age()
        self.Hold.create({"name": "Dispute", "document": "account.move,%d" % self.invoice.id})
        self.assertTrue(self._contents(file))
        self.assertEqual(self._kept(), (True, False))
        self.assertTrue(self._contents(file))

    def test_a_hold_on_a_partner_keeps_what_is_about_it_and_its_people(self):
        person = self.env["res.partner"].create({"name": "Somebody there", "parent_id": self.partner.id})
        self.Hold.create({"name": "Lawsuit", "partner_id": person.id})
        self.assertEqual(self._kept(), (True, False))

    def test_a_hold_on_a_partner_keeps_what_cannot_be_assigned_any_more(self):
        self.Hold.create({"name": "Lawsuit", "partner_id": self.partner.id})
        self.other.button_draft()
        self.other.with_context(force_delete=True).unlink()
        self.assertEqual(self._kept(), (True, True), "whose it was, nobody knows")

    def test_a_hold_on_a_period_keeps_what_was_recorded_or_is_dated_in_it(self):
        self.Hold.create({"name": "Audit of 2024", "date_from": "2024-01-01", "date_to": "2024-12-31"})
        self.assertEqual(self._kept(), (False, True))

    def test_a_hold_on_the_time_of_recording(self):
        when = fields.Date.today() - timedelta(days=366)
        self.Hold.create({"name": "That week", "date_from": when, "date_to": when + timedelta(days=1)})
        self.assertEqual(self._kept(), (True, True))

    def test_a_hold_made_after_the_approval_wins(self):
        run = self._approved(self._run())
        self.Hold.create({"name": "Late lawsuit", "partner_id": self.partner.id})
        self.env.flush_all()
        self.assertTrue(run.looked_at, "a job that is at work starts again")
        self._work_off(run)
        self.assertTrue(self._contents(self.invoice))
        self.assertFalse(self._contents(self.other))
        self.assertLess(run.erased, run.to_erase)

    def test_a_hold_on_a_document_keeps_what_cannot_be_assigned_any_more(self):
        """Whoever deletes a file of the document, or only takes it off, would else make its content go."""
        gone, loose = self.env["ir.attachment"].create(
            [
                {"name": name, "raw": b"x", "res_model": "account.move", "res_id": self.invoice.id}
                for name in ("gone.pdf", "loose.pdf")
            ]
        )
        self.append_about("audit.api.client", 7)
        self._age()
        self.Hold.create({"name": "Dispute", "document": "account.move,%d" % self.invoice.id})
        loose.write({"res_model": False, "res_id": False})
        told = gone, loose, self.env["audit.api.client"].browse(7)
        gone.unlink()
        self._kept()
        self.assertTrue(all(self._contents(one) for one in told))

    def test_a_hold_on_a_partner_keeps_what_leads_to_no_partner(self):
        """A program may have read documents of anybody; only of what never has a partner is it known."""
        self.append_about("audit.api.client", 7)
        self.append_about("res.company", self.company.id)
        self._age()
        self.Hold.create({"name": "Lawsuit", "partner_id": self.partner.id})
        self._kept()
        self.assertTrue(self._contents(self.env["audit.api.client"].browse(7)))
        self.assertFalse(self._contents(self.company))

    def append_about(self, model, record_id):
        said = {
            "kind": "api.read",
            "direction": "out",
            "company_id": self.company.id,
            "res_model": model,
            "res_id": record_id,
            "correlation": "ab" * 16,
            "payload": b"{}",
        }
        self.env["audit.log.entry"]._append([said])

    def test_a_payment_and_its_journal_entry_are_one_document(self):
        """A hold on either keeps what was told of the other."""
        payment = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_type": "customer", "partner_id": self.other_partner.id, "amount": 5}
        )
        payment.action_post()
        entry = payment.move_id
        self.append_about("account.move", entry.id)
        self.append_about("account.payment", payment.id)
        self._age()
        for held, other in ((payment, entry), (entry, payment)):
            with self.subTest(held=held._name):
                hold = self.Hold.create({"name": "Dispute", "document": "%s,%d" % (held._name, held.id)})
                self.env.flush_all()
                self.assertTrue(self._contents(other))
                self.assertEqual(self._kept(), (False, False))
                self.assertTrue(self._contents(held))
                self.assertTrue(self._contents(other))
                self.confirmed(hold.with_user(self.approver), "release").write({"released_at": fields.Datetime.now()})

    def test_a_hold_and_an_approval_at_the_same_time_do_not_miss_each_other(self):
        """Both write the run, so the database lets the second one start again and see what the first one did."""
        run = self._run()
        for state in ("counted", "asked"):
            self.assertEqual(run.state, state)
            run.sudo().looked_at = False
            self.Hold.create({"name": "Lawsuit", "date_to": "2001-01-01"})
            run.invalidate_recordset()
            self.assertTrue(run.looked_at)
            if state == "counted":
                run.action_ask()

    def test_no_hold_is_released_while_something_is_erased(self):
        """What it keeps would go at once, although nobody was shown that when they approved."""
        hold = self.Hold.create({"name": "Dispute", "document": "account.move,%d" % self.invoice.id})
        run = self._approved(self._run())
        mine = hold.with_user(self.approver)
        mine.release_note = "Settled"
        with self.refused("erased at this moment"):
            self.press(mine.action_release)
        self._work_off(run)
        self.assertTrue(self._contents(self.invoice))
        self.press(mine.action_release)
        self.assertEqual(hold.state, "released")

    def test_a_hold_is_released_by_an_approver_with_the_password_and_a_reason(self):
        hold = self.Hold.with_user(self.administrator).create({"name": "Lawsuit"})
        with self.refused("people with the role Approver"):
            hold.action_release()
        mine = hold.with_user(self.approver)
        for records in (mine, mine.sudo()):
            with self.refused("needs your password", AccessError):
                records.write({"released_at": fields.Datetime.now()})
        with self.refused("Say first why"):
            self.press(mine.action_release)
        mine.release_note = "Settled out of court"
        self.press(mine.action_release)
        hold.invalidate_recordset()
        self.assertEqual((hold.state, hold.released_by_id), ("released", self.approver))
        with self.refused("stays as it is"):
            mine.release_note = "Another reason"
        self.assertEqual(self._kept(), (False, False))

    def test_the_scope_of_a_hold_is_never_made_smaller(self):
        hold = self.Hold.with_user(self.administrator).create({"name": "Lawsuit"})
        for user in (self.administrator, self.approver):
            for values in (
                {"date_to": "2020-01-01"},
                {"partner_id": self.partner.id},
                {"document": "account.move,%d" % self.invoice.id},
                {"kind": "other"},
            ):
                with self.refused("scope of a hold stays"):
                    hold.with_user(user).write(values)
        hold.write({"name": "Lawsuit, second instance", "date_to": False})
        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
            hold.with_user(self.approver).unlink()
        with self.refused("not deleted"):
            hold.sudo().unlink()

    def test_nobody_makes_a_hold_that_was_released_already(self):
        released = {"released_at": fields.Datetime.now()}
        with self.refused("in force first"):
            self.Hold.with_user(self.administrator).create({"name": "x", **released})
        given = self.Hold.with_user(self.administrator).with_context(default_released_at=fields.Datetime.now())
        self.assertEqual(given.create({"name": "x"}).state, "active")

    def test_a_hold_tells_nothing_about_a_document_that_its_maker_may_not_see(self):
        """The administrator of connectors keeps no books; a hold shows the name of what it keeps."""
        given = {"name": "x", "document": "account.move,%d" % self.invoice.id}
        as_stranger = self.Hold.with_user(self.administrator)
        for attempt in (
            lambda: as_stranger.onchange(given, ["document"], {"name": {}, "document": {}, "scope": {}}),
            lambda: as_stranger.create(given),
        ):
            with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError) as caught:
                attempt()
            self.assertNotIn(self.invoice.name, str(caught.exception))
        self.assertIn(self.invoice.name, self.Hold.with_user(self.approver).create(given).scope)

    def test_moving_a_partner_elsewhere_takes_nothing_out_of_a_hold(self):
        """Anybody who keeps the address book could otherwise end a hold."""
        person = self.env["res.partner"].create({"name": "Somebody there", "parent_id": self.partner.id})
        self._age()
        for partner in (self.partner, person):
            with self.subTest(partner=partner.name), self.env.cr.savepoint() as savepoint:
                self.Hold.create({"name": "Lawsuit", "partner_id": partner.id})
                holding = self.env["res.partner"].create({"name": "Holding", "vat": self.partner.vat})
                for one in (self.partner, person):
                    one.parent_id = holding
                self.assertEqual(self._kept()[0], True)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_deleting_a_document_takes_nothing_out_of_a_hold_on_its_period(self):
        self.Hold.create({"name": "Audit of 2024", "date_from": "2024-01-01", "date_to": "2024-12-31"})
        self.other.button_draft()
        self.other.with_context(force_delete=True).unlink()
        self.assertEqual(self._kept(), (False, True))

    def test_who_belonged_to_the_partner_is_for_odoo_to_note(self):
        hold = self.Hold.with_user(self.approver).create(
            {"name": "Lawsuit", "partner_id": self.partner.id, "kept_partner_ids": []}
        )
        self.assertIn(self.partner.id, hold.kept_partner_ids)
        with self.refused("noted when the hold is made"):
            hold.kept_partner_ids = []

    def test_nobody_releases_with_a_reason_that_was_changed_meanwhile(self):
        hold = self.Hold.create({"name": "Lawsuit", "release_note": "Settled out of court"})
        check = self.asked(hold.with_user(self.approver).action_release)
        self.assertIn("Settled out of court", check.audit_content)
        hold.with_user(self.administrator).release_note = "The approver does not care"
        with self.refused("changed since you were asked"):
            self.answer(check)
        self.assertEqual(hold.state, "active")

    def test_moving_a_file_takes_nothing_out_of_a_hold(self):
        """Anybody who may write on both documents could otherwise end a hold on what was told of the file."""
        file = self.env["ir.attachment"].create(
            {"name": "scan.pdf", "raw": b"x", "res_model": "account.move", "res_id": self.other.id}
        )
        self._age()
        file.res_id = self.invoice.id
        self._age(100)
        for hold in (
            {"document": "account.move,%d" % self.other.id},
            {"partner_id": self.other_partner.id},
            {"date_from": "2024-01-01", "date_to": "2024-12-31"},
            {"document": "account.move,%d" % self.invoice.id},
        ):
            with self.subTest(hold=hold), self.env.cr.savepoint() as savepoint:
                self.Hold.create({"name": "Lawsuit", **hold})
                self._kept()
                self.assertTrue(self._contents(file))
                savepoint.rollback()
                self.env.invalidate_all()
        self.Hold.create({"name": "Another one", "date_from": "2020-01-01", "date_to": "2020-12-31"})
        self._kept()
        self.assertFalse(self._contents(file), "a hold that fits neither keeps nothing")

    def test_moving_a_file_away_from_a_journal_entry_leaves_the_hold_on_its_payment(self):
        payment = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_type": "customer", "partner_id": self.other_partner.id, "amount": 5}
        )
        payment.action_post()
        file = self.env["ir.attachment"].create(
            {"name": "slip.pdf", "raw": b"x", "res_model": "account.move", "res_id": payment.move_id.id}
        )
        self._age()
        file.res_id = self.invoice.id
        self.Hold.create({"name": "Dispute", "document": "account.payment,%d" % payment.id})
        self._kept()
        self.assertTrue(self._contents(file))

    def test_changing_an_invoice_takes_nothing_out_of_a_hold(self):
        """Reset to draft, it can be dated anew and made out to somebody else; what was told of it is as it was."""
        self.other.button_draft()
        self.other.write({"invoice_date": "2020-03-03", "date": "2020-03-03", "partner_id": self.partner.id})
        self.assertEqual(str(self.other.date), "2020-03-03")
        self._age(100)
        for hold, kept in (
            ({"date_from": "2024-01-01", "date_to": "2024-12-31"}, True),
            ({"date_from": "2020-01-01", "date_to": "2020-12-31"}, True),
            ({"partner_id": self.other_partner.id}, True),
            ({"partner_id": self.partner.id}, True),
            ({"date_from": "2019-01-01", "date_to": "2019-12-31"}, False),
        ):
            with self.subTest(hold=hold), self.env.cr.savepoint() as savepoint:
                self.Hold.create({"name": "Lawsuit", **hold})
                self.assertEqual(self._kept()[1], kept)
                savepoint.rollback()
                self.env.invalidate_all()
