import json
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import Command, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.retention import run_work
from .retention_case import RetentionCase


@tagged("post_install", "-at_install")
class TestRetentionRun(RetentionCase):
    def test_without_a_policy_everything_is_kept(self):
        self._old_invoice()
        run = self._run()
        self.assertFalse(run.line_ids)
        with self.refused("nothing to erase"):
            run.action_ask()

    def test_counting_erases_nothing_and_says_what_would_be(self):
        invoice = self._old_invoice()
        self._policy()
        run = self._run()
        self.assertGreaterEqual(self._line(run).to_erase, 1)
        self.assertGreaterEqual(self._line(run, "event").to_erase, 1)
        self.assertLess(self._line(run).oldest, fields.Datetime.now() - timedelta(days=360))
        self.assertEqual(run.state, "counted")
        self.assertTrue(self._contents(invoice))

    def test_two_persons_and_the_password_erase(self):
        invoice = self._old_invoice()
        self._policy()
        run = self._run()
        with self.refused("asked for first"):
            run.with_user(self.approver).action_approve()
        run.action_ask()
        with self.refused("people with the role Approver"):
            run.action_approve()
        asked = run.with_user(self.approver).action_approve()
        self.assertEqual(asked["res_model"], "res.users.identitycheck")
        self.press(run.with_user(self.approver).action_approve)
        run.invalidate_recordset()
        self.assertEqual((run.state, run.approved_by_id), ("running", self.approver))
        self.assertTrue(self._contents(invoice), "a job does it")
        self._work_off(run)
        self.assertEqual(run.state, "done")
        self.assertEqual(self._contents(invoice), 0)
        self.assertEqual(run.erased, run.to_erase)

    def test_whoever_prepared_or_asked_does_not_approve(self):
        self._old_invoice()
        self._policy()
        run = self._run(self.approver)
        run.action_ask()
        with self.refused("You prepared"):
            run.action_approve()
        run.action_cancel()
        run = self._run(self.administrator)
        run.with_user(self.second_approver).action_ask()
        with self.refused("You prepared"):
            run.with_user(self.second_approver).action_approve()
        self.press(run.with_user(self.approver).action_approve)

    def test_nobody_writes_or_makes_up_a_state(self):
        self._old_invoice()
        self._policy()
        run = self._run()
        for user in (self.administrator, self.approver):
            for values in ({"state": "running"}, {"approved_by_id": user.id}, {"line_ids": [Command.clear()]}):
                with self.refused("Use the buttons"):
                    run.with_user(user).write(values)
            with self.refused("counted by Odoo"):
                run.line_ids.with_user(user).write({"before": fields.Datetime.now()})
            with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError):
                run.with_user(user).unlink()
        run.action_cancel()
        given = {"default_state": "running", "default_erasure": "x", "default_approved_by_id": False}
        made = self.Run.with_user(self.administrator).with_context(**given).create({"state": "running"})
        self.assertEqual((made.state, made.erasure), ("counted", False))
        with mute_logger("odoo.sql_db"), self.refused("approved", CheckViolation):
            made.sudo().state = "running"

    def test_accountants_prepare_and_approve_nothing(self):
        with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError, UserError):
            self._run(self.accountant)

    def test_more_than_was_counted_is_not_erased(self):
        invoice = self._old_invoice()
        self._policy()
        hold = self.Hold.create({"name": "Audit 2026", "document": "account.move,%d" % invoice.id})
        other = self._old_invoice()
        run = self._run()
        self.assertTrue(self._line(run).held)
        run.action_ask()
        self.confirmed(hold.with_user(self.approver), "release").write({"released_at": fields.Datetime.now()})
        with self.refused("More would be erased"):
            self.press(run.with_user(self.approver).action_approve)
        run.action_count()
        self.assertEqual(run.state, "counted")
        self._approved(run)
        self._work_off(run)
        self.assertEqual(self._contents(invoice) + self._contents(other), 0)

    def test_what_became_free_after_it_was_asked_for_is_not_erased(self):
        """Held or still needed when it was asked for, so that nobody approved it; and the other way round."""
        kept, freed = self._invoice(post=True), self._invoice(post=True)
        self._connector()
        waiting = self._old_invoice()
        self._policy()
        hold = self.Hold.create({"name": "Audit 2026", "document": "account.move,%d" % kept.id})
        event = self.env["audit.event"].search([("res_model", "=", "account.move"), ("res_id", "=", waiting.id)])
        run = self._approved(self._run())
        asked = {line.kind: line.to_erase for line in run.sudo().line_ids}
        # As no hold is released while something is erased, by whoever writes to the database.
        self.env.cr.execute("UPDATE audit_retention_hold SET released_at = now() WHERE id = %s", [hold.id])
        self.env.cr.execute("UPDATE audit_delivery SET state = 'cancelled' WHERE event_id = %s", [event.id])
        self.env.invalidate_all()
        self.assertGreater(self._line(run, "event")._counted()["to_erase"], asked["event"])
        self._work_off(run)
        self.assertTrue(self._contents(kept))
        self.assertTrue(event._payloads()[event.id])
        self.assertFalse(self._contents(freed))
        self.assertEqual({line.kind: line.erased for line in run.sudo().line_ids}, asked)
        self.assertEqual(self._listed(), 0, "what was noted for it is not kept")

    def test_more_than_was_counted_is_not_asked_for(self):
        invoice = self._old_invoice()
        self._policy()
        hold = self.Hold.create({"name": "Audit 2026", "document": "account.move,%d" % invoice.id})
        self._old_invoice()
        run = self._run()
        self.confirmed(hold.with_user(self.approver), "release").write({"released_at": fields.Datetime.now()})
        with self.refused("More would be erased"):
            run.action_ask()
        with self.refused("People ask"):
            run.with_user(api.SUPERUSER_ID).action_ask()
        run.action_count()
        run.action_ask()
        self.assertEqual(self._listed(), run.to_erase)
        run.action_count()
        self.assertEqual(self._listed(), 0)
        run.action_ask()
        run.action_cancel()
        self.assertEqual(self._listed(), 0)

    def _listed(self):
        self.env.cr.execute("SELECT count(*) FROM audit_retention_listed")
        return self.env.cr.fetchone()[0]

    def test_a_policy_that_became_longer_asks_for_another_count(self):
        self._old_invoice()
        policy = self._policy()
        run = self._run()
        run.action_ask()
        policy.keep_days = 3650
        with self.refused("More would be erased"):
            self.press(run.with_user(self.approver).action_approve)

    def test_a_cancelled_run_erases_nothing_more(self):
        invoice = self._old_invoice()
        self._policy()
        run = self._approved(self._run())
        run.with_user(self.administrator).action_cancel()
        self.assertIn("over", run._work())
        self.assertTrue(self._contents(invoice))

    def test_there_is_one_open_run_of_a_company(self):
        self._old_invoice()
        self._policy()
        self._run()
        with self.refused("open run of this company already"):
            self._run()

    def test_long_work_is_done_in_parts_by_one_job_after_another(self):
        for _number in range(3):
            self._invoice(post=True)
        self._age()
        self._policy("log")
        run = self._approved(self._run())
        with patch.object(run_work, "CHUNK", 1), patch.object(run_work, "SECONDS", 0.000001):
            run._work()
            self.env.flush_all()
            jobs = self.env["queue.job"].search([("identity_key", "like", "audit-retention-%d-" % run.id)])
            self.assertEqual(len(jobs), 2, "one by the approval, one by the first job")
            self.assertEqual(run.state, "running")
            self._work_off(run)
        self.assertEqual((run.state, run.erased), ("done", run.to_erase))

    def test_a_run_without_a_job_gets_one(self):
        self._old_invoice()
        self._policy()
        run = self._approved(self._run())
        jobs = self.env["queue.job"].search([("identity_key", "like", "audit-retention-%d-" % run.id)])
        jobs.state = "failed"
        self.Run._cron_retention()
        self.Run._cron_retention()
        again = self.env["queue.job"].search([("identity_key", "like", "audit-retention-%d-" % run.id)]) - jobs
        self.assertEqual(len(again), 1)

    def test_what_becomes_due_is_counted_every_day_and_left_to_people(self):
        self._policy()
        self.Run._cron_count()
        self.assertFalse(self.Run.search([("company_id", "=", self.company.id)]))
        invoice = self._old_invoice()
        self.Run._cron_count()
        run = self.Run.search([("company_id", "=", self.company.id)])
        self.assertEqual((run.state, run.prepared_by_id.id), ("counted", 1))
        first = run.counted_at
        with patch.object(fields.Datetime, "now", lambda: first + timedelta(days=1)):
            self.Run._cron_count()
        self.assertGreater(run.counted_at, first)
        self.assertEqual(len(self.Run.search([("company_id", "=", self.company.id)])), 1)
        self.assertTrue(self._contents(invoice))
        run.with_user(self.administrator).action_count()
        self._approved(run)
        self._work_off(run)
        self.assertFalse(self._contents(invoice))

    def test_each_step_stands_in_the_audit_trail(self):
        self._old_invoice()
        self._policy()
        run = self._erased(note="Ten years are over")
        entries = self.env["audit.log.entry"].sudo().search(
            [("res_model", "=", run._name), ("res_id", "=", run.id)], order="id"
        )  # fmt: skip
        kinds = [
            "retention.counted", "retention.listed", "retention.asked", "identity.confirmed", "retention.approved",
            "retention.erased",
        ]  # fmt: skip
        self.assertEqual(entries.mapped("kind"), kinds)
        entries -= entries[1]
        told = json.loads(entries[3].payload_text)
        self.assertEqual((told["approved_by"], told["asked_by"]), (self.approver.name, self.administrator.name))
        self.assertTrue(told["lines"][0]["before"])
        self.assertEqual(entries[4].summary, "Contents erased: %d" % run.erased)
        self.assertIn("Ten years are over", entries[4].details)
        self.assertEqual(run.erasure, entries[3].uuid)
        self.assertEqual(run.with_user(self.administrator).action_open_erased()["res_id"], entries[3].id)

    def test_the_report_can_be_printed_before_anything_is_erased(self):
        invoice = self._old_invoice()
        self._policy()
        self.Hold.create({"name": "Lawsuit", "document": "account.move,%d" % invoice.id})
        run = self._run(note="Ten years are over")
        html = self.env["ir.actions.report"]._render_qweb_html("audit_connector_base.report_retention_run", run.ids)[0]
        for word in ("Content of the audit trail", "Lawsuit", "Ten years are over"):
            self.assertIn(word, html.decode())

    def test_nobody_approves_what_was_counted_anew_while_they_were_asked(self):
        self._old_invoice()
        policy = self._policy()
        run = self._run()
        run.action_ask()
        check = self.asked(run.with_user(self.approver).action_approve)
        self.assertIn("Content of the audit trail", check.audit_content)
        policy.keep_days = 30
        run.action_count()
        run.action_ask()
        with self.refused("changed since you were asked"):
            self.answer(check)
        self.assertEqual(run.state, "asked")
