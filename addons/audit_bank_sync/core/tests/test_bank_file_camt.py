import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.audit_bank_sync.core.bank_files import statement as words
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import (
    IBAN,
    OTHER,
    account,
    balance,
    camt,
    codes,
    entry,
    only_entry,
    part,
    read,
    statement,
    transaction,
)


def details(*transactions, batch=""):
    return "<NtryDtls>%s%s</NtryDtls>" % (batch, "".join(transactions))


@pytest.mark.parametrize("version", ["%02d" % number for number in range(2, 15)])
@pytest.mark.parametrize("kind", ["052", "053", "054"])
def test_every_version_of_every_message_is_read(kind, version):
    content = read(camt(part(entry("12.30", "DBIT"), kind), kind, version))
    assert content.format == "camt.%s.001.%s" % (kind, version)
    assert [one.amount for one in content.entries] == [Decimal("-12.30")]
    assert content.statements[0].account.number == IBAN


@pytest.mark.parametrize("status, version", [("BOOK", "06"), ("<Cd>BOOK</Cd>", "07")])
def test_the_status_may_be_a_code_or_an_element_with_one(status, version):
    assert only_entry(statement(entry(status=status), version=version)).status == words.BOOKED


def test_an_entry_has_its_own_sign_whatever_its_details_say():
    found = only_entry(statement(entry("10.00", "DBIT", inside=details(transaction("10.00", "CRDT")))))
    assert found.amount == Decimal("-10.00")
    assert found.details[0].amount == Decimal("10.00")


def test_an_entry_has_its_own_amount_whatever_its_details_add_up_to():
    content = read(statement(entry("10.00", inside=details(transaction("7.00"), transaction("2.00")))))
    assert [one.amount for one in content.entries] == [Decimal("10.00")]
    assert codes(content.problems) == ["details-differ"]


def test_charges_that_the_entry_contains_explain_what_its_details_lack():
    charges = (
        "<Chrgs><Rcrd><Amt Ccy='EUR'>3.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>%s</ChrgInclInd></Rcrd></Chrgs>"
    )
    for included, found in (("true", []), ("false", ["details-differ"])):
        inside = charges % included + details(transaction("119.00", "DBIT"))
        assert codes(read(statement(entry("122.50", "DBIT", inside=inside))).problems, "note") == found


@pytest.mark.parametrize("way, sign", [("CRDT", 1), ("DBIT", -1)])
def test_a_reversal_is_marked_and_keeps_the_sign_of_the_bank(way, sign):
    found = only_entry(statement(entry("10.00", way, before="<RvslInd>true</RvslInd>")))
    assert found.reversal
    assert found.amount == sign * Decimal("10.00")


def test_a_batch_is_one_entry_that_its_details_explain():
    batch = "<Btch><PmtInfId>P-9</PmtInfId><NbOfTxs>2</NbOfTxs><TtlAmt Ccy='EUR'>10.00</TtlAmt></Btch>"
    inside = details(transaction("4.00", end_to_end="A"), transaction("6.00", end_to_end="B"), batch=batch)
    content = read(statement(entry("10.00", inside=inside)))
    (found,) = content.entries
    assert [one.references.end_to_end_id for one in found.details] == ["A", "B"]
    assert (found.batches[0].payment_information_id, found.batches[0].count) == ("P-9", 2)
    assert content.statements[0].booked == Decimal("10.00")


def test_a_notification_explains_and_never_books():
    assert only_entry(camt(part(entry(), "054"), "054")).role == words.EXPLANATION


@pytest.mark.parametrize(
    "kind, status, role",
    [
        ("053", "BOOK", words.BOOKING),
        ("053", "PDNG", words.PENDING),
        ("053", "INFO", words.INFORMATION),
        ("052", "BOOK", words.INTRADAY),
        ("052", "PDNG", words.PENDING),
        ("052", "FUTR", words.PENDING),
    ],
)
def test_the_role_follows_from_message_and_status(kind, status, role):
    assert only_entry(camt(part(entry(status="<Cd>%s</Cd>" % status), kind), kind)).role == role


def test_only_booked_entries_count_as_booked():
    content = read(
        statement(entry("10.00"), entry("5.00", status="<Cd>PDNG</Cd>"), entry("3.00", status="<Cd>INFO</Cd>"))
    )
    (page,) = content.statements[0].pages
    assert (page.booked, page.pending) == (Decimal("10.00"), Decimal("5.00"))


