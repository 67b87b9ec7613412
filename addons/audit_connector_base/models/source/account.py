from odoo import _, models

from ...compat import account_is_in_use, companies_of_account
from . import filters, words


class AuditSourceAccount(models.AbstractModel):
    """Canonical ``account``: an account as one company has it in its chart."""

    _name = "audit.source.account"
    _inherit = "audit.source"
    _description = "Audit Source of Accounts"
    _document_model = "account.account"

    def _label(self):
        return _("Accounts")

    def _companies(self, records):
        """The company that the records are looked at from, when the account stands in its chart, else another one
        from which the person works, else the account's first one.

        Sudo: as the accounts of a company that the person has left may still be spoken of.
        """
        companies = []
        for account in records.sudo():
            charts = companies_of_account(account)
            own = account.env.company if account.env.company in charts else account.env.companies & charts
            companies.append((own or charts)[:1])
        return companies

    def _told_domain(self, companies):
        return self.env["account.account"]._check_company_domain(companies)

    def _backfill_domain(self, code, date_from, date_to, companies):
        if code != "account.created":
            return None
        return [
            *self._told_domain(companies),
            ("create_date", ">=", "%s 00:00:00" % date_from),
            ("create_date", "<=", "%s 23:59:59" % date_to),
        ]

    def _search_by_name(self, operator, value, limit=1000):
        """See ``audit.source``. Sudo as there."""
        accounts = self.env["account.account"].sudo().with_context(active_test=False)
        companies = self.env.companies
        domain = ["|", ("name", operator, value), ("code", operator, value)]
        return accounts.search([*accounts._check_company_domain(companies), *domain], limit=limit)

    def _filters(self):
        types = self.env["account.account"]._fields["account_type"].get_values(self.env)
        return {
            "code": filters.exact("code", "Its code."),
            "type": filters.choice("account_type", {name: name for name in types}, "What kind of account it is."),
            "reconcilable": filters.flag("reconcile", "Whether its entries are assigned to one another."),
        }

    def _facts(self, data):
        return [
            (_("Code"), data.get("code")),
            (_("Account"), data.get("name")),
            (_("In Use"), {True: _("Yes"), False: _("No")}.get(data.get("active"))),
        ]

    def _bodies(self, documents, known):
        return [
            {
                "code": words.text(account.code, words.NUMBER),
                "name": words.name(account, account.name),
                "type": account.account_type,
                "reconcilable": bool(account.reconcile),
                "currency": account.currency_id.name or None,
                "active": bool(account_is_in_use(account)),
            }
            for account in documents
        ]
