from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .evidence_case import EvidenceCase


@tagged("post_install", "-at_install")
class TestEngagements(EvidenceCase):
    """Who opens the books to whom, and until when."""

    def _planned(self, **values):
        return self.env["audit.engagement"].with_user(self.clerk).create({"name": "Tax audit", **values})

    def test_only_an_approver_opens_and_closes_it(self):
        planned = self._planned()
        with self.assertRaisesRegex(UserError, "role Audit: Approver"):
            planned.action_open()
        planned.with_user(self.approver).action_open()
        with self.assertRaisesRegex(UserError, "role Audit: Approver"):
            planned.action_close()
        with self.assertRaisesRegex(UserError, "Use the buttons"):
            planned.with_user(self.approver).write({"state": "closed"})
        planned.with_user(self.approver).action_close()
        self.assertEqual((planned.state, planned.closed_by_id), ("closed", self.approver))

    def test_its_steps_are_those_of_an_approver_for_code_as_well(self):
        planned = self._planned()
        with self.assertRaisesRegex(UserError, "role Audit: Approver"):
            planned.sudo().write({"state": "open"})
        with self.assertRaisesRegex(UserError, "follows from the button"):
            planned.sudo().write({"closed_by_id": self.approver.id})

    def test_a_time_zone_gives_an_auditor_no_more_time(self):
        self.auditor.tz = "Etc/GMT+12"
        shared = self.env["audit.engagement"].with_user(self.auditor)._shared
        last = self.engagement.access_until
        with freeze_time("%s 23:00:00" % last):
            self.assertTrue(shared())
        with freeze_time("%s 03:00:00" % fields.Date.add(last, days=1)):
            self.assertFalse(shared())

    def test_an_auditor_who_is_named_is_not_deleted(self):
        """Who had access would be gone without an entry."""
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.auditor.unlink()

    def test_closing_needs_that_nothing_is_open(self):
        request = self._provided()
        with self.assertRaisesRegex(UserError, "PBC-001"):
            self.engagement.with_user(self.approver).action_close()
        with self.assertRaisesRegex(UserError, "PBC-001"):
            self.engagement.with_user(self.approver).sudo().write({"state": "closed"})
        self._complete(request)
        self.engagement.with_user(self.approver).action_close()
        with self.assertRaisesRegex(UserError, "nothing is asked for any more"):
            self._request()
        with self.assertRaisesRegex(UserError, "closed, so it stays"):
            self.engagement.sudo().write({"name": "X"})

    def test_access_to_an_open_one_is_changed_by_an_approver_and_recorded(self):
        other = self._auditor("bob")
        later = fields.Date.add(fields.Date.today(), days=60)
        for values in ({"auditor_ids": [Command.link(other.id)]}, {"access_until": later}):
            with self.assertRaisesRegex(UserError, "role Audit: Approver"):
                self.engagement.write(values)
        self.engagement.with_user(self.approver).write({"auditor_ids": [Command.link(other.id)]})
        entry = self.env["audit.log.entry"].search([("kind", "=", "engagement.access_changed")], limit=1)
        for text in ("Ada, Bob", "Auditors Before"):
            self.assertIn(text, str(entry.details))

    def test_only_auditors_are_named_and_until_a_day(self):
        with self.assertRaisesRegex(ValidationError, "is not an auditor"):
            self._planned(auditor_ids=[Command.set(self.colleague.ids)], access_until="2027-01-01")
        with self.assertRaisesRegex(ValidationError, "until when"):
            self._planned(auditor_ids=[Command.set(self.auditor.ids)])

    def test_its_steps_follow_one_another_whoever_writes_them(self):
        planned = self._planned()
        with self.assertRaisesRegex(UserError, "steps follow one another"):
            planned.with_user(self.approver).sudo().write({"state": "closed"})
        self.engagement.with_user(self.approver).action_close()
        with self.assertRaisesRegex(UserError, "steps follow one another"):
            self.engagement.with_user(self.approver).sudo().write({"state": "open"})

    def test_it_is_planned_at_first_whatever_is_given(self):
        with self.assertRaisesRegex(UserError, "Use the buttons"):
            self._planned(state="open")
        engagements = self.env["audit.engagement"].with_user(self.clerk).with_context(default_state="open")
        self.assertEqual(engagements.create({"name": "Tax audit"}).state, "planned")

    def test_somebody_of_the_company_looks_after_it(self):
        far = self._user("far", company=self.env["res.company"].create({"name": "Other"}))
        for person in (self.auditor, far):
            with self.assertRaisesRegex(ValidationError, "Somebody of the company"):
                self._planned().sudo().write({"responsible_id": person.id})

    def test_every_step_is_in_the_log_in_words(self):
        planned = self._planned()
        planned.write({"name": "Tax audit 2026"})
        planned.with_user(self.approver).action_open()
        planned.with_user(self.approver).action_close()
        about = [("res_model", "=", planned._name), ("res_id", "=", planned.id)]
        self.assertEqual(
            self.env["audit.log.entry"].search(about, order="id").mapped("summary"),
            [
                "Engagement planned: Tax audit",
                "Engagement changed: Tax audit 2026",
                "Engagement opened to its auditors: Tax audit 2026",
                "Engagement closed: Tax audit 2026",
            ],
        )
        deleted = self._planned()
        about = [("res_model", "=", deleted._name), ("res_id", "=", deleted.id)]
        deleted.unlink()
        self.assertEqual(
            self.env["audit.log.entry"].search(about, order="id").mapped("kind"),
            ["engagement.planned", "engagement.deleted"],
        )

    def test_one_that_was_begun_is_kept(self):
        self._planned().unlink()
        with self.assertRaisesRegex(UserError, "begun and is kept"):
            self.engagement.sudo().unlink()
        planned = self._planned()
        self._request(engagement_id=planned.id)
        with self.assertRaisesRegex(UserError, "begun and is kept"):
            planned.unlink()

    def test_it_counts_what_is_asked_for(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        self._request(due_date=yesterday)
        self._complete(self._provided())
        self._request()._cancel("Asked twice")
        one = self.engagement
        self.assertEqual((one.request_count, one.open_count, one.completed_count, one.overdue_count), (3, 1, 1, 1))


@tagged("post_install", "-at_install")
class TestAccessOfAuditors(EvidenceCase):
    """An auditor sees what an engagement gives them, while it lasts, and holds no right beside."""

    def _as_auditor(self, records, auditor=None):
        return records.with_user(auditor or self.auditor)

    def test_an_auditor_sees_the_engagement_that_names_them_until_the_day(self):
        request = self._request()
        requests, engagements = self.env["audit.request"], self.env["audit.engagement"]
        self.assertEqual(self._as_auditor(engagements)._shared().ids, self.engagement.ids)
        self.assertEqual(self._as_auditor(requests)._shared(request.id).ids, request.ids)
        for stranger in (self._auditor("eve"), self.colleague, self.approver):
            self.assertFalse(self._as_auditor(requests, stranger)._shared(request.id))
        yesterday = fields.Date.today() - timedelta(days=1)
        self.engagement.with_user(self.approver).access_until = yesterday
        self.assertFalse(self._as_auditor(requests)._shared())

    def test_a_planned_or_closed_one_is_not_shared(self):
        planned = self.env["audit.engagement"].create(
            {"name": "Next", "auditor_ids": [Command.set(self.auditor.ids)], "access_until": "2099-01-01"}
        )
        self.assertNotIn(planned.id, self._as_auditor(planned)._shared().ids)
        with self.assertRaisesRegex(AccessError, "Only the auditors"):
            self._as_auditor(self.env["audit.request"])._raise_by_auditor(planned, "Leases")
        self.engagement.with_user(self.approver).action_close()
        self.assertFalse(self._as_auditor(planned)._shared())

    def test_an_auditor_holds_no_right_on_the_models(self):
        request = self._request()
        for record in (request, self.engagement):
            with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
                self._as_auditor(record).read(["display_name"])
            with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(UserError):
                self._as_auditor(record).write({"name": "X"} if record == self.engagement else {"title": "X"})

    def test_an_auditor_raises_completes_and_returns_in_their_own_name(self):
        requests = self._as_auditor(self.env["audit.request"])
        request = requests._raise_by_auditor(self.engagement, "Leases", "All of them", due_date="2026-12-31")
        self.assertEqual((request.raised_by_id, request.number), (self.auditor, "PBC-001"))
        self.assertEqual(request.assigned_to_id, self.clerk)
        ours = request.with_user(self.clerk)
        with self.assertRaisesRegex(UserError, "changed by whoever asked"):
            ours.write({"title": "Some leases"})
        ours.write({"answer": "There are none"})
        ours.action_provide()
        self._as_auditor(request)._return_by_auditor("There is one in the notes")
        self.assertEqual(request.state, "returned")
        ours.write({"answer": "One, see the notes"})
        ours.action_provide()
        with self.said("audit_request.completed") as heard:
            self._as_auditor(request)._complete_by_auditor()
        self.assertEqual((request.state, request.closed_by_id), ("completed", self.auditor))
        self.assertEqual(heard[0][2]["actor"]["id"], "res.users/%d" % self.auditor.id)

    def test_nobody_else_does_what_is_the_auditors_to_do(self):
        request = self._provided()
        for person in (self._auditor("eve"), self.approver, self.colleague):
            with self.assertRaisesRegex(AccessError, "Only the auditors"):
                request.with_user(person)._complete_by_auditor()
            with self.assertRaisesRegex(AccessError, "Only the auditors"):
                request.with_user(person)._return_by_auditor("No")
            with self.assertRaisesRegex(AccessError, "Only the auditors"):
                request.with_user(person)._raise_by_auditor(self.engagement, "X")
        self.engagement.with_user(self.approver).access_until = fields.Date.today() - timedelta(days=1)
        with self.assertRaisesRegex(AccessError, "Only the auditors"):
            self._as_auditor(request)._complete_by_auditor()
