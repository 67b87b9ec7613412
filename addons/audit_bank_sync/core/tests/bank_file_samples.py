"""Bank files as tests need them, put together from a few parts."""

from odoo.addons.audit_bank_sync.core.bank_files import bank_file

IBAN = "DE89370400440532013000"
OTHER = "GB29NWBK60161331926819"
ISO = "urn:iso:std:iso:20022:tech:xsd:"
MESSAGES = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def balance(kind, amount, way="CRDT", day="2026-03-31", currency="EUR"):
    """A camt balance; ``amount``: text without sign."""
    return (
        "<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy='%s'>%s</Amt><CdtDbtInd>%s</CdtDbtInd>"
        "<Dt><Dt>%s</Dt></Dt></Bal>" % (kind, currency, amount, way, day)
    )


def entry(amount="10.00", way="CRDT", status="<Cd>BOOK</Cd>", inside="", currency="EUR", day="2026-03-31", before=""):
    """A camt entry; ``before``: elements before the status; ``inside``: elements behind the dates."""
    return (
        "<Ntry><Amt Ccy='%s'>%s</Amt><CdtDbtInd>%s</CdtDbtInd>%s<Sts>%s</Sts><BookgDt><Dt>%s</Dt></BookgDt>"
        "<ValDt><Dt>%s</Dt></ValDt>%s</Ntry>" % (currency, amount, way, before, status, day, day, inside)
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
    return "<%s>%s%s%s</%s>" % (name, head, account() if owner is None else owner, content, name)


def camt(parts, kind="053", version="08", namespace=None, header="<MsgId>M1</MsgId>", encoding="UTF-8", prolog=""):
    """The bytes of a camt message around ``parts`` (see ``part``)."""
    message = MESSAGES[kind][0]
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
    return text.encode(encoding)


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
