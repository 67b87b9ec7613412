from contextlib import closing

from odoo.tests import tagged

from odoo.addons.audit_connector_base.tests.completeness_case import GapCase

from .evidence_case import EvidenceCase


@tagged("post_install", "-at_install")
class TestCompleteness(EvidenceCase, GapCase):
    """The daily comparison finds what stands in the tables and not in the log."""

    def _titles(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return " ".join(self._look().mapped("title"))

    def test_a_signature_and_a_completion_with_their_entries_are_no_gap(self):
        request = self._signed(answer='In "two" parts,\nas \\ of\tMarch €')
        self._complete(request)
        titles = self._titles()
        self.assertNotIn("Sign-offs", titles)
        self.assertNotIn("Completed requests", titles)
        self.assertNotIn("auditors", titles)

    def test_a_signature_put_into_the_database_is_found(self):
        request = self._provided()
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO audit_signoff (company_id, res_model, res_id, level, user_id, signed_at, digest) "
            "VALUES (%s, 'audit.request', %s, 'reviewed', %s, now() AT TIME ZONE 'UTC', %s)",
            [self.company.id, request.id, self.approver.id, "0" * 64],
        )
        self.assertIn("Sign-offs", self._titles())

    def test_a_digest_changed_in_the_database_is_found(self):
        self._signed()
        self.env.flush_all()
        self.env.cr.execute("UPDATE audit_signoff SET digest = %s", ["0" * 64])
        self.assertIn("Sign-offs", self._titles())

    def test_a_withdrawal_put_into_the_database_is_found(self):
        self._signed()
        self.env.flush_all()
        self.env.cr.execute("UPDATE audit_signoff SET withdrawn_at = now() AT TIME ZONE 'UTC'")
        self.assertIn("Sign-offs", self._titles())

    def test_signatures_are_compared_with_who_gave_and_withdrew_them_and_when(self):
        request, other = self._signed(), self._signed()
        self._complete(request)
        other.signoff_ids.with_user(self.clerk)._withdraw("Too early")
        self.env.flush_all()
        for title, change in (
            ("Sign-offs", "audit_signoff SET signed_at = signed_at - interval '1 hour' WHERE withdrawn_at IS NULL"),
            ("Sign-offs", "audit_signoff SET user_id = %d WHERE withdrawn_at IS NULL" % self.approver.id),
            ("Sign-offs", "audit_signoff SET withdrawn_at = withdrawn_at - interval '1 hour'"),
            ("Completed requests", "audit_request SET closed_by_id = %d" % self.second_approver.id),
        ):
            with self._undone(change=change):
                self.env.cr.execute("UPDATE %s" % change)
                self.assertIn(title, self._titles())

    def test_a_request_completed_in_the_database_is_found(self):
        request = self._provided()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE audit_request SET state = 'completed', closed_at = now(), closed_by_id = %s WHERE id = %s",
            [self.approver.id, request.id],
        )
        self.assertIn("Completed requests", self._titles())

    def test_what_stands_there_another_way_than_in_the_log_is_found(self):
        request, evil = self._signed(), self._auditor("evil")
        request.signoff_ids._withdraw("Too early")
        self._complete(request)
        for statement, values, title in (
            ("UPDATE audit_signoff SET level = 'reviewed'", [], "Sign-offs"),
            ("UPDATE audit_signoff SET withdrawn_at = NULL", [], "Sign-offs"),
            ("UPDATE audit_evidence SET sha256 = repeat('0', 64)", [], "What was provided"),
            ("UPDATE audit_request SET answer = 'Nothing is missing'", [], "What was provided"),
            ("UPDATE audit_engagement SET access_until = '2039-01-01'", [], "Auditors see"),
            (
                "INSERT INTO audit_engagement_auditor_rel (engagement_id, user_id) VALUES (%s, %s)",
                [self.engagement.id, evil.id], "Auditors see",
            ),
        ):  # fmt: skip
            with self.subTest(statement=statement), closing(self.env.cr.savepoint()):
                self.assertNotIn(title, self._titles())
                self.env.cr.execute(statement, values)
                self.assertIn(title, self._titles())

    def test_a_request_completed_by_whom_the_log_shows_to_have_provided_it_is_found(self):
        request = self._request(user=self.approver)
        self._add(request, b"mine")
        request.with_user(self.clerk).action_provide()
        self.env.flush_all()
        self.env.cr.execute("UPDATE audit_request SET worked_on_by = NULL WHERE id = %s", [request.id])
        self.env.invalidate_all()
        self._complete(request)
        self.assertIn("Completed requests", self._titles())

    def _signed(self, **values):
        request = self._provided(**values)
        values = {"res_model": request._name, "res_id": request.id, "level": "prepared"}
        dialog = self.env["audit.signoff.give"].with_user(self.clerk).create(values)
        self.confirmed(dialog, "sign_off").action_sign()
        return request
