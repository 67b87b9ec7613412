from odoo import _, api, fields, models

from ...core.bank_files import status_codes
from ...core.bank_files.status_report import TRANSACTION, Verdict
from ...core.payment_movements import moment
from .finding import Finder, written


class AuditPaymentStatus(models.Model):
    """Status reports of banks (pain.002), and the statuses that their interfaces tell, put onto payments."""

    _inherit = "audit.payment.status"

    @api.model
    def _apply_report(self, file, report):
        """Put what a status report says into the histories of the payments that it speaks of.

        About a payment the nearest level counts: what is said of itself, else of its batch, else of its file; of those
        that a report in part does not list, nothing is known. Whatever cannot be assigned goes to triage.

        :param file: record that the report was read from, with a ``company_id``
        :param report: ``StatusReport``
        :return: the rows that are new
        """
        listed = [one for payment in report.payments for one in payment.transactions] + report.transactions
        references = [name for one in listed for name in (one.end_to_end_id, one.instruction_id)]
        finder = Finder(self.env, file.company_id, references)
        batches = [payment.payment_information_id for payment in report.payments]
        members = finder.find_members(report.original_message_id, batches)
        said, unclear = self._of_listed(finder, report, listed)
        doubtful = {name for one, _problem in unclear for name in (one.end_to_end_id, one.instruction_id) if name}
        for payment in members:
            if payment.id not in said and not doubtful & {payment.audit_end_to_end_id, payment.audit_instruction_id}:
                ids = payment.audit_batch_id, payment.audit_end_to_end_id, payment.audit_instruction_id
                verdict = report.verdict(*(one or None for one in ids))
                if verdict:
                    said[payment.id] = (verdict, None)
        if not said and not unclear and (report.status or report.payments):
            unclear.append((None, self._words_on_unknown_batches(report, batches)))
        for one, problem in unclear:
            self._raise_unclear_status(file, report, one, problem)
        return self._note([self._statement(file, report, payment_id, *found) for payment_id, found in said.items()])

    @api.model
    def _of_listed(self, finder, report, listed):
        """Return ``({payment id: (verdict, listed)}, [(listed, problem), …])``.

        A payment that is listed twice with different statuses is unclear.
        """
        said, unclear, twice = {}, [], set()
        for one in listed:
            payment, problem = finder.find(one)
            problem = problem or self._words_on_other_amount(payment, one.amount, one.currency)
            if not problem:
                verdict = _verdict(report, one)
                if verdict and said.get(payment.id, (verdict,))[0] != verdict:
                    twice.add(payment.id)
                    problem = _("The report says different things about “%s”.", payment.display_name)
                elif verdict:
                    said[payment.id] = (verdict, one)
            if problem:
                unclear.append((one, problem))
        return {payment_id: found for payment_id, found in said.items() if payment_id not in twice}, unclear

    @api.model
    def _statement(self, file, report, payment_id, verdict, one):
        payment = self.env["account.payment"].sudo().browse(payment_id)
        state, _words = status_codes.state_and_words(verdict.status)
        return {
            "payment_id": payment_id,
            # Of a payment itself, unlike its file, a bank does not say “in part”.
            "state": "pending" if state == status_codes.PARTIAL else state,
            "status_code": verdict.status,
            "level": verdict.level,
            "reasons": verdict.reasons,
            "at": moment(report.created_at, fields.Datetime.now()),
            "source": "file",
            "source_reference": report.message_id,
            "source_model": file._name,
            "source_id": file.id,
            "end_to_end_id": (one and one.end_to_end_id) or payment.audit_end_to_end_id,
            "bank_reference": one and one.bank_reference,
            "amount": one and written(one.amount, one.currency),
            "key": "report|%s|%s|%s" % (report.message_id, report.original_message_id, report.created_at),
        }

    @api.model
    def _words_on_other_amount(self, payment, amount, currency):
        """Return a sentence when a bank speaks of another amount or currency than that of the payment, else None."""
        if currency and currency != payment.currency_id.name:
            return _(
                "The bank speaks of %(currency)s, “%(payment)s” is in %(own)s.",
                currency=currency,
                payment=payment.display_name,
                own=payment.currency_id.name,
            )
        if amount is not None and payment.currency_id.compare_amounts(float(abs(amount)), payment.amount):
            return _(
                "The bank speaks of %(amount)s, “%(payment)s” is of %(own)s.",
                amount=written(amount, currency or payment.currency_id.name),
                payment=payment.display_name,
                own=written(payment.amount, payment.currency_id.name),
            )
        return None

    @api.model
    def _words_on_unknown_batches(self, report, batches):
        named = ", ".join(filter(None, [report.original_message_id, *batches]))
        return _("No payment was sent in the files or batches %s.", named or _("that the report names"))

    @api.model
    def _raise_unclear_status(self, file, report, one, problem):
        status = (one.status if one else None) or report.status
        _state, words = status_codes.state_and_words(status) if status else (None, "")
        self.env["audit.exception"]._raise_unclear_payment(
            file.company_id,
            _("A status of the bank fits no payment: %s", (one and one.end_to_end_id) or report.original_message_id),
            "%s\n%s" % (problem, words) if words else problem,
            "status|%s|%s|%s" % (report.message_id, one and one.payment_information_id, one and one.end_to_end_id),
        )

    @api.model
    def _apply_api(self, payment, status, reasons=(), at=None, reference=None, key=None):
        """Put a status that an interface of a bank told into the history of a payment.

        :param payment: ``account.payment`` that was asked about; ``status``: ISO code such as ACSC
        :param reasons: ``Reason`` of `status_report`; ``at``: time as the bank wrote it; ``reference``: the bank's id
        :param key: what tells this answer from others, by default the time or the status
        :return: the row that is new, or none
        """
        state, _words = status_codes.state_and_words(status)
        return self._note(
            [
                {
                    "payment_id": payment.id,
                    "state": "pending" if state == status_codes.PARTIAL else state,
                    "status_code": status,
                    "level": TRANSACTION,
                    "reasons": tuple(reasons),
                    "at": moment(at, fields.Datetime.now()),
                    "source": "api",
                    "source_reference": reference,
                    "end_to_end_id": payment.sudo().audit_end_to_end_id,
                    "key": "api|%s|%s" % (reference, key or at),
                }
            ]
        )


def _verdict(report, one):
    """What a report says of a transaction that it lists: its own status, else that of the levels above."""
    if one.status:
        return Verdict(one.status, one.reasons, TRANSACTION)
    return report.verdict(one.payment_information_id, one.end_to_end_id, one.instruction_id)
