"""MT940 (statements) and MT942 (interim reports of the day).

Field 61 by SWIFT's Standards MT, category 9. What programs get wrong in it: ``RC`` reverses a credit and so is a debit,
``RD`` is a credit; a letter behind the mark is the third of the currency; the entry date has no year.

Of what banks do beside the standard, some is read because it cannot mean anything else: blanks for the entry date, an
amount without its comma, longer numbers.
"""

import datetime
import re

from .mt_account import read_account
from .mt_message import messages
from .mt_remittance import read_information
from .problems import Invalid, shown
from .statement import BOOKED, PENDING, REPORT, STATEMENT, Account, Balance, BankCode, Entry, Page
from .tally import Occurrences, Tally
from .values import currency, date_near, reference, swift_amount, swift_date

_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?:(?P<entry>[0-9]{4})| {4})?(?P<mark>R[CD]|E[CD]|[CD])(?P<funds>[A-Z])?"
    r"(?P<amount>[0-9]+(?:,[0-9]*)?)(?P<type>[A-Z][A-Z0-9 ]{3})(?P<ours>.*?)(?://(?P<theirs>.*))?"
)
_WITHOUT_YEAR = re.compile(r"[0-9]{4}(?:[RE][CD]|[CD])[A-Z]?[0-9]")
_PLACES = re.compile(r" {2,}")
_BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]+,[0-9]*)")
_SUM = re.compile(r"([0-9]{1,5})([A-Z]{3})([0-9]+,[0-9]*)")
_NUMBER = re.compile(r"([0-9]{1,12})(?:/([0-9]{1,5}))?")

WAYS = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}
"""Sign of each mark; a reversal's mark names what is reversed, E marks what is only expected."""

BALANCES = {"60F": "OPBD", "60M": "ITBD", "62F": "CLBD", "62M": "ITBD", "64": "CLAV", "65": "FWAV"}


