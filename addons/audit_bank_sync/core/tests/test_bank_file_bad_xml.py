import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.audit_bank_sync.core.bank_files import bank_file, source
from odoo.addons.audit_bank_sync.core.bank_files.problems import MOST, Unreadable
from odoo.addons.audit_bank_sync.core.bank_files.source import Limits
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import (
    account,
    balance,
    camt,
    codes,
    entry,
    part,
    read,
    statement,
    transaction,
)

GOOD = statement(entry("4.00"), entry("6.00"))


def errors(data, **options):
    """Read ``data``, which has to fail, and return its errors."""
    with pytest.raises(Unreadable) as caught:
        read(data, **options)
    return [problem for problem in caught.value.problems if problem.severity == "error"]


def the_error(data, **options):
    (found,) = errors(data, **options)
    return found


@given(st.integers(min_value=0, max_value=len(GOOD) - 1))
@settings(max_examples=200, deadline=None)
def test_a_file_cut_anywhere_is_never_read_as_whole(length):
    with pytest.raises(Unreadable):
        read(GOOD[:length])


def test_a_truncated_file_says_so_with_the_line():
    found = the_error(GOOD[: GOOD.index(b"6.00")])
    assert found.code == "truncated"
    assert found.line == 3
    assert "not complete" in str(found) and "line 3" in str(found)


def test_entries_come_before_the_end_and_are_void_without_it():
    stream = bank_file.open_file(GOOD[:-5])
    seen = []
    with pytest.raises(Unreadable):
        for one in stream:
            seen.append(one)
    assert seen and not stream.statements


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>%s]>" % "".join(
    "<!ENTITY %s '%s'>" % (name, "&%s;" % before * 10) for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1"])
@pytest.mark.parametrize(
    "prolog",
    [
        BOMB,
        "<!DOCTYPE Document>",
        "<!DOCTYPE d SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE d [<!ENTITY % p SYSTEM 'http://x/'>%p;]>",
    ],
)
def test_a_document_type_is_refused_before_anything_of_it_is_used(prolog, encoding):
    data = statement(
        entry(inside="<AddtlNtryInf>&i;</AddtlNtryInf>"), prolog=prolog, encoding=encoding, wrong="a DOCTYPE"
    )
    assert the_error(data).code == "doctype"


def test_an_entity_that_xml_does_not_define_is_refused():
    assert (
        the_error(statement(entry(inside="<AddtlNtryInf>&eacute;</AddtlNtryInf>"), wrong="an entity")).code == "entity"
    )


