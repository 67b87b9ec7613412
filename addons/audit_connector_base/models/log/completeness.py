import logging
from datetime import timedelta

from psycopg2.sql import NULL, SQL, Identifier, Literal

from odoo import _, api, fields, models

from ...compat import payment_field_of_moves, payments_have_a_state
from ...core.signer_memory import MemoryUnusable
from ...transaction import short_transaction

_logger = logging.getLogger(__name__)

RECENT = timedelta(days=3)  # looked at is what changed in so long, once a day
LATE = timedelta(hours=1)
SHOWN = 10

# Entries of payments are told of with the payment.
DOCUMENTS = SQL(
    """
SELECT m.company_id, 'account.move', m.id
  FROM account_move m
 WHERE m.state = 'posted' AND m.{payment} IS NULL AND (m.create_date IS NULL OR m.create_date > %(installed)s)
   AND NOT EXISTS (SELECT 1 FROM audit_log_entry e WHERE e.res_model = 'account.move' AND e.res_id = m.id)
 ORDER BY m.id LIMIT 10001
"""
)
# ``{posted}``: that a payment, or on 17.0 its entry, is.
PAYMENTS = SQL(
    """
SELECT m.company_id, 'account.payment', p.id
  FROM account_payment p JOIN account_move m ON m.{payment} = p.id
 WHERE {posted} AND (p.create_date IS NULL OR p.create_date > %(installed)s)
   AND NOT EXISTS (SELECT 1 FROM audit_log_entry e WHERE e.res_model = 'account.payment' AND e.res_id = p.id)
 ORDER BY p.id LIMIT 10001
"""
)
# What a person approved is recorded in the same transaction, so at about the same time.
APPROVALS = SQL(
    """
SELECT {company}, {model}, x.id
  FROM {table} x
 WHERE x.approved_by_id IS NOT NULL AND x.approved_at > %(since)s AND x.approved_at < %(until)s
   AND NOT EXISTS (SELECT 1 FROM audit_log_entry e
                    WHERE e.res_model = {model} AND e.res_id = x.id
                      AND e.time BETWEEN x.approved_at - interval '5 minutes' AND x.approved_at + interval '5 minutes')
 ORDER BY x.id LIMIT 10001
"""
)
ATTEMPTS = """
SELECT ev.company_id, 'audit.delivery', min(a.delivery_id)
  FROM audit_delivery_attempt a
  JOIN audit_delivery d ON d.id = a.delivery_id
  JOIN audit_event ev ON ev.id = d.event_id
 WHERE a.started_at > %(since)s AND a.started_at < %(until)s AND a.outcome <> 'unknown'
 GROUP BY ev.id
HAVING count(*) > (SELECT count(*) FROM audit_log_entry e
                    WHERE e.correlation = split_part(ev.traceparent, '-', 2) AND e.kind = 'delivery.attempted')
 LIMIT 10001
"""
DECISIONS = """
SELECT x.company_id, 'audit.exception', min(x.id)
  FROM audit_exception x
  CROSS JOIN LATERAL (SELECT CASE WHEN x.res_id > 0 THEN x.res_model ELSE 'audit.exception' END,
                             CASE WHEN x.res_id > 0 THEN x.res_id ELSE x.id END) AS about (model, id)
 WHERE x.decided_at > %(since)s AND x.decided_at < %(until)s
 GROUP BY x.company_id, about.model, about.id
HAVING count(*) > (SELECT count(*) FROM audit_log_entry e
                    WHERE e.res_model = about.model AND e.res_id = about.id AND e.kind LIKE 'exception.%%'
                      AND e.kind <> 'exception.raised')
 LIMIT 10001
"""
UNANNOUNCED = """
WITH lost AS (
    SELECT e.id, e.company_id FROM audit_log_entry e
     WHERE e.time < %(until)s
       AND NOT EXISTS (SELECT 1 FROM audit_log_leaf f WHERE f.entry_id = e.id)
       AND NOT EXISTS (SELECT 1 FROM audit_log_pending p WHERE p.entry_id = e.id)
       AND NOT EXISTS (SELECT 1 FROM audit_log_quarantine q WHERE q.entry_id = e.id)
     LIMIT 10000
), aside AS (
    INSERT INTO audit_log_quarantine (entry_id, log_id, company_id, reason, found_at, state)
    SELECT lost.id, l.id, l.company_id, 'unannounced', now() AT TIME ZONE 'UTC', 'waiting'
      FROM lost JOIN audit_log l ON l.company_id IS NOT DISTINCT FROM lost.company_id AND l.state = 'open'
        ON CONFLICT (entry_id) DO NOTHING
    RETURNING log_id
)
SELECT log_id, count(*) FROM aside GROUP BY log_id
"""
OVERDUE = """
SELECT o.id, count(*) FROM audit_log o
  JOIN audit_log l ON l.company_id IS NOT DISTINCT FROM o.company_id
  JOIN audit_log_pending p ON p.log_id = l.id
  JOIN audit_log_entry e ON e.id = p.entry_id
 WHERE o.state = 'open' AND o.verifier_key IS NOT NULL AND o.frozen_kind IS NULL AND e.time < %(until)s
 GROUP BY o.id
"""


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
        payment = Identifier(payment_field_of_moves())
        posted = SQL("p.state IN ('in_process', 'paid')" if payments_have_a_state() else "m.state = 'posted'")
        documents = [DOCUMENTS.format(payment=payment), PAYMENTS.format(payment=payment, posted=posted)]
        approvals = [
            APPROVALS.format(
                table=Identifier(model._table),
                model=Literal(model._name),
                company=SQL("x.company_id") if "company_id" in model._fields else NULL,
            )
            for model in self._approved_models()
        ]
        return [
            (documents, _("Posted documents of %s are not in the log"), _("A back-fill tells the platforms of them.")),
            (approvals, _("Approvals of %s are not in the log"), _("Take them back, and have them approved again.")),
            ([ATTEMPTS], _("Deliveries of %s are not in the log"), _("Ask the receivers what reached them.")),
            ([DECISIONS], _("Decisions of %s are not in the log"), _("Ask who is named there.")),
        ]

    @api.model
    def _approved_models(self):
        """The models of the suite whose records a person approves, whichever addon brought them."""
        models_ = (self.env[name] for name in sorted(self.env.registry) if name.startswith("audit."))
        return [
            model
            for model in models_
            if model._auto
            and not model._abstract
            and all(name in model._fields and model._fields[name].store for name in ("approved_at", "approved_by_id"))
        ]

    @api.model
    def _installed_at(self):
        """When the suite came into this database: what was posted before is not in the log."""
        self.env.cr.execute("SELECT min(create_date) FROM audit_event_type")
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
                    "Of %(count)s records nothing is recorded in the log, such as %(names)s. They may have been "
                    "changed past Odoo, directly in the database. Find out who did. %(advice)s",
                    count=len(records) if len(records) <= 10000 else _("more than 10,000"),
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
