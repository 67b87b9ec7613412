from odoo import api, models

from ...compat import lock_dates
from . import words
from .res_company import lock_event

_KEY = "audit_connector_base.recreating"


class AccountLockException(models.Model):
    """Says that somebody may post into a locked period, and that they no longer may. 19.0 only."""

    _inherit = "account.lock_exception"

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions._audit_say_exceptions(locked=False)
        return exceptions

    def write(self, vals):
        ending = self.sudo().filtered("active") if vals.get("active") is False else self.browse()
        result = super().write(vals)
        ending._audit_say_exceptions(locked=True)
        return result

    def _recreate(self):
        """When a lock date moves, Odoo makes its exceptions anew; nobody gains or loses anything by that."""
        cache = self.env.cr.cache
        cache[_KEY] = True
        try:
            return super()._recreate()
        finally:
            del cache[_KEY]

    def _audit_say_exceptions(self, locked):
        """Record these exceptions with the companies that they are made in. Sudo: the message is the same for all."""
        if _KEY in self.env.cr.cache:
            return
        for exception in self.sudo():
            lock = lock_dates()[exception.lock_date_field]
            dates = [words.date(exception.company_lock_date), words.date(exception.lock_date)]
            before, after = reversed(dates) if locked else dates
            change = {
                "lock": lock,
                "before": before,
                "after": after,
                "exception": {
                    "id": words.reference(exception),
                    "person": words.person(exception.user_id),
                    "until": words.time(exception.end_datetime),
                    "reason": words.text(exception.reason, words.REFERENCE),
                    "active": not locked,
                },
            }
            company = exception.company_id
            company._audit_say_changes(lock_event(lock, locked), {company.id: change})
