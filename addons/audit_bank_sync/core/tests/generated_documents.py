"""Valid documents of the bank's messages, made from their schemas; the same ones at each run."""

import random

from odoo.addons.audit_bank_sync.core.tests import reference_files
from odoo.addons.audit_bank_sync.core.tests.schema_documents import Schema, Writer

NO_REFERENCE = ("NOTPROVIDED", "NONREF", "NOT PROVIDED", "NOTAVAILABLE")
_WANTED = (
    # camt
    "Ntry", "NtryDtls", "TxDtls", "Refs", "RltdPties", "RltdAgts", "Dbtr", "Cdtr", "UltmtDbtr", "UltmtCdtr", "DbtrAcct",
    "CdtrAcct", "DbtrAgt", "CdtrAgt", "FinInstnId", "RmtInf", "Ustrd", "Strd", "CdtrRefInf", "RfrdDocInf", "RtrInf",
    "Orgtr", "Rsn", "Chrgs", "Rcrd", "AmtDtls", "CcyXchg", "Bal", "TxsSummry", "TtlNtries", "TtlCdtNtries",
    "TtlDbtNtries", "Btch", "BkTxCd", "Domn", "Prtry", "AddtlInfInd", "Nm", "Pty", "Ownr", "Svcr", "StmtPgntn",
    "RptPgntn", "NtfctnPgntn", "MsgPgntn", "RltdDts", "Purp", "Tp", "CdOrPrtry", "Nb", "Ref", "AddtlRmtInf", "BookgDt",
    "ValDt", "FrToDt", "RvslInd", "Sum", "NbOfNtries",
    # pain.002
    "OrgnlPmtInfAndSts", "TxInfAndSts", "StsRsnInf", "AddtlInf", "NbOfTxsPerSts", "OrgnlTxRef", "Amt", "ReqdExctnDt",
    "ReqdColltnDt", "OrgnlUETR", "PmtInfSts", "TxSts",
)  # fmt: skip
_NEEDED = {("Acct", "Id"), ("Sts", "Cd")}


def documents(message, count):
    """Yield ``count`` valid documents of ``message``, as camt.053.001.08, in bytes."""
    schema = Schema(reference_files.schema_path(message))
    for number in range(count):
        chance = random.Random("%s %d" % (message, number))
        data = Writer(schema, chance, _fixed, _WANTED, _NEEDED).document()
        assert reference_files.violation(data) is None
        yield data


def _fixed(path, _kind, chance):
    """What the schemas leave open, and the standard's code lists and rules do not.

    An account has a number, its entries and balances are in its currency, an entry has one of four statuses.
    """
    if path[-1] == "@Ccy" or path[-1].endswith("Ccy"):
        of_account = path[-2] == "Acct" or path[-3:-1] in (("Ntry", "Amt"), ("Bal", "Amt"))
        return "EUR" if of_account else chance.choice(("EUR", "USD", "CHF", "JPY"))
    if path[-2:] in (("Sts", "Cd"), ("Ntry", "Sts")):
        return chance.choice(("BOOK", "BOOK", "PDNG", "INFO"))
    if path[-4:] == ("Acct", "Id", "Othr", "Id"):
        return "%d-%d" % (chance.randrange(100), chance.randrange(10**6))
    if path[-1] in ("EndToEndId", "NtryRef", "OrgnlEndToEndId") and chance.random() < 0.2:
        return chance.choice(NO_REFERENCE)
    return None
