from odoo import _, api, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.models.source.payment import state_of

from ...core.bank_files import reason_codes
from ...core.bank_files.statement import BOOKING
from . import words
from .finding import exact_amount, written


class AuditPaymentStatus(models.Model):
    """Money that came back: a collection that the payer's bank did not pay, a transfer that its bank sent back.

    Once the line of the return is posted, the invoices of the original are open again, by Odoo's own way to undo a
    reconciliation, and the line is reconciled with the original, as far as it is of the same amount: the two end each
    other, and charges stay on the bank line for a person to book. Until then the books stay as they are: who may bring
    a file need not be allowed to book. Where anything is doubtful, nothing is undone and a person decides.
    """

    _inherit = "audit.payment.status"

    @api.model
    def _apply_return(self, company, finder, one, line, source):
        """Put a return into the history of the original payment, and reopen what that one paid when it is posted.

        :return: the row that is new, or none
        """
        payment, problem = finder.find(one)
        if payment:
            reasons = [one.returned] if one.returned else []
            statement = self._statement_of(payment, one, line, source, state="returned", reasons=reasons)
            fingerprint = self._row(statement)["fingerprint"]
            known = payment.audit_status_ids.filtered(lambda status: status.fingerprint == fingerprint)
            if known:
                # Its line was posted after it had been read.
                if line and known._attach(line):
                    known._book_return(company, one)
                return self.browse()
            problem = self._words_on_wrong_return(payment, one)
        if problem:
            self._raise_unclear_movement(company, one, self._with_reason(problem, one))
            return self.browse()
        row = self._note([statement])
        if one.role == BOOKING:
            row._book_return(company, one)
        return row

    def _book_return(self, company, one):
        """Undo in the books what the original did, when the line of the return stands in them; else later, see
        ``_apply_return``. Sudo: the line was posted by somebody who may, or by a rule for them."""
        payment, line = self.payment_id.sudo(), self.statement_line_id.sudo()
        if line.move_id.state != "posted" or state_of(payment) != "posted":
            return
        try:
            with self.env.cr.savepoint():
                self._reopen_invoices()
                self._end_with_return(float(one.charged))
        except UserError as error:
            problem = _(
                "“%(payment)s” came back. Reopen what it paid by hand: %(error)s",
                payment=self.payment_id.display_name,
                error=error,
            )
            self._raise_unclear_movement(company, one, self._with_reason(problem, one))

    @api.model
    def _words_on_wrong_return(self, payment, one):
        """Return a sentence when a movement cannot be the return of this payment, or is one too many, else None."""
        sign = 1 if payment.payment_type == "inbound" else -1
        named = {"payment": payment.display_name, "amount": written(one.amount, one.currency)}
        if state_of(payment) != "posted":
            return _("%(amount)s came back of “%(payment)s”, which is not posted: there is nothing to reopen.", **named)
        if one.amount is not None and one.amount * sign >= 0:
            return _("The bank calls %(amount)s a return, but moved it the same way as “%(payment)s”.", **named)
        if not one.is_of(*exact_amount(payment)):
            return _(
                "%(amount)s came back of “%(payment)s”, which is of %(own)s, and the charges that the bank names do "
                "not explain the difference.",
                own=written(payment.amount, payment.currency_id.name),
                **named,
            )
        earlier = payment.audit_status_ids.filtered(
            lambda status: status.state == "returned" and status.source == "transaction"
        )
        if one.role == BOOKING and earlier:
            return _(
                "%(amount)s came back of “%(payment)s”, which came back before, on %(day)s.",
                day=earlier[0].at.date(),
                **named,
            )
        return None

    @api.model
    def _with_reason(self, problem, one):
        """The problem, why the money came back, and who has to act; of a collection it leaves our account."""
        if not one.returned:
            return problem
        code, collection = one.returned.code, one.amount is not None and one.amount < 0
        found = reason_codes.words(code, collection)
        reason = words.reason_words(code, one.returned.information, collection)
        return "\n".join([problem, *filter(None, [reason]), *self._acts_in_words(found.actor, found.kind)])

    def _reopen_invoices(self):
        """Undo what the original payment was reconciled with on the partner's account. Sudo: a file decides, not a
        person, and who may read which invoice is no matter here."""
        self.ensure_one()
        payment = self.payment_id.sudo()
        _liquidity, counterparts, _others = payment._seek_for_lines()
        open_again = (
            counterparts.matched_debit_ids.debit_move_id | counterparts.matched_credit_ids.credit_move_id
        ).move_id
        invoices = open_again.filtered(lambda move: move.is_invoice(include_receipts=True))
        if payment.move_id:
            counterparts.remove_move_reconcile()
        else:
            # 19.0 only, where a payment may pay an invoice without an entry of its own.
            invoices = payment.reconciled_invoice_ids | payment.reconciled_bill_ids
            payment.action_reject()
        facts = {"payment": payment.display_name, "reason": self.reason or "", "charges": self.charges or ""}
        self.env["audit.log.entry"]._append_facts(
            "payment.returned",
            [
                (payment.company_id, (record._name, record.id), {**facts, "reopened": invoices.mapped("display_name")})
                for record in (payment, *invoices)
            ],
            direction="in",
        )

    def _end_with_return(self, charged):
        """Reconcile the bank line of the return with the original, so that neither stays open on the partner's account.

        Only where the line is still to be assigned and the original is open in full, both in one currency; otherwise a
        person does it. What the bank charged stays to be assigned. Where it is not the company's currency, Odoo books
        what the rates of the two days differ by when it reconciles them.

        :param charged: charges that the amount of the bank line contains
        """
        line, payment = self.statement_line_id.sudo(), self.payment_id.sudo()
        _liquidity, counterparts, _others = payment._seek_for_lines()
        if not line or len(counterparts) != 1 or counterparts.reconciled:
            return
        _bank, suspense, _others = line._seek_for_lines()
        currency, own = counterparts.currency_id, payment.company_id.currency_id
        if len(suspense) != 1 or suspense.currency_id != currency:
            return
        back = -counterparts.amount_currency
        rest = suspense.amount_currency - back
        smaller = rest * suspense.amount_currency < 0 and currency.compare_amounts(abs(rest), charged) > 0
        if suspense.amount_currency * back <= 0 or smaller:
            return
        partner = counterparts.partner_id
        balance = own.round(suspense.balance * back / suspense.amount_currency)
        shares = [(counterparts.account_id, _("Return of %s", payment.display_name), back, balance)]
        if not currency.is_zero(rest):
            shares.append((suspense.account_id, suspense.name, rest, suspense.balance - balance))
        made = [
            {
                "account_id": account.id,
                "name": name,
                "partner_id": partner.id,
                "currency_id": currency.id,
                "balance": share,
                "amount_currency": amount,
            }
            for account, name, amount, share in shares
        ]
        commands = [(2, suspense.id), *((0, 0, values) for values in made)]
        before = line.line_ids
        moved = line.with_context(force_delete=True, skip_readonly_check=True, skip_account_move_synchronization=True)
        moved.write({"line_ids": commands, "partner_id": partner.id})
        added = (line.line_ids - before).filtered(lambda one: one.account_id == counterparts.account_id)
        (added | counterparts).reconcile()
