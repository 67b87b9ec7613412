from odoo import _, models

from ...compat import lock_dates
from . import words

LOCKS = ("fiscal_year", "non_advisers", "tax", "sales", "purchases", "hard")


class AuditSourcePeriodLock(models.AbstractModel):
    """Canonical ``period_lock``: up to which dates a company's books are locked, and what was changed about it."""

    _name = "audit.source.period_lock"
    _inherit = "audit.source"
    _description = "Audit Source of Period Locks"
    _document_model = "res.company"

    def _label(self):
        return _("Lock dates")

    def _companies(self, records):
        return list(records)

    def _told_domain(self, companies):
        return [("id", "in", companies.ids)]

    def _search_by_name(self, operator, value, limit=1000):
        """See ``audit.source``. Sudo as there."""
        own = [("id", "in", self.env.companies.ids)]
        return self.env["res.company"].sudo().search([("name", operator, value), *own], limit=limit)

    def _facts(self, data):
        change = data.get("change") or {}
        exception = change.get("exception") or {}
        return [
            (_("Lock"), self._names_of_locks().get(change.get("lock"))),
            (_("Before"), change.get("before") or (_("Open") if change else None)),
            (_("Now"), change.get("after") or (_("Open") if change else None)),
            (
                _("Exception For"),
                (exception.get("person") or {}).get("name") or (_("Everybody") if exception else None),
            ),
            (_("Until"), exception.get("until")),
            (_("Reason"), exception.get("reason")),
        ]

    def _changes(self, companies, changes, by):
        """Return the payloads of ``companies`` of which each tells one change.

        :param changes: ``{company id: {"lock", "before", "after", "exception"}}``, dates as ISO 8601 text or None
        """
        payloads = self._payloads(companies, by=by)
        return [{**payload, "change": changes[company.id]} for company, payload in zip(companies, payloads)]

    def _names_of_locks(self):
        return {
            "fiscal_year": _("Everybody, all entries"),
            "non_advisers": _("All entries, except for advisers"),
            "tax": _("Tax return"),
            "sales": _("Sales"),
            "purchases": _("Purchases"),
            "hard": _("Everybody, all entries, for ever"),
        }

    def _bodies(self, documents, known):
        fields_of_locks = {lock: field for field, lock in lock_dates().items()}
        return [
            {
                "change": None,
                "locks": {
                    lock: words.date(company[fields_of_locks[lock]]) if lock in fields_of_locks else None
                    for lock in LOCKS
                },
            }
            for company in documents
        ]
