"""The parts that camt.05x and pain.002 share: parties, references, amounts, codes and remittance as plain values.

Versions differ in where a value stands (a party's name below ``Pty`` from .07 on, ``BICFI`` for ``BIC`` from .03 on),
so each is looked for in all its places, and the version is not asked.
"""

import functools

from .problems import Invalid
from .statement import BankCode, Charge, Party, References, RelatedAmount, Return, StructuredReference
from .values import account_key, currency, iso_amount, iso_date, iso_decimal, reference
from .xml_node import Amount, child, every, first, text

_BANK = ("BICFI", "BIC", "AnyBIC")
_REFERENCES = {
    "EndToEndId": "end_to_end_id",
    "TxId": "transaction_id",
    "InstrId": "instruction_id",
    "UETR": "uetr",
    "MsgId": "message_id",
    "PmtInfId": "payment_information_id",
    "MndtId": "mandate_id",
    "ChqNb": "cheque_number",
    "ClrSysRef": "clearing_reference",
    "AcctSvcrRef": "bank_reference",
}
_RELATED = (
    ("InstdAmt", "instructed"),
    ("TxAmt", "transaction"),
    ("CntrValAmt", "counter value"),
    ("AnncdPstngAmt", "announced posting"),
)


def amount(node, *path):
    """Return ``(amount, currency)`` at ``path``, or None when it is not there; ``Invalid`` when it is none."""
    found = first(node, *path)
    if found is None or type(found) is dict:
        return None
    try:
        return iso_amount(found.strip()), currency(found.attributes.get("Ccy") if type(found) is Amount else None)
    except Invalid as error:
        raise Invalid(error.code, str(error), "/".join(path)) from None


def number(node, *path):
    """Return the whole number at ``path``, or None."""
    found = text(node, *path)
    if found is None:
        return None
    if not (found.isascii() and found.isdigit() and len(found) <= 15):
        raise Invalid("number-invalid", "a whole number is expected", "/".join(path))
    return int(found)


def decimal(node, *path):
    """Return the decimal at ``path``, which may have a sign, or None."""
    found = text(node, *path)
    if found is None:
        return None
    try:
        return iso_decimal(found)
    except Invalid as error:
        raise Invalid(error.code, str(error), "/".join(path)) from None


def date(node, *path):
    """Return the day of the date choice at ``path`` (``Dt`` or ``DtTm``, or the date itself), or None."""
    found = _chosen(node, path, "Dt", "DtTm")
    if found is None:
        return None
    try:
        return iso_date(found)
    except Invalid as error:
        raise Invalid(error.code, str(error), "/".join(path)) from None


def direction(node, *path):
    """Return 1 for CRDT and -1 for DBIT, None when nothing is said."""
    found = text(node, *path)
    if found is None:
        return None
    if found not in ("CRDT", "DBIT"):
        raise Invalid("direction-invalid", "CRDT or DBIT is expected", "/".join(path))
    return 1 if found == "CRDT" else -1


def flag(node, *path):
    """Return the truth at ``path``, or None."""
    found = text(node, *path)
    return None if found is None else found in ("true", "1")


def code(node, *path):
    """Return the code or the bank's own word at ``path`` (``Cd`` or ``Prtry``, or the text itself), or None."""
    return _chosen(node, path, "Cd", "Prtry")


def _chosen(node, path, name, other):
    """Return the text of the child ``name``, or ``other``, of the element at ``path``, or its own text, or None."""
    found = first(node, *path)
    if type(found) is dict:
        return text(found, name) or text(found, other)
    return (found.strip() or None) if found else None


def account_number(node, *path):
    """Return the account number at ``path``: an IBAN without spaces, or another number as written."""
    found = first(node, *path, "Id")
    if found is None:
        return None
    iban = text(found, "IBAN")
    # PrtryAcct is the form of the oldest versions
    return account_key(iban) if iban else text(found, "Othr", "Id") or text(found, "PrtryAcct", "Id")


def bank(node, *path):
    """Return ``(BIC or clearing number, name)`` of the institution at ``path``, each may be None."""
    institution = first(node, *path, "FinInstnId")
    if type(institution) is not dict:
        return None, None
    bic = next((found for name in _BANK if (found := text(institution, name))), None)
    other = text(institution, "ClrSysMmbId", "MmbId") or text(institution, "Othr", "Id")
    return bic or other, text(institution, "Nm")


def party(parties, agents, role):
    """Return the ``Party`` in a ``role`` (Dbtr, Cdtr), its account and its bank, or None when all are missing.

    ``parties``, ``agents``: the elements ``RltdPties`` and ``RltdAgts``, or None.
    """
    account = role + "Acct"
    if not agents and (type(parties) is not dict or not (role in parties or account in parties)):
        return None
    who = person(first(parties, role))
    of_account = account_number(parties, account)
    of_bank, bank_name = bank(agents, role + "Agt") if agents else (None, None)
    if who is None and of_account is None and of_bank is None and bank_name is None:
        return None
    who = who or Party()
    who.account, who.bank, who.bank_name = of_account, who.bank or of_bank, who.bank_name or bank_name
    return who


