import json
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation, RestrictViolation
from psycopg2.sql import SQL, Identifier

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core import log_entry
from ..models.retention import run_work
from .common import AuditCase
from .records import Maker

ADMIN = "audit_connector_base.group_audit_connector_admin"
APPROVER = "audit_connector_base.group_audit_approver"
TIMES = {
    "audit_log_entry": "time",
    "audit_event": "time",
    "audit_delivery_attempt": "started_at",
    "audit_inbound_message": "received_at",
    "audit_api_answer": "answered_at",
    "queue_job": "date_created",
}


class RetentionCase(AuditCase):
    """A company that exchanged something a year ago, and two people who may erase it together."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", APPROVER, "account.group_account_invoice")
        cls.second_approver = cls._user("app2", APPROVER)
        cls.Run = cls.env["audit.retention.run"]
        cls.Hold = cls.env["audit.retention.hold"]

    def _policy(self, kind="everything", **values):
        return self.env["audit.retention.policy"].create({"kind": kind, "keep_days": 90, **values})

    def _age(self, days=365):
        """Let everything that was recorded so far be older, past the triggers, as only the owner of a table can."""
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE audit_log_entry DISABLE TRIGGER USER")
        for table, column in TIMES.items():
            names = {"table": Identifier(table), "column": Identifier(column)}
            older = SQL("UPDATE {table} SET {column} = {column} - %s * interval '1 day'").format(**names)
            self.env.cr.execute(older, [days])
        self.env.cr.execute("ALTER TABLE audit_log_entry ENABLE TRIGGER USER")
        self.env.invalidate_all()

    def _old_invoice(self, **values):
        invoice = self._invoice(post=True, **values)
        self._age()
        return invoice

    def _run(self, user=None, **values):
        run = self.Run.with_user(user or self.administrator).create(values)
        self.env.flush_all()
        return run

    def _approved(self, run, user=None):
        run.with_user(self.administrator).action_ask()
        self.press(run.with_user(user or self.approver).action_approve)
        run.invalidate_recordset()
        return run

    def _erased(self, **values):
        """A run that was approved and worked off."""
        run = self._approved(self._run(**values))
        self._work_off(run)
        return run

    def _work_off(self, run):
        while run.sudo().state == "running":
            run._work()
            self.env.flush_all()
            self.env.invalidate_all()

    def _contents(self, record):
        """The contents in the log about a record that are still there."""
        self.env.cr.execute(
            """
            SELECT count(*) FROM audit_log_payload p JOIN audit_log_entry e ON e.id = p.entry_id
             WHERE e.res_model = %s AND e.res_id = %s AND p.payload IS NOT NULL
            """,
            [record._name, record.id],
        )
        return self.env.cr.fetchone()[0]

    def _line(self, run, kind="log", entity=False):
        return run.sudo().line_ids.filtered(lambda line: (line.kind, line.entity or False) == (kind, entity))


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
            with mute_logger("odoo.addons.base.models.ir_model"), self.refused("", AccessError):
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
        with self.second_cursor(), self.refused("More would be erased"):
            self.press(run.with_user(self.approver).action_approve)
        run.action_count()
        self.assertEqual(run.state, "counted")
        self._approved(run)
        self._work_off(run)
        self.assertEqual(self._contents(invoice) + self._contents(other), 0)

    def test_a_policy_that_became_longer_asks_for_another_count(self):
        self._old_invoice()
        policy = self._policy()
        run = self._run()
        run.action_ask()
        policy.keep_days = 3650
        with self.second_cursor(), self.refused("More would be erased"):
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
        kinds = ["retention.counted", "retention.asked", "identity.confirmed", "retention.approved", "retention.erased"]
        self.assertEqual(entries.mapped("kind"), kinds)
        told = json.loads(entries[3].payload_text)
        self.assertEqual((told["approved_by"], told["asked_by"]), (self.approver.name, self.administrator.name))
        self.assertTrue(told["lines"][0]["before"])
        self.assertIn("contents erased", entries[4].summary)
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


@tagged("post_install", "-at_install")
class TestRetentionPolicy(RetentionCase):
    def test_nothing_is_erased_before_it_is_thirty_days_old(self):
        with mute_logger("odoo.sql_db"), self.refused("30|minimum_age", CheckViolation, UserError):
            self._policy(keep_days=29)

    def test_what_is_younger_than_the_policy_asks_for_is_kept(self):
        old, young = self._old_invoice(), None
        young = self._invoice(post=True)
        self._age(60)
        self._policy()
        self._erased()
        self.assertFalse(self._contents(old))
        self.assertTrue(self._contents(young))

    def test_the_longest_policy_counts(self):
        invoice = self._old_invoice()
        self._policy()
        self._policy("log", keep_days=400)
        run = self._erased()
        self.assertTrue(self._contents(invoice))
        self.assertTrue(self._line(run, "event").erased)

    def test_a_policy_about_one_kind_of_document_leaves_the_others(self):
        invoice = self._invoice(post=True)
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "line_ids": [
                    Command.create({"account_id": account.id, "debit": debit, "credit": 10 - debit})
                    for account, debit in zip(invoice.line_ids.account_id[:2], (10, 0))
                ],
            }
        )
        entry.action_post()
        self._age()
        self._policy(entity="invoice")
        self._erased()
        self.assertFalse(self._contents(invoice))
        self.assertTrue(self._contents(entry))

    def test_a_longer_policy_about_one_kind_wins_over_the_general_one(self):
        invoice = self._old_invoice()
        self._policy()
        self._policy(entity="invoice", keep_days=3650)
        run = self._run()
        self.assertFalse(self._line(run, "log", "invoice"))
        self.assertFalse(self._line(run, "event"))
        self.assertTrue(self._contents(invoice))

    def test_a_shorter_policy_about_one_kind_does_not_make_the_general_one_shorter(self):
        self._old_invoice()
        self._policy(keep_days=3650)
        self._policy(entity="invoice")
        self.assertFalse(self._run().line_ids)

    def test_other_companies_and_the_system_are_left_alone(self):
        other = self.env["res.company"].create({"name": "Other company"})
        self._load_chart(other)
        theirs = self.env["account.move"].with_company(other).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "invoice_date": "2026-03-31",
                "invoice_line_ids": [Command.create({"name": "Service", "quantity": 1, "price_unit": 10})],
            }
        )  # fmt: skip
        theirs.action_post()
        self.env["ir.config_parameter"].set_param("audit.delivery_timeout", "14")
        self._age()
        self._policy()
        self._erased()
        self.assertTrue(self._contents(theirs))
        parameter = self.env["ir.config_parameter"].search([("key", "=", "audit.delivery_timeout")])
        self.assertTrue(self._contents(parameter))

    def test_what_shows_how_the_suite_was_run_is_kept(self):
        connector = self._connector()
        self._age()
        self._policy()
        self._run()
        kept = self._contents(connector)
        self.assertTrue(kept)
        self.Run.search([]).with_user(self.administrator).action_cancel()
        self._old_invoice()
        self._erased()
        self.assertEqual(self._contents(connector), kept)

    def test_changes_of_policies_and_holds_are_recorded(self):
        policy = self._policy()
        policy.keep_days = 100
        hold = self.Hold.create({"name": "Lawsuit"})
        for record in (policy, hold):
            entry = self.env["audit.log.entry"].sudo().search(
                [("kind", "=", "configuration.changed"), ("res_model", "=", record._name)], limit=1
            )  # fmt: skip
            self.assertTrue(entry)


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

    def test_a_hold_is_released_by_an_approver_with_the_password_and_a_reason(self):
        hold = self.Hold.with_user(self.administrator).create({"name": "Lawsuit"})
        with self.refused("people with the role Approver"):
            hold.action_release()
        mine = hold.with_user(self.approver)
        for records in (mine, mine.sudo()):
            with self.refused("needs your password", AccessError):
                records.write({"released_at": fields.Datetime.now()})
        with self.second_cursor(), self.refused("Say first why"):
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


@tagged("post_install", "-at_install")
class TestErasure(RetentionCase):
    def test_the_log_loses_content_and_salt_and_keeps_its_proof(self):
        invoice = self._old_invoice()
        self._policy("log")
        entry = self.env["audit.log.entry"].search([("res_model", "=", "account.move"), ("res_id", "=", invoice.id)])[
            -1
        ]
        sealed, commitment = entry.sealed_text, entry.commitment
        self.env.cr.execute("SELECT salt, payload FROM audit_log_payload WHERE entry_id = %s", [entry.id])
        salt, payload = map(bytes, self.env.cr.fetchone())
        run = self._erased()
        self.env.cr.execute("SELECT salt, payload, erased_by FROM audit_log_payload WHERE entry_id = %s", [entry.id])
        self.assertEqual(self.env.cr.fetchone(), (None, None, run.erasure))
        self.assertEqual((entry.sealed_text, entry.commitment), (sealed, commitment))
        self.assertEqual(log_entry.commitment(salt, payload), commitment, "whoever kept a copy can still prove it")
        self.assertIn("(content erased)", entry.summary)
        self.assertIn(self.approver.name, entry.details)
        self.assertFalse(entry.payload_text)

    def _change_content(self, change, entry):
        statement = SQL("UPDATE audit_log_payload SET {} WHERE entry_id = %s").format(SQL(change))
        self.env.cr.execute(statement, [entry])

    def test_the_database_permits_this_one_change_only(self):
        invoice = self._old_invoice()
        self._policy("log")
        entries = self.env["audit.log.entry"].search([("res_model", "=", "account.move"), ("res_id", "=", invoice.id)])
        run = self._approved(self._run())
        approval, entry = run.erasure, entries[-1].id
        other = self.env["res.company"].create({"name": "Other company"})
        fact = (other, ("res.company", other.id), {"x": "y"})
        (foreign,) = self.env["audit.log.entry"]._append_facts("retention.approved", [fact])
        whole = "payload = NULL, salt = NULL, erased_by = '%s'"
        for change in (
            "payload = NULL, salt = NULL",
            "payload = NULL, erased_by = '%s'" % approval,
            "salt = NULL, erased_by = '%s'" % approval,
            "payload = '', salt = NULL, erased_by = '%s'" % approval,
            "erased_by = '%s'" % approval,
            whole % entries[-1].uuid,
            whole % foreign,
            whole % approval + ", entry_id = entry_id + 1000000",
            "payload = 'other'",
        ):
            with self.subTest(change=change), mute_logger("odoo.sql_db"):
                with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                    self._change_content(change, entry)
        self._change_content(whole % approval, entry)
        for change in ("payload = 'new', salt = 'new'", whole % approval, "erased_by = NULL"):
            with self.subTest(change=change), mute_logger("odoo.sql_db"):
                with self.assertRaises(RestrictViolation), self.env.cr.savepoint():
                    self._change_content(change, entry)

    def test_messages_and_answers_lose_their_contents(self):
        platform = self.receiver()
        platform.answers = [200]
        connector = self._connector(platform)
        invoice = self._invoice(post=True)
        self.drain(connector)
        self._age()
        event = self.env["audit.event"].search([("res_model", "=", "account.move"), ("res_id", "=", invoice.id)])
        attempt = self.env["audit.delivery.attempt"].search([("connector_id", "=", connector.id)])
        self.assertEqual(attempt.answer_body, "ok")
        self._policy()
        run = self._erased()
        self.env.invalidate_all()
        self.assertEqual(event._payloads(), {event.id: None})
        self.assertFalse(event.payload_sha256, "a digest without salt lets what is missing be guessed")
        self.assertEqual(event.erased_by, run.erasure)
        self.assertFalse(
            attempt.answer_body or attempt.answer_headers or attempt.request_headers or attempt.answer_sha256
        )
        self.assertEqual((attempt.outcome, attempt.erased_by), ("delivered", run.erasure))
        event.delivery_ids._replay("to see")
        self.drain(connector)
        self.assertEqual(event.delivery_ids.state, "dead")
        self.assertIn("its content was erased", event.delivery_ids.reason)

    def test_what_waits_to_be_sent_is_kept(self):
        self._connector()
        self._old_invoice()
        self._policy("event")
        run = self._run()
        line = self._line(run, "event")
        self.assertGreaterEqual(line.busy, 1)
        self.assertEqual(line.to_erase, line.found - line.busy)

    def _received(self, state):
        connector = self._connector()
        connector._receive([("m-1", "application/json", b'{"type": "x", "iban": "DE02"}', {})], "file")
        message = self.env["audit.inbound.message"].search([("connector_id", "=", connector.id)])
        line = {"field_key": "iban", "label": "IBAN", "value_odoo": "DE01", "value_received": "DE02"}
        exception = self.env["audit.exception"]._raise(message, "conflict", "IBAN", [line], self.partner)
        message.state = state
        return connector, message, exception

    def test_messages_received_and_the_values_decided_on_lose_their_contents(self):
        connector, message, exception = self._received("dead")
        exception._close("rejected")
        message.state = "dead"
        self._age()
        self._policy("inbound")
        self._erased()
        self.env.invalidate_all()
        self.assertEqual(message._bodies(), {message.id: None})
        self.assertFalse(message.body_sha256 or message.headers or message.violations)
        self.assertFalse(exception.line_ids.value_received or exception.line_ids.value_odoo)
        with self.refused("was erased"):
            message._data()
        receipts = connector._receive([("m-1", "application/json", b'{"type": "x", "iban": "DE03"}', {})], "file")
        self.assertEqual(receipts[0].verdict, "duplicate", "it is still known by its number")

    def test_what_waits_for_a_decision_is_kept(self):
        _connector, message, exception = self._received("exception")
        self._age()
        self._policy("inbound")
        self.assertEqual(self._line(self._run(), "inbound").to_erase, 0)
        self.assertEqual(exception.state, "open")
        self.assertTrue(message._bodies()[message.id])

    def test_texts_that_jobs_left_behind_are_emptied(self):
        job = self.env["audit.connector"].with_delay()._wake()
        record = self.env["queue.job"].search([("uuid", "=", job.uuid)])
        record.write({"state": "failed", "exc_info": "Traceback: DE02", "exc_message": "DE02", "result": "DE02"})
        waiting = self.env["audit.connector"].with_delay()._wake()
        waiting = self.env["queue.job"].search([("uuid", "=", waiting.uuid)])
        waiting.write({"exc_info": "to be tried again"})
        self._age()
        self._policy("job")
        self._erased()
        self.env.invalidate_all()
        self.assertFalse(record.exc_info or record.exc_message or record.result)
        self.assertEqual(record.state, "failed")
        self.assertEqual(waiting.exc_info, "to be tried again")

    def test_answers_to_programs_go_whole(self):
        maker_env = self.env(user=self.administrator, context={"allowed_company_ids": self.company.ids})
        answer = Maker(maker_env).of("audit.api.answer")
        self._age()
        self._policy("api_answer")
        self.Hold.create({"name": "Lawsuit"})
        self.env["audit.api.answer"]._forget_old()
        self.assertTrue(answer.exists(), "also what would be forgotten by itself")
        self.env.cr.execute("UPDATE audit_retention_hold SET released_at = now()")
        self.env.invalidate_all()
        self._erased()
        self.env.invalidate_all()
        self.assertFalse(answer.exists())
