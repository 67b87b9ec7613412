import logging
import secrets
from datetime import timedelta

import psycopg2

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...compat import check_access
from ...core import canonical

_logger = logging.getLogger(__name__)

CHANNEL = "root.audit.backfill"
CHUNK = 500
LOCK_CLASS = 0x41554446  # "AUDF": namespace of the advisory locks that keep two jobs from one run
MAX_PROBLEMS = 50

# What is left to tell. A document leaves it in the transaction that writes its event: both, or neither.
TABLES = """
CREATE TABLE IF NOT EXISTS audit_backfill_todo (
    run_id integer NOT NULL REFERENCES audit_backfill_run (id) ON DELETE CASCADE,
    position integer NOT NULL,
    res_id integer NOT NULL,
    PRIMARY KEY (run_id, res_id)
);
CREATE INDEX IF NOT EXISTS audit_backfill_todo_position_idx ON audit_backfill_todo (run_id, position);
CREATE UNIQUE INDEX IF NOT EXISTS audit_backfill_run_one_at_a_time
    ON audit_backfill_run (connector_id, event_type_id) WHERE state = 'running';
"""
TAKE = """
DELETE FROM audit_backfill_todo
 WHERE run_id = %(run)s AND res_id IN (
        SELECT res_id FROM audit_backfill_todo WHERE run_id = %(run)s ORDER BY position LIMIT %(limit)s)
RETURNING res_id, position
"""
JOBS = """
SELECT 1 FROM queue_job
 WHERE identity_key LIKE %s AND state IN ('wait_dependencies', 'pending', 'enqueued', 'started') LIMIT 1
"""


