"""Bank files as tests need them, put together from a few parts."""

import re

from odoo.addons.audit_bank_sync.core.bank_files import bank_file
from odoo.addons.audit_bank_sync.core.tests import reference_files

IBAN = "DE89370400440532013000"
OTHER = "GB29NWBK60161331926819"
ISO = "urn:iso:std:iso:20022:tech:xsd:"
MESSAGES = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}

_CREATED = "<CreDtTm>2026-03-31T21:00:00</CreDtTm>"
# where the schema has the two references: before the amount, and before the bank's code
_REFERENCES_FIRST = re.compile(r"((?:<NtryRef>[^<]*</NtryRef>)?)((?:<AcctSvcrRef>[^<]*</AcctSvcrRef>)?)(.*)", re.DOTALL)
# a status became an element with a code in .07
_STATUS = re.compile(r"<Sts><Cd>([A-Z]{4})</Cd></Sts>")


def balance(kind, amount, way="CRDT", day="2026-03-31", currency="EUR"):
    """A camt balance; ``amount``: text without sign."""
    return (
        "<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy='%s'>%s</Amt><CdtDbtInd>%s</CdtDbtInd>"
        "<Dt><Dt>%s</Dt></Dt></Bal>" % (kind, currency, amount, way, day)
    )


def entry(amount="10.00", way="CRDT", status="<Cd>BOOK</Cd>", inside="", currency="EUR", day="2026-03-31", before=""):
    """A camt entry; ``before``: elements before the status; ``inside``: further ones, references first."""
    number, reference, rest = _REFERENCES_FIRST.fullmatch(inside).groups()
    code = "" if "<BkTxCd>" in rest else "<BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>"
    return (
        "<Ntry>%s<Amt Ccy='%s'>%s</Amt><CdtDbtInd>%s</CdtDbtInd>%s<Sts>%s</Sts><BookgDt><Dt>%s</Dt></BookgDt>"
        "<ValDt><Dt>%s</Dt></ValDt>%s</Ntry>"
        % (number, currency, amount, way, before, status, day, day, reference + code + rest)
    )


def transaction(amount=None, way=None, inside="", end_to_end="E2E-1"):
    """One transaction inside an entry; ``amount``: element text in EUR, or None."""
    said = "<Amt Ccy='EUR'>%s</Amt>" % amount if amount else ""
    said += "<CdtDbtInd>%s</CdtDbtInd>" % way if way else ""
    return "<TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs>%s%s</TxDtls>" % (end_to_end, said, inside)


def account(number=IBAN, currency="EUR"):
    return "<Acct><Id><IBAN>%s</IBAN></Id><Ccy>%s</Ccy></Acct>" % (number, currency)


def part(content, kind="053", head="<Id>S1</Id><ElctrncSeqNb>7</ElctrncSeqNb>", owner=None):
    """The part of one account in a camt message."""
    name = MESSAGES[kind][1]
    if kind == "053" and "<Bal>" not in content:
        # a statement has one at least; this one says nothing about what is booked
        content = balance("ITBD", "0.00") + content
    return "<%s>%s%s%s%s</%s>" % (name, head, _CREATED, account() if owner is None else owner, content, name)


def camt(
    parts, kind="053", version="08", namespace=None, header="<MsgId>M1</MsgId>", encoding="UTF-8", prolog="", wrong=None
):
    """The bytes of a camt message around ``parts`` (see ``part``).

    It is valid by the schema of its version, or ``wrong`` says what is not.
    """
    message = MESSAGES[kind][0]
    if "<CreDtTm>" not in header:
        header = header.replace("</MsgId>", "</MsgId>" + _CREATED, 1)
    if int(version) < 7:
        parts = _STATUS.sub(r"<Sts>\1</Sts>", parts)
    namespace = namespace or "%scamt.%s.001.%s" % (ISO, kind, version)
    text = "<?xml version='1.0' encoding='%s'?>\n%s<Document xmlns='%s'><%s><GrpHdr>%s</GrpHdr>\n%s</%s></Document>" % (
        encoding,
        prolog,
        namespace,
        message,
        header,
        parts,
        message,
    )
    ask_the_schema(text.replace("encoding='%s'" % encoding, "encoding='UTF-8'").encode(), wrong)
    return text.encode(encoding)


def ask_the_schema(data, wrong=None):
    """Assert that ``data`` is valid, or that it is not and ``wrong`` says why; where the schemas are at hand."""
    if reference_files.are_here():
        violation = reference_files.violation(data)
        assert bool(violation) == bool(wrong), violation or "valid, although it should not be: %s" % wrong


def statement(*entries, opening="100.00", closing="110.00", **options):
    """The bytes of a camt.053 with one statement."""
    return camt(part(balance("OPBD", opening) + balance("CLBD", closing) + "".join(entries)), **options)


def read(data, **options):
    """Read ``data`` as a whole."""
    return bank_file.read_whole(data, **options)


def only_entry(data):
    """Return the one entry of ``data``."""
    (found,) = read(data).entries
    return found


def codes(problems, severity=None):
    """Return the codes of ``problems``, those of one severity only if it is given."""
    return [problem.code for problem in problems if severity in (None, problem.severity)]
