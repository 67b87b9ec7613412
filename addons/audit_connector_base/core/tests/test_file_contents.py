import hashlib

import pytest

from odoo.addons.audit_connector_base.core.file_contents import MAX_LINES, Unreadable, read

EVENT = b'{"specversion":"1.0","id":"e-1","source":"/x","type":"t","data":{"amount":1.50}}'


def test_a_document_is_one_message_with_its_exact_bytes_and_the_files_hash_as_id():
    data = b'\n{"a": 1.10}\n'
    (message,) = read("a.json", data)
    assert message.body == b'{"a": 1.10}'
    assert message.id == hashlib.sha256(data).hexdigest() + ":1"
    assert message.content_type == "application/json"


def test_a_cloudevent_brings_its_id():
    (message,) = read("a.json", EVENT)
    assert (message.id, message.content_type) == ("e-1", "application/cloudevents+json")


def test_of_json_lines_each_is_a_message_and_blank_ones_are_none():
    data = EVENT + b"\r\n\n" + b'{"a":1}\n{"a":1}'
    digest = hashlib.sha256(data).hexdigest()
    assert [(one.id, one.line) for one in read("a.JSONL", data)] == [("e-1", 1), (digest + ":3", 3), (digest + ":4", 4)]


@pytest.mark.parametrize(
    "name, data, words",
    [
        ("a.json", b" \n ", "empty"),
        ("a.json", b"{", "syntax|Expecting"),
        ("a.json", b'{"a":1,"a":2}', "stands twice"),
        ("a.json", b'{"a":NaN}', "is no JSON"),
        ("a.json", b'{"a":"\xff"}', "not UTF-8"),
        ("a.json", b"[" * 100_000, "too deeply"),
        ("a.json", b"[{}]", "JSON lines"),
        ("a.json", b"{}\n{}", "Extra data"),
        ("a.json", b'{"specversion":"1.0"}', "no id"),
        ("a.jsonl", b"{}\n" * (MAX_LINES + 1), "at most 10000"),
        ("a.jsonl", b"{}\nnot json\n{}\n", "Line 2"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(name, data, words):
    with pytest.raises(Unreadable, match=words):
        read(name, data)


def test_of_a_file_with_many_bad_lines_the_first_are_named():
    with pytest.raises(Unreadable) as caught:
        read("a.jsonl", b"x\n" * 30)
    assert str(caught.value).splitlines()[-1] == "… and 10 more."
