import hashlib

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.audit_connector_base.core import canonical
from odoo.addons.audit_connector_base.tests.common import GROUPS

from .evidence_case import AUDIT_USER, EvidenceCase


@tagged("post_install", "-at_install")
class TestSignoffs(EvidenceCase):
    """Two people stand for what a record says, each with the password, and for nothing else."""

    def _sign(self, record, user, level="prepared", note="Agreed"):
        dialog = self.env["audit.signoff.give"].with_user(user).create(
            {"res_model": record._name, "res_id": record.id, "level": level, "note": note}
        )  # fmt: skip
        self.confirmed(dialog, "sign_off").action_sign()
        return record.with_user(user).sudo(False).signoff_ids.sorted("id")[-1]

    def test_what_is_signed_is_the_canonical_message(self):
        request = self._provided()
        signoff = self._sign(request, self.clerk)
        [payload] = self.env["audit.source.audit_case"]._payloads(request)
        for name in ("actor", "updated_at", "external_ids", "odoo", "state", "closed_at", "assigned_to", "due_date"):
            payload.pop(name)
        content = canonical.dumps({**payload, "answer": ""})
        self.assertEqual(signoff.digest, hashlib.sha256(content).hexdigest())
        self.assertEqual((signoff.user_id, signoff.level, signoff.standing), (self.clerk, "prepared", "valid"))

    def test_signing_asks_for_the_password_for_that_record(self):
        request, other = self._provided(), self._request()
        values = {"res_model": request._name, "res_id": request.id, "level": "prepared"}
        dialog = self.env["audit.signoff.give"].with_user(self.clerk).create(values)
        asked = dialog.action_sign()
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        check = self.env["res.users.identitycheck"].sudo().browse(asked["res_id"])
        self.assertIn(request._signed_digests()[request.id], check.audit_content)
        self.assertIn(request.display_name, check.audit_content)
        self.assertEqual(dialog._identity_purpose("sign_off"), "Sign off")
        self.assertFalse(request.signoff_ids)
        other._note_identity("sign_off")
        with self.assertRaisesRegex(AccessError, "needs your password"):
            self.env["audit.signoff"].with_user(self.clerk).sudo().create(values)

    def test_nobody_signs_past_the_button_or_for_another(self):
        request = self._provided()
        values = {"res_model": request._name, "res_id": request.id, "level": "prepared"}
        with self.assertRaisesRegex(UserError, "asks for your password"):
            self.env["audit.signoff"].with_user(self.clerk).create(values)
        request._note_identity("sign_off")
        forged = self.env["audit.signoff"].with_user(self.clerk).sudo().create(
            {**values, "user_id": self.approver.id, "digest": "0" * 64, "signed_at": "2020-01-01 00:00:00"}
        )  # fmt: skip
        self.assertEqual(forged.user_id, self.clerk)
        self.assertNotEqual(forged.digest, "0" * 64)
        self.assertGreater(str(forged.signed_at), "2026")

    def test_who_prepared_it_does_not_review_it(self):
        request = self._request(user=self.approver)
        self._add(request, b"x")
        request.action_provide()
        with self.assertRaisesRegex(UserError, "Nobody signed yet"):
            self._sign(request, self.second_approver, "reviewed")
        self._sign(request, self.approver)
        with self.assertRaisesRegex(UserError, "somebody else reviews"):
            self._sign(request, self.approver, "reviewed")
        with self.assertRaisesRegex(UserError, "role Audit: Approver"):
            self._sign(request, self.colleague, "reviewed")
        reviewed = self._sign(request, self.second_approver, "reviewed")
        self.assertEqual(reviewed.level, "reviewed")
        with self.assertRaisesRegex(UserError, "You reviewed"):
            self._sign(request, self.second_approver)

    def test_who_had_a_hand_in_it_does_not_review_it(self):
        request = self._request()
        self._add(request, b"x")
        self._add(request.with_user(self.approver), b"y")
        self._sign(request, self.clerk)
        with self.assertRaisesRegex(UserError, "had a hand"):
            self._sign(request, self.approver, "reviewed")

    def test_who_prepared_it_and_withdrew_that_does_not_review_it(self):
        request = self._provided()
        self._sign(request, self.approver)._withdraw("Too early")
        self._sign(request, self.clerk)
        with self.assertRaisesRegex(UserError, "somebody else reviews"):
            self._sign(request, self.approver, "reviewed")

    def test_a_preparation_that_was_withdrawn_is_not_reviewed(self):
        request = self._provided()
        self._sign(request, self.clerk)._withdraw("Too early")
        with self.assertRaisesRegex(UserError, "Nobody signed yet"):
            self._sign(request, self.approver, "reviewed")

    def test_odoo_itself_signs_nothing_whatever_its_roles(self):
        odoo = self.env.ref("base.user_root").sudo()
        odoo[GROUPS] = [Command.link(self.env.ref(AUDIT_USER).id)]
        request = self.confirmed(self._provided().with_user(odoo), "sign_off")
        with self.assertRaisesRegex(UserError, "each in their own name"):
            request.env["audit.signoff"].create({"res_model": request._name, "res_id": request.id, "level": "prepared"})

    def test_somebody_of_another_company_signs_nothing(self):
        far = self._user("far", AUDIT_USER, company=self.env["res.company"].create({"name": "Other"}))
        request = self.confirmed(self._provided().with_user(far), "sign_off")
        values = {"res_model": request._name, "res_id": request.id, "level": "prepared"}
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            request.env["audit.signoff"].sudo().create(values)
        self.assertFalse(request.sudo().signoff_ids)

    def test_a_signature_is_outdated_when_what_was_signed_changes_and_not_by_the_next_step(self):
        request = self._request()
        self._add(request, b"x")
        signoff = self._sign(request, self.clerk)
        request.action_provide()
        self.assertEqual(signoff.standing, "valid")
        request.with_user(self.approver)._return("Two are missing")
        self.assertEqual(signoff.standing, "valid")
        self._add(request, b"y")
        signoff.invalidate_recordset()
        self.assertEqual(signoff.standing, "outdated")
        with self.assertRaisesRegex(UserError, "Nobody signed yet"):
            self._sign(request, self.approver, "reviewed")
        self.assertEqual(self._sign(request, self.clerk).standing, "valid")

    def test_one_signs_once_while_nothing_changes(self):
        request = self._provided()
        self._sign(request, self.clerk)
        with self.assertRaisesRegex(UserError, "already, as it is now"):
            self._sign(request, self.clerk)

    def test_a_signature_is_never_changed_or_deleted(self):
        signoff = self._sign(self._provided(), self.clerk)
        for values in ({"note": "X"}, {"digest": "0" * 64}, {"user_id": self.approver.id}, {"level": "reviewed"}):
            with self.assertRaisesRegex(UserError, "stays as it was given"):
                signoff.sudo().write(values)
        with self.assertRaisesRegex(UserError, "is kept"):
            signoff.sudo().unlink()

    def test_only_who_signed_withdraws_it_once_and_with_a_reason(self):
        signoff = self._sign(self._provided(), self.clerk)
        for values in ({"withdrawal_reason": "X"}, {"withdrawn_at": "2026-01-01 00:00:00"}):
            with self.assertRaisesRegex(UserError, "Only Clerk can withdraw"):
                signoff.with_user(self.approver).sudo().write(values)
        with self.assertRaisesRegex(UserError, "withdraws it, once"):
            signoff.with_user(self.approver).action_withdraw()
        with self.assertRaisesRegex(UserError, "Say why"):
            signoff._withdraw(" ")
        context = signoff.action_withdraw()["context"]
        reason = self.env["audit.reason"].with_user(self.clerk).with_context(**context).create({"reason": "Too early"})
        reason.action_confirm()
        self.assertEqual((signoff.standing, signoff.withdrawal_reason), ("withdrawn", "Too early"))
        with self.assertRaisesRegex(UserError, "already"):
            signoff._withdraw("Again")

    def test_the_log_says_who_signed_what_and_who_withdrew_it(self):
        request = self._provided()
        signoff = self._sign(request, self.clerk, note="Agreed to the statements")
        signoff._withdraw("Too early")
        entries = self.env["audit.log.entry"].search(
            [("res_model", "=", request._name), ("res_id", "=", request.id), ("kind", "=like", "signoff.%")], order="id"
        )
        self.assertEqual(entries.mapped("kind"), ["signoff.given", "signoff.withdrawn"])
        self.assertIn("Clerk", entries[0].summary)
        self.assertIn(signoff.digest, str(entries[0].details))
        self.assertIn("Too early", entries[1].summary)
        self.assertEqual(entries.mapped("actor"), ["user/%d" % self.clerk.id] * 2)

    def test_engagements_are_signed_off_as_well(self):
        signoff = self._sign(self.engagement, self.clerk)
        self.assertEqual(signoff.document_name, self.engagement.name)
        self._request()
        signoff.invalidate_recordset()
        self.assertEqual(signoff.standing, "outdated")

    def test_who_planned_an_engagement_does_not_review_it(self):
        planned = self.env["audit.engagement"].with_user(self.approver).create({"name": "Interim audit"})
        self._sign(planned, self.clerk)
        with self.assertRaisesRegex(UserError, "somebody else reviews"):
            self._sign(planned, self.approver, "reviewed")
        self.assertEqual(self._sign(planned, self.second_approver, "reviewed").level, "reviewed")

    def test_no_record_at_all_is_nothing_to_sign_off(self):
        for record_id in (0, False):
            dialog = self.env["audit.signoff.give"].with_user(self.clerk).new(
                {"res_model": "audit.request", "res_id": record_id, "level": "prepared"}
            )  # fmt: skip
            with self.assertRaisesRegex(UserError, "nothing that people sign off"):
                dialog._check_may_give()

    def test_nothing_else_is_signed_off(self):
        with self.assertRaisesRegex(UserError, "nothing that people sign off"):
            self.env["audit.signoff"].sudo().create({"res_model": "audit.reason", "res_id": 1, "level": "prepared"})

    def test_standing_takes_as_many_queries_for_many_as_for_two(self):
        signoffs = self.env["audit.signoff"]
        for number in range(8):
            request = self._request(title="Request %d" % number)
            self._add(request, b"x")
            signoffs += self._sign(request, self.clerk).with_env(self.env)

        def read(records):
            return records.mapped("standing")

        few = self.queries(read, signoffs[:2])
        self.assertLessEqual(self.queries(read, signoffs), few)
