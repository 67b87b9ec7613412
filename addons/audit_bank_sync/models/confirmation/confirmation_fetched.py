import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from ...core.bank_files.values import account_key
from ..bank.provider import CannotFetch


class AuditBankConfirmation(models.Model):
    """What the bank confirms over its interface: an answer of class B, kept to the byte as the bank sent it.

    An interface tells which accounts a consent opens, as they are when it is asked, and the closing balance of the day
    where the bank still gives it. It tells nothing of loans, limits, securities, guarantees, derivatives and
    signatories, so that these stay unanswered.
    """

    _inherit = "audit.bank.confirmation"

    can_fetch_answer = fields.Boolean(compute="_compute_can_fetch_answer")
    has_fetched_answer = fields.Boolean(compute="_compute_has_fetched_answer")

    @api.depends("state", "line_ids.number", "line_ids.journal_id")
    def _compute_can_fetch_answer(self):
        for one in self:
            one.can_fetch_answer = one.state in ("sent", "answered") and bool(one._followed())

    @api.depends("answer_ids.channel")
    def _compute_has_fetched_answer(self):
        for one in self:
            one.has_fetched_answer = "bank_api" in one.answer_ids.mapped("channel")

    def action_fetch_answer(self):
        """Ask the bank over its interface, keep what it sends, and enter the balances of the day that stand in it."""
        self.ensure_one()
        self._check_may_prepare()
        self._refuse_unless("sent", "answered")
        followed = self._followed()
        if not followed:
            raise UserError(
                _("No account of “%s” is fetched over an interface of the bank. Hand in its letter.", self.name)
            )
        entered = self.line_ids.browse()
        for connection, pairs in self._by_connection(followed).items():
            entered |= self._fetch_answer_of(connection, pairs)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if entered else "warning",
                "title": _("Asked the bank"),
                "message": self._fetched_in_words(entered),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _followed(self):
        """Return ``{line: audit.bank.account}`` of the accounts that are asked about and that an interface tells of.

        Sudo: how an account is followed is no secret to whoever may see the confirmation.
        """
        self.ensure_one()
        accounts = self.env["audit.bank.account"].sudo().search([("company_id", "=", self.company_id.id)])
        accounts = accounts.filtered(lambda one: one.connection_id.can_be_asked and one.outside_id)
        accounts = accounts.filtered(lambda one: one.connection_id._provider()._confirms())
        found = {}
        for line in self.sudo().line_ids.filtered(lambda one: one.section == "account"):
            key = account_key(line.number or "")
            account = accounts.filtered(
                lambda one, line=line, key=key: (
                    one.currency_id == line.currency_id
                    and (one.journal_id == line.journal_id if line.journal_id else key and one.number_key == key)
                )
            )
            if account:
                found[line] = account[0]
        return found

    def _by_connection(self, followed):
        grouped = {}
        for line, account in followed.items():
            grouped.setdefault(account.connection_id, []).append((line, account))
        return grouped

    def _fetch_answer_of(self, connection, pairs):
        """Ask one bank about ``[(line, account)]``; returns the lines that it answers."""
        accounts = self.env["audit.bank.account"].sudo().concat(*(account for _line, account in pairs))
        try:
            listed, offered, told = connection._provider()._confirm(connection, accounts, self.date)
        except CannotFetch as error:
            raise UserError(error.reason) from error
        day = fields.Date.today()
        note = _("Accounts that the consent opens, as %(bank)s showed them on %(day)s.", bank=connection.name, day=day)
        list_answer = self._keep_fetched("%s accounts %s.json" % (connection.name, day), listed, note)
        entered = self.line_ids.browse()
        for line, account in pairs:
            said = told.get(account)
            if line.answered:
                continue
            if said is None:
                # Sudo: no answer is no hand in the answers.
                line.sudo().remark = line.remark or self._not_told(connection)
                continue
            note = _("Closing booked balance of %(day)s, account %(number)s.", day=self.date, number=account.number)
            answer = self._keep_fetched("%s %s.json" % (account.number, self.date), said.body, note)
            values = {"bank_amount": float(said.balance.amount), "answered": True, "answer_id": answer.id}
            line.with_env(self.env).write(values)
            entered |= line
        self._add_unasked(connection, offered, list_answer)
        return entered

    def _keep_fetched(self, name, content, note):
        """The answer that holds these bytes; what the bank says in the same bytes again is one answer."""
        digest = hashlib.sha256(content).hexdigest()
        known = self.sudo().answer_ids.filtered(lambda one: one.sha256 == digest)[:1]
        return known or self.env["audit.bank.answer"]._receive(self, name, content, "bank_api", note=note)

    def _add_unasked(self, connection, offered, answer):
        """Add accounts that the bank has and nobody asked about; each differs, as nothing was stated of it."""
        accounts = self.env["audit.bank.account"]
        # One number may stand for accounts in several currencies.
        asked = {(account_key(line.number or ""), line.currency_id) for line in self.sudo().line_ids}
        asked |= {(one.number_key, one.currency_id) for one in self._followed().values()}
        for one in offered:
            currency = accounts._currency(one.currency)
            if (account_key(one.number), currency) in asked or not currency:
                continue
            self.env["audit.bank.confirmation.line"].create(
                {
                    "confirmation_id": self.id,
                    "section": "account",
                    "name": one.name or one.number,
                    "number": one.number,
                    "currency_id": currency.id,
                    "bank_text": _("An account that %s has and nobody asked about", connection.name),
                    "answer_id": answer.id,
                }
            )

    def _not_told(self, connection):
        return _(
            "The interface of %(bank)s gives no closing balance of %(day)s any more: ask for its letter.",
            bank=connection.name,
            day=format_date(self.env, self.date),
        )

    def _fetched_in_words(self, entered):
        open_lines = self.line_ids.filtered(lambda one: one.result == "waiting")
        said = _("%s balances entered from what the bank sent, kept as class B.", len(entered))
        if open_lines:
            said += " " + _(
                "Not told by the interface: %s. Only the bank's letter answers these.",
                ", ".join(open_lines.mapped("name")[:5]),
            )
        return said
