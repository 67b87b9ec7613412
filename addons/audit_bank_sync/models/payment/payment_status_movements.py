from odoo import _, api, fields, models

from ...core.bank_files.statement import BOOKING, EXPLANATION, INTRADAY
from ...core.bank_files.values import account_key
from ...core.payment_movements import end_of_day, entry_of_plain, movements
from .concerning import concerning
from .finding import Finder, exact_amount, written

# A statement books; a notification and the report of a day only say that the bank has settled it.
STATES = {BOOKING: "booked", INTRADAY: "settled", EXPLANATION: "settled"}
# State of a staged transaction → role of its entry; of the others nothing follows for payments.
ROLES = {"booked": BOOKING, "intraday": INTRADAY, "explanation": EXPLANATION}


class AuditPaymentStatus(models.Model):
    """Entries of bank statements, put onto the payments that they are of.

    A reference that no payment of ours has is nothing unusual here: most money that comes in was sent by others. It is
    unclear only what names one of ours and does not fit it, and what came back of one that is not known.
    """

    _inherit = "audit.payment.status"

    @api.model
    def _apply_entries(self, company, entries, sources=None, lines=None):
        """Put what entries say into the histories of payments, and reopen what came back.

        :param company: whose account it is; ``entries``: list of ``Entry`` of `bank_files.statement`
        :param sources: ``{index of entry: record that it was read from}``
        :param lines: ``{index of entry: account.bank.statement.line}`` of those that were posted
        :return: the rows that are new
        """
        found = [
            (one, (lines or {}).get(at), (sources or {}).get(at))
            for at, entry in enumerate(entries)
            for one in movements(entry)
            if one.role in STATES
        ]
        finder = Finder(
            self.env, company, [n for one, *_more in found for n in (one.end_to_end_id, one.instruction_id)]
        )
        statements, returns = [], []
        for one, line, source in found:
            if one.is_return:
                returns.append((one, line, source))
            elif one.is_batch:
                statements += self._of_booked_batch(company, finder, one, line, source)
            else:
                statements += self._of_movement(company, finder, one, line, source)
        noted = self._note(statements)
        for one, line, source in returns:
            noted |= self._apply_return(company, finder, one, line, source)
        return noted

    @api.model
    def _apply_entry(self, company, entry, source=None, line=None):
        """See ``_apply_entries``; ``line``: the ``account.bank.statement.line`` of the entry, once it was posted."""
        return self._apply_entries(company, [entry], {0: source}, {0: line})

    @api.model
    def _apply_transactions(self, transactions):
        """Put staged bank transactions into the histories of payments, and reopen what came back.

        :param transactions: ``audit.bank.transaction``; what is announced only says nothing about a payment yet
        :return: the rows that are new
        """
        noted = self.browse()
        for company, own in concerning(transactions.sudo()).grouped("company_id").items():
            told = own.filtered(lambda one: one.state in ROLES)
            entries = [
                entry_of_plain(one.details or {}, ROLES[one.state], account_key(one.account_id.number), one.date)
                for one in told
            ]
            lines = {at: one.statement_line_id for at, one in enumerate(told)}
            noted |= self._apply_entries(company, entries, dict(enumerate(told)), lines)
        return noted

    @api.model
    def _of_movement(self, company, finder, one, line, source):
        payment, problem = finder.find(one)
        if not payment:
            if finder.count(one):
                self._raise_unclear_movement(company, one, problem)
            return []
        problem = self._words_on_misfit(payment, one)
        if problem:
            self._raise_unclear_movement(company, one, problem)
            return []
        return [self._statement_of(payment, one, line, source)]

    @api.model
    def _of_booked_batch(self, company, finder, one, line, source):
        """A batch that the bank booked as one: all of its payments, when they come to that amount."""
        members = finder.find_members(one.message_id, [one.payment_information_id])
        if one.payment_information_id:
            members = members.filtered(lambda payment: payment.audit_batch_id == one.payment_information_id)
        if not members:
            return []
        going = members.filtered(lambda payment: payment.audit_bank_state not in ("rejected", "returned"))
        for payments in (going, members):
            signed = sum(
                payment.amount if payment.payment_type == "inbound" else -payment.amount for payment in payments
            )
            same = payments and set(payments.mapped("currency_id.name")) == {one.currency}
            if same and not payments.currency_id.compare_amounts(float(one.amount), signed):
                return [self._statement_of(payment, one, line, source) for payment in payments]
        self._raise_unclear_movement(
            company,
            one,
            _(
                "The bank booked %(booked)s for the batch %(batch)s; its %(count)s payments that were not rejected "
                "come to %(sum)s.",
                booked=written(one.amount, one.currency),
                batch=one.payment_information_id or one.message_id,
                count=len(going),
                sum=written(sum(going.mapped("amount")), going[:1].currency_id.name or one.currency),
            ),
        )
        return []

    @api.model
    def _words_on_misfit(self, payment, one):
        """Return a sentence when a movement cannot be this payment, else None."""
        sign = 1 if payment.payment_type == "inbound" else -1
        if one.amount is not None and one.amount * sign < 0:
            return _(
                "The bank moved the money the other way than “%s” says, and does not call it a return.",
                payment.display_name,
            )
        if one.is_of(*exact_amount(payment)):
            return None
        return self._words_on_other_amount(payment, one.amount, one.currency) or _(
            "The bank names other amounts than that of “%s”.", payment.display_name
        )

    @api.model
    def _statement_of(self, payment, one, line, source, **values):
        return {
            "payment_id": payment.id,
            "state": STATES[one.role],
            "at": end_of_day(one.date, fields.Datetime.now()),
            "source": "transaction" if one.role == BOOKING else "notification",
            "source_reference": one.bank_reference,
            "source_model": source._name if source else False,
            "source_id": source.id if source else False,
            "statement_line_id": line.id if line else False,
            "end_to_end_id": one.end_to_end_id or payment.audit_end_to_end_id,
            "bank_reference": one.bank_reference,
            "amount": written(one.amount, one.currency),
            "charges": ", ".join(one.charges) or False,
            "key": "movement|%s" % one.key,
            **values,
        }

    @api.model
    def _raise_unclear_movement(self, company, one, problem):
        title = (
            _("A return of %s cannot be assigned", written(one.amount, one.currency))
            if one.is_return
            else _("A bank line of %s does not fit its payment", written(one.amount, one.currency))
        )
        self.env["audit.exception"]._raise_unclear_payment(company, title, problem, "movement|%s" % one.key)
