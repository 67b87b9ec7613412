from datetime import timedelta

from odoo import api, fields, models

from ...core import uuid7

KEPT = timedelta(days=90)


class AuditApiAnswer(models.Model):
    """What a client was answered when it added something, so that asking once more adds nothing and answers the same.

    After the IETF draft *The Idempotency-Key HTTP Header Field*: the key is the client's own, of its own choice.
    """

    _name = "audit.api.answer"
    _inherit = "audit.company.bound"
    _description = "API Answer"
    _log_access = False
    _order = "id desc"
    _rec_name = "key"

    client_id = fields.Many2one("audit.api.client", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    fingerprint = fields.Char(required=True, readonly=True)
    status = fields.Integer(required=True, readonly=True)
    body = fields.Text(required=True, readonly=True)
    message_id = fields.Many2one("audit.inbound.message", readonly=True, ondelete="cascade", index=True)
    answered_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now, index=True)

    _sql_constraints = [("key_unique", "UNIQUE (client_id, key)", "A key is used once.")]

    @api.model
    def _lock(self, client_id, key):
        """Hold a key until the end of this transaction; False when another request holds it."""
        self.env.cr.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", ["audit.api/%d/%s" % (client_id, key)]
        )
        return self.env.cr.fetchone()[0]

    @api.autovacuum
    def _forget_old(self):
        """A hold of the company keeps them all: they may be what somebody wants to see."""
        held = self.env["audit.retention.hold"].search([("released_at", "=", False)]).company_id
        old = [("answered_at", "<", fields.Datetime.now() - KEPT), ("company_id", "not in", held.ids)]
        self.search(old, limit=10000).unlink()

    @api.model
    def _new_number(self):
        """What the message is recognised by: a key may be used again after its answer was forgotten."""
        return "api:%s" % uuid7.uuid7()
