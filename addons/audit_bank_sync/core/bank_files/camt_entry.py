"""An entry of a camt message and the transactions inside it."""

from .camt_values import (
    amount,
    bank_code,
    charges,
    code,
    date,
    direction,
    flag,
    number,
    party,
    person,
    references,
    related_amounts,
    returned,
    structured,
    texts,
)
from .problems import Invalid
from .statement import BOOKED, FUTURE, INFORMATION, PENDING, Batch, Detail, Entry
from .values import reference
from .xml_stream import first, text

_STATUS = {"BOOK": BOOKED, "PDNG": PENDING, "INFO": INFORMATION, "FUTR": FUTURE}


def read_entry(node, page, position, line, raw, limits):
    """Return the ``Entry`` of an element ``Ntry``; raises ``Invalid`` with the path below it.

    The sign is that of the entry's own ``CdtDbtInd``. ``RvslInd`` does not turn it: the standard gives the direction of
    the reversal itself.
    """
    value = amount(node, "Amt")
    way = direction(node, "CdtDbtInd")
    if value is None or way is None:
        raise Invalid("entry-incomplete", "an entry without %s" % ("Amt" if value is None else "CdtDbtInd"))
    said = code(node, "Sts")
    if said not in _STATUS:
        raise Invalid("status-unknown", "BOOK, PDNG, INFO or FUTR is expected", "Sts")
    groups = [group for group in node.get("NtryDtls", ()) if type(group) is dict]
    transactions = [one for group in groups for one in group.get("TxDtls", ()) if type(one) is dict]
    if len(transactions) > limits.transactions:
        raise Invalid("too-many", "more than %d transactions in one entry" % limits.transactions, "NtryDtls")
    return Entry(
        page=page,
        number=position,
        line=line,
        status=_STATUS[said],
        amount=value[0] * way,
        currency=value[1],
        booking_date=date(node, "BookgDt"),
        value_date=date(node, "ValDt"),
        raw=raw,
        reversal=bool(flag(node, "RvslInd")),
        entry_reference=reference(text(node, "NtryRef")),
        bank_reference=reference(text(node, "AcctSvcrRef")),
        code=bank_code(first(node, "BkTxCd")),
        batches=tuple(_batch(batch) for group in groups for batch in group.get("Btch", ()) if type(batch) is dict),
        details=tuple(_detail(one, way, at) for at, one in enumerate(transactions, 1)),
        charges=charges(node),
        amounts=related_amounts(node),
        information=text(node, "AddtlNtryInf"),
        announced_in=text(node, "AddtlInfInd", "MsgId"),
    )


def _batch(node):
    value = amount(node, "TtlAmt")
    return Batch(
        message_id=reference(text(node, "MsgId")),
        payment_information_id=reference(text(node, "PmtInfId")),
        count=number(node, "NbOfTxs"),
        amount=value and value[0],
    )


def _detail(node, way_of_entry, position):
    try:
        # .02 has no amount of the transaction itself, only what is told about it
        value = amount(node, "Amt") or amount(node, "AmtDtls", "TxAmt", "Amt")
        way = direction(node, "CdtDbtInd") or way_of_entry
        parties, agents = first(node, "RltdPties"), first(node, "RltdAgts")
        return Detail(
            references=references(first(node, "Refs")),
            amount=value and value[0] * way,
            currency=value and value[1],
            debtor=party(parties, agents, "Dbtr"),
            creditor=party(parties, agents, "Cdtr"),
            ultimate_debtor=person(first(parties, "UltmtDbtr")),
            ultimate_creditor=person(first(parties, "UltmtCdtr")),
            remittance=tuple(texts(node, "RmtInf", "Ustrd")),
            structured=structured(node),
            purpose=code(node, "Purp"),
            returned=returned(first(node, "RtrInf")),
            charges=charges(node),
            amounts=related_amounts(node),
            code=bank_code(first(node, "BkTxCd")),
            information=text(node, "AddtlTxInf"),
            accepted_at=text(node, "RltdDts", "AccptncDtTm"),
        )
    except Invalid as error:
        path = "NtryDtls/TxDtls[%d]" % position
        raise Invalid(error.code, str(error), "%s/%s" % (path, error.path) if error.path else path) from None
