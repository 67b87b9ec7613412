"""An entry is the same whether its text is read at once, by a parser of its own, or in pieces."""

import io

import pytest

from odoo.addons.audit_bank_sync.core.bank_files import bank_file, source
from odoo.addons.audit_bank_sync.core.bank_files.problems import Unreadable
from odoo.addons.audit_bank_sync.core.bank_files.source import Limits
from odoo.addons.audit_bank_sync.core.bank_files.xml_callbacks import ElementParser
from odoo.addons.audit_bank_sync.core.bank_files.xml_text import TextReader, Unusual
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import ISO, codes, entry, read, statement

NAMESPACE = ISO + "camt.053.001.08"
USUAL = [
    "<Ntry/>",
    "<Ntry> </Ntry>",
    "<Ntry ><Amt Ccy = 'EUR' x=\"\">1.00</Amt ><Amt Ccy='USD'>2</Amt><Sts/><Sts a='b' /></Ntry\n>",
    "<Ntry>a<Sts>b<Cd>BOOK</Cd>c</Sts>d<Sts><Cd/></Sts></Ntry>",
    "<Ntry><Nm>&lt;&amp;&#65;&#x20AC;&quot;&apos;&gt;</Nm><Nm>M\u00fcller</Nm></Ntry>",
    "<Ntry><Nm>one\r\ntwo\rthree&#13;</Nm>\r\n</Ntry>",
    "<Ntry><A><B><C>1</C><C>2</C></B><B><C>3</C></B></A><A><B>4</B></A></Ntry>",
]
UNUSUAL = [
    "<Ntry><Nm>a<!-- <Nm>b</Nm> --></Nm></Ntry>",
    "<Ntry><Nm><![CDATA[<Cd>&amp;</Cd>]]></Nm></Ntry>",
    "<Ntry><?x <Nm/> ?><Nm>a > b</Nm></Ntry>",
    "<Ntry><Amt Ccy='a>b'>1</Amt><Amt Ccy='&#65;'>1</Amt><Amt Ccy='a\tb'>1</Amt></Ntry>",
    "<Ntry><o:Nm>of another one</o:Nm><Nm>ours</Nm></Ntry>",
    "<Ntry><Nm xmlns='urn:other'>of another one</Nm><Nm>ours</Nm></Ntry>",
]


def by_expat(text):
    """Return what a parser makes of an element; others than ours have their whole name."""
    parser = ElementParser(
        [(None, NAMESPACE), ("o", "urn:other")],
        lambda name: name.removeprefix(NAMESPACE + " "), Limits(), pytest.fail, 4, "utf-8",
    )  # fmt: skip
    parser.feed(text.encode())
    return with_attributes_shown(parser.value())


def by_text(text):
    return with_attributes_shown(TextReader(1000).parsed(text, 40))


def with_attributes_shown(node):
    if isinstance(node, dict):
        return {name: with_attributes_shown(one) for name, one in node.items()}
    if isinstance(node, list):
        return [with_attributes_shown(one) for one in node]
    return (str(node), getattr(node, "attributes", None))


@pytest.mark.parametrize("text", USUAL)
def test_both_ways_make_the_same_of_an_element(text):
    assert by_text(text) == by_expat(text)
    prefixed = text.replace("</", "<|").replace("<", "<n:").replace("<n:|", "</n:")
    assert by_text(prefixed) == by_text(text)


@pytest.mark.parametrize("text", UNUSUAL)
def test_what_the_text_does_not_tell_alone_is_left_to_expat(text):
    with pytest.raises(Unusual):
        by_text(text)


@pytest.mark.parametrize("inside", UNUSUAL)
def test_what_is_left_to_expat_is_read_in_a_file(inside):
    content = inside.removeprefix("<Ntry>").removesuffix("</Ntry>").replace("o:Nm", "q:Nm").replace("<Amt", "<X")
    content = content.replace("</Amt", "</X").replace("<q:Nm", "<q:Nm xmlns:q='urn:other'")
    more = entry(inside="<AddtlNtryInf>here</AddtlNtryInf>%s" % content)
    found = read(statement(more, more, wrong="elements of no schema")).entries
    assert [one.information for one in found] == ["here"] * 2


def test_a_sequence_of_tags_that_came_before_is_read_with_its_own_texts():
    reader = TextReader(1000)
    for number in range(3):
        found = reader.parsed("<Ntry><Amt Ccy='EUR'>%d</Amt><Nm>n&#4%d;</Nm></Ntry>" % (number, 8 + number % 2), 40)
        assert found == {"Amt": str(number), "Nm": "n%d" % (number % 2)}


def test_levels_count_from_the_document_on():
    element = "<Ntry><A><B>1</B></A></Ntry>"
    assert TextReader(1000).parsed(element, 3)
    with pytest.raises(Unusual):
        TextReader(1000).parsed(element, 2)


@pytest.mark.parametrize("piece", [1, 7, 50, 333])
def test_an_end_tag_is_found_wherever_the_pieces_of_a_file_end(piece, monkeypatch):
    one = entry(inside="<AddtlNtryInf>a<!-- </Ntry> -->b</AddtlNtryInf>").replace("</Ntry>", "</Ntry\n \t>")
    one = one.replace("<!-- </Ntry\n \t> -->", "<!-- </Ntry> -->")
    data = statement(one, entry(), one, entry(inside="<AddtlNtryInf><![CDATA[</Ntry>]]></AddtlNtryInf>"))
    expected = [(each.raw, each.information) for each in read(data).entries]
    monkeypatch.setattr(source, "PIECE", piece)
    assert [(each.raw, each.information) for each in read(io.BytesIO(data)).entries] == expected
    assert [information for _raw, information in expected] == ["ab", None, "ab", "</Ntry>"]
    assert expected[0][0] == one


def test_a_long_entry_is_kept_within_the_limits_while_it_is_read():
    deep = entry(inside="<AddtlNtryInf>%s</AddtlNtryInf>" % ("<A>" * 60_000 + "</A>" * 60_000))
    reading = bank_file.open_file(statement(deep, wrong="elements of no schema"), limits=Limits(text=20_000))
    with pytest.raises(Unreadable) as caught:
        list(reading)
    assert codes(caught.value.problems) == ["too-deep"]
    assert reading.size < 50_000
    several = entry(inside="<NtryDtls>%s</NtryDtls>" % ("<TxDtls><AddtlTxInf>one of them</AddtlTxInf></TxDtls>" * 900))
    (found,) = read(statement(several), limits=Limits(text=20_000)).entries
    assert {one.information for one in found.details} == {"one of them"} and len(found.details) == 900
    assert found.raw == several


@pytest.mark.parametrize("number", [1, 3])
def test_an_entry_inside_of_an_entry_is_refused(number):
    with pytest.raises(Unreadable) as caught:
        read(statement(*[entry()] * number, entry(inside=entry()), wrong="an entry in an entry"))
    assert codes(caught.value.problems) == ["xml-malformed"]


def test_a_flood_of_namespaces_is_refused():
    flood = " ".join("xmlns:n%d='urn:%d'" % (number, number) for number in range(300))
    with pytest.raises(Unreadable) as caught:
        read(statement(entry()).replace(b"<BkToCstmrStmt", b"<BkToCstmrStmt " + flood.encode()))
    assert codes(caught.value.problems) == ["too-many"]
