from decimal import Decimal

from odoo import _, models

from ...core.staging import gaps


class AuditBankAccount(models.Model):
    """What is missing between the statements and fetches of an account, kept as windows in the state ``missing``."""

    _inherit = "audit.bank.account"

    def _find_gaps(self):
        """Look for gaps, show new ones and take back those that were filled meanwhile. Superuser only."""
        for account in self:
            found = {(gap.first, gap.last, _cents(gap.amount)): gap for gap in gaps.gaps(account._stretches_known())}
            shown = self.env["audit.bank.window"].search([("account_id", "=", account.id), ("state", "=", "missing")])
            kept = {(one.date_from, one.date_to, _cents(one.difference)): one for one in shown}
            gone = shown.browse().concat(*(window for key, window in kept.items() if key not in found))
            for window in gone:
                self.env["audit.exception"]._about_bank("bank_gap", window)._close("superseded")
            gone.unlink()
            for key, gap in found.items():
                if key not in kept:
                    account._show_gap(gap)

    def _stretches_known(self):
        windows = self.env["audit.bank.window"].search(
            [
                ("account_id", "=", self.id),
                ("state", "=", "fetched"),
                ("kind", "in", ("statement", "fetch")),
                ("date_from", "!=", False),
                ("date_to", "!=", False),
            ]
        )
        return [
            gaps.Known(
                window.date_from,
                window.date_to,
                self._exact(window.opening_balance) if window.has_balances else None,
                self._exact(window.closing_balance) if window._closes() else None,
            )
            for window in windows
        ]

    def _exact(self, amount):
        return Decimal("%.*f" % (self.currency_id.decimal_places, amount))

    def _show_gap(self, gap):
        window = self.env["audit.bank.window"].create(
            {
                "account_id": self.id,
                "kind": "statement",
                "state": "missing",
                "date_from": gap.first,
                "date_to": gap.last,
                "difference": float(gap.amount or 0),
                "note": self._gap_in_words(gap),
            }
        )
        self.env["audit.exception"]._raise_about_bank(
            "bank_gap",
            window,
            _(
                "%(account)s: statements from %(first)s to %(last)s are missing",
                account=self.name,
                first=gap.first,
                last=gap.last,
            ),
            window.note,
            owner=self.connection_id.user_id,
        )

    def _gap_in_words(self, gap):
        if gap.amount is None:
            return _("Nothing is here for these days. Import the statement of these days, or fetch them again.")
        return _(
            "The statement before ends with another balance than the one after begins with: movements of %(amount)s "
            "%(currency)s are missing. Import the statement of these days, or fetch them again.",
            amount=gap.amount,
            currency=self.currency_id.name,
        )


def _cents(amount):
    return round(float(amount or 0), 2)
