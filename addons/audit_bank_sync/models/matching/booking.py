from odoo import _, models
from odoo.exceptions import UserError

from ...compat import is_reviewed, reviewed
from ...core.matching.values import Use
from .collecting import open_amount
from .money import minor

# The journal item on the suspense account of a posted entry is replaced by what the line really pays.
REPLACING = {
    "force_delete": True, "skip_readonly_check": True, "skip_account_move_synchronization": True,
    "skip_invoice_sync": True,
}  # fmt: skip


class AuditMatchBooking(models.AbstractModel):
    """Carries out the split of one bank line by Odoo's own means: counterparts in its entry, then reconciliation.

    The entry stays balanced and the bank's amount as it is, to the cent. What is not allocated stays on the suspense
    account, and the line open.
    """

    _name = "audit.match.booking"
    _description = "Booking of a Match"

    def _open_amount(self, line):
        """Return what is open of a line, in smallest units of its currency; 0 when nothing is."""
        suspense = line._seek_for_lines()[1]
        if line.state != "posted" or len(suspense) != 1 or line.is_reconciled:
            return 0
        foreign = line.foreign_currency_id.name
        return open_amount(line.amount, line.amount_currency, -suspense.amount_currency, line.currency_id.name, foreign)

    def _book(self, line, parts):
        """Book the parts of one line, which add up to what is open of it; return its new journal items by part.

        :param line: ``account.bank.statement.line``, with the rights to write it
        :param parts: ``audit.match.allocation`` of that line
        :return: list of ``(part, journal item)`` of all that were made
        """
        suspense = line._seek_for_lines()[1]
        planned = self._planned(line, parts, suspense)
        rest = parts.filtered(lambda part: part.use == Use.UNALLOCATED.value)
        before, move = line.move_id.line_ids, line.move_id
        commands = [(0, 0, vals) for _part, vals in planned]
        if rest:
            left = -suspense.balance + sum(vals["balance"] for _part, vals in planned)
            share = sum(rest.mapped("amount")) / sum(parts.mapped("amount"))
            amount = suspense.currency_id.round(suspense.amount_currency * share)
            commands.append((1, suspense.id, {"balance": -left, "amount_currency": amount}))
        else:
            commands.append((2, suspense.id))
        move.with_context(**REPLACING).write({"line_ids": commands})
        made = (move.line_ids - before).sorted("id")
        if [one.account_id.id for one in made] != [vals["account_id"] for _part, vals in planned]:
            raise UserError(
                _("Odoo changed the entry of “%s” while it was written. Nothing was booked.", line.payment_ref)
            )
        if not is_reviewed(move):
            move.with_context(**REPLACING).write(reviewed())
        booked = [(part, item) for (part, _vals), item in zip(planned, made)]
        for part, item in booked:
            if part.use == Use.ITEM.value and part.item_id:
                (item + part.item_id).reconcile()
        return booked

    def _planned(self, line, parts, suspense):
        """Return ``[(part, values of its journal item)]``; the balances add up to that of the suspense account.

        Shares of the balance follow the amounts. What is in the company's own currency has no choice; the last of the
        others, an open item where there is one, takes what is left by rounding and by discounts at the rate of their
        invoice, else the account for exchange differences.
        """
        company, own = line.company_id, line.company_id.currency_id
        settings = self.env["audit.match.settings"]._of_company(company)
        total, balance = sum(parts.mapped("amount")), -suspense.balance
        planned, left = [], balance
        for part in parts:
            share = own.round(balance * part.amount / total) if total else 0.0
            if part.use == Use.DISCOUNT.value:
                vals = self._discount(line, part, parts, share, settings)
            else:
                vals = [self._one(line, part, share, settings)] if part.use != Use.UNALLOCATED.value else []
            for one in vals:
                left += one["balance"]
                planned.append((part, one))
            if not vals:
                left -= share
        left = own.round(left)
        if left:
            free = [(part, vals) for part, vals in planned if vals["currency_id"] != own.id]
            free = [vals for part, vals in free if part.use == Use.ITEM.value] or [vals for _part, vals in free]
            if free:
                free[-1]["balance"] -= left
            else:
                account = settings._account(Use.EXCHANGE.value, line.amount > 0)
                vals = {"account_id": account.id, "balance": -left, "amount_currency": -left, "currency_id": own.id}
                planned.append((self.env["audit.match.allocation"], {**vals, "name": _("Rounding of the exchange")}))
        return planned

    def _one(self, line, part, share, settings):
        """The journal item of one part; ``share``: of the balance, signed as the line."""
        vals = {
            "name": line.payment_ref, "currency_id": line.currency_id.id, "amount_currency": -part.amount,
            "balance": -share, "partner_id": False,
        }  # fmt: skip
        if part.use == Use.ITEM.value:
            item = part.item_id
            vals.update(account_id=item.account_id.id, partner_id=item.partner_id.id, currency_id=item.currency_id.id)
            vals["amount_currency"] = -part.settles
            if item.currency_id == line.company_id.currency_id:
                vals["balance"] = -part.settles
            return vals
        vals["account_id"] = settings._account(part.use, line.amount > 0).id
        if line.currency_id == line.company_id.currency_id:
            vals["balance"] = vals["amount_currency"]
        return vals

    def _discount(self, line, part, parts, share, settings):
        """The journal items of a cash discount, with its share of the taxes, as Odoo itself makes them."""
        settings._account(Use.DISCOUNT.value, line.amount > 0)
        item = self._discounted(part, parts)
        if not (item and item.move_id.is_invoice(include_receipts=True)):
            return [self._one(line, part, share, settings)]
        values = [{"aml": item, "amount_currency": -item.amount_residual_currency, "balance": -item.amount_residual}]
        found = item.move_id._get_invoice_counterpart_amls_for_early_payment_discount(values, -part.amount)
        if item.currency_id == line.currency_id:
            foreign = line.currency_id != line.company_id.currency_id
            # In another currency, Odoo itself makes up for the rates when the item is reconciled.
            groups = [group for name, group in found.items() if not (foreign and name == "exchange_lines")]
            vals = [dict(one) for group in groups for one in group]
            total = sum(one["amount_currency" if foreign else "balance"] for one in vals)
            if vals and minor(total, line.currency_id.name) == minor(-part.amount, line.currency_id.name):
                return [{"currency_id": line.currency_id.id, **one} for one in vals if one["balance"]]
        if found["tax_lines"]:
            raise UserError(
                _(
                    "The discount of %(invoice)s has taxes in it that cannot be told apart here. Book it by hand.",
                    invoice=item.move_id.name,
                )
            )
        return [self._one(line, part, share, settings)]

    def _discounted(self, part, parts):
        """The open item before a discount: the engine writes each behind its item."""
        before = parts.filtered(lambda one: one.id < part.id and one.use == Use.ITEM.value)
        return before[-1:].item_id