def test_charges_stay_as_the_bank_wrote_them():
    charges = (
        "<Chrgs><TtlChrgsAndTaxAmt Ccy='EUR'>1.50</TtlChrgsAndTaxAmt>"
        "<Rcrd><Amt Ccy='EUR'>1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>"
    )
    found = only_entry(statement(entry("98.50", inside=charges)))
    assert found.amount == Decimal("98.50")
    total, single = found.charges
    assert total.total and total.amount == Decimal("1.50")
    assert (single.direction, single.included) == ("debit", True)


def test_charges_of_the_oldest_version_have_no_records():
    charges = "<Chrgs><Amt Ccy='EUR'>0.35</Amt><CdtDbtInd>DBIT</CdtDbtInd></Chrgs>"
    (found,) = only_entry(statement(entry(inside=charges), version="02")).charges
    assert (found.amount, found.direction) == (Decimal("0.35"), "debit")


def test_amounts_of_an_exchange_stay_as_the_bank_wrote_them():
    exchange = (
        "<AmtDtls><InstdAmt><Amt Ccy='USD'>100.00</Amt><CcyXchg><SrcCcy>USD</SrcCcy><TrgtCcy>EUR</TrgtCcy>"
        "<XchgRate>1.0893</XchgRate></CcyXchg></InstdAmt></AmtDtls>"
    )
    (found,) = only_entry(statement(entry("91.80", inside=exchange))).amounts
    assert (found.kind, found.amount, found.currency) == ("instructed", Decimal("100.00"), "USD")
    assert (found.source_currency, found.target_currency, found.rate) == ("USD", "EUR", Decimal("1.0893"))


@pytest.mark.parametrize("around, version", [("%s", "06"), ("<Pty>%s</Pty>", "07")])
def test_parties_are_found_where_old_and_new_versions_have_them(around, version):
    name = around % "<Nm>Anna Muster</Nm>"
    inside = (
        "<RltdPties><Dbtr>%s</Dbtr><DbtrAcct><Id><IBAN>%s</IBAN></Id></DbtrAcct></RltdPties>"
        "<RltdAgts><DbtrAgt><FinInstnId><BICFI>NWBKGB2L</BICFI></FinInstnId></DbtrAgt></RltdAgts>" % (name, OTHER)
    )
    (found,) = only_entry(
        statement(entry(inside=details(transaction("10.00", "CRDT", inside))), version=version)
    ).details
    assert (found.debtor.name, found.debtor.account, found.debtor.bank) == ("Anna Muster", OTHER, "NWBKGB2L")


def test_a_bank_may_stand_in_the_place_of_a_party():
    bank = "<Agt><FinInstnId><BICFI>NWBKGB2L</BICFI><Nm>A Bank</Nm></FinInstnId></Agt>"
    inside = "<RltdPties><Dbtr>%s</Dbtr></RltdPties>" % bank
    (found,) = only_entry(statement(entry(inside=details(transaction("10.00", inside=inside))))).details
    assert (found.debtor.name, found.debtor.bank) == ("A Bank", "NWBKGB2L")


def test_the_oldest_version_has_the_amount_of_a_transaction_among_its_details():
    inside = "<AmtDtls><TxAmt><Amt Ccy='EUR'>10.00</Amt></TxAmt></AmtDtls>"
    (found,) = only_entry(
        statement(entry("10.00", "DBIT", inside=details(transaction(inside=inside))), version="02")
    ).details
    assert (found.amount, found.currency) == (Decimal("-10.00"), "EUR")


def test_remittance_is_kept_free_and_structured():
    inside = (
        "<RmtInf><Ustrd>Invoice</Ustrd><Ustrd>4711</Ustrd><Strd><CdtrRefInf><Tp><CdOrPrtry><Prtry>QRR</Prtry></CdOrPrtry>"
        "</Tp><Ref>210000000003139471430009017</Ref></CdtrRefInf></Strd></RmtInf>"
    )
    (found,) = only_entry(statement(entry(inside=details(transaction("10.00", inside=inside))))).details
    assert found.remittance == ("Invoice", "4711")
    assert (found.structured[0].kind, found.structured[0].reference) == ("QRR", "210000000003139471430009017")


def test_the_words_for_no_reference_are_no_reference():
    (found,) = only_entry(statement(entry(inside=details(transaction("10.00", end_to_end="NOTPROVIDED"))))).details
    assert found.references.end_to_end_id is None


