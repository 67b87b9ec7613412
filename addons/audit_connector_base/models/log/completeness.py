import logging
from datetime import timedelta

from odoo import _, api, fields, models

from ...core.signer_memory import MemoryUnusable
from ...transaction import short_transaction
from .completeness_queries import ATTEMPTS, DECISIONS, MOST, OVERDUE, UNANNOUNCED

_logger = logging.getLogger(__name__)

RECENT = timedelta(days=3)  # attempts are looked at for so long, once a day; there may be millions of older ones
LATE = timedelta(hours=1)
SHOWN = 10


class AuditLog(models.Model):
    """Whether the log says all that it should: once a day, what happened is compared with what was recorded.

    A log proves that nothing in it was changed, not that everything is in it. Somebody who posts an invoice past Odoo,
    or switches the triggers of a table off, leaves a document without an entry, or an entry that was never sealed.
    """

    _inherit = "audit.log"

    @api.model
    def _cron_look_for_gaps(self):
        self.with_delay(
            priority=30, max_retries=0, identity_key="audit-completeness",
            description=_("Compare what happened with what was recorded"),
        )._look_for_gaps()  # fmt: skip

    @api.model
    def _look_for_gaps(self):
        """Raise an exception for each kind of gap in each company. Job method.

        :return: a sentence for the job's result
        """
        now = fields.Datetime.now()
        times = {"since": now - RECENT, "until": now - LATE, "installed": self._installed_at()}
        found = 0
        with short_transaction(self.env.registry) as env:
            logs = env["audit.log"]
            for queries, title, advice in logs._comparisons():
                rows = []
                for query in queries:
                    env.cr.execute(query, times)
                    rows += env.cr.fetchall()
                found += logs._report_gaps(rows, title, advice)
            found += logs._report_gaps(logs._unrecorded_destinations(), *logs._words_of_destinations())
            env.cr.execute(UNANNOUNCED, times)
            for log_id, count in env.cr.fetchall():
                logs.browse(log_id)._report_set_aside(count)
                found += count
            env.cr.execute(OVERDUE, times)
            for log_id, count in env.cr.fetchall():
                logs.browse(log_id)._report_overdue(count)
            found += logs._report_lost_logs()
        return _("%d gaps", found)

    @api.model
    def _comparisons(self):
        """Return ``[(queries, title, advice), …]``, texts for people; a query finds what has no entry.

        Its rows are ``(company, model, id)``, the company None for what belongs to none.
        """
        return [
            (
                self._posted_documents(),
                _("Posted documents of %s are not in the log"),
                _("A back-fill tells the platforms of them."),
            ),
            (
                self._approvals(),
                _("Approvals of %s are not in the log"),
                _("Take them back, and have them approved again."),
            ),
            ([ATTEMPTS], _("Deliveries of %s are not in the log"), _("Ask the receivers what reached them.")),
            ([DECISIONS], _("Decisions of %s are not in the log"), _("Ask who is named there.")),
        ]

    @api.model
    def _installed_at(self):
        """When the suite came into this database: what was posted before is not in the log."""
        self.env.cr.execute(
            "SELECT least((SELECT min(create_date) FROM audit_event_type), (SELECT min(time) FROM audit_log_entry))"
        )
        return self.env.cr.fetchone()[0] or fields.Datetime.now()

    @api.model
    def _report_gaps(self, rows, title, advice):
        """Put the records that have no entry before somebody of their company; returns how many there are."""
        by_company = {}
        for company, model, res_id in rows:
            by_company.setdefault(company, []).append((model, res_id))
        for company, records in by_company.items():
            log_id, _origin = self._writing(company or 0)
            log = self.browse(log_id)
            names = [self.env[model].browse(res_id).exists().display_name for model, res_id in records[:SHOWN]]
            log._raise_alarm(
                title % log.display_name,
                _(
                    "The log does not say of %(count)s records how they became what they are, such as %(names)s. They "
                    "may have been changed past Odoo, directly in the database. Find out who did. %(advice)s",
                    count=len(records) if len(records) <= MOST else _("more than 10,000"),
                    names=", ".join(filter(None, names)) or "…",
                    advice=advice,
                ),
            )
        return len(rows)

    def _report_overdue(self, count):
        self._raise_alarm(
            _("Entries of the log of %s wait to be sealed", self.display_name),
            _(
                "%s entries have waited for more than an hour. Look at the status of the log, whether the job queue "
                "runs, and at the scheduled action that seals.",
                count,
            ),
        )

    @api.model
    def _report_lost_logs(self):
        """Say which logs were signed here for this database and are no longer in it; returns how many."""
        try:
            signed = self._memory().origins(self._database_uuid())
        except MemoryUnusable:
            _logger.warning("The memory of the signer cannot be read")
            return 0
        known = set(self.sudo().search([]).mapped("origin"))
        lost = [origin for origin in signed if origin not in known]
        if lost:
            log_id, _origin = self._writing(0)
            self.browse(log_id)._raise_alarm(
                _("A log that was signed here is gone"),
                _(
                    "The signer remembers logs of this database that are not in it any more: %s. An older backup was "
                    "put back, or somebody removed them.",
                    ", ".join(lost),
                ),
            )
        return len(lost)
