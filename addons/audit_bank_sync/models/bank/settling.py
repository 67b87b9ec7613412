from datetime import timedelta

from odoo import _, models

from ...core.bank_files import balances
from ...core.staging.rows import balance_entry_of_row

MOST_EXPLAINED = 50_000  # entries that are searched for what may explain a difference


def settle(env, staging, reading):
    """Write what a reading says of its windows: period, counts, balances, and whether they add up.

    :param staging: the ``Staging`` that has run
    :param reading: its reading, at its end
    :return: the windows
    """
    said = {}
    for statement in reading.statements:
        for page in statement.repeated:
            stretch = staging.stretch_of(page)
            if stretch:
                said.setdefault(id(stretch), (stretch, None))
        for page in statement.pages:
            stretch = staging.stretch_of(page)
            if stretch:
                said[id(stretch)] = (stretch, statement)
    windows = env["audit.bank.window"]
    for stretch, statement in said.values():
        stretch.window.write(
            {**_period(stretch), **stretch.counts, "sha256": reading.sha256, **said_balances(statement)}
        )
        stretch.window.write({"fetched_at": env.cr.now(), "state": "fetched", "error": False})
        stretch.window.fingerprint = next((page.fingerprint for page in stretch.pages.values()), False)
        windows |= stretch.window
        stretch.window._keep_pages(stretch.pages.values())
        stretch.window._explain(statement)
        _note_balance(stretch, statement)
    windows._join_over_files()
    return windows


class AuditBankWindow(models.Model):
    """What a window says of its balances, in words."""

    _inherit = "audit.bank.window"

    def _pages_missing(self, statement):
        """A sentence about pages that were not seen, False when the statement is whole."""
        if statement.missing:
            return _("Pages are missing: %s.", ", ".join(map(str, statement.missing)))
        return _("The last page is missing.") if statement.open_ended else False

    def _explain(self, statement):
        """Put a statement that does not add up before a person, with what may explain it; nothing is repaired."""
        exceptions = self.env["audit.exception"]
        if statement is None:
            self.note = _("The same page again; it counts once.")
            return
        if self.agreement != "differs":
            self.note = self._pages_missing(statement)
            exceptions._about_bank("bank_balance", self)._close("superseded")
            return
        self.env.cr.execute(
            "SELECT state, amount, booking_date, details FROM audit_bank_transaction"
            " WHERE window_id = ANY(%s) LIMIT %s",
            [(self | self.part_ids).ids, MOST_EXPLAINED],
        )
        difference = balances.tie(statement).difference
        reasons = balances.explain(difference, [balance_entry_of_row(one) for one in self.env.cr.dictfetchall()])
        figures = _(
            "Opening balance %(opening)s and movements of %(booked)s make %(sum)s; the bank's closing balance is "
            "%(closing)s. Difference: %(difference)s %(currency)s.",
            opening=statement.opening.amount,
            booked=statement.booked,
            sum=statement.opening.amount + statement.booked,
            closing=statement.closing.amount,
            difference=difference,
            currency=self.currency_id.name,
        )
        nothing = _("Nothing in the statement explains it. Ask the bank for the statement again.")
        self.note = "\n".join([figures, *([reason.strip() for reason in reasons] or [nothing])])
        exceptions._raise_about_bank(
            "bank_balance",
            self,
            _("%s does not add up", self.display_name),
            self.note,
            owner=self.connection_id.user_id,
            severity="2",
        )
        exceptions._tell_of_sum(self)


def _period(stretch):
    """The days that a window covers, as the bank says, else those of its entries and balances."""
    pages = list(stretch.pages.values())
    starts = [page.from_date for page in pages if page.from_date] or list(stretch.days)
    ends = [page.to_date for page in pages if page.to_date] or list(stretch.days)
    closing = [one.date for page in pages for one in page.balances if one.date and one.kind == "CLBD"]
    ends += closing if not any(page.to_date for page in pages) else []
    window = stretch.window
    if window.kind == "fetch":
        return {}
    return {
        "date_from": min(starts or closing or [False]),
        "date_to": max(ends or closing or [False]),
    }


def said_balances(statement):
    """Return what a joined ``Statement`` says of its balances, as values of a window; empty for None."""
    if statement is None:
        return {}
    outcome = balances.tie(statement)
    opening, closing = outcome.opening, outcome.closing
    agreement = {True: "agrees", False: "differs", None: "unknown"}[outcome.agrees]
    return {
        "opening_balance": float(opening.amount) if opening else 0.0,
        "opening_date": opening.date if opening else False,
        "opening_kind": opening.kind if opening else False,
        "closing_balance": float(closing.amount) if closing else 0.0,
        "closing_date": closing.date if closing else False,
        "closing_kind": closing.kind if closing else False,
        "booked_sum": float(outcome.booked),
        "has_balances": bool(opening and closing),
        "difference": float(outcome.difference or 0),
        "agreement": agreement,
    }


# Kinds of balances that tell how an account stands, the best first. Only the closing booked one has to agree with the
# books: the others end in the middle of a day, or hold what is not booked.
_TELLING = ("CLBD", "ITBD", "CLAV", "ITAV", "XPCD")
BOOKED_KIND = _TELLING[0]
# A closing balance is some days behind those of today; one that is older came with a statement of the past.
RECENT = timedelta(days=14)


def _note_balance(stretch, statement):
    """Keep the balance that the bank gave last, as the bank's; nothing is computed."""
    account, window = stretch.account, stretch.window
    # What was asked for of the past is not the regular fetch, which is due all the same.
    values = {} if window.is_past else {"last_fetched_at": account.env.cr.now()}
    found = [
        (kind, one)
        for kind in _TELLING
        for page in stretch.pages.values()
        for one in page.balances
        if one.kind == kind and one.currency == (page.account.currency or one.currency) and one.date
    ]
    if found and statement is not None:
        kind, balance = max(found, key=lambda one: (one[0] == BOOKED_KIND, one[1].date, -_TELLING.index(one[0])))
        if _tells_more(kind, balance.date, account):
            values |= {
                "bank_balance": float(balance.amount),
                "bank_balance_date": balance.date,
                "bank_balance_kind": kind,
            }
    # A single transaction that a system told of says nothing of its day but itself.
    tells_of_days = window.kind == "fetch" or window.file_id and window.kind != "notification"
    if window.date_to and tells_of_days:
        values["covered_to"] = max(filter(None, [account.covered_to, window.date_to]))
    account.write(values)


def _tells_more(kind, day, account):
    """Whether a balance takes the place of what the account has: a closing booked one stays until the next one."""
    known = account.bank_balance_date
    if not known or (kind == BOOKED_KIND) != (account.bank_balance_kind == BOOKED_KIND):
        return not known or kind == BOOKED_KIND and day >= known - RECENT
    return day >= known
