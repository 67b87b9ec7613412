from collections import defaultdict

from odoo import _, fields, models
from odoo.exceptions import UserError

from ...compat import SERIES, check_access

LABEL = 140  # characters of a line's label
TAKE = """
SELECT id FROM audit_bank_transaction
 WHERE id = ANY(%s) AND posting_state = 'waiting' AND state = 'booked' AND statement_line_id IS NULL
 ORDER BY date, id
   FOR UPDATE
"""


class AuditBankTransaction(models.Model):
    """Posting: each booked transaction becomes one line of its journal, once, through Odoo's own model."""

    _inherit = "audit.bank.transaction"

    def action_confirm(self):
        """Post what is booked into the journals of its accounts, in the name of who confirms it."""
        return self._confirm()

    def _confirm(self, on_open_day=False):
        self._check_may_decide()
        booked = self.filtered(lambda one: one.posting_state == "waiting")
        if not booked:
            raise UserError(_("Nothing here waits to be confirmed."))
        without = booked.account_id.filtered(lambda account: not account.journal_id)
        if without:
            raise UserError(
                _("Account %s has no journal. Choose one under Configuration, Bank Connections.", without[0].name)
            )
        check_access(self.env["account.bank.statement.line"], "create")
        booked._post(on_open_day)
        return True

    def action_set_aside(self):
        """Leave transactions out of the books; each can be taken back."""
        self._check_may_decide()
        doubtful = self.filtered(lambda one: one.posting_state == "doubt")
        self._decide({"waiting": "ignored", "doubt": "ignored"}, "bank.set_aside")
        doubtful.sudo().write({"set_aside_in_doubt": True})
        return True

    def action_take_back(self):
        """Let transactions that were set aside wait again; what was in doubt then is in doubt again."""
        self._check_may_decide()
        doubtful = self.filtered(lambda one: one.posting_state == "ignored" and one.set_aside_in_doubt)
        self._decide({"ignored": "waiting"}, "bank.taken_back")
        doubtful.sudo().write({"posting_state": "doubt", "set_aside_in_doubt": False})
        return True

    def action_open_line(self):
        """Open the line in the books."""
        self.ensure_one()
        if not self.statement_line_id:
            raise UserError(_("It is not posted yet."))
        return self.statement_line_id.move_id.get_formview_action()

    def _check_may_decide(self):
        """Only people of the company with a role in Audit, on what they may see."""
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Only people with a role in Audit decide about bank transactions."))
        self.read(["posting_state"])

    def _decide(self, steps, kind):
        """Write a decision. Sudo: it is the permission, and is recorded."""
        chosen = self.filtered(lambda one: one.posting_state in steps)
        if not chosen:
            raise UserError(_("This was decided already."))
        for before, after in steps.items():
            chosen.filtered(lambda one, state=before: one.posting_state == state).sudo().write(
                {"posting_state": after, "write_date": fields.Datetime.now()}
            )
        chosen._log(kind)

    def _post(self, on_open_day=False):
        """Post what of these waits, and return the lines. Whoever else posts the same waits and then finds it done.

        :param on_open_day: post what falls into a closed period on the first day that is open, else refuse it
        Lines are made with the rights of the current user; the transactions are the superuser's, see ``write``.
        """
        self.account_id.sudo()._lock()
        self.env["audit.bank.transaction"].flush_model()
        self.env.cr.execute(TAKE, [self.ids])
        mine = self.browse([found[0] for found in self.env.cr.fetchall()])
        mine.invalidate_recordset(["posting_state", "statement_line_id"])
        by_journal = defaultdict(lambda: self.browse())
        for transaction in mine:
            if transaction.account_id.journal_id:
                by_journal[transaction.account_id.journal_id] |= transaction
        lines = self.env["account.bank.statement.line"]
        for journal, transactions in by_journal.items():
            if not on_open_day:
                transactions._check_open_days(journal)
            days = {day: self._open_day(journal, day) for day in set(transactions.mapped("date"))}
            values = [one._line_values(journal, days[one.date]) for one in transactions]
            made = lines.with_company(journal.company_id).create(values)
            lines |= made
            transactions._note_posted(made)
        posted = self.browse().concat(*by_journal.values())
        posted.sudo().window_id._make_statements()
        posted._log("bank.posted")
        self.env["audit.event"]._record("bank_transaction.imported", posted.sudo())
        return lines

    def _note_posted(self, lines):
        """Write which line each became, in one statement. Sudo: see ``write``."""
        self.env["account.bank.statement.line"].flush_model()
        self.env.cr.execute(
            """
            UPDATE audit_bank_transaction t
               SET statement_line_id = said.line, posting_state = 'posted', write_date = %s
              FROM unnest(%s::integer[], %s::integer[]) AS said (id, line)
             WHERE t.id = said.id
            """,
            [fields.Datetime.now(), self.ids, lines.ids],
        )
        self.invalidate_recordset(["statement_line_id", "posting_state", "write_date"])

    def _line_values(self, journal, day):
        """The values of the line in the books: what the bank said, and nothing that is guessed; ``day``: to book on."""
        said = self.sudo()
        label = " ".join((said.remittance or said.structured_reference or "").split())
        label = label or said.end_to_end_id or said.code_words or said.counterparty or said.bank_reference or "/"
        label = label if len(label) <= LABEL else label[: LABEL - 1] + "…"
        if not (journal.default_account_id and journal.suspense_account_id):
            raise UserError(_("The journal “%s” has no account, or no suspense account.", journal.display_name))
        values = {
            "journal_id": journal.id,
            "date": day,
            "amount": said.amount,
            "payment_ref": label,
            "partner_name": said.counterparty or False,
            "account_number": said.counterparty_account or False,
            "transaction_type": said.code or False,
            "ref": said.end_to_end_id or said.bank_reference or False,
            "audit_bank_transaction_id": self.id,
        }
        if SERIES < 19:
            # Given at once, the entries of many lines are made together; left to 17.0, each is written on its own.
            values["line_ids"] = [fields.Command.create(line) for line in said._entry_lines(journal, label, day)]
        return values

    def _entry_lines(self, journal, label, day):
        """The lines of the journal entry, as Odoo makes them for a line in the journal's currency."""
        company, currency = journal.company_id, journal.currency_id or journal.company_id.currency_id
        amount = self.amount
        if currency != company.currency_id:
            amount = currency._convert(amount, company.currency_id, company, day)
        for account, sign in ((journal.default_account_id, 1), (journal.suspense_account_id, -1)):
            balance = sign * amount
            yield {
                "name": label,
                "account_id": account.id,
                "currency_id": currency.id,
                "amount_currency": sign * self.amount,
                "debit": balance if balance > 0 else 0.0,
                "credit": -balance if balance < 0 else 0.0,
            }

    def _log(self, kind):
        """One entry for each account. Sudo: the reader of the trail is not known here."""
        for account, transactions in self.sudo().grouped("account_id").items():
            facts = {
                "name": account.name,
                "account": account.number,
                "count": len(transactions),
                "sum": "%.2f" % sum(transactions.mapped("amount")),
                "transactions": transactions.ids[:1000],
                "by": self.env.user.sudo().name or "",
            }
            self.env["audit.log.entry"]._append_facts(kind, [(account.company_id, (account._name, account.id), facts)])
