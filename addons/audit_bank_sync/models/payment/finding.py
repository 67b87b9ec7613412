"""Finding the payment that a bank speaks of. What is not certain is no payment: a person decides then."""

from decimal import Decimal

from odoo import _


class Finder:
    """Knows the payments of a company by the references that a bank may name. Sudo: files are read by schedules.

    Two queries, however many references there are.

    :param env: environment; ``company``: record; ``references``: end-to-end and instruction references, any order
    """

    def __init__(self, env, company, references):
        references = sorted({one for one in references if one})
        self.env = env
        own = [("company_id", "=", company.id)]
        self._payments = env["account.payment"].sudo()
        self._company = company
        self._by_reference = {}
        found = self._payments.search(
            [*own, "|", ("audit_end_to_end_id", "in", references), ("audit_instruction_id", "in", references)]
        )
        for payment in found:
            self._add(payment.audit_end_to_end_id, payment)
            self._add(payment.audit_instruction_id, payment)
        # A payment that was sent again has another reference now; the bank may still speak of the first one.
        for status in env["audit.payment.status"].sudo().search([*own, ("end_to_end_id", "in", references)]):
            self._add(status.end_to_end_id, status.payment_id)

    def find(self, said):
        """Return ``(payment, problem)``: one of the two, the other one is empty.

        :param said: anything with ``end_to_end_id``, ``instruction_id``, ``payment_information_id``
        :return: a record or none; None, or a sentence that says why there is none
        """
        reference = said.end_to_end_id or said.instruction_id
        if not reference:
            return self._payments, _("The bank gives no reference of a payment.")
        found = self._by_reference.get(reference, self._payments)
        for name, value in (
            ("audit_instruction_id", said.instruction_id if said.end_to_end_id else None),
            ("audit_batch_id", said.payment_information_id),
        ):
            if value and len(found) > 1:
                found = found.filtered(lambda one, name=name, value=value: one[name] in (False, value))
        if len(found) == 1:
            return found, None
        if not found:
            return found, _(
                "No payment of %(company)s has the reference %(reference)s.",
                company=self._company.name,
                reference=reference,
            )
        return self._payments, _(
            "%(count)s payments have the reference %(reference)s: %(names)s.",
            count=len(found),
            reference=reference,
            names=", ".join(found.mapped("display_name")),
        )

    def count(self, said):
        """Return how many payments of ours have the reference of ``said``."""
        return len(self._by_reference.get(said.end_to_end_id or said.instruction_id, ()))

    def find_members(self, message_id, batch_ids):
        """Return the payments that were sent in a file or in one of the batches of these references."""
        batch_ids = sorted({one for one in batch_ids if one})
        found = self._payments
        own = [("company_id", "=", self._company.id)]
        if batch_ids:
            found |= found.search([*own, ("audit_batch_id", "in", batch_ids)])
            if message_id:
                found = found.filtered(lambda one: one.audit_message_id in (False, message_id))
        if message_id:
            found |= found.search([*own, ("audit_message_id", "=", message_id)])
        return found

    def _add(self, reference, payment):
        if reference:
            self._by_reference[reference] = self._by_reference.get(reference, self._payments) | payment


def written(amount, currency):
    """An amount as the screens of this addon write it."""
    return "%s %s" % (currency, format(abs(amount), ".2f")) if amount is not None else ""


def exact_amount(payment):
    """Return ``(amount, currency)`` of a payment: a ``Decimal`` with the decimals of its currency, and the code."""
    currency = payment.currency_id
    return Decimal(format(payment.amount, ".%df" % currency.decimal_places)), currency.name
