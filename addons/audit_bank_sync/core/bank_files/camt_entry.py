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
from .xml_node import child, every, first, text

_STATUS = {"BOOK": BOOKED, "PDNG": PENDING, "INFO": INFORMATION, "FUTR": FUTURE}


def _reference(node, name):
    return reference(text(node, name))


def _code_of(node, name):
    return bank_code(child(node, name))


# Name of an element → what it says of an entry, and the function of the node around it and that name which reads it.
# Most of what the standard knows is missing in most entries: what is there is gone through, and not what may be.
_OF_ENTRY = {
    "BookgDt": ("booking_date", date),
    "ValDt": ("value_date", date),
    "RvslInd": ("reversal", lambda node, name: bool(flag(node, name))),
    "NtryRef": ("entry_reference", _reference),
    "AcctSvcrRef": ("bank_reference", _reference),
    "BkTxCd": ("code", _code_of),
    "Chrgs": ("charges", lambda node, _name: charges(node)),
    "AmtDtls": ("amounts", lambda node, _name: related_amounts(node)),
    "AddtlNtryInf": ("information", text),
    "AddtlInfInd": ("announced_in", lambda node, name: text(node, name, "MsgId")),
}
_OF_DETAIL = {
    "RmtInf": ("structured", lambda node, _name: structured(node)),
    "Purp": ("purpose", code),
    "RtrInf": ("returned", lambda node, name: returned(first(node, name))),
    "Chrgs": ("charges", lambda node, _name: charges(node)),
    "AmtDtls": ("amounts", lambda node, _name: related_amounts(node)),
    "BkTxCd": ("code", _code_of),
    "AddtlTxInf": ("information", text),
    "RltdDts": ("accepted_at", lambda node, name: text(node, name, "AccptncDtTm")),
}


def read_entry(node, page, position, line, raw, limits):
    """Return the ``Entry`` of an element ``Ntry``; raises ``Invalid`` with the path below it.

    The sign is that of the entry's own ``CdtDbtInd``. ``RvslInd`` does not turn it: the standard gives the direction of
    the reversal itself.
    """
    value = amount(node, "Amt")
    way = direction(node, "CdtDbtInd")
    if value is None or way is None:
        raise Invalid("entry-incomplete", "an entry without %s" % ("Amt" if value is None else "CdtDbtInd"))
    said_state = code(node, "Sts")
    if said_state not in _STATUS:
        raise Invalid("status-unknown", "BOOK, PDNG, INFO or FUTR is expected", "Sts")
    groups = [group for group in every(node, "NtryDtls") if type(group) is dict]
    transactions = [one for group in groups for one in every(group, "TxDtls") if type(one) is dict]
    if len(transactions) > limits.transactions:
        raise Invalid("too-many", "more than %d transactions in one entry" % limits.transactions, "NtryDtls")
    said = _said(node, _OF_ENTRY)
    return Entry(
        page, position, line, _STATUS[said_state], value[0] * way, value[1],
        said.pop("booking_date", None), said.pop("value_date", None), raw,
        batches=tuple(_batch(batch) for group in groups for batch in every(group, "Btch") if type(batch) is dict),
        details=tuple(_detail(one, way, at) for at, one in enumerate(transactions, 1)),
        **said,
    )  # fmt: skip


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
        parties, agents = child(node, "RltdPties"), child(node, "RltdAgts")
        return Detail(
            references(child(node, "Refs")), value and value[0] * way, value and value[1],
            party(parties, agents, "Dbtr"), party(parties, agents, "Cdtr"),
            person(first(parties, "UltmtDbtr")), person(first(parties, "UltmtCdtr")),
            tuple(texts(node, "RmtInf", "Ustrd")), **_said(node, _OF_DETAIL),
        )  # fmt: skip
    except Invalid as error:
        path = "NtryDtls/TxDtls[%d]" % position
        raise Invalid(error.code, str(error), "%s/%s" % (path, error.path) if error.path else path) from None


def _said(node, known):
    """Return ``{name: value}`` of what ``known`` says how to read and ``node`` holds."""
    said = {}
    for name in node:
        if name in known:
            field, read = known[name]
            said[field] = read(node, name)
    return said
