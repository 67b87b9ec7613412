import json
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.exchange import backfill_run
from ..models.exchange.lanes import BULK
from .common import AuditCase


@tagged("post_install", "-at_install")
class TestBackfill(AuditCase):
    def setUp(self):
        super().setUp()
        self.invoices = self._posted_on("2026-02-03", "2026-01-05", "2026-03-01", "2026-02-02", "2026-01-31")
        self.platform = self.receiver()
        self.connector = self._connector(self.platform)

    def _posted_on(self, *days):
        invoices = self.env["account.move"]
        for day in days:
            invoices += self._invoice(invoice_date=day, date=day)
        invoices.action_post()
        return invoices

    def _entry_on(self, day):
        account = self.invoices.line_ids.account_id[0]
        lines = [Command.create({"account_id": account.id, side: 5}) for side in ("debit", "credit")]
        return self.env["account.move"].create({"date": day, "line_ids": lines})

    def _wizard(self, user=None, **values):
        return (
            self.env["audit.backfill"]
            .with_user(user or self.administrator)
            .create(
                {
                    "connector_id": self.connector.id,
                    "event_type_id": self.posted_type.id,
                    "date_from": "2026-01-01",
                    "date_to": "2026-02-28",
                    "company_ids": [Command.set(self.company.ids)],
                    **values,
                }
            )
        )

    def _queued(self, **values):
        action = self._wizard(**values).action_queue()
        return self.env["audit.backfill.run"].browse(action["res_id"])

    def _jobs(self, run):
        return self.env["queue.job"].search(
            [("model_name", "=", run._name), ("identity_key", "like", "audit-backfill-%d-" % run.id)], order="id"
        )

    def _worked(self, run):
        while run.state == "running":
            run.with_user(self.administrator)._work()
        run.invalidate_recordset()
        return run

    def _told(self, connector=None):
        """The documents that the connector was told of, in the order in which that was recorded."""
        connector = connector or self.connector
        return connector.delivery_ids.sorted("id").event_id.mapped("res_id")

    def _of_the_period(self):
        return self.invoices.filtered(lambda one: str(one.date) < "2026-03").sorted(lambda one: (one.date, one.id))

    def test_the_count_and_some_names_are_seen_before_anything_is_sent(self):
        wizard = self._wizard()
        self.assertEqual((wizard.count, wizard.obstacle), (4, False))
        self.assertEqual(wizard.sample.splitlines(), self._of_the_period().mapped("display_name"))
        wizard.date_to = "2026-01-31"
        self.assertEqual(wizard.count, 2)
        self.assertFalse(self.connector.delivery_ids)

    def test_documents_are_told_in_order_of_date_marked_and_behind_all_else(self):
        other = self._connector(name="Not asked")
        run = self._worked(self._queued())
        self.assertEqual((run.state, run.told, run.remaining, run.progress), ("done", 4, 0, 100))
        self.assertEqual(self._told(), self._of_the_period().ids)
        self.assertEqual(set(self.connector.delivery_ids.mapped("lane")), {BULK})
        self.assertTrue(all(self.connector.delivery_ids.event_id.mapped("backfill")))
        self.assertFalse(other.delivery_ids)
        self.drain(self.connector, BULK)
        self.assertEqual(
            {(event["type"], event["backfill"]) for event in self.platform.events()}, {("invoice.posted", True)}
        )
        self.assertEqual(len(self.platform.messages), 4)

    def test_each_job_tells_a_chunk_and_plans_the_next(self):
        with patch.object(backfill_run, "CHUNK", 3):
            run = self._queued()
            self.assertEqual((run.state, run.total, run.told), ("running", 4, 0))
            (first,) = self._jobs(run)
            self.assertEqual((first.channel, first.user_id), ("root.audit.backfill", self.administrator))
            run.with_user(self.administrator)._work()
            run.invalidate_recordset()
            self.assertEqual((run.told, run.remaining, run.progress, len(self._jobs(run))), (3, 1, 75, 2))
            self._worked(run)
        self.assertEqual(self._told(), self._of_the_period().ids)

    def test_a_crash_costs_a_chunk_and_repeats_nothing(self):
        with patch.object(backfill_run, "CHUNK", 2):
            run = self._queued()
            run._work()
            with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
                run._work()
                raise ZeroDivisionError  # where a killed worker's transaction ends
            self.env.invalidate_all()
            self.assertEqual((run.told, run.remaining), (2, 2))
            self._worked(run)
        self.assertEqual(self._told(), self._of_the_period().ids)

    def test_what_it_was_told_already_is_left_out_unless_that_is_wanted(self):
        late = self._posted_on("2026-02-20")
        self.assertEqual(self._wizard().count, 4)
        self.assertEqual(self._wizard(skip_told=False).count, 5)
        self._worked(self._queued())
        self.assertEqual(self._wizard().count, 0)
        with self.refused("nothing to tell"):
            self._wizard().action_queue()
        self.assertEqual(self._told().count(late.id), 1)

    def test_it_stops_and_goes_on_where_it_stopped(self):
        with patch.object(backfill_run, "CHUNK", 1):
            run = self._queued()
            run._work()
            run.with_user(self.administrator).action_stop()
            self.assertEqual(run._work(), "The back-fill was stopped.")
            self.assertEqual((run.state, run.told, len(self._told())), ("stopped", 1, 1))
            self.assertIn(self.administrator.name, run.reason)
            run.with_user(self.administrator).action_go_on()
            self._worked(run)
        self.assertEqual(self._told(), self._of_the_period().ids)

    def test_the_same_does_not_run_twice_at_a_time(self):
        self._queued()
        with self.refused("is running"):
            self._wizard().action_queue()

    def test_what_changed_since_it_was_asked_for_is_left_out(self):
        run = self._queued()
        changed = self._of_the_period()[1]
        changed.button_draft()
        self._worked(run)
        self.assertEqual((run.told, run.skipped, changed.id in self._told()), (3, 1, False))

    def test_one_that_cannot_be_told_stops_no_other_and_is_named(self):
        run = self._queued()
        poison = self._of_the_period()[1]
        build = type(self.env["audit.source.invoice"])._payloads

        def payloads(self, records, by=None):
            if poison in records:
                raise RuntimeError("no message can be made")
            return build(self, records, by)

        with patch.object(type(self.env["audit.source.invoice"]), "_payloads", payloads):
            with mute_logger("odoo.addons.audit_connector_base.models.exchange.backfill_run"):
                self._worked(run)
        self.assertEqual((run.state, run.told, run.skipped), ("done", 3, 1))
        self.assertEqual(run.problems, "%s: no message can be made" % poison.display_name)

    def test_the_filter_of_the_subscription_counts(self):
        wanted = self._of_the_period()[0]
        self.connector.subscription_ids.domain = str([("name", "=", wanted.name)])
        self.assertEqual(self._wizard().count, 1)
        self._worked(self._queued())
        self.assertEqual(self._told(), wanted.ids)

    def test_a_subscription_that_is_switched_off_meanwhile_stops_it_with_the_reason(self):
        run = self._queued()
        self.connector.subscription_ids.active = False
        self._worked(run)
        self.assertEqual((run.state, run.remaining, run.told), ("stopped", 4, 0))
        self.assertIn("no active subscription", run.reason)
        with self.refused("no active subscription"):
            run.with_user(self.administrator).action_go_on()
        self.connector.subscription_ids.with_context(active_test=False).active = True
        self.connector.with_context(active_test=False).subscription_ids.active = True
        run.with_user(self.administrator).action_go_on()
        self.assertEqual(self._worked(run).told, 4)

    def test_conditions_of_ones_own_are_tried_with_ones_own_rights(self):
        condition = str([("amount_total", ">", 1)])
        self.assertFalse(self._wizard().may_filter)
        with self.refused("may not see these documents"):
            self._wizard(domain=condition).action_queue()
        both = self._user("both", "audit_connector_base.group_audit_connector_admin", "account.group_account_manager")
        wanted = self._of_the_period()[2]
        wizard = self._wizard(both, domain=str([("name", "=", wanted.name)]))
        self.assertEqual((wizard.may_filter, wizard.count), (True, 1))
        run = self.env["audit.backfill.run"].browse(wizard.action_queue()["res_id"])
        self._worked(run)
        self.assertEqual(self._told(), wanted.ids)
        with self.refused("fixed values"):
            self._wizard(both, domain="[('name', '=', user.name)]").action_queue()

    def test_only_events_that_the_connector_wants_and_documents_can_tell_are_offered(self):
        reset = self.env.ref("audit_connector_base.event_type_invoice_reset_to_draft")
        self.connector.subscription_ids.event_type_ids += reset
        wizard = self._wizard()
        self.assertEqual(wizard.allowed_event_type_ids, self.posted_type)
        wizard.event_type_id = reset
        self.assertIn("do not tell when it happened", wizard.obstacle)
        wizard.event_type_id = self.env.ref("audit_connector_base.event_type_invoice_cancelled")
        self.assertIn("no active subscription", wizard.obstacle)
        wizard.write({"event_type_id": self.posted_type.id, "date_from": "2026-03-01"})
        self.assertIn("ends before it begins", wizard.obstacle)

    def test_suppliers_accounts_and_files_can_be_told_too(self):
        invoice = self.invoices[0]
        self.env["ir.attachment"].create(
            {"name": "receipt.txt", "raw": b"receipt", "res_model": invoice._name, "res_id": invoice.id}
        )
        self.partner.supplier_rank = 1
        self.env.flush_all()
        for code in ("supplier.created", "account.created", "attachment.added", "journal_entry.posted"):
            kind = self.env["audit.event.type"].search([("code", "=", code)])
            self.connector.subscription_ids.event_type_ids = [Command.set(kind.ids)]
            if code == "journal_entry.posted":
                self._entry_on("2026-01-10").action_post()
            values = {} if code == "journal_entry.posted" else {"date_from": "2020-01-01", "date_to": "2030-01-01"}
            with self.subTest(code=code):
                run = self._worked(self._queued(event_type_id=kind.id, skip_told=False, **values))
                self.assertGreater(run.total, 0)
                self.assertEqual((run.state, run.told, run.skipped, run.problems), ("done", run.total, 0, False))

    def test_the_log_tells_of_the_back_fill_once_and_of_each_document_by_its_event(self):
        before = self.env["audit.log.entry"].search([], limit=1).id or 0
        run = self._worked(self._queued())
        entries = self.env["audit.log.entry"].search([("id", ">", before)], order="id")
        self.assertEqual(entries.mapped("kind"), ["backfill.queued", *["event.written"] * 4, "backfill.done"])
        self.assertEqual(entries[0].summary, "Back-fill of 4 documents for %s asked for" % self.connector.name)
        self.assertEqual(entries[-1].summary, "Back-fill for %s done: 4 documents told" % self.connector.name)
        self.assertEqual(entries[0].actor, "user/%d" % self.administrator.id)
        self.assertIn("2026-01-01 – 2026-02-28", entries[0].details)
        self.assertEqual(entries[0].action_open_document()["res_id"], run.id)
        payload = json.loads(entries[-1].payload_text)
        self.assertEqual((payload["told"], payload["total"]), (4, 4))

    def test_a_run_without_a_job_gets_one(self):
        run = self._queued()
        Run = self.env["audit.backfill.run"]
        Run._cron_go_on()
        self.assertEqual(len(self._jobs(run)), 1)
        self._jobs(run).write({"state": "failed"})
        Run._cron_go_on()
        self.assertEqual(self._jobs(run).mapped("state"), ["failed", "pending"])

    def test_queries_do_not_grow_with_the_documents(self):
        few, many = self._queued(date_to="2026-01-31"), None
        queries = self._queries(few)
        self._worked(few)
        self._posted_on(*["2026-02-%02d" % day for day in range(1, 21)])
        many = self._queued(skip_told=False)
        self.assertGreater(many.total, 20)
        self.assertLessEqual(self._queries(many), queries)

    def _queries(self, run):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        run.with_user(self.administrator)._work()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_what_was_sent_is_one_click_away(self):
        run = self._worked(self._queued())
        action = run.action_open_messages()
        self.assertEqual(
            self.env["audit.delivery"].search(action["domain"]), self.connector.delivery_ids.sorted("id", reverse=True)
        )

    def test_only_administrators_ask_stop_and_go_on(self):
        run = self._queued()
        for change in (run.with_user(self.accountant).action_stop, run.with_user(self.accountant).action_go_on):
            with self.refused("Only connector administrators"):
                change()
        with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
            self._wizard(self.accountant)
        for change in (
            lambda: run.with_user(self.administrator).write({"state": "done"}),
            lambda: run.with_user(self.administrator).copy(),
            lambda: run.with_user(self.administrator).unlink(),
        ):
            with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
                change()

    def test_nobody_tells_of_companies_that_are_not_theirs(self):
        other = self.env["res.company"].create({"name": "Other"})
        # 19.0 refuses already to name a company that the person may not see.
        with self.refused("not among your companies|Companies", UserError):
            self._wizard(company_ids=[Command.set(other.ids)]).action_queue()
        stranger = self._user("stranger", "audit_connector_base.group_audit_connector_admin", company=other)
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self._wizard(stranger, company_ids=[Command.set(other.ids)]).action_queue()