def person(found):
    """Return the ``Party`` of a party element, with or without ``Pty`` around it, or None.

    From .07 on a bank may stand in the place of a party; it is its own bank then.
    """
    if type(found) is not dict:
        return None
    if "Agt" in found:
        of_bank, name = bank(found, "Agt")
        return Party(name=name, bank=of_bank, bank_name=name)
    found = child(found, "Pty") or found
    # Seldom more than a name is said.
    address = first(found, "PstlAdr") if "PstlAdr" in found else None
    lines, country = (), None
    if type(address) is dict:
        street = " ".join(filter(None, (text(address, "StrtNm"), text(address, "BldgNb"))))
        town = " ".join(filter(None, (text(address, "PstCd"), text(address, "TwnNm"))))
        lines = tuple(filter(None, [*(line.strip() for line in texts(address, "AdrLine")), street, town]))
        country = text(address, "Ctry")
    identity = first(found, "Id") if "Id" in found else None
    identification = None
    if type(identity) is dict:
        for kind in ("OrgId", "PrvtId"):
            identification = identification or text(identity, kind, "Othr", "Id")
            identification = identification or next(
                (t for n in (*_BANK, "BICOrBEI") if (t := text(identity, kind, n))), None
            )
    return Party(name=text(found, "Nm"), identification=identification, address=lines, country=country)


def texts(node, *path):
    """Return the non-empty texts at ``path``."""
    return [found.strip() for found in every(node, *path) if type(found) is not dict and found.strip()]


def references(node):
    """Return the ``References`` of an element ``Refs`` (or None)."""
    if type(node) is not dict:
        return References()
    said = {known: reference(text(node, name)) for name in node if (known := _REFERENCES.get(name))}
    if "Prtry" in node:
        others = [(text(other, "Tp"), text(other, "Ref")) for other in every(node, "Prtry")]
        said["other"] = tuple((kind or "", found) for kind, found in others if found)
    return References(**said)


def bank_code(node):
    """Return the ``BankCode`` of an element ``BkTxCd`` (or None)."""
    if type(node) is not dict:
        return None
    domain, own = child(node, "Domn"), child(node, "Prtry")
    family = domain and first(domain, "Fmly")
    iso = (text(domain, "Cd"), text(family, "Cd"), text(family, "SubFmlyCd")) if domain else (None, None, None)
    return _bank_code(*iso, *((text(own, "Cd"), text(own, "Issr")) if own else (None, None)))


@functools.lru_cache(maxsize=1024)
def _bank_code(*parts):
    return BankCode(*parts) if any(parts) else None


def charges(node):
    """Return the ``Charge`` list below ``node["Chrgs"]``, in the form of .02 and in that of .03 and later."""
    found = []
    for group in every(node, "Chrgs"):
        if type(group) is not dict:
            continue
        total = amount(group, "TtlChrgsAndTaxAmt")
        if total:
            found.append(Charge(*total, total=True))
        for record in every(group, "Rcrd") or [group]:
            single = amount(record, "Amt")
            if single:
                way = direction(record, "CdtDbtInd")
                found.append(
                    Charge(
                        *single,
                        direction=way and ("credit" if way > 0 else "debit"),
                        included=flag(record, "ChrgInclInd"),
                        kind=code(record, "Tp") or text(record, "Tp", "Prtry", "Id"),
                    )  # fmt: skip
                )
    return tuple(found)


def related_amounts(node):
    """Return the ``RelatedAmount`` list below ``node["AmtDtls"]``."""
    details = first(node, "AmtDtls")
    if type(details) is not dict:
        return ()
    found = [_related(group, kind) for name, kind in _RELATED for group in every(details, name)]
    found += [_related(group, text(group, "Tp") or "other") for group in every(details, "PrtryAmt")]
    return tuple(filter(None, found))


def _related(group, kind):
    value = amount(group, "Amt")
    if value is None:
        return None
    return RelatedAmount(
        kind, *value, text(group, "CcyXchg", "SrcCcy"), text(group, "CcyXchg", "TrgtCcy"),
        text(group, "CcyXchg", "UnitCcy"), decimal(group, "CcyXchg", "XchgRate"), text(group, "CcyXchg", "CtrctId"),
    )  # fmt: skip


def structured(node):
    """Return the ``StructuredReference`` list below ``node["RmtInf"]``."""
    found = []
    for group in every(node, "RmtInf", "Strd"):
        documents = [
            (code(document, "Tp", "CdOrPrtry"), text(document, "Nb")) for document in every(group, "RfrdDocInf")
        ]
        found.append(
            StructuredReference(
                reference=text(group, "CdtrRefInf", "Ref"),
                kind=code(group, "CdtrRefInf", "Tp", "CdOrPrtry") or code(group, "CdtrRefInf", "CdtrRefTp"),
                issuer=text(group, "CdtrRefInf", "Tp", "Issr"),
                documents=tuple((kind, number) for kind, number in documents if number),
                information=tuple(texts(group, "AddtlRmtInf")),
            )
        )
    return tuple(found)


def returned(node):
    """Return the ``Return`` of an element ``RtrInf`` (or None)."""
    if type(node) is not dict:
        return None
    return Return(
        code=code(node, "Rsn") or code(node, "RtrRsn"),
        information=" ".join(texts(node, "AddtlInf")) or None,
        originator=text(node, "Orgtr", "Nm"),
    )
