import datetime
import io
import tracemalloc

import pytest

from odoo.addons.audit_bank_sync.core.bank_files import bank_file, checks
from odoo.addons.audit_bank_sync.core.bank_files.problems import ERROR, Findings, Unreadable
from odoo.addons.audit_bank_sync.core.tests.bank_file_samples import (
    IBAN,
    OTHER,
    account,
    camt,
    codes,
    entry,
    part,
    read,
    statement,
    transaction,
)

TODAY = datetime.date(2026, 3, 31)


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"PK\x03\x04" + bytes(30), "archive"),
        (b"%PDF-1.7", "format-unknown"),
        (b"date;amount\n2026-03-31;5", "format-unknown"),
    ],
)
def test_a_file_that_is_no_bank_file_is_refused_with_a_sentence(data, code):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert codes(caught.value.problems) == [code]
    assert str(caught.value).endswith(".")


class Slow(io.RawIOBase):
    """A file that gives a few bytes at a time."""

    def __init__(self, data, step):
        self._data = io.BytesIO(data)
        self._step = step

    def read(self, size=-1):
        return self._data.read(self._step)


@pytest.mark.parametrize("step", [1, 7, 64, 1000])
def test_an_entry_is_the_same_wherever_the_pieces_of_its_file_end(step):
    one = entry(inside="<AddtlNtryInf>M\u00fcller &lt;3 &gt; 2</AddtlNtryInf>")
    for encoding in ("UTF-8", "UTF-16"):
        found = read(Slow(statement(*[one] * 25, encoding=encoding), step)).entries
        assert [(each.raw, each.information) for each in found] == [(one, "M\u00fcller <3 > 2")] * 25


def test_files_that_are_held_in_memory_have_a_limit_of_their_own():
    with pytest.raises(Unreadable) as caught:
        read(b":20:X\n" + b"x" * 1000, limits=bank_file.Limits(whole=500))
    assert codes(caught.value.problems) == ["too-large"]


def test_the_same_content_under_two_names_has_one_hash(tmp_path):
    hashes = set()
    for name in ("a.xml", "b.txt"):
        (tmp_path / name).write_bytes(statement(entry()))
        with (tmp_path / name).open("rb") as file:
            hashes.add(read(file).sha256)
    assert len(hashes) == 1


class Many(io.RawIOBase):
    """A camt.053 with ``count`` entries that is made while it is read."""

    def __init__(self, count):
        one = entry(
            "10.00",
            inside="<NtryDtls>%s</NtryDtls>" % transaction("10.00", inside="<RmtInf><Ustrd>%d</Ustrd></RmtInf>"),
        )
        begin, end = statement("|", wrong="the entries come later").split(b"|")
        self._parts = iter([begin, *(one.replace("%d", str(number)).encode() for number in range(count)), end])
        self._rest = b""

    def read(self, size=-1):
        parts = [self._rest]
        length = len(self._rest)
        while length < size:
            part_of_file = next(self._parts, None)
            if part_of_file is None:
                break
            parts.append(part_of_file)
            length += len(part_of_file)
        data = b"".join(parts)
        self._rest = data[size:]
        return data[:size]


def peak(count):
    """Return the memory in bytes that reading ``count`` entries takes at most, and how many came."""
    file = Many(count)
    tracemalloc.start()
    try:
        came = sum(1 for _entry in bank_file.open_file(file))
        return tracemalloc.get_traced_memory()[1], came
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file():
    peak(100)
    (small, few), (large, many) = peak(500), peak(5000)
    assert (few, many) == (500, 5000)
    # beside a number for each entry, by which equal ones are found
    assert large - small < 5000 * 400


def checked(data, today=TODAY, severity=None):
    findings = Findings()
    for one in read(data).entries:
        checks.check_entry(one, today, findings)
    return codes(findings.list, severity)


@pytest.mark.parametrize(
    "day, found",
    [
        ("2026-03-31", []),
        ("2026-04-01", []),
        ("2026-04-02", ["date-in-future"]),
        ("1926-03-31", ["date-unlikely", "date-unlikely"]),
    ],
)
def test_a_booking_in_the_future_or_long_ago_is_told(day, found):
    assert checked(statement(entry(day=day))) == found


def test_a_pending_entry_may_be_of_a_day_to_come():
    assert checked(statement(entry(day="2026-04-15", status="<Cd>PDNG</Cd>"))) == []


def test_an_entry_without_any_date_is_told():
    data = (
        statement(entry())
        .replace(b"<BookgDt><Dt>2026-03-31</Dt></BookgDt>", b"")
        .replace(b"<ValDt><Dt>2026-03-31</Dt></ValDt>", b"")
    )
    assert checked(data) == ["date-missing"]
    assert checked(data, severity=ERROR) == ["date-missing"], "it cannot be booked, so the file is not taken"
    assert checked(data.replace(b"BOOK", b"PDNG"), severity=ERROR) == []


def test_each_page_is_given_to_our_account_and_others_are_told():
    content = read(camt(part(entry()) + part(entry(currency="GBP"), owner=account(OTHER, "GBP"))))
    pages = [page for one in content.statements for page in one.pages]
    for known, ours, problems in (
        ({"DE89 3704 0044 0532 0130 00": ("bank 1", None), OTHER: ("bank 2", "GBP")}, {1: "bank 1", 2: "bank 2"}, []),
        ({IBAN: ("bank 1", "EUR")}, {1: "bank 1"}, ["account-unknown"]),
        ({IBAN: ("bank 1", "EUR"), OTHER: ("bank 2", "EUR")}, {1: "bank 1"}, ["account-currency"]),
    ):
        findings = Findings()
        assert checks.check_accounts(pages, known, findings) == ours
        assert codes(findings.list) == problems


def test_pages_that_were_imported_before_are_found():
    (page,) = read(statement(entry())).statements[0].pages
    (other,) = read(statement(entry("11.00"))).statements[0].pages
    assert checks.repeated_pages([page, other], {page.fingerprint}) == [page]
