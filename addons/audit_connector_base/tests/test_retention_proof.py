import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..core import erasures
from ..models.log import verification
from .erasure_case import APPROVING, ASKING, PAYLOAD, ErasureCase


@tagged("post_install", "-at_install")
class TestRetentionProof(ErasureCase):
    """A sealed log of which contents were erased, seen by its verification. Entry 0 tells that the log was begun."""

    def setUp(self):
        super().setUp()
        self.entries = self.append(20, kind="event.written")
        self._policy("log")
        self.seal()

    def _verified(self):
        with self.second_cursor():
            action = self.log.with_user(self.accountant).action_verify()
        return self.env["audit.log.verification"].browse(action["res_id"])

    def _assert_named(self, entry, words, kind="unapproved"):
        self.env.cr.execute("SELECT index FROM audit_log_leaf WHERE entry_id = %s", [entry.id])
        (index,) = self.env.cr.fetchone()
        found = self._verified()
        self.assertEqual((found.state, found.kind, found.first_index), ("damaged", kind, index), found.explanation)
        self.assertIn(words, found.explanation)

    def test_a_log_is_intact_after_an_erasure(self):
        run = self._erased_a_year_later()
        self.assertGreaterEqual(run.erased, 20)
        with patch.object(verification, "PORTION", 7):
            self.assertEqual(self._verified().state, "verified", "also when it is gone through in parts")

    def test_nothing_is_erased_before_the_approval_is_signed(self):
        run = self._asked_a_year_later()
        jobs = self.env["queue.job"].search([("identity_key", "like", "audit-retention-%d-" % run.id)])
        self.assertIn("not sealed", run._work())
        self.assertEqual((run.sudo().state, run.erased, run.waits), ("running", 0, True))
        again = self.env["queue.job"].search([("identity_key", "like", "audit-retention-%d-" % run.id)]) - jobs
        self.assertTrue(again.eta, "it is looked again a little later")
        self.seal()
        self.env.invalidate_all()
        self.assertFalse(run.waits)
        self._work_off(run)
        self.assertGreaterEqual(run.erased, 20)

    def test_nothing_is_erased_by_an_approval_that_somebody_wrote_alone(self):
        """By a server action that sets the run going, with the entry that the database asks for."""
        run = self._run()
        uuid = self._decided([("retention.approved", ASKING, {**self._scope(), "run": run.id})])
        self.env.cr.execute(
            "UPDATE audit_retention_run SET state = 'running', approved_by_id = %s, erasure = %s WHERE id = %s",
            [self.approver.id, uuid, run.id],
        )
        self.env.invalidate_all()
        self.seal()
        run._work()
        self.assertEqual((run.sudo().state, run.waits), ("running", True))

    def test_content_that_was_deleted_without_a_word_is_named(self):
        self._erased_a_year_later()
        entry = self.append()
        self.seal()
        self._erased_under(None, entry)
        self._assert_named(entry, "no approved erasure")

    def test_content_erased_for_a_reason_that_is_none_is_named(self):
        """Each of them written by code that runs as Odoo, and sealed; two people who decide are shown to be enough."""
        good = self._steps()
        asked, confirmed, approved = good
        other = self.env["res.company"].create({"name": "Other company"})
        long_ago = fields.Datetime.to_string(fields.Datetime.now() - timedelta(days=30))
        outside = "the entry is not among those"
        reasons = {
            "one person alone": ([approved], "nobody had asked"),
            "the same person": ([("retention.asked", APPROVING, asked[2]), confirmed, approved], "by the person who"),
            "asked for by Odoo": ([("retention.asked", "user/1", asked[2]), confirmed, approved], "nobody had asked"),
            "asked for afterwards": ([confirmed, approved, asked], "nobody had asked"),
            "withdrawn": ([asked, ("retention.cancelled", ASKING, {}), confirmed, approved], "nobody had asked"),
            "counted anew": ([asked, ("retention.counted", ASKING, {}), confirmed, approved], "nobody had asked"),
            "without the password": ([asked, approved], "did not confirm"),
            "password given before": ([confirmed, asked, approved], "did not confirm"),
            "password of another": ([asked, ("identity.confirmed", ASKING, confirmed[2]), approved], "did not confirm"),
            "password for something else": (
                [asked, ("identity.confirmed", APPROVING, {"action": "release"}), approved], "did not confirm"
            ),
            "password for another run": (
                [asked, ("identity.confirmed", APPROVING, {"action": "erase", "run": 4710}), approved],
                "did not confirm",
            ),
            "more than was asked for": (
                [asked, confirmed, ("retention.approved", APPROVING, self._scope(to_erase=21))], "is not what had been"
            ),
            "a second time": ([*good, *good], "second approval"),
            "older contents": (self._steps(self._scope(before=long_ago)), outside),
            "contents of another kind": (self._steps(self._scope(what="event")), outside),
            "earlier entries": (self._steps(self._scope(last=self.entries[6].uuid)), outside),
            "later entries": (self._steps(self._scope(first=self.entries[8].uuid)), outside),
            "a list of others": (self._steps(self._scope(self.entries[:7] + self.entries[8:])), outside),
            "another list than was approved": (self._steps(self._scope(sha256="0" * 64)), outside),
            "a list that is nowhere": (self._steps(self._scope(listed=self.entries[0].uuid)), outside),
            "entries of another log": (self._steps(self._scope(log="example.com/odoo-audit/other")), outside),
        }  # fmt: skip
        cases = [(reason, self._decided(steps), words) for reason, (steps, words) in reasons.items()]
        cases.append(("another company", self._decided(good, other.id), outside))
        cases.append(("no such entry", "01890a5d-ac96-774b-bcce-b302099a8057", "no approved erasure"))
        right = self._decided(good)
        self.seal()
        entry = self.entries[7]
        self.env.cr.execute("SELECT payload, salt FROM audit_log_payload WHERE entry_id = %s", [entry.id])
        content = self.env.cr.fetchone()
        again = "UPDATE audit_log_payload SET payload = %s, salt = %s, erased_by = NULL WHERE entry_id = %s"
        for reason, uuid, words in cases:
            with self.subTest(reason=reason):
                self._erased_under(uuid, entry)
                self._assert_named(entry, words)
                self.tamper(PAYLOAD, again, *content, entry.id)
        self._erased_under(right, entry)
        self.assertEqual(self._verified().state, "verified", "and by a good one it is not")

    def test_a_content_in_the_place_of_another_is_named(self):
        """Within the ends of what was approved, and not more than that: swapped in the database."""
        uuid = self._decided(self._steps(self._scope(self.entries[4:7] + self.entries[8:11])))
        self.seal()
        self._erased_under(uuid, *self.entries[4:6])
        self.assertEqual(self._verified().state, "verified", "also when a hold kept some of them")
        self._erased_under(uuid, self.entries[7])
        self._assert_named(self.entries[7], "not among those")

    def test_a_list_put_in_the_place_of_the_approved_one_lets_nothing_go(self):
        uuid = self._decided(self._steps(self._scope(self.entries[4:7])))
        self.seal()
        self._erased_under(uuid, self.entries[4])
        ids = json.dumps({"ids": [entry.uuid for entry in self.entries[4:8]]}).encode()
        other = "UPDATE audit_log_payload SET payload = %s WHERE convert_from(payload, 'UTF8') LIKE %s"
        self.tamper(PAYLOAD, other, ids, '{"ids": %')
        self._assert_named(self.entries[4], "not among those")

    def test_nothing_is_asked_for_that_is_shown_as_something_else(self):
        """The approver would else let go one entry for another, whose columns were changed for a while."""
        entry = self.entries[7]
        later = fields.Datetime.now() + timedelta(days=365)
        for change in (
            "UPDATE audit_log_entry SET res_id = res_id + 1 WHERE id = %s",
            "UPDATE audit_log_entry SET kind = 'event.other' WHERE id = %s",
        ):
            with self.subTest(change=change), self.env.cr.savepoint() as savepoint:
                self.tamper("audit_log_entry", change, entry.id)
                with patch.object(fields.Datetime, "now", lambda: later):
                    run = self._run()
                    with self.refused("is not what was sealed"):
                        run.action_ask()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_nothing_is_erased_by_a_list_that_was_changed_after_the_approval(self):
        """Nor when the digest of the run is changed along with it."""
        run = self._asked_a_year_later()
        self.seal()
        self.env.cr.execute(
            "DELETE FROM audit_retention_listed WHERE id = (SELECT min(id) FROM audit_retention_listed)"
        )
        for line in run.sudo().line_ids:
            line.sha256 = line._listed_sha256()
        self.env.flush_all()
        self.assertIn("was changed after it was approved", run._work())
        self.env.invalidate_all()
        self.assertEqual((run.sudo().state, run.erased), ("cancelled", 0))
        alarm = self.env["audit.exception"].search([("title", "like", "changed after it was approved")])
        self.assertIn("Somebody who can write to the database", alarm.explanation)
        self.assertEqual(self._verified().state, "verified")

    def test_more_contents_than_were_approved_are_named(self):
        uuid = self._decided(self._steps(self._scope(to_erase=3)))
        self.seal()
        self._erased_under(uuid, *self.entries[4:7])
        with patch.object(verification, "PORTION", 7):
            self.assertEqual(self._verified().state, "verified")
            self._erased_under(uuid, *self.entries[9:11])
            self._assert_named(self.entries[9], "an approval of 3 contents", "exceeded")

    def test_content_that_no_policy_erases_is_named_whatever_was_approved(self):
        """An old approval, with which an administrator would erase what tells of their own settings."""
        entry = self.append(kind="configuration.changed")
        uuid = self._decided(self._steps(self._scope(last=entry.uuid)))
        self.seal()
        self._erased_under(uuid, entry)
        self._assert_named(entry, "always kept", "never_erased")

    def test_an_approval_that_somebody_put_into_the_table_erases_nothing_rightly(self):
        """It carries no mark of ours, so it is set aside and never sealed."""
        uuid = self._decided(self._steps())
        self.tamper("audit_log_entry", "UPDATE audit_log_entry SET mac = '\\x00' WHERE uuid = %s", uuid)
        entry = self.entries[7]
        self._erased_under(uuid, entry)
        self._assert_named(entry, "no approved erasure")
        self.seal()
        self._assert_named(entry, "no approved erasure")

    def test_the_approval_seals_which_contents_may_go(self):
        run = self._asked_a_year_later()
        told = json.loads(self.env["audit.log.entry"].sudo().search([("uuid", "=", run.sudo().erasure)]).payload_text)
        ((scope,),) = [line["logs"] for line in told["lines"] if line["kind"] == "log"]
        self.assertEqual((scope["log"], scope["to_erase"]), (self.log.origin, run.to_erase))
        listed = self.env["audit.log.entry"].sudo().search([("uuid", "=", scope["listed"])])
        ids = json.loads(listed.payload_text)["ids"]
        self.assertEqual((scope["first"], scope["last"], scope["sha256"]), (ids[0], ids[-1], erasures.digest(ids)))
        self.assertLessEqual(set(self.entries.mapped("uuid")), set(ids))
        self.assertEqual(len(ids), run.to_erase)

    def test_what_was_asked_for_in_a_log_that_was_continued_is_asked_for_anew(self):
        later = fields.Datetime.now() + timedelta(days=365)
        with patch.object(fields.Datetime, "now", lambda: later):
            run = self._run()
            run.action_ask()
            with self.second_cursor():
                self.log.sudo()._begin_anew("because")
            with self.refused("A new log was begun"):
                self.confirmed(run.with_user(self.approver), "erase").action_approve()
            run.action_count()
            run.action_ask()
            self.confirmed(run.with_user(self.approver), "erase").action_approve()
        self.seal()
        self._work_off(run)
        self.assertGreaterEqual(run.erased, 20)
        old = self.env["audit.log"].search([("company_id", "=", self.company.id), ("state", "=", "closed")])
        for log in old | self.log:
            with self.second_cursor():
                action = log.with_user(self.accountant).action_verify()
            found = self.env["audit.log.verification"].browse(action["res_id"])
            self.assertEqual(found.state, "verified", found.explanation)
