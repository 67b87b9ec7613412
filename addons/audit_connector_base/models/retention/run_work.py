import time

from odoo import _, api, fields, models

CHANNEL = "root.audit.retention"
CHUNK = 2000
SECONDS = 10  # of one job: who makes a hold meanwhile waits as long
LOCK = "SELECT 1 FROM audit_retention_run WHERE id = %s AND state = 'running' FOR UPDATE"
JOBS = """
SELECT 1 FROM queue_job
 WHERE identity_key LIKE %s AND state IN ('wait_dependencies', 'pending', 'enqueued', 'started') LIMIT 1
"""


class AuditRetentionRun(models.Model):
    """Erasing what was approved, part by part, in jobs of a few seconds each. Sudo: nobody writes runs by hand."""

    _inherit = "audit.retention.run"

    def _work(self):
        """Erase for a few seconds, and plan the job after this one. Job method.

        Locks the run first: a hold that was made since this transaction began changed it, and then the job starts again
        with the hold in sight.

        :return: a sentence for the job's result
        """
        self.ensure_one()
        self.flush_recordset()
        self.env.cr.execute(LOCK, [self.id])
        if not self.env.cr.fetchone():
            return _("The run is over.")
        run, until = self.sudo(), time.monotonic() + SECONDS
        while time.monotonic() < until:
            line = run.line_ids.filtered(lambda one: not one.done)[:1]
            if not line:
                run.write({"state": "done", "ended_at": fields.Datetime.now()})
                run._log("retention.erased")
                self.env["audit.log.export"].sudo()._remove_contents_of(run.company_id)
                return _("Done.")
            run._erase_some(line)
        run._enqueue()
        return _("%s erased so far", run.erased)

    def _erase_some(self, line):
        kind = line._kind_model()
        last, erased = kind._erase(line._scope(), self.erasure, line.position, CHUNK) if kind is not None else (None, 0)
        line.write({"done": True} if last is None else {"position": last, "erased": line.erased + erased})

    def _enqueue(self):
        self.ensure_one()
        lines = self.sudo().line_ids
        self.with_delay(
            channel=CHANNEL,
            max_retries=0,
            identity_key=self._identity("%d-%d" % (len(lines.filtered("done")), sum(lines.mapped("position")))),
            description=_("Erase: %s", self.sudo().name),
        )._work()

    def _identity(self, place):
        return "audit-retention-%d-%s" % (self.id, place)

    @api.model
    def _cron_retention(self):
        """Plan a job for each run that has none left, as after one that failed."""
        self.env["queue.job"].flush_model(["identity_key", "state"])
        for run in self.search([("state", "=", "running")]):
            self.env.cr.execute(JOBS, [run._identity("%")])
            if not self.env.cr.fetchone():
                run._enqueue()

    @api.model
    def _cron_count(self):
        """Count what has become due, for each company with policies, so that somebody finds it under Retention Runs.

        Nothing is asked for or erased by itself.
        """
        companies = self.env["audit.retention.policy"].search([]).company_id
        busy = self.search([("state", "in", ("counted", "asked", "running"))])
        # What nobody asked for is counted anew, so that it shows how things are today.
        for run in busy.filtered(lambda one: one.state == "counted" and one.prepared_by_id.id == api.SUPERUSER_ID):
            run._count_again()
        for company in companies - busy.company_id:
            lines = self.env["audit.retention.policy"]._lines(company)
            if self._is_anything_due(company, lines):
                self.with_company(company).create({"company_id": company.id})

    @api.model
    def _is_anything_due(self, company, lines):
        now, kinds = fields.Datetime.now(), self.env["audit.retention.kind"]._members()
        for line in lines:
            scope = {
                "company": company.id,
                "before": fields.Datetime.subtract(now, days=line["keep_days"]),
                "entities": [line["entity"]] if line["entity"] else None,
                "others": line["others"] or None,
            }
            count = kinds[line["kind"]]._count(scope)
            if count["found"] > count["busy"] + count["held"]:
                return True
        return False
