"""What a pain.002 document says, found by plain paths, and what the reader gives out of it, in the same form."""

from odoo.addons.audit_bank_sync.core.tests.camt_expectations import (
    account_number,
    amount,
    count,
    date,
    decimal,
    every,
    reference,
    said,
)

_AMOUNTS = ("Amt/InstdAmt", "Amt/EqvtAmt/Amt", "IntrBkSttlmAmt")
_LEVEL = ("status", "reasons", "counts", "count", "total")
_TRANSACTION = (
    "status", "payment_information_id", "end_to_end_id", "instruction_id", "uetr", "status_id", "bank_reference",
    "clearing_reference", "accepted_at", "amount", "currency", "execution_date", "creditor", "creditor_account",
)  # fmt: skip


def report(root):
    """Return what the document below ``root`` (see ``camt_expectations.plain``) says."""
    message = root[0]
    group = message.find("OrgnlGrpInfAndSts")
    return {
        "message_id": said(message, "GrpHdr/MsgId"),
        "created_at": said(message, "GrpHdr/CreDtTm"),
        "original_message_id": said(group, "OrgnlMsgId"),
        "original_message_name": said(group, "OrgnlMsgNmId"),
        **_level(group, "GrpSts"),
        "payments": [
            {
                "payment_information_id": said(node, "OrgnlPmtInfId"),
                **_level(node, "PmtInfSts"),
                "transactions": [_transaction(one, said(node, "OrgnlPmtInfId")) for one in node.findall("TxInfAndSts")],
            }
            for node in message.findall("OrgnlPmtInfAndSts")
        ],
    }


def report_as_read(found):
    """Return the same of a ``StatusReport``."""
    names = ("message_id", "created_at", "original_message_id", "original_message_name")
    return {
        **{name: getattr(found, name) for name in names},
        **_level_as_read(found),
        "payments": [
            {
                "payment_information_id": payment.payment_information_id,
                **_level_as_read(payment),
                "transactions": [
                    {**{name: getattr(one, name) for name in _TRANSACTION}, "reasons": _reasons_as_read(one)}
                    for one in payment.transactions
                ],
            }
            for payment in found.payments
        ],
    }


def _level(node, status):
    counts = {}
    for one in node.findall("NbOfTxsPerSts"):
        name = said(one, "DtldSts")
        if name:
            counts[name] = counts.get(name, 0) + count(one, "DtldNbOfTxs")
    return {
        "status": said(node, status),
        "reasons": _reasons(node),
        "counts": counts,
        "count": count(node, "OrgnlNbOfTxs"),
        "total": decimal(node, "OrgnlCtrlSum"),
    }


def _level_as_read(found):
    return {**{name: getattr(found, name) for name in _LEVEL}, "reasons": _reasons_as_read(found)}


def _reasons(node):
    identities = [
        "Orgtr/Id/%s/%s" % (kind, place) for kind in ("OrgId", "PrvtId") for place in ("Othr/Id", "AnyBIC", "BICOrBEI")
    ]
    return [
        (said(one, "Rsn/Cd", "Rsn/Prtry"), " ".join(every(one, "AddtlInf")) or None, said(one, "Orgtr/Nm", *identities))
        for one in node.findall("StsRsnInf")
        if len(one)
    ]


def _reasons_as_read(found):
    return [(one.code, one.information, one.originator) for one in found.reasons]


def _transaction(node, payment):
    original = node.find("OrgnlTxRef")
    value, currency = (None, None) if original is None else amount(original, *_AMOUNTS)
    account = None if original is None else original.find("CdtrAcct")
    days = ("ReqdExctnDt", "ReqdExctnDt/Dt", "ReqdExctnDt/DtTm", "ReqdColltnDt")
    return {
        "status": said(node, "TxSts"),
        "reasons": _reasons(node),
        "payment_information_id": payment,
        "end_to_end_id": reference(node, "OrgnlEndToEndId"),
        "instruction_id": reference(node, "OrgnlInstrId"),
        "uetr": said(node, "OrgnlUETR"),
        "status_id": said(node, "StsId"),
        "bank_reference": said(node, "AcctSvcrRef"),
        "clearing_reference": said(node, "ClrSysRef"),
        "accepted_at": said(node, "AccptncDtTm"),
        "amount": value,
        "currency": currency,
        "execution_date": date(original, *days),
        "creditor": said(original, "Cdtr/Nm", "Cdtr/Pty/Nm", "Cdtr/Agt/FinInstnId/Nm"),
        "creditor_account": None if account is None else account_number(account),
    }
