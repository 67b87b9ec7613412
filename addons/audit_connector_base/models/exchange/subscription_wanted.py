from collections import defaultdict
from datetime import datetime, timezone

from odoo import api, models, tools

from ...core import batching
from .lanes import BULK, batch_lane
from .subscription_state import LOOK, watch

# One query instead of a search and a reading, because postings wait for it.
MATCHING = """
SELECT company.res_company_id AS company_id, s.id, s.connector_id, s.priority, s.mode, s.batch_every, s.batch_at,
       s.batch_zone, s.domain, s.active_from, chosen.major,
       CASE WHEN chosen.version_id IS NOT NULL THEN chosen.minor END AS minor
  FROM audit_subscription s
  JOIN audit_subscription_company_rel company ON company.audit_subscription_id = s.id
  JOIN audit_event_type_audit_subscription_rel wanted ON wanted.audit_subscription_id = s.id
  JOIN audit_event_type kind ON kind.id = wanted.audit_event_type_id
  LEFT JOIN audit_subscription_contract chosen ON chosen.subscription_id = s.id AND chosen.entity = kind.entity
 WHERE kind.code = %s AND s.active AND company.res_company_id = ANY(%s)
 ORDER BY s.connector_id, s.sequence, s.id
"""


class AuditSubscription(models.Model):
    """Who is told of what happens."""

    _inherit = "audit.subscription"

    def init(self):
        watch(self.env.cr, self._table, *(self._fields[name].relation for name in ("company_ids", "event_type_ids")))

    @api.model
    def _state(self):
        """Return what stands for the subscriptions as this transaction sees them."""
        self.flush_model()
        self.env["audit.event.type"].flush_model(["code", "entity"])
        self.env["audit.subscription.contract"].flush_model()
        self.env.cr.execute(LOOK)
        return self.env.cr.fetchone()[0]

    @api.model
    @tools.ormcache("state", "event_type", "companies")
    def _agreed(self, state, event_type, companies):
        """Return who has subscribed to ``event_type`` of ``companies`` (a tuple of ids), as a list of dicts.

        Looked up once for each ``state``: posting waits for it, and it hardly ever changes. Which transaction looked
        does not matter, as no other one sees the same state unless it sees the same subscriptions.
        """
        self.env.cr.execute(MATCHING, [event_type, list(companies)])
        return self.env.cr.dictfetchall()

    @api.model
    def _wanted(self, event_type, records, companies, connectors=None, backfill=False):
        """Return who is told of ``event_type`` about ``records``: one row for each message to each platform.

        Sudo: who posts an invoice need not know which platforms listen. A message goes to a platform once, however
        many of its subscriptions ask for it: the first that matches counts. Archived connectors still collect, so that
        nothing is lost while they are switched off.

        :param companies: ids of the companies in whose books the records are, in their order
        :param connectors: only these, for a back-fill; their subscriptions to other companies or documents do not count
        :return: list of ``(company id, record id or None for all of the company, subscription id, connector id,
            priority, lane, due at (UTC, naive), main version of the contract or None for the one that the message is
            made by, second number or None for the newest)``
        """
        now = datetime.now(timezone.utc)
        company_of = dict(zip(records.ids, companies))
        found = [
            row
            for row in self._agreed(self._state(), event_type, tuple(sorted(set(companies))))
            if not row["active_from"] or row["active_from"] <= now.replace(tzinfo=None)
        ]
        if connectors is not None:
            found = [row for row in found if row["connector_id"] in connectors.ids]
        wanted, everything, taken = [], set(), defaultdict(set)
        for row in found:
            target = (row["company_id"], row["connector_id"])
            if target in everything:
                continue
            terms = self._terms(row, now, backfill)
            if not row["domain"]:
                if taken[target]:
                    rest = [
                        one.id for one in records if company_of[one.id] == target[0] and one.id not in taken[target]
                    ]
                    wanted += [(target[0], res_id, *terms) for res_id in rest]
                else:
                    wanted.append((target[0], None, *terms))
                everything.add(target)
                continue
            for record in self._matching_records(row, records):
                if company_of[record.id] == target[0] and record.id not in taken[target]:
                    taken[target].add(record.id)
                    wanted.append((target[0], record.id, *terms))
        return wanted

    def _terms(self, row, now, backfill):
        priority = BULK if backfill else int(row["priority"])
        lane, due_at = priority, now
        if row["mode"] == "batch" and not backfill:
            lane = batch_lane(row["id"])
            due_at = batching.next_slot(row["batch_every"], now, row["batch_at"], row["batch_zone"])
        due_at = due_at.replace(tzinfo=None)
        return row["id"], row["connector_id"], str(priority), lane, due_at, row["major"], row["minor"]