@pytest.mark.parametrize(
    "namespace, code",
    [
        ("urn:iso:std:iso:20022:tech:xsd:pain.001.001.09", "wrong-namespace"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.029.001.09", "wrong-namespace"),
        ("http://www.w3.org/1999/xhtml", "wrong-namespace"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.054.001.08", "wrong-namespace"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.01", "wrong-version"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.15", "wrong-version"),
        ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.080", "wrong-namespace"),
    ],
)
def test_another_namespace_is_refused_by_name(namespace, code):
    found = the_error(statement(entry(), namespace=namespace, wrong="the namespace"))
    assert found.code == code
    assert namespace.rpartition(":")[2][:20] in found.message


def test_xml_that_is_no_document_is_refused():
    assert the_error(b"<html><body>Session expired</body></html>").code == "not-iso-20022"


def test_letters_in_another_encoding_than_declared_are_refused_with_their_line():
    data = statement(entry(inside="<AddtlNtryInf>M\u00fcller</AddtlNtryInf>")).replace("\u00fc".encode(), b"\xfc")
    found = the_error(data)
    assert (found.code, found.line) == ("encoding-wrong", 3)


@pytest.mark.parametrize("name", [b"x-unknown", b"UTF-7", b"base64", b"utf-16"])
def test_an_encoding_that_is_not_known_is_refused(name):
    assert the_error(GOOD.replace(b"'UTF-8'", b"'" + name + b"'")).code in ("encoding-unknown", "encoding-wrong")


def test_a_file_beyond_the_limit_is_refused():
    assert the_error(GOOD, limits=Limits(size=len(GOOD) - 1)).code == "too-large"
    assert read(GOOD, limits=Limits(size=len(GOOD))).size == len(GOOD)


def test_nesting_and_texts_have_a_limit():
    deep = "<A>" * 100 + "</A>" * 100
    assert the_error(statement(entry(inside=deep), wrong="elements of no schema")).code == "too-deep"
    long = "<AddtlNtryInf>%s</AddtlNtryInf>" % ("x" * 300_000)
    assert the_error(statement(entry(inside=long), wrong="a text that is too long")).code == "too-long"


def test_an_entry_has_a_limit_of_transactions():
    data = statement(entry(inside="<NtryDtls>%s</NtryDtls>" % (transaction("1.00") * 3)))
    assert the_error(data, limits=Limits(transactions=2)).code == "too-many"


@pytest.mark.parametrize(
    "good, bad, code, path",
    [
        (">6.00<", ">6,00<", "amount-invalid", "Stmt[1]/Ntry[2]/Amt"),
        (">6.00<", ">-6.00<", "amount-invalid", "Stmt[1]/Ntry[2]/Amt"),
        (">6.00<", ">1e3<", "amount-invalid", "Stmt[1]/Ntry[2]/Amt"),
        (">6.00<", "><", "amount-invalid", "Stmt[1]/Ntry[2]/Amt"),
        (">6.00<", ">\u0666<", "amount-invalid", "Stmt[1]/Ntry[2]/Amt"),
        ("<Amt Ccy='EUR'>6.00", "<Amt>6.00", "currency-invalid", "Stmt[1]/Ntry[2]/Amt"),
        ("<Amt Ccy='EUR'>6.00", "<Amt Ccy='eur'>6.00", "currency-invalid", "Stmt[1]/Ntry[2]/Amt"),
        ("<Amt Ccy='EUR'>6.00", "<Amt Ccy='USD'>6.00", "currency-mixed", "Stmt[1]/Ntry[2]/Amt"),
        ("6.00</Amt><CdtDbtInd>CRDT", "6.00</Amt><CdtDbtInd>CREDIT", "direction-invalid", "Stmt[1]/Ntry[2]/CdtDbtInd"),
        ("6.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>", "6.00</Amt>", "entry-incomplete", "Stmt[1]/Ntry[2]"),
    ],
)
def test_a_wrong_value_is_told_with_line_and_path(good, bad, code, path):
    data = statement(entry("4.00"), "\n" + entry("6.00")).decode()
    assert good in data
    found = the_error(data.replace(good, bad).encode())
    assert (found.code, found.path, found.line) == (code, path, 4)


@pytest.mark.parametrize(
    "day", ["2026-02-30", "31.03.2026", "--03-31", "2026-3-1", "2026-03-31T25", "20260331", "\u0662026-03-31"]
)
def test_a_date_that_is_none_is_told(day):
    found = errors(statement(entry(day=day), wrong="a date"))[0]
    assert (found.code, found.path) == ("date-invalid", "Stmt[1]/Ntry[1]/BookgDt")


def test_a_status_that_is_not_known_is_told():
    assert the_error(statement(entry(status="<Cd>XXXX</Cd>"))).code == "status-unknown"


def test_all_wrong_values_are_told_at_once_and_many_are_counted():
    found = errors(statement(*[entry("x%d" % number) for number in range(MOST + 5)], wrong="amounts"))
    assert len(found) == MOST + 1
    assert found[-1].message == "And 5 errors more."


def test_an_account_without_number_is_told():
    assert the_error(camt(part(entry(), owner="<Acct><Ccy>EUR</Ccy></Acct>"), wrong="no number")).code == "no-account"
    assert the_error(camt("", wrong="no account")).code == "no-account"


def test_an_iban_with_wrong_check_digits_is_read_with_a_warning():
    content = read(camt(part(entry(), owner=account("DE00370400440532013000"))))
    assert codes(content.problems, "warning") == ["iban-wrong"]


def test_a_currency_of_the_account_that_is_none_is_told():
    found = errors(camt(part(entry(), owner=account(currency="Euro")), wrong="a currency"))[0]
    assert (found.code, found.path) == ("currency-invalid", "Stmt[1]/Acct/Ccy")


def test_a_balance_that_is_none_is_told():
    found = the_error(camt(part(balance("OPBD", "x") + entry()), wrong="an amount"))
    assert (found.code, found.path) == ("amount-invalid", "Stmt[1]/Bal[1]/Amt")


def test_messages_quote_little_and_on_one_line():
    found = the_error(statement(entry("1\n2\u202e" + "x" * 5000), wrong="an amount"))
    assert len(str(found)) < 200
    assert not re.search(r"[\n\u202e]", str(found))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_changed_byte_is_read_or_refused_and_nothing_else(data):
    place = data.draw(st.integers(min_value=0, max_value=len(GOOD) - 1))
    changed = GOOD[:place] + bytes([data.draw(st.integers(0, 255))]) + GOOD[place + 1 :]
    try:
        read(changed)
    except Unreadable as error:
        assert str(error)


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(data):
    for begin in (b"", b"<?xml version='1.0'?>", b"\xff\xfe<\0", b":20:X\n"):
        with pytest.raises(Unreadable):
            read(begin + data)


@pytest.mark.parametrize("empty", ["<Ntry/>", "<Ntry />", "<Ntry a='b'/>"])
@pytest.mark.parametrize("behind", [0, 1])
def test_an_entry_without_anything_in_it_takes_nothing_else_along(empty, behind, monkeypatch):
    # Its tags are known by then, from an entry in a piece before.
    monkeypatch.setattr(source, "PIECE", 100)
    before = "<!-- %s -->" % ("x" * 5000)
    data = statement(entry("4.00"), entry("6.00"), empty, *[entry()] * behind, prolog=before, wrong="an empty entry")
    found = the_error(data)
    assert (found.code, found.path) == ("entry-incomplete", "Stmt[1]/Ntry[3]")


def test_an_encoding_of_several_bytes_is_read_byte_by_byte_as_expat_does():
    data = statement(entry("4.00", inside="<AddtlNtryInf>\\u0036</AddtlNtryInf>"))
    (found,) = read(data.replace(b"encoding='UTF-8'", b"encoding='raw_unicode_escape'")).entries
    assert found.information == "\\u0036" and found.information in found.raw


@pytest.mark.parametrize(
    "long", ["<!--%s-->", "<?x %s?>", "<A a='%s'/>"], ids=["comment", "processing instruction", "attribute"]
)
@pytest.mark.parametrize("place", [b"<GrpHdr>", b"</GrpHdr>", b"</Ntry>"])
def test_what_goes_on_for_ever_within_a_tag_is_refused_before_it_is_read(long, place):
    data = statement(entry("10.00")).replace(place, (long % ("x" * 4_000_000)).encode() + place, 1)
    stream = bank_file.open_file(data)
    with pytest.raises(Unreadable) as caught:
        list(stream)
    assert [problem.code for problem in caught.value.problems] == ["too-long"]
    assert stream.size < 400_000


def test_an_entry_has_a_limit_of_bytes():
    several = entry("10.00", inside="<NtryDtls>%s</NtryDtls>" % (transaction() * 1000))
    found = the_error(statement(several), limits=Limits(whole=50_000))
    assert found.code == "too-large" and "An entry" in str(found)
