from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import GROUPS, AuditCase

ADMIN = "audit_connector_base.group_audit_connector_admin"
APPROVER = "audit_connector_base.group_audit_approver"


class RolesCase(AuditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", APPROVER)
        cls.second_approver = cls._user("app2", APPROVER)
        cls.both = cls._user("both", ADMIN, APPROVER)
        cls.conflict = cls.env.ref("audit_connector_base.role_conflict_admin_approver")

    def _exception(self, user=None, **values):
        made = self.env["audit.role.exception"].with_user(user or self.administrator).create(
            {
                "user_id": self.both.id,
                "conflict_id": self.conflict.id,
                "reason": "Two of us only",
                "compensation": "The director looks through the trail",
                **values,
            }
        )  # fmt: skip
        self.env.flush_all()
        return made

    def _approved(self, exception, user=None):
        self.press(exception.with_user(user or self.approver).action_approve)
        exception.invalidate_recordset()
        return exception


@tagged("post_install", "-at_install")
class TestTwoPersons(RolesCase):
    """Who prepared something does not approve it, by whatever way it is tried."""

    def test_another_person_approves_with_the_password(self):
        exception = self._approved(self._exception())
        self.assertEqual(exception.state, "valid")
        self.assertEqual((exception.prepared_by_id, exception.approved_by_id), (self.administrator, self.approver))
        self.assertTrue(exception.approved_at)

    def test_nobody_approves_their_own_work(self):
        exception = self._exception(self.approver)
        with self.refused("You prepared"):
            exception.action_approve()
        self.confirmed(exception, "approve")
        for records in (exception, exception.sudo()):
            with self.refused("You prepared"):
                records.write({"approved_by_id": self.approver.id})

    def test_nobody_approves_what_they_had_a_hand_in(self):
        exception = self._exception()
        exception.with_user(self.approver).compensation = "Another sentence"
        with self.refused("You prepared"):
            exception.with_user(self.approver).action_approve()
        exception.with_user(self.both).reason = "Yet another"
        self._approved(exception, self.second_approver)

    def test_nobody_approves_in_the_name_of_another(self):
        exception = self._exception().with_user(self.approver)
        self.confirmed(exception, "approve")
        for records in (exception, exception.sudo()):
            with self.refused("in their own name", AccessError):
                records.write({"approved_by_id": self.second_approver.id})

    def test_the_password_is_asked_over_every_way(self):
        exception = self._exception().with_user(self.approver)
        for records in (exception, exception.sudo()):
            with self.refused("needs your password", AccessError):
                records.write({"approved_by_id": self.approver.id})

    def test_only_the_role_approves(self):
        exception = self._exception()
        admin = self._user("adm2", ADMIN)
        with self.refused("people with the role Approver"):
            exception.with_user(admin).action_approve()
        self.confirmed(exception.with_user(admin), "approve")
        with self.refused("people with the role Approver"):
            exception.with_user(admin).write({"approved_by_id": admin.id})
        with self.refused("people with the role Approver"):
            exception.with_user(self.env.ref("base.user_root")).write({"approved_by_id": 1})

    def test_nobody_says_who_prepared_it_or_that_it_is_approved(self):
        lie = {"prepared_by_id": self.accountant.id, "worked_on_by": [], "prepared_at": "2001-01-01"}
        exception = self._exception(**lie)
        self.assertEqual(
            (exception.prepared_by_id, exception.worked_on_by), (self.administrator, [self.administrator.id])
        )
        exception.with_user(self.administrator).write(lie)
        exception.invalidate_recordset()
        self.assertEqual(
            (exception.prepared_by_id, exception.worked_on_by), (self.administrator, [self.administrator.id])
        )
        self.assertGreater(exception.prepared_at.year, 2001)
        with self.refused("has to be prepared"):
            self._exception(self.approver, approved_by_id=self.approver.id)
        given = {
            "default_worked_on_by": [],
            "default_prepared_by_id": self.accountant.id,
            "default_approved_by_id": self.approver.id,
        }
        made = self.env["audit.role.exception"].with_user(self.administrator).with_context(**given).create(
            {"user_id": self.both.id, "conflict_id": self.conflict.id, "reason": "x", "compensation": "x"}
        )  # fmt: skip
        self.assertEqual((made.prepared_by_id, made.worked_on_by), (self.administrator, [self.administrator.id]))
        self.assertEqual((made.state, made.approved_by_id.id), ("draft", False))

    def test_what_is_approved_stays_as_it_is(self):
        exception = self._approved(self._exception())
        for user in (self.administrator, self.approver):
            with self.refused("is approved, so it stays"):
                exception.with_user(user).reason = "Other"
        with self.refused("is kept"):
            exception.with_user(self.approver).unlink()

    def test_nobody_approves_what_was_changed_while_they_were_asked(self):
        exception = self._exception()
        check = self.asked(exception.with_user(self.approver).action_approve)
        self.assertIn("The director looks through the trail", check.audit_content)
        exception.with_user(self.administrator).compensation = "Nothing"
        with self.refused("changed since you were asked"):
            self.answer(check)
        self.assertFalse(exception.approved_by_id)
        self._approved(exception)

    def test_nobody_changes_in_the_same_breath_what_they_approve(self):
        exception = self._exception().with_user(self.approver)
        self.confirmed(exception, "approve")
        for records in (exception, exception.sudo()):
            with self.refused("does not change it as well"):
                records.write({"approved_by_id": self.approver.id, "reason": "Another"})

    def test_an_approval_is_not_taken_back_to_delete_what_was_approved(self):
        exception = self._approved(self._exception()).with_user(self.administrator)
        with self.refused("with the button"):
            exception.approved_by_id = False
        with self.refused("is kept"):
            exception.unlink()

    def test_whoever_prepared_or_approved_something_is_archived_not_deleted(self):
        self._approved(self._exception())
        for user in (self.administrator, self.approver):
            with mute_logger("odoo.sql_db"), self.refused("", IntegrityError, UserError):
                user.unlink()

    def test_an_approved_exception_does_not_move_on_to_other_roles(self):
        other = self.env.ref("audit_connector_base.group_audit_user")
        self._approved(self._exception())
        for name in ("first_id", "second_id"):
            with self.refused("Archive it and make another"):
                self.conflict[name] = other
        with self.refused("Archive it and make another"):
            self.conflict.unlink()
        self.conflict.active = False

    def test_the_database_refuses_as_well(self):
        exception = self._exception()
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "two_persons"), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE audit_role_exception SET approved_by_id = prepared_by_id WHERE id = %s", [exception.id]
            )


