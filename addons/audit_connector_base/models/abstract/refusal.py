from datetime import datetime, timedelta, timezone

from odoo import _, api, fields, models

WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=90)


class AuditRefusal(models.AbstractModel):
    """Requests from outside that were refused, counted by whom they were for, sender, reason and quarter of an hour.

    The first of them is told in the log; the counts are kept for a while.
    """

    _name = "audit.refusal"
    _inherit = "audit.company.bound"
    _description = "Refused Requests, Counted"

    company_id = fields.Many2one("res.company", readonly=True, index=True)
    source = fields.Char(string="Sender", readonly=True, help="Address of the sender; for IPv6 its network.")
    reason = fields.Char(readonly=True)
    reason_name = fields.Char(string="Why", compute="_compute_reason_name")
    detail = fields.Char(string="Last Detail", readonly=True)
    window_start = fields.Datetime(readonly=True)
    first_at = fields.Datetime(string="First", readonly=True)
    last_at = fields.Datetime(string="Last", readonly=True, index=True)
    count = fields.Integer(string="Requests", readonly=True)

    @api.model
    def _reasons_in_words(self):
        """Return ``{code that the sender is told: the same in words}``."""
        return {}

    @api.depends("reason")
    def _compute_reason_name(self):
        names = self._reasons_in_words()
        for refusal in self:
            code = refusal.reason or ""
            refusal.reason_name = names.get(code) or code.replace("-", " ").capitalize()

    @api.depends("reason", "source")
    def _compute_display_name(self):
        for refusal in self:
            refusal.display_name = _("%(reason)s: %(sender)s", reason=refusal.reason_name, sender=refusal.source)

    @api.model
    def _forget_counts(self):
        """Forget the oldest counts, so many at once."""
        self.search([("last_at", "<", fields.Datetime.now() - KEPT)], limit=10000).unlink()


def moments():
    """Return ``(now, beginning of the quarter of an hour that it is in)``, both in UTC."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return now, now - (now - datetime.min) % WINDOW
