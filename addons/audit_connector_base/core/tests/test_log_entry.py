import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from odoo.addons.audit_connector_base.core import canonical, log_entry
from odoo.addons.audit_connector_base.core.log_entry import EntryError

VECTORS = json.loads((Path(__file__).parent / "vectors" / "log.json").read_text(encoding="utf-8"))
ENTRIES = VECTORS["entries"]
KEY = bytes.fromhex(VECTORS["entry_mac_key"]["ikm_hex"])
ORIGIN = VECTORS["origin"]


def arguments(**changes):
    members = json.loads(ENTRIES[1]["entry_utf8"])
    del members["v"]
    members["direction"] = members.pop("dir")
    members["media_type"] = members.pop("type")
    return {**members, **changes}


@pytest.mark.parametrize("vector", ENTRIES, ids=lambda v: v["index"])
def test_the_entries_of_the_vectors_come_out_byte_for_byte(vector):
    members = json.loads(vector["entry_utf8"])
    del members["v"]
    members["company"] = int(members["company"])
    members["time"] = datetime.strptime(members["time"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    data = log_entry.entry(direction=members.pop("dir"), media_type=members.pop("type"), **members)
    assert data == vector["entry_utf8"].encode()
    assert log_entry.parse(data) == json.loads(vector["entry_utf8"])


@pytest.mark.parametrize("vector", [v for v in ENTRIES if v.get("payload_hex")], ids=lambda v: v["index"])
def test_the_commitments_of_the_vectors_come_out_and_differ_from_the_bare_hash(vector):
    salt, payload = bytes.fromhex(vector["salt_hex"]), bytes.fromhex(vector["payload_hex"])
    assert log_entry.commitment(salt, payload) == vector["commit_hex"]
    assert vector["commit_hex"] != vector["unsalted_sha256_hex_MUST_NOT_APPEAR"]
    assert log_entry.commitment(bytes(32), payload) != vector["commit_hex"]


@pytest.mark.parametrize("vector", ENTRIES, ids=lambda v: v["index"])
def test_the_macs_of_the_vectors_come_out(vector):
    entry = vector["entry_utf8"].encode()
    assert log_entry.mac_key(KEY).hex() == VECTORS["entry_mac_key"]["key_hex"]
    assert log_entry.entry_mac(KEY, ORIGIN, entry).hex() == vector["mac_hex"]
    assert log_entry.verify_mac(KEY, ORIGIN, entry, bytes.fromhex(vector["mac_hex"]))


def test_a_mac_holds_for_one_entry_of_one_log_under_one_key():
    entry, mac = ENTRIES[1]["entry_utf8"].encode(), bytes.fromhex(ENTRIES[1]["mac_hex"])
    assert not log_entry.verify_mac(KEY, ORIGIN, entry + b" ", mac)
    assert not log_entry.verify_mac(KEY, ORIGIN + "b", entry, mac)
    assert not log_entry.verify_mac(b"C" * 32, ORIGIN, entry, mac)
    assert not log_entry.verify_mac(KEY, ORIGIN, entry, mac[:-1])


@pytest.mark.parametrize("origin", ["", "a b", "a+b", "a\nb", "é", "x" * 256])
def test_an_origin_that_could_be_read_in_two_ways_is_refused(origin):
    with pytest.raises(EntryError, match="origin"):
        log_entry.entry_mac(KEY, origin, b"{}")


def test_a_short_key_or_salt_is_refused():
    with pytest.raises(EntryError, match="key"):
        log_entry.entry_mac(b"short", ORIGIN, b"{}")
    for salt in (b"", bytes(31), bytes(33)):
        with pytest.raises(EntryError, match="salt"):
            log_entry.commitment(salt, b"{}")


@pytest.mark.parametrize(
    "member, value",
    [
        ("actor", "user/0"),
        ("actor", "marc@example.com"),
        ("actor", "client/7"),
        ("actor", "system/"),
        ("actor", "user/7\n"),
        ("commit", "A" * 64),
        ("commit", "0" * 63),
        ("company", -1),
        ("company", "01"),
        ("company", None),
        ("company", True),
        ("corr", "0" * 31),
        ("corr", "A" * 32),
        ("direction", "both"),
        ("id", "0193577c-5c00-4000-8000-000000000001"),
        ("id", "0193577C-5C00-7000-8000-000000000001"),
        ("kind", "posted"),
        ("kind", "Event.written"),
        ("kind", "event.writtén"),
        ("subject", "account.move"),
        ("subject", "account.move/0"),
        ("subject", "Jane Doe/1"),
        ("subject", None),
        ("subject", "a/1" + "0" * 65_535),
        ("time", "2026-11-23T12:00:01Z"),
        ("time", "2026-11-23T12:00:01.000000+00:00"),
        ("time", "2026-02-30T12:00:01.000000Z"),
        ("time", datetime(2026, 11, 23, 12)),
        ("media_type", "json"),
        ("media_type", "application/json\n"),
    ],
)
def test_a_member_that_does_not_have_its_form_is_refused(member, value):
    with pytest.raises(EntryError):
        log_entry.entry(**arguments(**{member: value}))


def test_the_system_tree_the_empty_subject_and_other_media_types_are_permitted():
    for changes in ({"company": 0}, {"subject": ""}, {"media_type": "application/xml; charset=utf-8"}):
        assert log_entry.parse(log_entry.entry(**arguments(**changes)))


def test_a_time_of_any_zone_is_sealed_in_utc_with_microseconds():
    time = datetime(2026, 11, 23, 13, 0, 1, tzinfo=timezone(timedelta(hours=1)))
    assert b'"time":"2026-11-23T12:00:01.000000Z"' in log_entry.entry(**arguments(time=time))


def sealed(**changes):
    members = {**json.loads(ENTRIES[1]["entry_utf8"]), **changes}
    return canonical.dumps({name: value for name, value in members.items() if value is not ...})


@pytest.mark.parametrize(
    "data",
    [
        ENTRIES[1]["entry_utf8"].encode() + b"\n",
        ENTRIES[1]["entry_utf8"].replace('":', '": ', 1).encode(),
        ENTRIES[1]["entry_utf8"].replace("user", "\\u0075ser").encode(),
        sealed(extra="x"),
        sealed(actor=...),
        sealed(v=2),
        sealed(v=True),
        sealed(v="1"),
        sealed(company=1),
        sealed(subject={}),
        b"[]",
        b"",
    ],
)
def test_bytes_that_are_not_exactly_an_entry_are_refused(data):
    with pytest.raises(EntryError):
        log_entry.parse(data)
