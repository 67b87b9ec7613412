"""Documents made at random from each schema are read, and what is read is what plain paths find in them."""

import random
import re
from collections import Counter
from decimal import Decimal

import pytest

from odoo.addons.audit_bank_sync.core.bank_files import bank_file
from odoo.addons.audit_bank_sync.core.bank_files.problems import Unreadable
from odoo.addons.audit_bank_sync.core.tests import camt_expectations, pain_expectations, reference_files
from odoo.addons.audit_bank_sync.core.tests.camt_readings import entry_as_said, page_as_said
from odoo.addons.audit_bank_sync.core.tests.generated_documents import documents

CAMT = [message for message in reference_files.MESSAGES if message.startswith("camt")]
PAIN = [message for message in reference_files.MESSAGES if message.startswith("pain")]
SAID_SOMEWHERE = {
    "amount", "booking_date", "value_date", "entry_reference", "bank_reference", "code", "charges", "amounts",
    "batches", "end_to_end_id", "mandate_id", "debtor", "creditor", "ultimate_debtor", "remittance", "structured",
    "purpose", "return_code", "information", "owner", "servicer", "number", "balances", "from_date", "page_number",
}  # fmt: skip
"""What the documents of each message have to say at least once, as of nothing any reading is right."""


@pytest.mark.parametrize("message", CAMT)
def test_what_is_read_of_a_statement_is_what_it_says(message):
    seen = set()
    for data in documents(message, 8):
        root = camt_expectations.plain(data)
        reading = bank_file.open_file(data)
        entries = list(reading)
        expected, of_pages = camt_expectations.entries(root), camt_expectations.pages(root)
        assert reading.format == message
        assert [entry_as_said(entry) for entry in entries] == expected
        assert [page_as_said(page) for page in reading.pages] == of_pages
        _check_places(data, root, entries)
        _check_sums(reading.pages, expected)
        seen |= _names([*expected, *of_pages])
    # a notification has no balances
    assert seen >= SAID_SOMEWHERE - ({"balances"} if ".054." in message else set())


@pytest.mark.parametrize("message", PAIN)
def test_what_is_read_of_a_status_report_is_what_it_says(message):
    seen = set()
    for data in documents(message, 25):
        expected = pain_expectations.report(camt_expectations.plain(data))
        content = bank_file.read_whole(data)
        assert content.format == message
        assert pain_expectations.report_as_read(content.report) == expected
        seen |= _names([expected])
    assert seen >= {"reasons", "counts", "amount", "execution_date", "creditor", "creditor_account", "end_to_end_id"}


@pytest.mark.parametrize("message", ["camt.052.001.02", "camt.053.001.08", "camt.054.001.14", "pain.002.001.12"])
def test_a_valid_document_with_one_change_is_read_or_refused_with_its_line(message):
    chance = random.Random(message)
    outcomes = Counter()
    for data in documents(message, 6):
        for change in _CHANGES * 3:
            try:
                bank_file.read_whole(change(data, chance))
                outcomes["read"] += 1
            except Unreadable as error:
                outcomes["refused"] += 1
                assert all(problem.line for problem in error.problems if problem.severity == "error"), str(error)
    assert outcomes["read"] > 10 and outcomes["refused"] > 10


def _check_places(data, root, entries):
    nodes = [node for part in camt_expectations.PARTS for node in root.findall("*/%s/Ntry" % part)]
    assert [entry.line for entry in entries] == [node.sourceline for node in nodes]
    for entry in entries:
        assert re.fullmatch(r"<(n:)?Ntry>.*</(n:)?Ntry>", entry.raw, re.DOTALL)
        assert entry.raw.encode() in data


def _check_sums(pages, entries):
    """What the reader adds up on the way is what the entries of the document come to."""
    booked = [entry["amount"] for entry in entries if entry["status"] == "booked"]
    assert sum((page.booked for page in pages), Decimal(0)) == sum(booked)
    assert sum(page.counted.count for page in pages) == len(entries)
    assert sum((page.counted.net for page in pages), Decimal(0)) == sum(entry["amount"] for entry in entries)


def _names(said):
    """Return the names of the fields that say something in ``said``, a list of dicts."""
    found = set()
    for one in said:
        for name, value in one.items():
            inner = value if isinstance(value, list) else [value]
            found |= _names([item for item in inner if isinstance(item, dict)])
            if value not in (None, [], {}, False):
                found.add(name)
    return found


def _without_an_element(data, chance):
    return _cut(data, chance, rb"<((?:n:)?[A-Z][A-Za-z]*)[^<>]*>[^<>]*</\1>", b"")


def _with_an_element_twice(data, chance):
    found = chance.choice(list(re.finditer(rb"<((?:n:)?[A-Z][A-Za-z]*)[^<>]*>[^<>]*</\1>", data)))
    return data[: found.end()] + found[0] + data[found.end() :]


def _with_another_value(data, chance):
    return _cut(
        data,
        chance,
        rb">[^<>]+<",
        b">%s<" % chance.choice((b"x", b"-1", b"1e9", b"2026-13-01", b" ", "\u0661".encode())),
    )


def _with_another_name(data, chance):
    return _cut(data, chance, rb"<(?:n:)?[A-Z][A-Za-z]*", b"<Othr")


def _without_a_byte(data, chance):
    place = chance.randrange(len(data))
    return data[:place] + data[place + 1 :]


def _with_another_byte(data, chance):
    place = chance.randrange(len(data))
    return data[:place] + bytes([chance.randrange(256)]) + data[place + 1 :]


def _cut_short(data, chance):
    return data[: chance.randrange(len(data))]


def _cut(data, chance, pattern, put):
    found = chance.choice(list(re.finditer(pattern, data)))
    return data[: found.start()] + put + data[found.end() :]


_CHANGES = (
    _without_an_element, _with_an_element_twice, _with_another_value, _with_another_name, _without_a_byte,
    _with_another_byte, _cut_short,
)  # fmt: skip
