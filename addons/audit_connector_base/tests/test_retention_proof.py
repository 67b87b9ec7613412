from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .log_case import LogCase
from .retention_case import RetentionCase

PAYLOAD = "audit_log_payload"
EMPTY = "UPDATE audit_log_payload SET payload = NULL, salt = NULL, erased_by = %s WHERE entry_id = %s"


@tagged("post_install", "-at_install")
class TestRetentionProof(LogCase, RetentionCase):
    """A sealed log of which contents were erased, seen by its verification. Entry 0 tells that the log was begun."""

    def setUp(self):
        super().setUp()
        self.entries = self.append(20, kind="event.written")
        self._policy("log")
        self.seal()

    def _erased_a_year_later(self):
        """Time is part of what is sealed, so it is the clock that is put forward here."""
        later = fields.Datetime.now() + timedelta(days=365)
        with patch.object(fields.Datetime, "now", lambda: later):
            run = self._run()
            run.action_ask()
            self.confirmed(run.with_user(self.approver), "erase").action_approve()
            self._work_off(run)
        return run

    def _verified(self):
        with self.second_cursor():
            action = self.log.with_user(self.accountant).action_verify()
        return self.env["audit.log.verification"].browse(action["res_id"])

    def _assert_named(self, entry):
        self.env.cr.execute("SELECT index FROM audit_log_leaf WHERE entry_id = %s", [entry.id])
        (index,) = self.env.cr.fetchone()
        found = self._verified()
        self.assertEqual((found.state, found.kind, found.first_index), ("damaged", "payload", index))
        self.assertIn("no approved erasure", found.explanation)

    def _approval(self, **values):
        """An approval that is sealed, of an erasure of what is older than tomorrow, unless it is said otherwise."""
        before = fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=1))
        said = {"lines": [{"kind": values.pop("what", "log"), "before": values.pop("before", before)}]}
        company = values.pop("company", self.company)
        fact = (company, ("audit.retention.run", 1), said)
        (uuid,) = self.env["audit.log.entry"]._append_facts(values.pop("kind", "retention.approved"), [fact])
        return uuid

    def test_a_log_is_intact_after_an_erasure_also_before_the_approval_is_sealed(self):
        run = self._erased_a_year_later()
        self.assertGreaterEqual(run.erased, 20)
        self.assertEqual(self._verified().state, "verified")
        self.seal()
        self.assertEqual(self._verified().state, "verified")

    def test_content_that_was_deleted_without_a_word_is_named(self):
        self._erased_a_year_later()
        entry = self.append()
        self.seal()
        self.tamper(PAYLOAD, EMPTY, None, entry.id)
        self._assert_named(entry)

    def test_content_erased_for_a_reason_that_is_none_is_named(self):
        other = self.env["res.company"].create({"name": "Other company"})
        long_ago = fields.Datetime.to_string(fields.Datetime.now() - timedelta(days=30))
        reasons = {
            "no such entry": "01890a5d-ac96-774b-bcce-b302099a8057",
            "an entry of another kind": self._approval(kind="retention.asked"),
            "an approval for another company": self._approval(company=other),
            "an approval about older contents": self._approval(before=long_ago),
            "an approval about contents of another kind": self._approval(what="event"),
        }
        self.seal()
        entry = self.entries[7]
        self.env.cr.execute("SELECT salt, payload FROM audit_log_payload WHERE entry_id = %s", [entry.id])
        salt, payload = self.env.cr.fetchone()
        for reason, uuid in reasons.items():
            with self.subTest(reason=reason):
                self.tamper(PAYLOAD, EMPTY, uuid, entry.id)
                self._assert_named(entry)
        self.tamper(PAYLOAD, EMPTY, self._approval(), entry.id)
        self.seal()
        self.assertEqual(self._verified().state, "verified", "and by a good one it is not")
        again = "UPDATE audit_log_payload SET payload = %s, salt = %s, erased_by = NULL WHERE entry_id = %s"
        self.tamper(PAYLOAD, again, payload, salt, entry.id)
        self.assertEqual(self._verified().state, "verified")

    def test_content_that_no_policy_erases_is_named_whatever_was_approved(self):
        """An old approval, with which an administrator would erase what tells of their own settings."""
        entry = self.append(kind="configuration.changed")
        self.seal()
        uuid = self._approval()
        self.seal()
        self.tamper(PAYLOAD, EMPTY, uuid, entry.id)
        self._assert_named(entry)

    def test_an_approval_that_somebody_put_into_the_table_erases_nothing_rightly(self):
        """It carries no mark of ours, so it is set aside and never sealed."""
        uuid = self._approval()
        self.tamper("audit_log_entry", "UPDATE audit_log_entry SET mac = '\\x00' WHERE uuid = %s", uuid)
        entry = self.entries[7]
        self.tamper(PAYLOAD, EMPTY, uuid, entry.id)
        self._assert_named(entry)
        self.seal()
        self._assert_named(entry)
