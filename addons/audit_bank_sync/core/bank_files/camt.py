"""camt.052, camt.053 and camt.054, versions .02 to .14, read as a stream of entries.

Each element that is read was looked up in the schemas of all these versions; what moved between them is looked for in
each of its places.
"""

import re

from .camt_entry import read_entry
from .camt_values import account_number, amount, bank, code, date, decimal, direction, flag, number
from .problems import Invalid, Unreadable, shown
from .statement import NOTIFICATION, REPORT, STATEMENT, Account, Balance, Page, Totals
from .tally import Occurrences, Tally
from .values import currency, is_iban
from .xml_node import every, first, text
from .xml_stream import XmlStream

ROUND = 25
"""Entries that are read before they are counted: as a whole, either goes faster than in turns."""
VERSIONS = range(2, 15)
KINDS = {"052": REPORT, "053": STATEMENT, "054": NOTIFICATION}

# message element and the element of one account in it, for each message
_MESSAGES = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
_PARTS = frozenset(part for _message, part in _MESSAGES.values())
_NAME = re.compile(r"camt\.(05[234])\.001\.([0-9]{2})(?![0-9])")


class CamtReader:
    """Iterate over the entries of a camt file; ``pages`` fills up on the way.

    A page is complete only when its end was read. Raises ``Unreadable`` at the end when one value of the file was
    wrong, so that all errors are told at once; entries handed out before are void then.
    """

    def __init__(self, source):
        self.source = source
        self.findings = source.findings
        self.pages = []
        self.format = None
        self._part = None
        self._kind = None
        self._header = None
        self._line = None
        self._place = 0
        self._part_line = None
        self._page = None
        self._tally = None

    def __iter__(self):
        waiting = []
        try:
            yield from self._read(waiting)
        except Unreadable:
            # What is wrong with the entries before is told as well.
            if waiting:
                self._entries(waiting)
            self.findings.raise_errors()
        if not self.pages:
            self.findings.error("no-account", "The file holds no account.", self._line, self._part)
        self.findings.raise_errors()

    def _read(self, waiting):
        """Yield the entries; ``waiting``: list of the ``Cut`` of those that come next."""
        watched = {"GrpHdr": "end", "Ntry": "end"} | dict.fromkeys(_PARTS, "both")
        occurrences = Occurrences()
        open_part = False
        for cut in XmlStream(self.source, watched, {"Ntry"}, self._accept):
            if cut.name == "GrpHdr":
                self._header = cut.node
            elif cut.name == self._part:
                open_part = cut.begin
                if cut.begin:
                    self._page, self._tally = None, Tally(self.findings, occurrences)
                    self._place += 1
                    self._part_line = cut.line
                else:
                    self._page = self._page or self._new_page(cut.node)
                    yield from self._entries(waiting)
                    self._finish(cut.node)
            elif cut.name == "Ntry" and open_part:
                # by the schema, all that describes the account stands before its entries
                self._page = self._page or self._new_page(cut.parent)
                waiting.append(cut)
                if len(waiting) == ROUND:
                    yield from self._entries(waiting)

    def _accept(self, namespace, message, line):
        """Say which message it is by the name in its namespace, whoever owns that, and by its first element."""
        refuse = self.findings.refuse
        found = _NAME.search(namespace)
        if not found:
            refuse(
                "wrong-namespace",
                "%s is the namespace of no bank statement (camt.052, 053, 054)." % shown(namespace, 80),
                line,
            )
        kind, version = found[1], int(found[2])
        if version not in VERSIONS:
            refuse("wrong-version", "%s is not among the versions that are read (.02 to .14)." % found[0], line)
        if message != _MESSAGES[kind][0]:
            refuse(
                "wrong-namespace", "The namespace says %s, but the message is %s." % (found[0], shown(message)), line
            )
        self.format = found[0]
        self._kind = kind
        self._part = _MESSAGES[kind][1]
        self._line = line

    def _new_page(self, node):
        """Return a new ``Page`` from what stands before the first entry."""
        account = Account(number="?")
        line = self._part_line
        page = Page(KINDS[self._kind], self.format, self._place, account, line=line)
        self.pages.append(page)
        path = "%s[%d]" % (self._part, self._place)
        number_of_account = account_number(node, "Acct")
        if not number_of_account:
            self.findings.error("no-account", "The account has no number.", line, path + "/Acct/Id")
            return page
        account.number = number_of_account
        account.iban = is_iban(number_of_account)
        if text(node, "Acct", "Id", "IBAN") and not account.iban:
            self.findings.warning("iban-wrong", "The check digits of the IBAN are wrong.", line, path + "/Acct/Id/IBAN")
        account.name = text(node, "Acct", "Nm")
        account.owner = text(node, "Acct", "Ownr", "Nm")
        account.bank = bank(node, "Acct", "Svcr")[0]
        try:
            self._describe(page, node)
        except Invalid as error:
            self._report(error, line, path)
        return page

    def _describe(self, page, node):
        said = text(node, "Acct", "Ccy")
        try:
            page.account.currency = said and currency(said)
        except Invalid as error:
            raise Invalid(error.code, str(error), "Acct/Ccy") from None
        page.statement_id = text(node, "Id")
        page.number = text(node, "ElctrncSeqNb") or text(node, "LglSeqNb")
        page.message_id = text(self._header, "MsgId")
        page.created_at = text(node, "CreDtTm") or text(self._header, "CreDtTm")
        page.from_date = date(node, "FrToDt", "FrDtTm")
        page.to_date = date(node, "FrToDt", "ToDtTm")
        page.duplicate = text(node, "CpyDplctInd")
        # of the account since .03, of the whole message in .02 and where a bank still does so
        paging = first(node, self._part + "Pgntn") or first(self._header, "MsgPgntn")
        page.page_number = number(paging, "PgNb")
        page.last_page = flag(paging, "LastPgInd")
        page.balances = [_balance(one, at) for at, one in enumerate(every(node, "Bal"), 1)]
        if page.account.currency is None and page.balances:
            page.account.currency = page.balances[0].currency
        page.declared = _totals(first(node, "TxsSummry"))

    def _entries(self, waiting):
        """Return the entries that ``waiting`` (list of ``Cut``) holds, as far as they can be read; it is empty then."""
        page, path = self._page, "%s[%d]/Ntry[%%d]" % (self._part, self._place)
        found = []
        for position, cut in enumerate(waiting, page.entries + 1):
            try:
                found.append(read_entry(cut.node, page, position, cut.line, cut.raw, self.source.limits))
            except Invalid as error:
                found.append(error)
        entries = []
        for position, (cut, one) in enumerate(zip(waiting, found), page.entries + 1):
            if isinstance(one, Invalid):
                self._report(one, cut.line, path % position)
            else:
                self._tally.add(one, path % position)
                entries.append(one)
        page.entries += len(waiting)
        waiting.clear()
        return entries

    def _finish(self, node):
        if "Acct" not in node:
            return
        # the one text that stands behind the entries
        self._page.information = text(node, "Addtl%sInf" % self._part)
        self._tally.finish(self._page, "%s[%d]" % (self._part, self._place))

    def _report(self, error, line, path):
        self.findings.error(
            error.code,
            str(error)[0].upper() + str(error)[1:] + ".",
            line,
            "%s/%s" % (path, error.path) if error.path else path,
        )


