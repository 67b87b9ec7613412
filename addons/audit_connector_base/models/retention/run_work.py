import time

from odoo import _, api, fields, models

from ..log.approved_erasures import ApprovedErasures

CHANNEL = "root.audit.retention"
CHUNK = 2000
SECONDS = 10  # of one job: who makes a hold meanwhile waits as long
PAUSE = 5  # seconds until it is looked again whether the approval is sealed
LOCK = "SELECT 1 FROM audit_retention_run WHERE id = %s AND state = 'running' FOR UPDATE"
# Whether a note of the log covers the approval; also true when that log has no key, so that nothing is ever sealed.
SEALED = """
SELECT l.verifier_key IS NULL, EXISTS (
           SELECT 1 FROM audit_log_leaf f JOIN audit_log_checkpoint c ON c.log_id = f.log_id AND c.size > f.index
            WHERE f.entry_id = a.id)
  FROM audit_log_entry a JOIN audit_log l ON l.id = a.log_id WHERE a.uuid = %s
"""
JOBS = """
SELECT 1 FROM queue_job
 WHERE identity_key LIKE %s AND state IN ('wait_dependencies', 'pending', 'enqueued', 'started') LIMIT 1
"""


class AuditRetentionRun(models.Model):
    """Erasing what was approved, part by part, in jobs of a few seconds each. Sudo: nobody writes runs by hand."""

    _inherit = "audit.retention.run"

    waits = fields.Boolean(compute="_compute_waits", help="It is approved, and the approval is not yet sealed.")

    @api.depends("state")
    def _compute_waits(self):
        """Sudo: whoever sees the run may know how far it is."""
        for run in self:
            run.waits = run.state == "running" and not run.sudo()._may_begin()

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
        if not self._may_begin():
            self._enqueue(PAUSE)
            return _("The approval is not sealed yet.")
        run, until = self.sudo(), time.monotonic() + SECONDS
        if not run._is_list_approved():
            return run._stop_for_other_list()
        # In each part, as the run may be cancelled after any of them.
        self.env["audit.log.export"].sudo()._remove_contents_of(run.company_id)
        while True:
            line = run.line_ids.filtered(lambda one: not one.done)[:1]
            if not line:
                run.write({"state": "done", "ended_at": fields.Datetime.now()})
                run._log("retention.erased")
                run.line_ids._forget_list()
                return _("Done.")
            run._erase_some(line)
            if time.monotonic() >= until:
                break
        run._enqueue()
        return _("%s erased so far", run.erased)

    def _erase_some(self, line):
        kind = line._kind_model()
        last, erased = None, 0
        if kind is not None:
            last, erased = kind._erase(line._scope(), self.erasure, line.id, line.position, CHUNK)
        line.write({"done": True} if last is None else {"position": last, "erased": line.erased + erased})

    def _is_list_approved(self):
        """Whether what is listed for the lines is what the approval holds the digests of.

        Those of the run are taken where there is no approval that counts, as of a log without a key.
        """
        lines = self.line_ids.filtered(lambda line: not line.done)
        approved = ApprovedErasures(self.env.cr).rows(self.erasure)
        if approved is None:
            approved = {(line.kind, line.entity or ""): line.sha256 for line in lines}
        return all(approved.get((line.kind, line.entity or "")) == line._listed_sha256() for line in lines)

    def _stop_for_other_list(self):
        """Erase nothing more, as somebody changed the list in the database, and tell people. Returns a sentence."""
        self.write({"state": "cancelled", "ended_at": fields.Datetime.now()})
        self.line_ids._forget_list()
        self._log("retention.cancelled", actor="system/retention")
        title = _("“%s”: what may be erased was changed after it was approved", self.name)
        log = self.env["audit.log"].browse(self.env["audit.log"]._writing(self.company_id.id)[0])
        log._raise_alarm(
            title,
            _(
                "The list of contents in the database is no longer the one that was approved, so the erasure was "
                "stopped. Somebody who can write to the database changed it. Find out who, and verify the log; then "
                "have it counted again."
            ),
        )
        return title

    def _may_begin(self):
        """Whether the approval stands in a signed log and is one by which its verification lets contents be gone.

        Where a log has no key nothing in it is ever proven, and there is nothing to wait for.
        """
        self.ensure_one()
        self.env.cr.execute(SEALED, [self.erasure])
        keyless, is_sealed = self.env.cr.fetchone() or (True, False)
        return keyless or is_sealed and ApprovedErasures(self.env.cr).lets_go(self.erasure)

    def _enqueue(self, pause=0):
        """Plan the next job, ``pause`` seconds from now."""
        self.ensure_one()
        lines = self.sudo().line_ids
        place = "%d-%d" % (len(lines.filtered("done")), sum(lines.mapped("position")))
        self.with_delay(
            channel=CHANNEL,
            max_retries=0,
            eta=pause or None,
            # The job that waits has the place of the one that comes after it.
            identity_key=self._identity("%s-%d" % (place, time.time()) if pause else place),
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
