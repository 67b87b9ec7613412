from decimal import Decimal

import pytest

from odoo.addons.audit_bank_sync.core.bank_files.problems import Unreadable
from odoo.addons.audit_bank_sync.core.bank_files.status_report import GROUP, PAYMENT, TRANSACTION
from odoo.addons.audit_bank_sync.core.tests import pain002_samples, reference_files
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import ISO, OTHER, ask_the_schema, codes, read
from odoo.addons.audit_bank_sync.core.tests.pain002_samples import payment, transaction


def report(*payments, version="12", wrong=None, **said):
    """The bytes of a pain.002, as ``pain002_samples.report``; ``wrong``: what is not valid in it."""
    data = pain002_samples.report(*payments, version=version, **said)
    if version in reference_files.PAIN_VERSIONS:
        ask_the_schema(data, wrong)
    return data


def verdict(data, *key):
    found = read(data).report.verdict(*key)
    return found and (found.status, found.level, [reason.code for reason in found.reasons])


@pytest.mark.parametrize("version", ["%02d" % number for number in range(3, 16)])
def test_every_version_is_read(version):
    content = read(report(payment(transaction("A", "RJCT", "AC04")), status="PART", version=version))
    assert content.format == "pain.002.001." + version
    assert content.report.original_message_id == "M-1"
    assert content.report.payments[0].transactions[0].reasons[0].code == "AC04"
    assert not content.entries and not content.statements


def test_the_oldest_version_has_names_of_its_own():
    data = (
        "<?xml version='1.0'?><Document xmlns='%spain.002.001.02'><pain.002.001.02><GrpHdr><MsgId>B-1</MsgId></GrpHdr>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts><TxInfAndSts>"
        "<OrgnlPmtInfId>P-1</OrgnlPmtInfId><OrgnlEndToEndId>A</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><StsRsn>"
        "<Cd>AC01</Cd></StsRsn></StsRsnInf></TxInfAndSts></pain.002.001.02></Document>" % ISO
    ).encode()
    assert verdict(data, "P-1", "A") == ("RJCT", TRANSACTION, ["AC01"])
    assert verdict(data, "P-2", "A") is None
    assert verdict(data, "P-1", "B") is None


def test_of_a_message_in_part_only_the_listed_are_known():
    data = report(payment(transaction("A", "RJCT", "AC04")), status="PART")
    assert verdict(data, "P-1", "A") == ("RJCT", TRANSACTION, ["AC04"])
    assert verdict(data, "P-1", "B") is None
    assert verdict(data, "P-2", "B") is None


def test_a_rejected_message_rejects_what_it_does_not_list():
    reason = "<StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>"
    assert verdict(report(status="RJCT", more=reason), "P-1", "A") == ("RJCT", GROUP, ["FF01"])


def test_a_payment_speaks_for_its_own_transactions_only():
    data = report(payment(status="ACSP"), payment(number="P-2", status="RJCT"), status="PART")
    assert verdict(data, "P-1", "A") == ("ACSP", PAYMENT, [])
    assert verdict(data, "P-2", "A") == ("RJCT", PAYMENT, [])
    assert verdict(data, "P-3", "A") is None


def test_each_payment_has_its_own_transactions():
    data = report(payment(transaction("A", "RJCT")), payment(transaction("B", "RJCT"), number="P-2"), status="PART")
    found = [[one.end_to_end_id for one in listed.transactions] for listed in read(data).report.payments]
    assert found == [["A"], ["B"]]


def test_a_payment_in_part_is_not_spoken_for_by_its_message():
    data = report(payment(transaction("A", "RJCT", "AM04"), status="PART"), status="ACCP")
    assert verdict(data, "P-1", "B") is None


def test_the_nearest_level_counts():
    data = report(payment(transaction("A", "RJCT", "AM04"), transaction("B"), status="ACSP"), status="ACCP")
    assert verdict(data, "P-1", "A") == ("RJCT", TRANSACTION, ["AM04"])
    assert verdict(data, "P-1", "B") == ("ACSP", PAYMENT, [])


def test_the_instruction_tells_transactions_with_one_end_to_end_reference_apart():
    listed = transaction("A", "RJCT", "AC01").replace("<TxInfAndSts>", "<TxInfAndSts><OrgnlInstrId>I-2</OrgnlInstrId>")
    data = report(payment(listed), status="PART")
    assert verdict(data, "P-1", "A", "I-1") is None
    assert verdict(data, "P-1", "A", "I-2") == ("RJCT", TRANSACTION, ["AC01"])


def test_what_the_bank_repeats_of_the_payment_is_kept():
    original = (
        "<OrgnlTxRef><Amt><InstdAmt Ccy='EUR'>12.50</InstdAmt></Amt><ReqdExctnDt><Dt>2026-03-30</Dt></ReqdExctnDt>"
        "<Cdtr><Pty><Nm>Anna Muster</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>%s</IBAN></Id></CdtrAcct></OrgnlTxRef>" % OTHER
    )
    (found,) = read(report(payment(transaction("A", "RJCT", "AC04", original)))).report.payments[0].transactions
    assert (found.amount, found.currency, str(found.execution_date)) == (Decimal("12.50"), "EUR", "2026-03-30")
    assert (found.creditor, found.creditor_account) == ("Anna Muster", OTHER)
    assert found.raw.startswith("<TxInfAndSts>") and found.raw.endswith("</TxInfAndSts>")


def test_more_listed_than_counted_is_told():
    counts = "<NbOfTxsPerSts><DtldNbOfTxs>1</DtldNbOfTxs><DtldSts>RJCT</DtldSts></NbOfTxsPerSts>"
    data = report(payment(transaction("A", "RJCT"), transaction("B", "RJCT"), more=counts))
    assert codes(read(data).problems) == ["totals-differ"]
    assert not read(report(payment(transaction("A", "RJCT"), more=counts.replace(">1<", ">5<")))).problems


@pytest.mark.parametrize(
    "data, code",
    [
        (report(payment(transaction("A")))[:-60], "truncated"),
        (report(payment(), version="16"), "wrong-version"),
        (report().replace(b"OrgnlMsgId>", b"X>"), "no-status"),
        (
            report(
                payment(transaction("A", more="<OrgnlTxRef><ReqdExctnDt>31.3.</ReqdExctnDt></OrgnlTxRef>")),
                wrong="a date",
            ),
            "date-invalid",
        ),
        (report().replace(b"<?xml version='1.0'?>", b"<!DOCTYPE x>"), "doctype"),
    ],
)
def test_what_is_wrong_is_told(data, code):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert codes(caught.value.problems) == [code]