class MtReader:
    """Iterate over the entries of a file of MT940 and MT942 messages; see ``CamtReader``. The text is in memory."""

    def __init__(self, source, encoding=None):
        self.source = source
        self.findings = source.findings
        self.pages = []
        self.format = "MT940"
        self._encoding = encoding
        self._occurrences = Occurrences()

    def __iter__(self):
        text, _encoding = self.source.text(self._encoding)
        for message in messages(text):
            yield from self._message(message)
        if not self.pages:
            self.findings.error("no-account", "The file holds no message MT940 or MT942.", 1)
        self.findings.raise_errors()

    def _message(self, message):
        fields = {field.tag: field for field in message.fields}
        interim = message.kind == "942" or (message.kind is None and ("34F" in fields or "13D" in fields))
        self.format = "MT942" if interim else "MT940"
        page = self._page(message, fields, interim)
        tally = Tally(self.findings, self._occurrences)
        for position, (line, explanation) in enumerate(_lines(message), 1):
            page.entries = position
            try:
                entry = self._entry(page, position, line, explanation)
            except Invalid as error:
                self._report(error, line)
            else:
                tally.add(entry)
                yield entry
        tally.finish(page)

    def _page(self, message, fields, interim):
        page = Page(
            REPORT if interim else STATEMENT, self.format, len(self.pages) + 1, Account("?"), line=message.line,
            statement_id=fields["20"].text.strip(),
        )  # fmt: skip
        self.pages.append(page)
        self._read(page, fields.get("25") or fields.get("25P"), self._account)
        self._read(page, fields.get("28C") or fields.get("28"), self._number)
        for field in message.fields:
            if field.tag in BALANCES:
                self._read(page, field, self._balance)
            elif field.tag in ("90C", "90D"):
                self._read(page, field, self._declared)
            elif field.tag in ("34F", "13D"):
                self._read(page, field, self._interim)
        written, in_currency = page.account.number, page.account.currency
        if in_currency and not page.account.iban and len(written) > 3 and written.endswith(in_currency):
            page.account.number = written[:-3].strip(" /")
        if page.account.number == "?":
            self.findings.error("no-account", "The message has no account (field 25).", message.line)
        if message.fields[-1].tag == "86" and message.fields[-2].tag != "61":
            page.information = message.fields[-1].text
        if not interim:
            self._check_ends(page, message, fields)
        return page

    def _check_ends(self, page, message, fields):
        """A statement has both balances, or a part of it was lost."""
        if "60F" not in fields and "60M" not in fields:
            self.findings.error("no-opening", "The statement has no opening balance (field 60F).", message.line)
        if "62F" not in fields and "62M" not in fields:
            last = message.fields[-1]
            self.findings.error(
                "truncated", "The statement has no closing balance (field 62F): it is not complete.", last.line
            )
        if "60F" in fields and "62F" in fields:
            # whatever its sequence number is called, this statement has one page
            page.page_number = page.last_page = None
        else:
            if page.page_number is None and "60F" in fields:
                page.page_number = 1
            page.last_page = "62F" in fields

    def _read(self, page, field, how):
        if field is None:
            return
        try:
            how(page, field)
        except Invalid as error:
            self._report(error, field)

    def _account(self, page, field):
        page.account = read_account(field.lines)

    def _number(self, page, field):
        found = _NUMBER.fullmatch(field.text.strip())
        if not found:
            raise Invalid("number-invalid", "%s is not a statement number" % shown(field.text))
        # 0 stands for no number
        page.number = str(int(found[1])) if int(found[1]) else None
        page.page_number = int(found[2]) if found[2] else None

    def _balance(self, page, field):
        found = _BALANCE.match(field.text.strip())
        if not found:
            raise Invalid("balance-invalid", "%s is not a balance" % shown(field.text))
        day, exact = swift_date(found[2])
        if not exact:
            self._inexact(field, found[2], day)
        amount = swift_amount(found[4]) * WAYS[found[1]]
        page.balances.append(Balance(BALANCES[field.tag], amount, found[3], day))
        if page.account.currency is None:
            page.account.currency = found[3]
        elif page.account.currency != found[3]:
            raise Invalid(
                "currency-mixed", "the balance is in %s, the account in %s" % (found[3], page.account.currency)
            )
        if field.tag.startswith("60"):
            page.from_date = day
        elif field.tag.startswith("62"):
            page.to_date = day

    def _interim(self, page, field):
        if field.tag == "13D":
            page.created_at = field.text.strip()
        elif page.account.currency is None:
            page.account.currency = currency(field.text[:3])

    def _declared(self, page, field):
        found = _SUM.fullmatch(field.text.strip())
        if not found:
            raise Invalid("sum-invalid", "%s is not a count and a sum" % shown(field.text))
        if field.tag == "90C":
            page.declared.credit_count, page.declared.credit_sum = int(found[1]), swift_amount(found[3])
        else:
            page.declared.debit_count, page.declared.debit_sum = int(found[1]), swift_amount(found[3])

    def _entry(self, page, position, field, explanation):
        written = field.lines[0].strip()
        found = _LINE.fullmatch(written)
        if not found:
            wrong = "has a day without its year" if _WITHOUT_YEAR.match(written) else "is not a statement line"
            raise Invalid("line-invalid", "%s %s" % (shown(field.lines[0]), wrong))
        value_date, exact = swift_date(found["value"])
        if not exact:
            self._inexact(field, found["value"], value_date)
        mark = found["mark"]
        amount = swift_amount(found["amount"]) * WAYS[mark]
        in_currency = page.account.currency
        if in_currency is None:
            raise Invalid("currency-missing", "the message does not say its currency")
        if found["funds"] and found["funds"] != in_currency[2]:
            raise Invalid(
                "currency-mixed", "the line is in a currency ..%s, the account in %s" % (found["funds"], in_currency)
            )
        # some banks fill the reference up to its 16 places and write the other party's name behind it
        ours, *behind = _PLACES.split(found["ours"].strip())
        supplement = " ".join(filter(None, [*behind, *(line.strip() for line in field.lines[1:])])) or None
        said = read_information(explanation, amount)
        if said.detail:
            said.detail.currency = in_currency
        ours = reference(ours)
        if said.detail and ours and not said.detail.references.end_to_end_id:
            said.detail.references.other += (("61", ours),)
        return Entry(
            page=page,
            number=position,
            line=field.line,
            status=PENDING if mark in ("EC", "ED") else BOOKED,
            amount=amount,
            currency=in_currency,
            booking_date=_booking_date(found["entry"], value_date, page),
            value_date=value_date,
            raw=_raw(field, explanation),
            reversal=mark.startswith("R"),
            entry_reference=ours,
            bank_reference=reference(found["theirs"]),
            code=_code(found["type"].strip(), said),
            details=(said.detail,) if said.detail else (),
            information=" ".join(filter(None, (said.booking_text, supplement))) or None,
        )

    def _inexact(self, field, written, taken):
        self.findings.warning(
            "day-of-interest",
            "%s is no day of the calendar; read as %s, the last of its month." % (written, taken),
            field.line,
        )

    def _report(self, error, field):
        text = str(error)
        self.findings.error(error.code, ":%s: %s." % (field.tag, text), field.line)


def _lines(message):
    """Yield ``(field 61, field 86 or None)``; a field 86 behind another field belongs to that."""
    for place, field in enumerate(message.fields):
        if field.tag == "61":
            following = next((one for one in message.fields[place + 1 :] if one.tag != "NS"), None)
            yield field, following if following and following.tag == "86" else None


def _booking_date(month_and_day, value_date, page):
    """Give the entry date its year: the one in which it lies within the statement, else nearest to the value date."""
    if month_and_day is None:
        return None
    candidates = [date_near(month_and_day, near) for near in (value_date, page.to_date, page.from_date) if near]
    candidates = [date for date in candidates if date]
    if not candidates:
        raise Invalid("date-invalid", "%s is not a day of the year (MMDD)" % shown(month_and_day))
    begin, end = page.from_date or datetime.date.max, page.to_date or datetime.date.min
    return next((date for date in candidates if begin <= date <= end), candidates[0])


def _code(kind, said):
    if said.business_code:
        return BankCode(proprietary="%s+%s" % (kind, said.business_code), issuer="DK")
    return BankCode(proprietary=kind, issuer="SWIFT")


def _raw(field, explanation):
    lines = [":%s:%s" % (field.tag, field.text)]
    if explanation:
        lines.append(":86:" + explanation.text)
    return "\n".join(lines)
