"""Status reports as tests need them, put together from a few parts."""

from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import ISO


def report(*payments, status="", version="10", more="", message="B-1", about="M-1", at="2026-03-31T10:00:00"):
    """The bytes of a pain.002; ``status``: of the group; ``message``: its id, ``about``: that of the payment file."""
    said = "<GrpSts>%s</GrpSts>" % status if status else ""
    return (
        "<?xml version='1.0'?>\n<Document xmlns='%spain.002.001.%s'><CstmrPmtStsRpt><GrpHdr><MsgId>%s</MsgId>"
        "<CreDtTm>%s</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>%s</OrgnlMsgId>"
        "<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>%s%s</OrgnlGrpInfAndSts>%s</CstmrPmtStsRpt></Document>"
        % (ISO, version, message, at, about, said, more, "".join(payments))
    ).encode()


def payment(*transactions, number="P-1", status="", more=""):
    """What is said of one payment (``PmtInf``) and its transactions."""
    said = "<PmtInfSts>%s</PmtInfSts>" % status if status else ""
    return "<OrgnlPmtInfAndSts><OrgnlPmtInfId>%s</OrgnlPmtInfId>%s%s%s</OrgnlPmtInfAndSts>" % (
        number, said, more, "".join(transactions),
    )  # fmt: skip


def transaction(end_to_end, status="", reason="", more=""):
    """What is said of one transaction; ``more``: elements behind the reason."""
    said = "<TxSts>%s</TxSts>" % status if status else ""
    said += "<StsRsnInf><Rsn><Cd>%s</Cd></Rsn><AddtlInf>text</AddtlInf></StsRsnInf>" % reason if reason else ""
    return "<TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId>%s%s</TxInfAndSts>" % (end_to_end, said, more)
