from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models

from ...core.bank_files.values import account_key
from ..statement.figures import figures

BIC = 8  # characters that name the bank; what follows names a branch


class AuditBankConfirmation(models.Model):
    """Which accounts a bank is asked about: those of journals, and those that are followed and that no journal keeps.

    Asking about one too many costs a line; one that is left out is never confirmed. So what is not known to be closed
    for longer than a year is asked about, and accounts that cannot be said to be of any bank are named to people.

    Sudo throughout: whoever may see the confirmation may see which accounts the company has.
    """

    _inherit = "audit.bank.confirmation"

    of_no_bank = fields.Char(string="Accounts of No Bank", compute="_compute_of_no_bank")

    @api.depends("state", "company_id", "date", "line_ids")
    def _compute_of_no_bank(self):
        for one in self:
            is_asking = one.state == "draft" and one.company_id and one.date
            one.of_no_bank = ", ".join(one._names_of_no_bank()) if is_asking else False

    def _names_of_no_bank(self):
        """Names of accounts that no confirmation asks about, as nobody said which bank they are at."""
        return [record.name for record, banks in self._banks_of_accounts().items() if not banks and self._asked(record)]

    def _accounts_asked(self):
        """Return the values of a line for each account at the bank of this confirmation."""
        self.ensure_one()
        mine = [record for record, banks in self._banks_of_accounts().items() if self.bank_id in banks]
        return [asked for record in mine if (asked := self._asked(record))]

    def _banks_of_accounts(self):
        """Return ``{journal or followed account without one: banks it may be at}`` of the company, also archived."""
        company = [("company_id", "=", self.company_id.id)]
        followed = self.env["audit.bank.account"].sudo().with_context(active_test=False).search(company)
        journals = self.env["account.journal"].sudo().with_context(active_test=False)
        of_followed = self._banks_of_followed(followed)
        found = {}
        for journal in journals.search([*company, ("type", "=", "bank")]) | followed.journal_id:
            kept_in = followed.filtered(lambda one, its=journal: one.journal_id == its)
            named = journal.bank_account_id.bank_id
            found[journal] = named or named.union(*(of_followed[account] for account in kept_in))
        found.update({account: of_followed[account] for account in followed if not account.journal_id})
        return found

    def _banks_of_followed(self, followed):
        """By the account number as Odoo knows it, the BIC that the bank told, or other accounts of the connection."""
        partner = self.company_id.sudo().partner_id
        numbers = self.env["res.partner.bank"].sudo().with_context(active_test=False)
        by_number = {}
        for one in numbers.search([("partner_id", "=", partner.id), ("bank_id", "!=", False)]):
            by_number[account_key(one.acc_number)] = one.bank_id
        found = {}
        for account in followed:
            banks = by_number.get(account.number_key) or self.env["res.bank"].sudo()
            if not banks and account.bank_code:
                banks = banks.search([("bic", "=ilike", account.bank_code[:BIC] + "%")])
            found[account] = banks
        for account in followed.filtered(lambda one: not found[one] and not one.bank_code):
            siblings = account.connection_id.with_context(active_test=False).account_ids
            at = siblings.journal_id.bank_account_id.bank_id
            # Files of one connection may be of several banks; then it is not known which.
            found[account] = at if len(at) == 1 else at.browse()
        return found

    def _asked(self, record):
        """The values of the line for an account, None where it was closed for longer than a year."""
        values = {"confirmation_id": self.id, "name": record.name}
        if record._name == "audit.bank.account":
            section = self._section_of_followed(record)
            values.update(followed_id=record.id, number=record.number, currency_id=record.currency_id.id)
        else:
            booked = figures(record, self.date)
            section = self._section_of_journal(record, booked)
            values.update(
                journal_id=record.id,
                number=record.bank_account_id.acc_number,
                currency_id=booked.currency.id,
                stated_amount=booked.ledger,
            )
        return {**values, "section": section} if section else None

    def _section_of_journal(self, journal, booked):
        """Where the account stands on the day: archiving a journal closes no account, and is often done much later.

        An account with a balance, or with entries later on, was not closed, whatever somebody entered.
        """
        day, closed_on = self.date, journal.audit_closed_on
        has_balance = not all(booked.currency.is_zero(amount) for amount in (booked.on_account, booked.ledger))
        is_in_use = closed_on > day if closed_on else journal.active
        if is_in_use or has_balance or self._has_entries(journal, ("date", ">", day)):
            return "account"
        year_before = day - relativedelta(months=12)
        if self._has_entries(journal, ("date", "<=", day), ("date", ">", year_before)):
            return "closed"
        # Of one that was only archived, all that is known is that it was before the last change.
        at_last = closed_on or journal.write_date.date()
        return "closed" if at_last > year_before else None

    def _section_of_followed(self, account):
        if account.active:
            return "account"
        return "closed" if account.write_date.date() > self.date - relativedelta(months=12) else None

    def _has_entries(self, journal, *when):
        of_account = ["|", ("journal_id", "=", journal.id), ("account_id", "=", journal.default_account_id.id or 0)]
        items = self.env["account.move.line"].sudo()
        return bool(items.search_count([*of_account, ("parent_state", "=", "posted"), *when], limit=1))

    def _identity_content(self, action):
        """With what no bank is asked about, for whoever signs the mandate."""
        content, label = super()._identity_content(action), _("Not asked about, as no bank is named")
        if action == "approve":
            content += [(label, one.of_no_bank) for one in self if one.of_no_bank]
        return content