def test_a_return_says_why():
    inside = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></RtrInf>"
    (found,) = only_entry(statement(entry(inside=details(transaction("10.00", inside=inside))))).details
    assert (found.returned.code, found.returned.information) == ("AC04", "closed")


def test_a_time_does_not_move_its_day():
    late = "<Dt>2026-03-31</Dt>", "<DtTm>2026-03-31T23:59:59-09:00</DtTm>"
    found = only_entry(statement(entry()).replace(late[0].encode(), late[1].encode(), 9))
    assert found.booking_date == datetime.date(2026, 3, 31)


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.six-interbank-clearing.com/de/camt.053.001.04.xsd",
        "ISO:camt.053.001.02:APC:STUZZA:payments:003",
        "urn:swift:xsd:camt.053.001.02",
    ],
)
def test_national_namespaces_are_accepted(namespace):
    assert read(statement(entry(), namespace=namespace, wrong="the namespace is not ISO's")).entries


def test_elements_of_other_namespaces_are_not_taken_for_ours():
    foreign = "<x:RvslInd xmlns:x='urn:x'>true</x:RvslInd><x:AcctSvcrRef xmlns:x='urn:x'>X</x:AcctSvcrRef>"
    found = only_entry(
        statement(entry(inside=foreign + "<AcctSvcrRef>OURS</AcctSvcrRef>"), wrong="elements of another namespace")
    )
    assert (found.reversal, found.bank_reference) == (False, "OURS")


def test_a_message_in_an_envelope_is_read():
    inner = statement(entry()).split(b"?>\n", 1)[1]
    envelope = b"<Envelope xmlns='urn:x'><AppHdr><MsgId>H</MsgId></AppHdr>" + inner + b"</Envelope>"
    assert len(read(envelope).entries) == 1


def test_the_text_of_an_entry_is_kept_as_it_stands_in_the_file():
    one = entry(inside="<AddtlNtryInf>M\u00fcller &amp; S\u00f6hne</AddtlNtryInf>")
    for encoding in ("UTF-8", "ISO-8859-1", "windows-1252", "UTF-16", "UTF-16-LE", "UTF-16-BE"):
        found = only_entry(statement(one, encoding=encoding))
        assert found.raw == one
        assert found.information == "M\u00fcller & S\u00f6hne"


def test_an_account_without_currency_has_that_of_its_balance():
    owner = "<Acct><Id><Othr><Id>12-3456-7</Id></Othr></Id></Acct>"
    content = read(camt(part(balance("OPBD", "1.00", currency="CHF"), owner=owner)))
    found = content.statements[0].account
    assert (found.number, found.currency, found.iban) == ("12-3456-7", "CHF", False)


def test_equal_entries_are_numbered_and_both_kept():
    content = read(statement(entry("5.00"), entry("5.00"), entry("6.00")))
    assert [one.occurrence for one in content.entries] == [1, 2, 1]


def test_each_account_has_a_page_of_its_own():
    other = part(entry("1.00", "DBIT", currency="GBP"), owner=account(OTHER, "GBP"))
    content = read(camt(part(entry("2.00")) + other))
    assert [(one.account.key, one.booked) for one in content.statements] == [
        (IBAN, Decimal("2.00")),
        (OTHER, Decimal("-1.00")),
    ]


def test_a_statement_that_is_in_the_file_twice_counts_once():
    one = part(balance("OPBD", "100.00") + balance("CLBD", "110.00") + entry("5.00") + entry("5.00"))
    content = read(camt(one + one))
    assert [found.amount for found in content.entries] == [Decimal("5.00")] * 2
    assert codes(content.problems) == ["page-repeated"]
    assert content.statements[0].booked == Decimal("10.00")


def test_a_notification_may_tell_of_another_currency():
    content = read(camt(part(entry(currency="USD"), "054"), "054"))
    assert codes(content.problems) == ["currency-mixed"]
    assert content.problems[0].severity == "warning"


@given(st.decimals(min_value=0, max_value=10**12, places=5, allow_nan=False), st.sampled_from(["CRDT", "DBIT"]))
@settings(deadline=None)
def test_amounts_are_exact(amount, way):
    found = only_entry(statement(entry(format(amount, "f"), way)))
    assert abs(found.amount) == amount
    assert type(found.amount) is Decimal