def _balance(node, position):
    path = "Bal[%d]" % position
    try:
        value = amount(node, "Amt")
        way = direction(node, "CdtDbtInd")
        if value is None or way is None:
            raise Invalid("balance-incomplete", "a balance without amount or direction")
        return Balance(
            kind=code(node, "Tp", "CdOrPrtry") or "?",
            amount=value[0] * way,
            currency=value[1],
            date=date(node, "Dt"),
            subkind=code(node, "Tp", "SubTp"),
            with_credit_line=any(flag(line, "Incl") for line in every(node, "CdtLine")),
        )
    except Invalid as error:
        raise Invalid(error.code, str(error), "%s/%s" % (path, error.path) if error.path else path) from None


def _totals(node):
    if type(node) is not dict:
        return Totals()
    net = decimal(node, "TtlNtries", "TtlNetNtry", "Amt")
    net = decimal(node, "TtlNtries", "TtlNetNtryAmt") if net is None else net
    way = direction(node, "TtlNtries", "TtlNetNtry", "CdtDbtInd") or direction(node, "TtlNtries", "CdtDbtInd")
    return Totals(
        count=number(node, "TtlNtries", "NbOfNtries"),
        net=None if net is None or way is None else net * way,
        credit_count=number(node, "TtlCdtNtries", "NbOfNtries"),
        credit_sum=decimal(node, "TtlCdtNtries", "Sum"),
        debit_count=number(node, "TtlDbtNtries", "NbOfNtries"),
        debit_sum=decimal(node, "TtlDbtNtries", "Sum"),
    )
