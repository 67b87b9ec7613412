import logging
import math
import secrets
from datetime import timedelta

from odoo import _, api, fields, models

from ...core import flood
from ...transaction import short_transaction
from ..abstract.refusal import KEPT, moments

_logger = logging.getLogger(__name__)

# Attempts with wrong credentials of one source for one client: so many at once, then one in so many seconds.
ATTEMPTS = 10
SECONDS_EACH = 6
# A source that has proven to be the client's is remembered for so long.
PROVEN = timedelta(days=30)

# Counters and slow-down by client and sender; a client that does not exist is 0.
TABLE = """
CREATE UNIQUE INDEX IF NOT EXISTS audit_api_refusal_window_idx
    ON audit_api_refusal (coalesce(client_id, 0), source, reason, window_start);
CREATE TABLE IF NOT EXISTS audit_api_slowdown (
    client_id integer NOT NULL,
    source varchar NOT NULL,
    level double precision NOT NULL,
    at timestamp NOT NULL,
    proven_at timestamp,
    PRIMARY KEY (client_id, source)
);
"""
COUNT = """
INSERT INTO audit_api_refusal AS kept
       (client_id, company_id, source, reason, detail, window_start, first_at, last_at, count)
VALUES (%(client)s, %(company)s, %(source)s, %(reason)s, %(detail)s, %(window)s, %(now)s, %(now)s, %(count)s)
    ON CONFLICT (coalesce(client_id, 0), source, reason, window_start)
    DO UPDATE SET count = kept.count + excluded.count, last_at = excluded.last_at, detail = excluded.detail
RETURNING id, count = %(count)s AND NOT EXISTS (
    SELECT 1 FROM audit_api_refusal other
     WHERE coalesce(other.client_id, 0) = coalesce(kept.client_id, 0) AND other.reason = kept.reason
       AND other.window_start = kept.window_start AND other.last_at >= %(window)s AND other.id <> kept.id)
"""
SLOW_DOWN = """
INSERT INTO audit_api_slowdown AS s (client_id, source, level, at)
VALUES (%(client)s, %(source)s, GREATEST(0, %(attempts)s - %(count)s), %(now)s)
    ON CONFLICT (client_id, source) DO UPDATE SET at = excluded.at,
       level = GREATEST(0, LEAST(%(attempts)s, s.level + GREATEST(0, extract(epoch FROM excluded.at - s.at)) / %(each)s)
                           - %(count)s)
RETURNING level
"""
LEVEL = """
SELECT LEAST(%(attempts)s, level + GREATEST(0, extract(epoch FROM %(now)s - at)) / %(each)s),
       coalesce(proven_at > %(now)s - %(proven)s, FALSE)
  FROM audit_api_slowdown WHERE client_id = %(client)s AND source = %(source)s
"""
PROVE = """
INSERT INTO audit_api_slowdown AS s (client_id, source, level, at, proven_at)
VALUES (%(client)s, %(source)s, %(attempts)s, %(now)s, %(now)s)
    ON CONFLICT (client_id, source) DO UPDATE SET proven_at = excluded.proven_at
 WHERE s.proven_at IS NULL OR s.proven_at < excluded.proven_at - interval '1 hour'
"""

_gate = flood.Gate()


