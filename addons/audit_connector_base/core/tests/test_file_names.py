from datetime import datetime

import pytest

from odoo.addons.audit_connector_base.core import file_names

MOMENT = datetime(2026, 3, 31, 10, 15, 0, 123000)


def test_a_message_has_the_same_name_at_each_attempt():
    name = file_names.message_name(MOMENT, "invoice.posted", "0195e8a0-7c1e-7abc-8def-0123456789ab")
    assert name == "20260331T101500Z-invoice.posted-0195e8a0-7c1e-7abc-8def-0123456789ab.json"
    assert file_names.batch_name("batch-7") == "batch-7.jsonl"


@pytest.mark.parametrize("id", ["../../etc/passwd", ".hidden", "a/b", "ä", "nul\0", "x" * 400])
def test_a_name_is_safe_whatever_the_id_and_ids_stay_apart(id):
    name = file_names.batch_name(id)
    assert "/" not in name and not name.startswith(".") and name.isascii() and len(name) <= 210
    assert name != file_names.batch_name(id + "b")


def test_attempts_do_not_share_a_temporary_name_and_know_those_before():
    assert file_names.earlier_temporary_names("a.json", 1) == []
    assert file_names.earlier_temporary_names("a.json", 3) == [".a.json.1.part", ".a.json.2.part"]
    assert file_names.temporary_name("a.json", 3) == ".a.json.3.part"
    assert len(file_names.earlier_temporary_names("a.json", 1000)) == file_names.EARLIER_ATTEMPTS


def test_files_in_the_making_are_known_by_their_names():
    assert all(map(file_names.is_unfinished, [".a.json", "a.json.part", "a.json.TMP", "a.filepart", "a.json~"]))
    assert not any(map(file_names.is_unfinished, ["a.json", "part.json", "a.jsonl"]))


def test_patterns_speak_of_names_only():
    wanted = file_names.patterns("*.json, inv-??.jsonl ,")
    assert file_names.matches("a.json", wanted) and file_names.matches("inv-12.jsonl", wanted)
    assert not file_names.matches("a.JSON", wanted) and not file_names.matches("inv-123.jsonl", wanted)
    with pytest.raises(ValueError, match="names a folder"):
        file_names.patterns("../*.json")


def test_further_files_of_a_name_are_numbered():
    assert [file_names.numbered("a.b.json", number) for number in (1, 2)] == ["a.b.json", "a.b~2.json"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/pass\nwd<1>.xlsx", "passwd1.xlsx"),
        ("C:\\temp\\Answer.PDF", "Answer.PDF"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("u\u0308ber.txt", "\u00fcber.txt"),
        (" .hidden. ", "hidden"),
        ("a . .pdf", "a.pdf"),
        ("Statement of 31. December", "Statement of 31. December"),
        ("..", "file"),
        ("", "file"),
        (None, "file"),
        ("x" * 500 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_name_that_is_handed_in_is_safe_to_save_under(given, name):
    assert file_names.safe_name(given) == name
    assert len(name) <= file_names.LONGEST_HANDED_IN


@pytest.mark.parametrize(
    ("given", "endings", "name"),
    [
        ("../../etc/passwd", (".pdf",), "passwd.pdf"),
        ("Answer.PDF", (".pdf",), "Answer.pdf"),
        ("letter.pdf", (".txt", ".csv"), "letter.pdf.txt"),
        ("list.CSV", (".txt", ".csv"), "list.csv"),
        ("", (".xml",), "answer.xml"),
        (".xml", (".xml",), "xml.xml"),
        ("x" * 300 + ".pdf", (".pdf",), "x" * 116 + ".pdf"),
        ("x" * 300 + ".pdf", (".txt",), "x" * 116 + ".txt"),
    ],
)
def test_the_content_may_ask_for_an_ending(given, endings, name):
    assert file_names.safe_name(given, endings, "answer") == name
