from odoo import models

from ...compat import lock_dates
from . import words

# Locks that hold for everybody and every entry close a period; the others lock some journals, taxes or people.
CLOSING = ("fiscal_year", "hard")


class ResCompany(models.Model):
    """Says that a period was closed or opened again, or journals were locked or unlocked."""

    _name = "res.company"
    _inherit = ["res.company", "audit.trail"]

    def write(self, vals):
        changing = {field: lock for field, lock in lock_dates().items() if field in vals}
        if not changing:
            return super().write(vals)
        companies = self.sudo()
        before = {company.id: {field: company[field] for field in changing} for company in companies}
        result = super().write(vals)
        for field, lock in changing.items():
            companies._audit_say_lock(lock, {company.id: before[company.id][field] for company in companies}, field)
        return result

    def _audit_say_lock(self, lock, before, field):
        happened = {}
        for company in self:
            old, new = before[company.id], company[field]
            if (old or None) != (new or None):
                locked = bool(new) and (not old or new > old)
                happened.setdefault(lock_event(lock, locked), {})[company.id] = {
                    "lock": lock,
                    "before": words.date(old),
                    "after": words.date(new),
                    "exception": None,
                }
        for code, changes in happened.items():
            self.browse(changes)._audit_say_changes(code, changes)

    def _audit_say_changes(self, code, changes):
        """Record an event of each of these companies; ``changes``: see ``audit.source.period_lock._changes``."""
        source = self.env["audit.source.period_lock"]
        self.env["audit.event"]._record(code, self, source._changes(self, changes, self.env.user))


def lock_event(lock, locked):
    """Event type of a lock that was moved forward (``locked``) or back."""
    if lock in CLOSING:
        return "period.closed" if locked else "period.reopened"
    return "journal.locked" if locked else "journal.unlocked"