@tagged("post_install", "-at_install")
class TestConflictingRoles(RolesCase):
    def _holders(self, user, company=None):
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("user_id", "=", user.id), ("company_id", "=", (company or self.company).id)]
        return self.env["audit.role.holder"].with_user(self.approver).sudo().search(domain)

    def test_who_holds_both_roles_is_shown(self):
        holder = self._holders(self.both)
        self.assertEqual((holder.conflict_id, holder.status), (self.conflict, "open"))
        self.assertIn("Approver", holder.held_by)
        self.assertIn("Connector Administrator", holder.held_by)
        self.assertFalse(self._holders(self.approver))
        self.assertFalse(self._holders(self.administrator))

    def test_roles_that_come_through_other_groups_count(self):
        club = self.env["res.groups"].create({"name": "Club", "implied_ids": [Command.link(self.env.ref(APPROVER).id)]})
        outer = self.env["res.groups"].create({"name": "Outer circle", "implied_ids": [Command.link(club.id)]})
        self.administrator.write({GROUPS: [Command.link(outer.id)]})
        holder = self._holders(self.administrator)
        self.assertEqual(holder.conflict_id, self.conflict)
        self.assertIn("Outer circle", holder.held_by)
        self.assertNotIn("Club", holder.held_by, "only the group that was given")

    def test_somebody_who_may_not_sign_in_is_no_conflict(self):
        self.both.active = False
        self.assertFalse(self._holders(self.both))

    def test_a_conflict_that_was_switched_off_is_none(self):
        self.conflict.active = False
        self.assertFalse(self._holders(self.both))

    def test_a_justification_counts_when_approved_until_it_ends(self):
        exception = self._exception()
        self.assertEqual(self._holders(self.both).status, "open")
        self._approved(exception)
        holder = self._holders(self.both)
        self.assertEqual((holder.status, holder.exception_id), ("justified", exception))
        self.env.cr.execute(
            "UPDATE audit_role_exception SET valid_until = CURRENT_DATE - 1 WHERE id = %s", [exception.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self._holders(self.both).status, "expired")
        self.assertEqual(exception.state, "expired")

    def test_a_withdrawn_justification_does_not_count(self):
        exception = self._approved(self._exception())
        with self.refused("Only people with the role Approver"):
            exception.with_user(self.administrator).action_end()
        with self.refused("with the button"):
            exception.with_user(self.approver).write({"ended_at": fields.Datetime.now()})
        exception.with_user(self.approver).action_end()
        self.assertEqual((exception.state, self._holders(self.both).status), ("ended", "open"))

    def test_a_justification_counts_in_its_company_only(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self.both.company_ids = [Command.link(other.id)]
        self._approved(self._exception())
        self.assertEqual(self._holders(self.both).status, "justified")
        self.assertEqual(self._holders(self.both, other).status, "open")

    def test_nobody_approves_an_exception_for_themselves(self):
        exception = self._exception()
        with self.refused("for themselves"):
            exception.with_user(self.both).action_approve()

    def test_an_exception_lasts_a_year_at_most(self):
        with self.refused("a year at most", ValidationError):
            self._exception(valid_until=fields.Date.today() + timedelta(days=400))

    def test_an_exception_is_for_somebody_of_the_company(self):
        other = self.env["res.company"].create({"name": "Other company"})
        stranger = self._user("str", APPROVER, company=other)
        with mute_logger("odoo.addons.base.models.ir_rule"), self.refused("", UserError, AccessError, ValidationError):
            self._exception(user_id=stranger.id)

    def test_the_matrix_is_for_administrators_of_odoo(self):
        for user in (self.administrator, self.approver):
            with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError):
                self.conflict.with_user(user).active = False
        first, second = self.conflict.first_id, self.conflict.second_id
        with self.refused("the other way round", ValidationError):
            self.env["audit.role.conflict"].create({"first_id": second.id, "second_id": first.id, "reason": "x"})

    def test_the_report_is_printed_with_what_justifies_a_conflict(self):
        self._approved(self._exception())
        holder = self._holders(self.both).sudo(False)
        action = holder.action_print()
        self.assertEqual(action["report_name"], "audit_connector_base.report_role_holder")
        html = self.env["ir.actions.report"]._render_qweb_html(action["report_name"], holder.ids)[0].decode()
        for word in (self.both.name, "Two of us only", "looks through the trail", self.approver.name):
            self.assertIn(word, html)
        self.assertTrue(self.env["audit.role.holder"].with_user(self.approver).action_print())

    def test_justifying_begins_with_the_person_and_the_roles(self):
        context = self._holders(self.both).sudo(False).action_justify()["context"]
        self.assertEqual((context["default_user_id"], context["default_conflict_id"]), (self.both.id, self.conflict.id))

    def test_the_report_is_not_for_everybody(self):
        holder = self._holders(self.both)
        for user in (self.accountant, self._user("plain")):
            with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError):
                holder.with_user(user).read(["user_id"])
            with self.refused("for approvers and connector administrators"):
                holder.with_user(user).action_print()

    def test_an_auditor_from_outside_gets_nothing_by_the_role_alone(self):
        auditor = self._user("auditor")
        auditor[GROUPS] = [Command.set(self.env.ref("audit_connector_base.group_audit_auditor").ids)]
        self.assertTrue(auditor.share)
        self.assertTrue(auditor.has_group("base.group_portal"))
        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError):
            self.env["audit.log.entry"].with_user(auditor).search([])
