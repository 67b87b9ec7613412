"""What stands between the ledger and the bank on a day, each item with the document behind it.

Nothing here is computed to fit: the ledger's side comes from journal items, the bank's side is a balance that the bank
gave, and what the items do not explain remains. Amounts are in the currency of the journal, positive where money of
the company is meant. All functions read past the rules of access, as whoever may see a reconciliation may see what it
is made of; the caller asks first whether a person may read the journal.
"""

from datetime import timedelta
from typing import NamedTuple

from ..payment.account_payment import CAME_BACK

OUTSTANDING, TRANSIT, MANUAL, LATER = "outstanding", "transit", "manual", "later"


class Item(NamedTuple):
    """``amount`` is what has to be added to the ledger to come to the bank: a deposit in transit is negative.

    ``bank_words`` is why the bank did not make the payment, empty where it said no such thing.
    """

    kind: str
    date: object
    name: str
    partner: str
    amount: float
    document: object
    bank_words: str = ""


class BankBalance(NamedTuple):
    """A closing balance that the bank gave: ``amount`` as of the end of ``date``; ``source`` says where it stands.

    ``statement`` is the statement in Odoo, None where the balance is known otherwise.
    """

    amount: float
    date: object
    source: str
    statement: object


class Figures(NamedTuple):
    """``ledger`` is ``on_account`` (the bank's account in the books) and what its payments have outstanding."""

    currency: object
    on_account: float
    ledger: float
    items: list
    bank: object
    unmatched_count: int
    unmatched_amount: float


def figures(journal, day, bank=None):
    """Return the ``Figures`` of a bank journal at the end of ``day``.

    :param bank: a ``BankBalance`` to compare with, such as a confirmed one; by default the last closing balance that
        the bank gave up to that day, None in the result where there is none
    """
    journal = journal.sudo().with_context(active_test=False)
    currency = journal.currency_id or journal.company_id.currency_id
    bank = bank or closing_balance(journal, day)
    on_account = _balance(journal, currency, day)
    outstanding = _outstanding(journal, currency, day)
    items = [
        *outstanding,
        *_entered_directly(journal, currency, day),
        *(_later_lines(journal, day, bank) if bank else ()),
    ]
    unmatched = journal.env["account.bank.statement.line"].search(
        [*_bank_lines(journal, day), ("is_reconciled", "=", False)]
    )
    return Figures(
        currency,
        on_account,
        currency.round(on_account - sum(item.amount for item in outstanding)),
        [item for item in items if not currency.is_zero(item.amount)],
        bank,
        len(unmatched),
        currency.round(sum(unmatched.mapped("amount"))),
    )


def balance(journal, day):
    """Return what stands on the bank's account in the books at the end of ``day``. Sudo: a sum, for whoever sees it."""
    journal = journal.sudo()
    return _balance(journal, journal.currency_id or journal.company_id.currency_id, day)


def closing_balance(journal, day):
    """Return the last ``BankBalance`` of a journal up to ``day``, from what the bank stated; None where it did not.

    Of an account whose statements are fetched or read from files, only those count, however old the last one is:
    anybody who may write statements can type the balance of one. Once such an account is archived, what is typed for
    later days counts again. A statement whose balance Odoo added up of its lines says nothing about the bank.
    """
    window = _last_window(journal, day)
    if window and window.account_id.active:
        return _balance_of(window, _last_statement(journal, window.closing_date))
    statement = _last_statement(journal, day)
    if window and (not statement or window.closing_date >= statement.date):
        return _balance_of(window, statement)
    if not statement:
        return None
    return BankBalance(statement.balance_end_real, statement.date, statement.name or "", statement)


def _balance_of(window, statement):
    """The balance of a window, with the statement in the books of the same day."""
    same_day = statement if statement and statement.date == window.closing_date else None
    return BankBalance(window.closing_balance, window.closing_date, window.display_name or "", same_day)


def _last_statement(journal, day):
    """The last statement in the books up to ``day`` to which somebody gave a closing balance."""
    return journal.env["account.bank.statement"].search(
        [("journal_id", "=", journal.id), ("date", "<=", day), ("audit_balance_computed", "=", False)],
        order="date desc, first_line_index desc, id desc",
        limit=1,
    )


def _last_window(journal, day):
    """The last that was fetched up to ``day`` with a closing booked balance; None without a connection to banks.

    A file that somebody uploaded who may not post counts once it is booked as a statement.
    """
    windows = journal.env.get("audit.bank.window")
    if windows is None:
        return None
    return windows.search(
        [
            ("account_id.journal_id", "=", journal.id),
            ("state", "=", "fetched"),
            ("closing_kind", "=", "CLBD"),
            ("closing_date", "<=", day),
            "|",
            "|",
            ("file_id", "=", False),
            ("file_id.posts_by_rule", "=", True),
            ("statement_id", "!=", False),
        ],
        order="closing_date desc, id desc",
        limit=1,
    )


