from odoo import _, models

from ...core import canonical
from .lanes import BULK, CHANNELS

CHUNK = 5000
# Under the same message id and in the bulk lane when it is many, so that a replay never holds up what happens now.
AGAIN = """
UPDATE audit_delivery d
   SET state = 'pending', due_at = now() at time zone 'utc', retry_count = 0, failure = NULL, cancel_reason = NULL,
       delivered_at = NULL, lease = NULL, lease_until = NULL,
       lane = CASE WHEN %(bulk)s THEN 2 ELSE d.lane END
 WHERE d.id = ANY(%(ids)s) AND d.state <> 'sending'
RETURNING d.id
"""
CANCEL = """
UPDATE audit_delivery
   SET state = 'cancelled', cancel_reason = %s, due_at = NULL
 WHERE id = ANY(%s) AND state IN ('pending', 'held', 'dead')
RETURNING id
"""


class AuditDelivery(models.Model):
    """Sending once more, and not sending at all: both are decisions of a person, and logged as such."""

    _inherit = "audit.delivery"

    def _replay(self, reason, bulk=False):
        """Send these once more under the same message ids, whatever became of them, except what is being sent now.

        Sudo is not needed: the statement runs past the rules, so callers pass only what the person may see.

        :return: how many
        """
        self.flush_recordset()
        replayed = []
        for start in range(0, len(self), CHUNK):
            self.env.cr.execute(AGAIN, {"ids": self.ids[start : start + CHUNK], "bulk": bulk})
            replayed += [row[0] for row in self.env.cr.fetchall()]
        self.invalidate_model()
        again = self.browse(replayed)
        again._log_decision("delivery.replayed", reason)
        if again:
            self.env["audit.connector"]._request_drain()
        return len(again)

    def _replay_by_jobs(self, reason, size):
        """Plan jobs that send these once more, ``size`` each, and record who asked for it and why.

        The jobs are told which entry says why: what people write does not belong into the arguments of a job, where
        nothing would ever erase it.
        """
        found = self._read_group([("id", "in", self.ids)], ["company_id"], ["id:array_agg"])
        for company, ids in found:
            connectors = self.browse(ids).connector_id
            subject = (connectors._name, connectors.id) if len(connectors) == 1 else (None, None)
            target = {"name": ", ".join(connectors.mapped("name"))}
            facts = {"connector": target, "messages": len(ids), "reason": reason}
            (asked,) = self.env["audit.log.entry"]._append_facts("delivery.replay_asked", [(company, subject, facts)])
            ids = sorted(ids)
            for start in range(0, len(ids), size):
                some = self.browse(ids[start : start + size])
                description = _("Send %s messages again", len(some))
                some.with_delay(channel=CHANNELS[BULK], description=description)._replay_as_asked(asked)

    def _replay_as_asked(self, asked):
        """Send these once more, for the reason that an entry of the log (its UUID) tells. Job method.

        Sudo: whoever asked for it may not read every entry.

        :return: how many
        """
        entry = self.env["audit.log.entry"].sudo().search([("uuid", "=", asked)])
        said = entry._payloads().get(entry.id) or {}
        return self._replay(said.get("reason") or "", bulk=True)

    def _cancel(self, reason):
        """Never send these; returns how many. What was delivered or is being sent stays as it is."""
        self.flush_recordset()
        self.env.cr.execute(CANCEL, [reason, self.ids])
        cancelled = self.browse(row[0] for row in self.env.cr.fetchall())
        self.invalidate_model()
        cancelled._log_decision("delivery.cancelled", reason)
        return len(cancelled)

    def _log_decision(self, kind, reason):
        """One entry a message, so that the trail of its document tells of it."""
        for start in range(0, len(self), CHUNK):
            some = self[start : start + CHUNK]
            self.env.cr.execute(
                """
                SELECT d.id, d.company_id, d.message_id, e.type, e.res_model, e.res_id,
                       split_part(e.traceparent, '-', 2), c.id, c.name
                  FROM audit_delivery d
                  JOIN audit_event e ON e.id = d.event_id
                  JOIN audit_connector c ON c.id = d.connector_id
                 WHERE d.id = ANY(%s) ORDER BY d.id
                """,
                [some.ids],
            )
            self.env["audit.log.entry"]._append(
                [
                    {
                        "kind": kind,
                        "direction": "none",
                        "company_id": company,
                        "res_model": model,
                        "res_id": res_id,
                        "correlation": correlation,
                        "payload": canonical.dumps(
                            {
                                "connector": {"id": connector, "name": name},
                                "delivery": delivery,
                                "event": message,
                                "reason": reason,
                                "type": event_type,
                            }
                        ),
                    }
                    for delivery, company, message, event_type, model, res_id, correlation, connector, name in (
                        self.env.cr.fetchall()
                    )
                ]
            )