class AuditBackfillRun(models.Model):
    """A back-fill under way or done: who asked for what, how far it is, and the button that stops it.

    Jobs tell of up to ``CHUNK`` documents each, one after the other, so that the order of dates is kept and a crash
    costs one chunk of work and repeats nothing.
    """

    _name = "audit.backfill.run"
    _inherit = ["audit.backfill.scope", "audit.company.bound"]
    _description = "Back-fill"
    _order = "id desc"

    connector_id = fields.Many2one(readonly=True, index=True)
    event_type_id = fields.Many2one(readonly=True)
    date_from = fields.Date(readonly=True)
    date_to = fields.Date(readonly=True)
    company_ids = fields.Many2many(readonly=True)
    domain = fields.Char(readonly=True)
    skip_told = fields.Boolean(readonly=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True, precompute=True)
    user_id = fields.Many2one("res.users", string="Asked for By", readonly=True, default=lambda self: self.env.user)
    state = fields.Selection(
        [("running", "Running"), ("stopped", "Stopped"), ("done", "Done")], readonly=True, default="running", index=True
    )
    reason = fields.Char(string="Why It Stopped", readonly=True)
    total = fields.Integer(string="Documents", readonly=True)
    skipped = fields.Integer(
        string="Left Out", readonly=True, help="Deleted, changed or no longer wanted since the back-fill was asked for."
    )
    problems = fields.Text(readonly=True, help="Documents that no message could be made of.")
    ended_at = fields.Datetime(string="Ended", readonly=True)
    remaining = fields.Integer(string="Still to Do", compute="_compute_progress")
    told = fields.Integer(string="Told", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")

    def init(self):
        self.env.cr.execute(TABLES)

    def _compute_progress(self):
        self.env.cr.execute(
            "SELECT run_id, count(*) FROM audit_backfill_todo WHERE run_id = ANY(%s) GROUP BY run_id", [self.ids]
        )
        left = dict(self.env.cr.fetchall())
        for run in self:
            run.remaining = left.get(run.id, 0)
            run.told = run.total - run.remaining - run.skipped
            run.progress = 100.0 * (run.total - run.remaining) / run.total if run.total else 100.0

    @api.depends("connector_id", "event_type_id", "date_from", "date_to")
    def _compute_display_name(self):
        for run in self:
            run.display_name = _(
                "%(event)s, %(date_from)s to %(date_to)s, for %(connector)s",
                event=run.event_type_id.name,
                date_from=run.date_from,
                date_to=run.date_to,
                connector=run.connector_id.name,
            )

    @api.model
    def _start(self, scope, ids):
        """Queue the documents ``ids`` of a scope that was checked, and return the run.

        Sudo: nobody writes runs by hand; who may ask for one was checked by the caller.

        :raises UserError: while the same is under way
        """
        same = [
            ("connector_id", "=", scope.connector_id.id),
            ("event_type_id", "=", scope.event_type_id.id),
            ("state", "=", "running"),
        ]
        if self.sudo().search_count(same, limit=1):
            raise UserError(
                _(
                    "A back-fill of “%(event)s” for “%(connector)s” is running. Wait until it is done, or stop it "
                    "under Exchange ▸ Back-fills.",
                    event=scope.event_type_id.name,
                    connector=scope.connector_id.name,
                )
            )
        run = self.sudo().create(
            {
                "connector_id": scope.connector_id.id,
                "event_type_id": scope.event_type_id.id,
                "date_from": scope.date_from,
                "date_to": scope.date_to,
                "company_ids": [fields.Command.set(scope.company_ids.ids)],
                "domain": scope.domain,
                "skip_told": scope.skip_told,
                "total": len(ids),
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO audit_backfill_todo (run_id, position, res_id)
            SELECT %s, position, id FROM unnest(%s::integer[]) WITH ORDINALITY AS chosen (id, position)
            """,
            [run.id, ids],
        )
        run._log("backfill.queued")
        run._enqueue()
        return run.sudo(False)

    def _work(self):
        """Tell of the next documents, and plan the job after this one. Job method.

        :return: a sentence for the job's result
        """
        self.ensure_one()
        run = self.sudo()
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, self.id])
        if not self.env.cr.fetchone()[0]:
            return _("Another job is at it.")
        if run.state != "running":
            return _("The back-fill was stopped.")
        try:
            # What cannot be told as things are is still to do when somebody has repaired the connector.
            with self.env.cr.savepoint():
                ids = run._take()
                told = run._tell_chunk(ids)
        except UserError as error:
            run._end("stopped", str(error))
            return str(error)
        if not ids:
            run._end("done")
            return _("Done.")
        if told < len(ids):
            run.skipped += len(ids) - told
        run._enqueue()
        return _("%d documents told", told)

    @api.model
    def _cron_go_on(self):
        """Plan a job for each run that has none left, as after a job that failed."""
        self.env["queue.job"].flush_model(["identity_key", "state"])
        for run in self.search([("state", "=", "running")]):
            self.env.cr.execute(JOBS, [run._identity("%")])
            if not self.env.cr.fetchone():
                run._enqueue()

    def action_stop(self):
        """Tell of no more documents. What was told stays told."""
        self._require_administrator()
        for run in self.sudo().filtered_domain([("state", "=", "running")]):
            run._end("stopped", _("Stopped by %s", self.env.user.name))
        return True

    def action_go_on(self):
        """Go on where it stopped."""
        self._require_administrator()
        for run in self.sudo().filtered_domain([("state", "=", "stopped")]):
            run._documents_domain()
            run.write({"state": "running", "reason": False, "ended_at": False})
            run._log("backfill.resumed")
            run._enqueue()
        return True

    def action_open_messages(self):
        """Show what this back-fill sent."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_delivery_action")
        domain = [
            ("connector_id", "=", self.connector_id.id),
            ("event_type", "=", self.event_type_id.code),
            ("event_id.backfill", "=", True),
            ("create_date", ">=", self.create_date),
        ]
        if self.ended_at:
            domain.append(("create_date", "<=", self.ended_at + timedelta(seconds=1)))
        return {**action, "name": _("Told Afterwards"), "domain": domain, "context": {}}

    def _require_administrator(self):
        """Refuse others; the buttons write past the rights, which nobody has on runs."""
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Only connector administrators may stop or continue a back-fill."))
        check_access(self, "read")

    def _take(self):
        """Remove the next documents from what is left, and return their ids in order."""
        self.env.cr.execute(TAKE, {"run": self.id, "limit": CHUNK})
        self.invalidate_recordset(["progress", "remaining", "told"], flush=False)
        return [res_id for res_id, _position in sorted(self.env.cr.fetchall(), key=lambda row: row[1])]

    def _tell_chunk(self, ids):
        """Record the event of those documents that it is still true of; returns how many.

        The connector's company speaks for what belongs to none.
        """
        run = self.with_company(self.company_id)
        documents = run._still_meant(ids)
        try:
            with self.env.cr.savepoint():
                return run._tell(documents)
        except (psycopg2.OperationalError, UserError):
            raise
        except Exception:
            _logger.info("A back-fill goes on document by document, as one of %d cannot be told", len(documents))
        return sum(run._tell_one(document) for document in documents)

    def _still_meant(self, ids):
        """The documents ``ids`` without those that were deleted, or changed so that the event is not true any more."""
        documents = self.env[self.document_model].with_context(active_test=False).browse(ids).exists()
        if not documents:
            return documents
        field = self._period_field(self._documents_domain(self.date_from, self.date_from))
        days = [fields.Date.to_date(document[field]) or self.date_from for document in documents]
        # Of the days of the chunk only: a builder may look through all that lies in the period.
        domain = self._documents_domain(max(min(days), self.date_from), min(max(days), self.date_to))
        meant = set(documents.search([("id", "in", documents.ids), *domain]).ids)
        return documents.filtered(lambda document: document.id in meant)

    def _tell(self, documents):
        """Record the event of all ``documents`` that a subscription wants; returns how many."""
        code = self.event_type_id.code
        companies = [company.id for company in self._source()._companies(documents)]
        wanted = self.env["audit.subscription"]._wanted(code, documents, companies, self.connector_id, backfill=True)
        whole = {row[0] for row in wanted if row[1] is None}
        single = {row[1] for row in wanted}
        documents = documents.browse(
            document.id for document, company in zip(documents, companies) if company in whole or document.id in single
        )
        self.env["audit.event"]._record(code, documents, connectors=self.connector_id, backfill=True)
        return len(documents)

    def _tell_one(self, document):
        try:
            with self.env.cr.savepoint():
                return self._tell(document)
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            _logger.exception("The back-fill %s cannot tell of %s", self.id, document)
            known = (self.problems or "").splitlines()
            if len(known) < MAX_PROBLEMS:
                said = "%s: %s" % (document.display_name, str(error).partition("\n")[0] or type(error).__name__)
                self.problems = "\n".join([*known, said])
            return 0

    def _end(self, state, reason=False):
        self.write({"state": state, "reason": reason, "ended_at": fields.Datetime.now()})
        self._log("backfill.stopped" if state == "stopped" else "backfill.done")

    def _enqueue(self):
        """Plan the next job. Its key names where it begins, so that two of them are never planned."""
        self.ensure_one()
        self.env.cr.execute("SELECT min(position) FROM audit_backfill_todo WHERE run_id = %s", [self.id])
        position = self.env.cr.fetchone()[0]
        self.sudo(False).with_user(self.user_id).with_delay(
            channel=CHANNEL,
            max_retries=0,
            identity_key=self._identity(position or "end"),
            description=_("Back-fill: %s", self.display_name),
        )._work()

    def _identity(self, position):
        return "audit-backfill-%d-%s" % (self.id, position)

    def _log(self, kind):
        for run in self:
            self.env["audit.log.entry"]._append(
                [
                    {
                        "kind": kind,
                        "direction": "none",
                        "company_id": run.company_id.id,
                        "res_model": run._name,
                        "res_id": run.id,
                        "correlation": secrets.token_hex(16),
                        "payload": canonical.dumps(
                            {
                                "companies": run.company_ids.ids,
                                "conditions": run.domain or "",
                                "connector": {"id": run.connector_id.id, "name": run.connector_id.name},
                                "from": run.date_from.isoformat(),
                                "reason": run.reason or "",
                                "to": run.date_to.isoformat(),
                                "told": run.told,
                                "total": run.total,
                                "type": run.event_type_id.code,
                            }
                        ),
                    }
                ]
            )