class AuditApiRefusal(models.Model):
    """Requests to the API that were not answered as asked, counted by client, sender, reason and quarter of an hour.

    Whoever comes with wrong credentials again and again is slowed down, for the client that was named and from that
    sender only. It ends by itself, and a sender that has proven itself for the client before is let in with the right
    credentials all the while: so nobody can lock out somebody else.
    """

    _name = "audit.api.refusal"
    _inherit = "audit.refusal"
    _description = "Refused API Requests"
    _log_access = False
    _order = "last_at desc, id desc"
    _rec_name = "reason"

    client_id = fields.Many2one("audit.api.client", readonly=True, ondelete="cascade", index=True)

    def init(self):
        self.env.cr.execute(TABLE)

    @api.model
    def _count(self, client_id, source, reason, detail, attempt=False):
        """Count a refused request; the first of a reason and window goes into the log. Returns seconds to wait, or 0.

        The log, which is kept for ever, does not tell one sender from the other: addresses can be had by the thousand.

        In a transaction of its own, because what refuses is rolled back. SQL: clients hold no rights.

        :param client_id: id of the client, None when there is none
        :param attempt: it came with wrong credentials, which counts towards the slow-down
        """
        detail = flood.shown((detail or "")[:200])
        key = (self.env.cr.dbname, client_id, source)
        count = _gate.due(key, reason, together=reason in ("rate", "slow-down"))
        if not count:
            return flood.PAUSE if attempt else 0
        _logger.info("API request refused from %s for client %s: %s (%s)", source, client_id or "-", reason, detail)
        now, window = moments()
        with short_transaction(self.env.registry) as env:
            client = env["audit.api.client"].browse(client_id)
            values = {
                "client": client_id or None,
                "company": client.company_id.id or None,
                "source": source,
                "reason": reason,
                "detail": detail,
                "window": window,
                "now": now,
                "count": count,
            }
            env.cr.execute(COUNT, values)
            refusal_id, is_first = env.cr.fetchone()
            if is_first:
                env["audit.log.entry"]._append_system(
                    "api.refused",
                    [
                        (
                            ("audit.api.refusal", refusal_id),
                            {
                                "client": {"id": client.id or 0, "name": client.name or ""},
                                "source": source,
                                "reason": reason,
                                "detail": detail,
                            },
                        )
                    ],
                    direction="in",
                    actor="system/api",
                    correlation=secrets.token_hex(16),
                )
            if not attempt:
                return 0
            env.cr.execute(SLOW_DOWN, {**values, **_pace(), "client": client_id or 0})
            return _seconds(env.cr.fetchone()[0])

    @api.model
    def _slowed(self, client_id, source):
        """Return ``(seconds until the next attempt counts, whether the sender has proven itself for the client)``."""
        with short_transaction(self.env.registry, durable=False) as env:
            env.cr.execute(LEVEL, {**_pace(), "client": client_id or 0, "source": source, "now": moments()[0]})
            level, proven = env.cr.fetchone() or (ATTEMPTS, False)
        return _seconds(level), proven

    @api.model
    def _prove(self, client_id, source):
        """Remember that the right credentials of a client came from ``source``; in the caller's transaction."""
        self.env.cr.execute(PROVE, {**_pace(), "client": client_id, "source": source, "now": moments()[0]})

    @api.autovacuum
    def _forget_old(self):
        """Refusals are told in the log; their counts are kept for a while."""
        self._forget_counts()
        limit = fields.Datetime.now() - KEPT
        self.env.cr.execute(
            "DELETE FROM audit_api_slowdown WHERE at < %s AND coalesce(proven_at, at) < %s", [limit] * 2
        )

    @api.model
    def _reasons_in_words(self):
        return {
            "credentials": _("Credentials not accepted"),
            "slow-down": _("Too many wrong credentials"),
            "rate": _("Too many requests"),
            "scope": _("No permission for it"),
            "parameter": _("Wrong parameter"),
            "not-found": _("No such record"),
            "unknown-path": _("No such address"),
            "method": _("Not possible there"),
            "contract": _("Does not match its contract"),
            "not-possible": _("Could not be done"),
            "not-taken": _("Not signed by a known witness"),
            "idempotency-key": _("Key missing or used for something else"),
            "in-progress": _("Sent twice at the same time"),
            "too-large": _("Too large"),
            "unavailable": _("Could not be handled then"),
        }


def _pace():
    return {"attempts": ATTEMPTS, "each": SECONDS_EACH, "proven": PROVEN}


def _seconds(level):
    return math.ceil((1 - level) * SECONDS_EACH) if level < 1 else 0
