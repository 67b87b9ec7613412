import logging
import secrets

from odoo import _, api, fields, models

from ...core import canonical, flood
from ...transaction import short_transaction
from ..abstract.refusal import moments

_logger = logging.getLogger(__name__)

COUNT = """
INSERT INTO audit_inbound_refusal AS kept
       (connector_id, company_id, source, reason, detail, window_start, first_at, last_at, count)
VALUES (%(connector)s, %(company)s, %(source)s, %(reason)s, %(detail)s, %(window)s, %(now)s, %(now)s, %(count)s)
    ON CONFLICT (coalesce(connector_id, 0), source, reason, window_start)
    DO UPDATE SET count = kept.count + excluded.count, last_at = excluded.last_at, detail = excluded.detail
RETURNING id, count = %(count)s
"""

# Each refusal costs a transaction, so those of a flood, and of those who are too fast, are counted together.
_gate = flood.Gate()


class AuditInboundRefusal(models.Model):
    """Requests that were not accepted, counted by connector, sender, reason and quarter of an hour."""

    _name = "audit.inbound.refusal"
    _inherit = "audit.refusal"
    _description = "Audit Refused Requests"
    _log_access = False
    _order = "last_at desc, id desc"
    _rec_name = "reason"

    connector_id = fields.Many2one("audit.connector", readonly=True, ondelete="cascade", index=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS audit_inbound_refusal_window_idx
                ON audit_inbound_refusal (coalesce(connector_id, 0), source, reason, window_start)
            """
        )

    @api.model
    def _count(self, connector, source, reason, detail, count=1):
        """Count refused requests and write a line into Odoo's log; the first of a window also into the audit trail.

        In a transaction of its own, because what refuses is rolled back. SQL: senders hold no rights.
        """
        detail = flood.shown(detail[:200])
        count = _gate.due((self.env.cr.dbname, connector.id, source), reason, count, together=reason == "rate")
        if not count:
            return
        _logger.info("Refused from %s for connector %s: %s (%s)", source, connector.id, reason, detail)
        now, window = moments()
        with short_transaction(self.env.registry) as env:
            env.cr.execute(
                COUNT,
                {
                    "connector": connector.id or None,
                    "company": connector.company_id.id or None,
                    "source": source,
                    "reason": reason,
                    "detail": detail,
                    "window": window,
                    "now": now,
                    "count": count,
                },
            )
            refusal_id, is_first = env.cr.fetchone()
            if is_first and connector:
                env["audit.log.entry"]._append([_entry(connector, refusal_id, source, reason, detail)])

    @api.autovacuum
    def _forget_old(self):
        """Refusals are told in the audit trail; their counts are kept for a while."""
        self._forget_counts()

    @api.model
    def _reasons_in_words(self):
        return {
            "signature": _("Sender not verified"),
            "timestamp": _("Too old, or its clock is wrong"),
            "rate": _("Too many requests"),
            "too-large": _("Too large"),
            "too-many": _("Too many messages at once"),
            "too-slow": _("Sent too slowly"),
            "incomplete": _("Broken off"),
            "method": _("Not sent by POST"),
            "content-type": _("Not JSON"),
            "charset": _("Not UTF-8"),
            "encoding": _("Not UTF-8"),
            "content-encoding": _("Compressed"),
            "length-required": _("Length not stated"),
            "length-invalid": _("Length misstated"),
            "batch": _("Not a proper batch"),
            "depth": _("Nested too deeply"),
            "syntax": _("Cannot be read"),
            "unreadable": _("Cannot be read"),
            "conflict": _("Number used for another message"),
            "unavailable": _("Could not be checked then"),
        }


def _entry(connector, refusal_id, source, reason, detail):
    return {
        "kind": "inbound.refused",
        "direction": "in",
        "actor": "system/inbound",
        "company_id": connector.company_id.id,
        "res_model": "audit.inbound.refusal",
        "res_id": refusal_id,
        "correlation": secrets.token_hex(16),
        "payload": canonical.dumps(
            {
                "connector": {"id": connector.id, "name": connector.name},
                "source": source,
                "reason": reason,
                "detail": detail,
            }
        ),
    }
