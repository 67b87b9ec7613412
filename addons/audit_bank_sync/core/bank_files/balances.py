"""Whether a statement adds up: opening + booked = closing, by the bank's figures only.

Opening is OPBD or PRCD, closing is CLBD. ITBD, ITAV, OPAV, CLAV and FWAV never tie: they hold what is not booked, or
end in the middle of the day. A difference is reported with what may explain it; no figure is ever computed to fit.
"""

from dataclasses import dataclass
from decimal import Decimal

from .statement import BOOKED, CLOSING, INFORMATION, STATEMENT, Balance

INTERMEDIATE = "ITBD"


@dataclass(slots=True)
class Tie:
    """The outcome for one statement; ``difference`` = closing − opening − booked, None when the bank gave no pair."""

    opening: Balance | None
    booked: Decimal
    closing: Balance | None
    difference: Decimal | None

    @property
    def agrees(self):
        """True, False, or None when it cannot be said."""
        return None if self.difference is None else not self.difference


def tie(statement):
    """Return the ``Tie`` of a joined ``Statement``."""
    opening, closing = statement.opening, statement.closing
    booked = statement.booked
    # without all pages, the sum of the booked entries is not known
    if statement.kind != STATEMENT or opening is None or closing is None or not statement.whole:
        return Tie(opening, booked, closing, None)
    return Tie(opening, booked, closing, closing.amount - opening.amount - booked)


def check(statements, findings):
    """Report what does not add up in ``statements`` (of one import) as warnings."""
    for statement in statements:
        page = statement.pages[0]
        name = _name(statement)
        if statement.repeated:
            findings.warning("page-repeated", "%s is there more than once; it counts once." % name, page.line)
        if statement.missing or statement.open_ended:
            missing = ", ".join(map(str, statement.missing)) or "what follows page %s" % statement.pages[-1].page_number
            findings.warning("pages-missing", "%s is not whole: %s is missing." % (name, missing), page.line)
        for kind in (*_repeated_balances(statement),):
            findings.warning("balance-repeated", "%s has several balances %s." % (name, kind), page.line)
        outcome = tie(statement)
        if outcome.difference:
            findings.warning(
                "balance-differs",
                "%s: opening %s + booked %s = %s, but the closing balance is %s; difference %s."
                % (
                    name, outcome.opening.amount, outcome.booked, outcome.opening.amount + outcome.booked,
                    outcome.closing.amount, outcome.difference,
                ),
                page.line,
            )  # fmt: skip
        _check_pages(statement, name, findings)
    _check_sequence(statements, findings)


def explain(difference, entries):
    """Return sentences that may explain a ``difference`` of a statement, from its entries (an iterable); [] if none.

    Each is a guess for a person, from the amounts alone.
    """
    reasons = []
    pending = charged = Decimal(0)
    for entry in entries:
        name = "entry %d of %s (%s %s)" % (entry.number, entry.booking_date, entry.amount, entry.currency)
        if entry.status == BOOKED:
            if entry.amount == -difference:
                reasons.append("Without %s it would agree: it may be there twice or not be booked." % name)
            if entry.amount * -2 == difference:
                reasons.append("With the other sign of %s it would agree." % name)
            if entry.amount == difference:
                reasons.append("A second %s would make it agree: one may be missing." % name)
            charged += _charges_apart(entry)
        elif entry.status != INFORMATION:
            pending += entry.amount
            if entry.amount == difference:
                reasons.append("The pending %s is as much as the difference." % name)
    if pending and pending == difference:
        reasons.append("The pending entries together are as much as the difference.")
    if charged and charged == difference:
        reasons.append("Charges that the bank wrote beside the entries are as much as the difference.")
    return reasons[:10]


def _charges_apart(entry):
    ways = {"credit": 1, "debit": -1}
    apart = [one for one in entry.charges if one.included is False and not one.total and one.currency == entry.currency]
    return sum((one.amount * ways.get(one.direction, -1) for one in apart), Decimal(0))


def _repeated_balances(statement):
    for kind in ("OPBD", "PRCD", CLOSING):
        found = [
            one for page in statement.pages for one in page.balances
            if one.kind == kind and one.currency == statement.account.currency and one.subkind is None
        ]  # fmt: skip
        if len({(one.amount, one.date) for one in found}) > 1:
            yield kind


def _check_pages(statement, name, findings):
    """From page to page the intermediate balance has to be handed on."""
    for before, after in zip(statement.pages, statement.pages[1:], strict=False):
        ends = [one.amount for one in before.balances if one.kind == INTERMEDIATE]
        begins = [one.amount for one in after.balances if one.kind == INTERMEDIATE]
        if after.page_number == (before.page_number or 0) + 1 and ends and begins and ends[-1] != begins[0]:
            findings.warning(
                "carry-differs",
                "%s: page %s ends with %s, page %s begins with %s."
                % (name, before.page_number, ends[-1], after.page_number, begins[0]),
                after.line,
            )


def _check_sequence(statements, findings):
    """From statement to statement of an account, the closing balance has to be the next opening one."""
    accounts = {}
    for statement in statements:
        if statement.kind == STATEMENT and statement.opening and statement.closing and statement.closing.date:
            accounts.setdefault((statement.account.key, statement.account.currency), []).append(statement)
    for group in accounts.values():
        group.sort(key=lambda statement: statement.closing.date)
        for before, after in zip(group, group[1:], strict=False):
            if before.closing.amount != after.opening.amount:
                findings.warning(
                    "gap-between-statements",
                    "%s ends with %s and %s begins with %s: a statement between them may be missing."
                    % (_name(before), before.closing.amount, _name(after), after.opening.amount),
                    after.pages[0].line,
                )


def _name(statement):
    number = statement.number or statement.pages[0].statement_id
    return "Statement %s of account %s" % (number, statement.account.number) if number else (
        "The statement of account %s" % statement.account.number
    )  # fmt: skip
