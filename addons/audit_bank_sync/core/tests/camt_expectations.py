"""What a camt document says, found by plain paths: the second opinion that the reader is compared with.

Nothing of the reader is used. The paths are those of the schemas of all versions; values are plain texts, ``Decimal``
and ``datetime.date``, None where the document says nothing.
"""

import datetime
import re
from decimal import Decimal

from lxml import etree

PARTS = ("Rpt", "Stmt", "Ntfctn")
STATUS = {"BOOK": "booked", "PDNG": "pending", "INFO": "information", "FUTR": "future"}
BANK = ("BICFI", "BIC", "AnyBIC", "ClrSysMmbId/MmbId", "Othr/Id")
NO_REFERENCE = ("NOTPROVIDED", "NONREF", "NOT PROVIDED", "NOTAVAILABLE")
OTHER_AMOUNTS = (("InstdAmt", "instructed"), ("TxAmt", "transaction"), ("CntrValAmt", "counter value"),
                 ("AnncdPstngAmt", "announced posting"))  # fmt: skip


def plain(data):
    """Return the root of ``data`` (bytes) with the names of its own namespace made local, without comments."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, resolve_entities=False))
    own = "{%s}" % etree.QName(root).namespace
    for node in root.iter():
        if node.tag.startswith(own):
            node.tag = node.tag[len(own) :]
    return root


def said(node, *paths):
    """Return the first text at one of ``paths`` below ``node``, or None."""
    for path in paths:
        found = node.find(path) if node is not None else None
        if found is not None and len(found) == 0 and (found.text or "").strip():
            return found.text.strip()
    return None


def every(node, path):
    return [one.text.strip() for one in node.findall(path) if (one.text or "").strip()]


def reference(node, *paths):
    found = said(node, *paths)
    return None if found in NO_REFERENCE or not re.search(r"[^\W_]", found or "") else found


def amount(node, *paths):
    """Return (amount, currency) at the first of ``paths`` that is there."""
    for path in paths:
        found = node.find(path)
        if found is not None:
            return Decimal(found.text.strip()), found.get("Ccy")
    return None, None


def decimal(node, *paths):
    found = said(node, *paths)
    return None if found is None else Decimal(found)


def count(node, path):
    found = said(node, path)
    return None if found is None else int(found)


def date(node, *paths):
    found = said(node, *paths)
    return None if found is None else datetime.date.fromisoformat(found[:10])


def sign(node, path="CdtDbtInd"):
    return {"CRDT": 1, "DBIT": -1, None: None}[said(node, path)]


def truth(node, path):
    return {"true": True, "1": True, "false": False, "0": False, None: None}[said(node, path)]


def pages(root):
    """Return what each account part of ``root`` says of itself."""
    header = root[0].find("GrpHdr")
    return [_page(node, header) for part in PARTS for node in root[0].findall(part)]


def entries(root):
    """Return what each entry of ``root`` says, in their order."""
    return [_entry(node) for part in PARTS for node in root.findall("*/%s/Ntry" % part)]


def _page(node, header):
    account = node.find("Acct")
    part = node.tag
    paging = [place.find(name) for place, name in ((node, part + "Pgntn"), (header, "MsgPgntn"))]
    paging = next((one for one in paging if one is not None), None)
    balances = [_balance(one) for one in node.findall("Bal")]
    currencies = [
        said(account, "Ccy"),
        *(one.get("Ccy") for path in ("Bal/Amt", "Ntry/Amt") for one in node.findall(path)),
    ]
    return {
        "account": account_number(account),
        "account_name": said(account, "Nm"),
        "owner": said(account, "Ownr/Nm"),
        "servicer": said(account, *("Svcr/FinInstnId/" + name for name in BANK)),
        "currency": next(filter(None, currencies), None),
        "statement_id": said(node, "Id"),
        "number": said(node, "ElctrncSeqNb", "LglSeqNb"),
        "message_id": said(header, "MsgId"),
        "created_at": said(node, "CreDtTm") or said(header, "CreDtTm"),
        "from_date": date(node, "FrToDt/FrDtTm"),
        "to_date": date(node, "FrToDt/ToDtTm"),
        "duplicate": said(node, "CpyDplctInd"),
        "information": said(node, "Addtl%sInf" % part),
        "page_number": None if paging is None else count(paging, "PgNb"),
        "last_page": None if paging is None else truth(paging, "LastPgInd"),
        "balances": balances,
        "declared": _declared(node.find("TxsSummry")),
    }


def _balance(node):
    value, currency = amount(node, "Amt")
    return {
        "kind": said(node, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry") or "?",
        "subkind": said(node, "Tp/SubTp/Cd", "Tp/SubTp/Prtry"),
        "amount": value * sign(node),
        "currency": currency,
        "date": date(node, "Dt/Dt", "Dt/DtTm"),
        "with_credit_line": any(truth(line, "Incl") for line in node.findall("CdtLine")),
    }


def _declared(node):
    if node is None:
        return dict.fromkeys(("count", "net", "credit_count", "credit_sum", "debit_count", "debit_sum"))
    net = decimal(node, "TtlNtries/TtlNetNtry/Amt", "TtlNtries/TtlNetNtryAmt")
    way = sign(node, "TtlNtries/TtlNetNtry/CdtDbtInd") or sign(node, "TtlNtries/CdtDbtInd")
    return {
        "count": count(node, "TtlNtries/NbOfNtries"),
        "net": None if net is None or way is None else net * way,
        "credit_count": count(node, "TtlCdtNtries/NbOfNtries"),
        "credit_sum": decimal(node, "TtlCdtNtries/Sum"),
        "debit_count": count(node, "TtlDbtNtries/NbOfNtries"),
        "debit_sum": decimal(node, "TtlDbtNtries/Sum"),
    }


def account_number(node):
    iban = said(node, "Id/IBAN")
    return iban.upper() if iban else said(node, "Id/Othr/Id")


def _entry(node):
    value, currency = amount(node, "Amt")
    return {
        "amount": value * sign(node),
        "currency": currency,
        "status": STATUS[said(node, "Sts", "Sts/Cd")],
        "booking_date": date(node, "BookgDt/Dt", "BookgDt/DtTm"),
        "value_date": date(node, "ValDt/Dt", "ValDt/DtTm"),
        "reversal": bool(truth(node, "RvslInd")),
        "entry_reference": reference(node, "NtryRef"),
        "bank_reference": reference(node, "AcctSvcrRef"),
        "information": said(node, "AddtlNtryInf"),
        "announced_in": said(node, "AddtlInfInd/MsgId"),
        "code": _code(node.find("BkTxCd")),
        "charges": _charges(node),
        "amounts": _other_amounts(node),
        "batches": [
            {
                "message_id": reference(batch, "MsgId"),
                "payment_information_id": reference(batch, "PmtInfId"),
                "count": count(batch, "NbOfTxs"),
                "amount": amount(batch, "TtlAmt")[0],
            }
            for batch in node.findall("NtryDtls/Btch")
            if len(batch)
        ],
        "details": [_detail(one, sign(node)) for one in node.findall("NtryDtls/TxDtls")],
    }


def _code(node):
    paths = ("Domn/Cd", "Domn/Fmly/Cd", "Domn/Fmly/SubFmlyCd", "Prtry/Cd", "Prtry/Issr")
    found = tuple(said(node, path) for path in paths)
    return found if any(found) else None


def _charges(node):
    found = []
    for group in node.findall("Chrgs"):
        if group.find("TtlChrgsAndTaxAmt") is not None:
            found.append((*amount(group, "TtlChrgsAndTaxAmt"), None, None, None, True))
        for record in [*group.findall("Rcrd"), *([group] if group.find("Amt") is not None else [])]:
            way = {1: "credit", -1: "debit", None: None}[sign(record)]
            kind = said(record, "Tp/Cd", "Tp/Prtry/Id")
            found.append((*amount(record, "Amt"), way, truth(record, "ChrgInclInd"), kind, False))
    return found


def _other_amounts(node):
    found = [(kind, one) for name, kind in OTHER_AMOUNTS for one in node.findall("AmtDtls/" + name)]
    found += [(said(one, "Tp") or "other", one) for one in node.findall("AmtDtls/PrtryAmt")]
    exchange = ("CcyXchg/SrcCcy", "CcyXchg/TrgtCcy", "CcyXchg/UnitCcy")
    return [
        (
            kind, *amount(one, "Amt"), *(said(one, path) for path in exchange), decimal(one, "CcyXchg/XchgRate"),
            said(one, "CcyXchg/CtrctId"),
        )
        for kind, one in found
    ]  # fmt: skip


def _detail(node, way_of_entry):
    value, currency = amount(node, "Amt", "AmtDtls/TxAmt/Amt")
    way = sign(node) or way_of_entry
    return {
        "amount": None if value is None else value * way,
        "currency": currency,
        "end_to_end_id": reference(node, "Refs/EndToEndId"),
        "transaction_id": reference(node, "Refs/TxId"),
        "instruction_id": reference(node, "Refs/InstrId"),
        "uetr": reference(node, "Refs/UETR"),
        "message_id": reference(node, "Refs/MsgId"),
        "payment_information_id": reference(node, "Refs/PmtInfId"),
        "mandate_id": reference(node, "Refs/MndtId"),
        "cheque_number": reference(node, "Refs/ChqNb"),
        "clearing_reference": reference(node, "Refs/ClrSysRef"),
        "bank_reference": reference(node, "Refs/AcctSvcrRef"),
        "other": [(said(one, "Tp") or "", said(one, "Ref")) for one in node.findall("Refs/Prtry") if said(one, "Ref")],
        "debtor": _party(node, "Dbtr"),
        "creditor": _party(node, "Cdtr"),
        "ultimate_debtor": _name(node.find("RltdPties/UltmtDbtr")),
        "ultimate_creditor": _name(node.find("RltdPties/UltmtCdtr")),
        "remittance": every(node, "RmtInf/Ustrd"),
        "structured": [_structured(one) for one in node.findall("RmtInf/Strd")],
        "purpose": said(node, "Purp/Cd", "Purp/Prtry"),
        "return_code": said(node, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        "return_information": " ".join(every(node, "RtrInf/AddtlInf")) or None,
        "return_originator": said(node, "RtrInf/Orgtr/Nm", "RtrInf/Orgtr/Pty/Nm"),
        "charges": _charges(node),
        "amounts": _other_amounts(node),
        "code": _code(node.find("BkTxCd")),
        "information": said(node, "AddtlTxInf"),
        "accepted_at": said(node, "RltdDts/AccptncDtTm"),
    }


def _name(node):
    return said(node, "Nm", "Pty/Nm", "Agt/FinInstnId/Nm")


def _party(node, role):
    """Return (name, account, bank) of the party in ``role``; a bank in its place is its own bank."""
    place, account = node.find("RltdPties/" + role), node.find("RltdPties/%sAcct" % role)
    bank = said(place, *("Agt/FinInstnId/" + name for name in BANK))
    bank = bank or said(node, *("RltdAgts/%sAgt/FinInstnId/%s" % (role, name) for name in BANK))
    return _name(place), None if account is None else account_number(account), bank


def _structured(node):
    kind = ("CdtrRefInf/Tp/CdOrPrtry/Cd", "CdtrRefInf/Tp/CdOrPrtry/Prtry")
    documents = [
        (said(one, "Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry"), said(one, "Nb"))
        for one in node.findall("RfrdDocInf")
        if said(one, "Nb")
    ]
    return said(node, "CdtrRefInf/Ref"), said(node, *kind), documents, every(node, "AddtlRmtInf")
