import io
import stat
import zipfile

import pytest

from odoo.addons.audit_bank_sync.core.bank_files import archive
from odoo.addons.audit_bank_sync.core.bank_files.problems import Unreadable
from odoo.addons.audit_bank_sync.core.bank_files.source import Limits
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import codes, entry, read, statement


def packed(**files):
    """A ZIP archive of ``files``, name (dots and slashes as they are) → bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return file


def refused(file, **options):
    file.seek(0)
    with pytest.raises(Unreadable) as caught:
        list(archive.members(file, **options))
    return codes(caught.value.problems)


def test_the_files_of_an_archive_are_read_one_by_one():
    file = packed(
        **{"a.xml": statement(entry("1.00")), "b/": b"", "b/c.xml": statement(entry("2.00")), "__MACOSX/a": b"x"}
    )
    assert archive.is_archive(io.BytesIO(file.getvalue()))
    found = list(archive.members(file))
    assert [one.name for one in found] == ["a.xml", "b/c.xml"]
    assert [str(read(one.data).entries[0].amount) for one in found] == ["1.00", "2.00"]


def test_what_is_no_archive_is_none():
    assert not archive.is_archive(io.BytesIO(statement(entry())))
    assert refused(io.BytesIO(b"PK\x03\x04" + bytes(100))) == ["archive-damaged"]


def test_an_archive_that_unpacks_beyond_the_limit_is_refused():
    bomb = packed(a=bytes(1_000_000))
    assert len(bomb.getvalue()) < 2000
    assert refused(bomb, limits=Limits(size=999_999)) == ["too-large"]
    assert refused(packed(a=bytes(600), b=bytes(600)), limits=Limits(size=1000)) == ["too-large"]


def test_an_archive_cut_anywhere_is_refused():
    data = packed(a=statement(entry())).getvalue()
    for length in range(4, len(data), 23):
        assert refused(io.BytesIO(data[:length])) == ["archive-damaged"]


def test_a_damaged_file_in_an_archive_is_refused():
    data = bytearray(packed(a=statement(entry())).getvalue())
    data[60] ^= 255
    assert refused(io.BytesIO(bytes(data))) == ["archive-damaged"]


def test_an_encrypted_file_is_refused():
    data = bytearray(packed(a=b"x").getvalue())
    for place in (6, data.index(b"PK\x01\x02") + 8):
        data[place] |= 1
    assert refused(io.BytesIO(bytes(data))) == ["encrypted"]


def test_an_archive_in_an_archive_is_refused():
    assert refused(packed(a=packed(b=b"x").getvalue())) == ["archive-in-archive"]


def test_an_archive_without_files_is_refused():
    assert refused(packed(**{"a/": b""})) == ["empty"]


def test_an_archive_has_a_limit_of_files():
    assert refused(packed(**{str(number): b"x" for number in range(archive.MOST_FILES + 1)})) == ["too-many"]


@pytest.mark.parametrize(
    "name", ["../a.xml", "b/../../a.xml", "/etc/a.xml", "C:\\a.xml", "..\\a.xml"], ids=lambda name: name
)
def test_a_name_that_leads_out_of_the_archive_is_refused(name):
    file = packed(**{"good.xml": statement(entry()), name: statement(entry())})
    assert refused(file) == ["name-outside"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused():
    file = packed(**{"a.xml": statement(entry("1.00"))})
    with zipfile.ZipFile(file, "a") as archived:
        archived.writestr("a.xml", statement(entry("2.00")))
    assert refused(file) == ["name-twice"]


def test_a_link_is_refused():
    link = zipfile.ZipInfo("a.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(link, "/etc/passwd")
    assert refused(file) == ["link"]