def _outstanding(journal, currency, day):
    """Payments that were in the ledger on ``day`` and had not been matched with a line of the bank by then."""
    chosen, used = _outstanding_accounts(journal)
    lines = journal.env["account.move.line"].search(
        [
            ("journal_id", "=", journal.id),
            "|",
            ("account_id", "in", chosen.ids),
            "&",
            ("account_id", "in", used.ids),
            ("payment_id", "!=", False),
            ("parent_state", "=", "posted"),
            ("date", "<=", day),
            "|",
            ("reconciled", "=", False),
            "|",
            ("matched_debit_ids.max_date", ">", day),
            ("matched_credit_ids.max_date", ">", day),
        ],
        order="date, id",
    )
    taken = _matched_until(lines, currency, day)
    items = []
    for line in lines:
        left = currency.round(_amount(line, currency) - taken.get(line.id, 0.0))
        kind = TRANSIT if left > 0 else OUTSTANDING
        items.append(_item(kind, line, -left)._replace(bank_words=_came_back(line.payment_id)))
    return items


def _outstanding_accounts(journal):
    """Return ``(chosen, used)``: accounts that the journal names for payments on their way, and what payments took.

    Where the journal names none, Odoo 19.0 gives each payment an account of the chart, which only the payment knows.
    Of such an account nothing but the payments counts: it may be the one of internal transfers.
    """
    chosen = journal._get_journal_inbound_outstanding_payment_accounts()
    chosen |= journal._get_journal_outbound_outstanding_payment_accounts()
    groups = journal.env["account.payment"]._read_group([("journal_id", "=", journal.id)], ["outstanding_account_id"])
    used = chosen.concat(*(account for (account,) in groups))
    bank = journal.default_account_id
    return chosen.filtered("id") - bank, used.filtered("id") - bank


def _matched_until(lines, currency, day):
    """Return ``{line id: amount that was matched by the end of day}``, signed as the line."""
    in_company = currency == lines.company_id.currency_id
    taken = {}
    for side, sign in (("debit", 1), ("credit", -1)):
        amount = "amount:sum" if in_company else "%s_amount_currency:sum" % side
        groups = lines.env["account.partial.reconcile"]._read_group(
            [("%s_move_id" % side, "in", lines.ids), ("max_date", "<=", day)], ["%s_move_id" % side], [amount]
        )
        for line, total in groups:
            taken[line.id] = taken.get(line.id, 0.0) + sign * total
    return taken


def _entered_directly(journal, currency, day):
    """Entries on the bank's account that no line of the bank made.

    Those dated up to the first line of the bank are the opening balance, which the bank's own has to agree with. Those
    of that day itself belong to it unless the bank begins with another balance, by the statement of that line.
    """
    lines = journal.env["account.bank.statement.line"]
    first = lines.search([("journal_id", "=", journal.id)], order="date, id", limit=1)
    if not first:
        return []
    entered = journal.env["account.move.line"].search(
        [
            *_on_account(journal, day),
            ("date", ">=", first.date),
            ("move_id.statement_line_id", "=", False),
        ],
        order="date, id",
    )
    that_day = entered.filtered(lambda line: line.date == first.date)
    if that_day:
        before = _balance(journal, currency, first.date - timedelta(days=1))
        begins = before + sum(_amount(line, currency) for line in that_day)
        statement = first.statement_id
        if not statement or not currency.compare_amounts(begins, statement.balance_start):
            entered -= that_day
    return [_item(MANUAL, line, -_amount(line, currency)) for line in entered]


def _later_lines(journal, day, bank):
    """Lines of the bank that are in the ledger on ``day`` and not in the closing balance that is compared.

    What is dated before is in that balance whether or not it stands on a statement, unless it stands on a later one: a
    line that the bank does not know has to show as a difference. Of the day itself, what follows the last line of the
    statement was booked after it.
    """
    later = [("date", ">", bank.date)]
    if bank.statement:
        lines = journal.env["account.bank.statement.line"]
        last = lines.search([("statement_id", "=", bank.statement.id)], order="internal_index desc", limit=1)
        behind = ["&", ("date", "=", bank.date), ("internal_index", ">", last.internal_index or "")]
        later = ["|", "|", *later, ("statement_id.date", ">", bank.date), "&", ("statement_id", "=", False), *behind]
    found = journal.env["account.bank.statement.line"].search([*_bank_lines(journal, day), *later], order="date, id")
    return [
        Item(LATER, line.date, line.payment_ref or line.name or "", _partner(line), -line.amount, line)
        for line in found
    ]


def _balance(journal, currency, day):
    domain, field = _on_account(journal, day), "balance:sum"
    if currency != journal.company_id.currency_id:
        domain, field = [*domain, ("currency_id", "=", currency.id)], "amount_currency:sum"
    ((total,),) = journal.env["account.move.line"]._read_group(domain, [], [field])
    return currency.round(total or 0.0)


def _on_account(journal, day):
    return [
        ("account_id", "=", journal.default_account_id.id),
        ("company_id", "=", journal.company_id.id),
        ("parent_state", "=", "posted"),
        ("date", "<=", day),
    ]


def _bank_lines(journal, day):
    return [("journal_id", "=", journal.id), ("state", "=", "posted"), ("date", "<=", day)]


def _amount(line, currency):
    if currency == line.company_id.currency_id:
        return line.balance
    return line.amount_currency if line.currency_id == currency else 0.0


def _item(kind, line, amount):
    move = line.move_id
    said = line.name if line.name and line.name != move.name else ""
    return Item(kind, line.date, " ".join(filter(None, (move.name, said))), _partner(line), amount, move)


def _came_back(payment):
    """What the bank says of a payment that it rejected or returned: nothing will take it from the account."""
    return payment.audit_bank_words if payment.audit_bank_state in CAME_BACK else ""


def _partner(line):
    return line.partner_id.display_name or ""
