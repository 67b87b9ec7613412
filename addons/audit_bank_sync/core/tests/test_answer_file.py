import pytest

from odoo.addons.audit_bank_sync.core.answer_file import LARGEST, Refused, kind_of
from odoo.addons.audit_connector_base.core.file_names import safe_name


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7 x", "application/pdf"),
        (b"\x89PNG\r\n\x1a\nx", "image/png"),
        (b"\xff\xd8\xff\xe0x", "image/jpeg"),
        (b"<?xml version='1.0'?><Document/>", "application/xml"),
        ("Saldo: 1.000,00 €".encode(), "text/plain"),
        (b"\xef\xbb\xbfa;b\n1;2\n", "text/plain"),
    ],
)
def test_a_kind_is_told_from_the_content(content, media_type):
    assert kind_of(content)[0] == media_type


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"a" * (LARGEST + 1), "large"),
        (b"MZ\x90\x00", "kind"),
        (b"PK\x03\x04\x14\x00", "kind"),
        (b"<html><body/></html>", "kind"),
        (b"<?xml version='1.0'?><svg onload='x'/>", "kind"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "kind"),
        (b"Gr\xfc\xdfe", "kind"),
    ],
)
def test_what_a_browser_or_a_shell_would_run_is_refused(content, code):
    with pytest.raises(Refused, match=code):
        kind_of(content)


@pytest.mark.parametrize(
    ("given", "content", "name"),
    [
        ("C:\\temp\\Answer.PDF", b"%PDF-1.7 x", "Answer.pdf"),
        ("letter.pdf", b"Balance 800", "letter.pdf.txt"),
        ("balances.csv", b"a;b\n1;2\n", "balances.csv"),
        ("balances.json", b"{}", "balances.json"),
        ("photo.jpeg", b"\xff\xd8\xff\xe0x", "photo.jpeg"),
        ("photo", b"\xff\xd8\xff\xe0x", "photo.jpg"),
        ("scan.tiff", b"II*\x00x", "scan.tiff"),
        ("page.html", b"<a/>", "page.html.xml"),
    ],
)
def test_a_name_ends_as_the_content_asks(given, content, name):
    assert safe_name(given, kind_of(content)[1]) == name
