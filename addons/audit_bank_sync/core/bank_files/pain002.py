"""pain.002, payment status reports, versions .02 to .15."""

import re

from .camt_values import account_number, amount, code, date, decimal, number, person, texts
from .problems import Invalid, shown
from .status_report import PaymentStatus, Reason, StatusReport, TransactionStatus
from .values import reference
from .xml_node import every, first, text
from .xml_stream import XmlStream

VERSIONS = range(2, 16)
_NAME = re.compile(r"pain\.002\.001\.([0-9]{2})(?![0-9])")
_GROUP = "OrgnlGrpInfAndSts"
_PAYMENT = "OrgnlPmtInfAndSts"
_TRANSACTION = "TxInfAndSts"


class PainReader:
    """Read a status report; iterating yields nothing, as it holds no entries: see ``report`` afterwards."""

    def __init__(self, source):
        self.source = source
        self.findings = source.findings
        self.pages = []
        self.format = None
        self.report = None
        self._line = None

    def __iter__(self):
        report, transactions = None, []
        watched = {"GrpHdr": "end", _GROUP: "end", _PAYMENT: "end", _TRANSACTION: "end"}
        seen = payments = 0
        for cut in XmlStream(self.source, watched, {_TRANSACTION}, self._accept):
            report = report or StatusReport(self.format)
            if cut.name == _TRANSACTION:
                seen += 1
                if seen > self.source.limits.transactions:
                    self.findings.refuse("too-many", "The report has too many transactions.", cut.line)
                payment = text(cut.parent, "OrgnlPmtInfId")
                found = self._tried(cut, "%s[%d]" % (_TRANSACTION, seen), _transaction, payment, cut)
                transactions += [found] if found else []
            elif cut.name == _PAYMENT:
                payments += 1
                found = self._tried(cut, "%s[%d]" % (_PAYMENT, payments), _payment, cut.node, transactions)
                report.payments += [found] if found else []
                transactions = []
            elif cut.name == "GrpHdr":
                report.message_id = text(cut.node, "MsgId")
                report.created_at = text(cut.node, "CreDtTm")
            else:
                self._tried(cut, _GROUP, _group, report, cut.node)
        self._finish(report, transactions)
        yield from ()

    def _finish(self, report, transactions):
        if report is None or not (report.original_message_id or report.payments or transactions):
            self.findings.error("no-status", "The report names no message, payment or transaction.", self._line)
        self.findings.raise_errors()
        report.transactions = transactions
        self.report = report
        for payment in report.payments:
            self._check_counts(payment.counts, payment.transactions, "payment %s" % payment.payment_information_id)

    def _check_counts(self, counts, transactions, name):
        """More listed than counted cannot be; fewer is usual, as banks list only what needs somebody's attention."""
        listed = {}
        for one in transactions:
            if one.status:
                listed[one.status] = listed.get(one.status, 0) + 1
        for status, found in listed.items():
            if counts and found > counts.get(status, 0):
                self.findings.warning(
                    "totals-differ",
                    "The bank counts %d transactions as %s in %s, but lists %d."
                    % (counts.get(status, 0), status, name, found),
                )

    def _tried(self, cut, path, read, *arguments):
        try:
            return read(*arguments)
        except Invalid as error:
            path = "%s/%s" % (path, error.path) if error.path else path
            self.findings.error(error.code, str(error)[0].upper() + str(error)[1:] + ".", cut.line, path)
        return None

    def _accept(self, namespace, message, line):
        found = _NAME.search(namespace)
        if not found:
            self.findings.refuse(
                "wrong-namespace",
                "%s is the namespace of no payment status report (pain.002)." % shown(namespace, 80),
                line,
            )
        if int(found[1]) not in VERSIONS:
            self.findings.refuse(
                "wrong-version", "%s is not among the versions that are read (.02 to .15)." % found[0], line
            )
        # .02 names its message after itself
        if message not in ("CstmrPmtStsRpt", found[0]):
            self.findings.refuse(
                "wrong-namespace", "The namespace says %s, but the message is %s." % (found[0], shown(message)), line
            )
        self.format = found[0]
        self._line = line


def _group(report, node):
    report.original_message_id = text(node, "OrgnlMsgId")
    report.original_message_name = text(node, "OrgnlMsgNmId")
    report.count = number(node, "OrgnlNbOfTxs")
    report.total = decimal(node, "OrgnlCtrlSum")
    report.status = text(node, "GrpSts")
    report.reasons = _reasons(node)
    report.counts = _counts(node)


def _payment(node, transactions):
    return PaymentStatus(
        payment_information_id=text(node, "OrgnlPmtInfId"),
        status=text(node, "PmtInfSts"),
        reasons=_reasons(node),
        count=number(node, "OrgnlNbOfTxs"),
        total=decimal(node, "OrgnlCtrlSum"),
        counts=_counts(node),
        transactions=transactions,
    )


def _transaction(payment_information_id, cut):
    node = cut.node
    original = first(node, "OrgnlTxRef")
    original = original if type(original) is dict else {}
    value = (
        amount(original, "Amt", "InstdAmt")
        or amount(original, "Amt", "EqvtAmt", "Amt")
        or amount(original, "IntrBkSttlmAmt")
    )
    creditor = person(first(original, "Cdtr"))
    return TransactionStatus(
        status=text(node, "TxSts"),
        reasons=_reasons(node),
        payment_information_id=text(node, "OrgnlPmtInfId") or payment_information_id,
        end_to_end_id=reference(text(node, "OrgnlEndToEndId")),
        instruction_id=reference(text(node, "OrgnlInstrId")),
        uetr=text(node, "OrgnlUETR"),
        status_id=text(node, "StsId"),
        bank_reference=text(node, "AcctSvcrRef"),
        clearing_reference=text(node, "ClrSysRef"),
        accepted_at=text(node, "AccptncDtTm"),
        amount=value and value[0],
        currency=value and value[1],
        execution_date=date(original, "ReqdExctnDt") or date(original, "ReqdColltnDt"),
        creditor=creditor and creditor.name,
        creditor_account=account_number(original, "CdtrAcct"),
        line=cut.line,
        raw=cut.raw,
    )


def _reasons(node):
    """Return the reasons of a level; the names of their parts changed after .02."""
    found = []
    for group in every(node, "StsRsnInf"):
        if type(group) is dict:
            found.append(
                Reason(
                    code=code(group, "Rsn") or code(group, "StsRsn"),
                    information=" ".join(texts(group, "AddtlInf") or texts(group, "AddtlStsRsnInf")) or None,
                    originator=_originator(first(group, "Orgtr") or first(group, "StsOrgtr")),
                )
            )
    return tuple(found)


def _originator(node):
    who = person(node)
    return who and (who.name or who.identification)


def _counts(node):
    counts = {}
    for group in every(node, "NbOfTxsPerSts"):
        status = text(group, "DtldSts")
        if status:
            counts[status] = counts.get(status, 0) + (number(group, "DtldNbOfTxs") or 0)
    return counts
