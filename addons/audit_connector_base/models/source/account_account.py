from odoo import api, models
from odoo.tools import groupby

from ...compat import companies_of_account, switch_of_accounts

TOLD = {"account_type", "code", "code_mapping_ids", "company_ids", "currency_id", "name", "reconcile"}


class AccountAccount(models.Model):
    """Says that an account was opened or changed, in each company in whose chart it stands."""

    _name = "account.account"
    _inherit = ["account.account", "audit.trail"]

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        for _company, own in accounts._audit_by_company():
            self.env["audit.event"]._record("account.created", own)
        return accounts

    def write(self, vals):
        if not (TOLD | {switch_of_accounts()}) & vals.keys():
            return super().write(vals)
        before = self._audit_bodies()
        result = super().write(vals)
        after = self._audit_bodies()
        for company, own in self._audit_by_company():
            key = company.id
            opened = own.filtered(lambda account, key=key: (account.id, key) not in before)
            changed = (own - opened).filtered(lambda one, key=key: before[one.id, key] != after[one.id, key])
            self.env["audit.event"]._record("account.created", opened)
            self.env["audit.event"]._record("account.changed", changed)
        return result

    def _audit_by_company(self):
        """Yield ``(company, its accounts among these, seen from there)``. Sudo: charts of companies that share one."""
        pairs = [(company, account.id) for account in self.sudo() for company in companies_of_account(account)]
        for company, group in groupby(pairs, key=lambda pair: pair[0]):
            yield company, self.sudo().browse(account for _company, account in group).with_company(company)

    def _audit_bodies(self):
        """Return ``{(account id, company id): what a message would say of it}``."""
        source = self.env["audit.source.account"]
        bodies = {}
        for company, own in self._audit_by_company():
            own = source._as_of_company(own, company)
            bodies.update(((one.id, company.id), body) for one, body in zip(own, source._bodies(own, {})))
        return bodies
