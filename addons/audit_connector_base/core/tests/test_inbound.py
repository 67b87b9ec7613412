import json
import re
from decimal import Decimal

import pytest

from odoo.addons.audit_connector_base.core import inbound, json_path
from odoo.addons.audit_connector_base.core.problem import Refusal

EVENT = {"specversion": "1.0", "id": "e-1", "source": "urn:x", "type": "supplier.updated", "data": {"id": "S-1"}}


class Headers(dict):
    """As the header mappings of HTTP libraries: names in any case."""

    def get(self, name, default=None):
        return next((value for key, value in self.items() if key.lower() == name.lower()), default)


def refusal(function, *arguments):
    with pytest.raises(Refusal) as caught:
        function(*arguments)
    return caught.value.status, caught.value.code


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content-Type": "application/json"}, (411, "length-required")),
        ({"Content-Type": "application/json", "Content-Length": ""}, (400, "length-invalid")),
        ({"Content-Type": "application/json", "Content-Length": "-1"}, (400, "length-invalid")),
        ({"Content-Type": "application/json", "Content-Length": "٣"}, (400, "length-invalid")),
        (
            {"Content-Type": "application/json", "Content-Length": "2", "Transfer-Encoding": "chunked"},
            (400, "length-invalid"),
        ),
        ({"Content-Type": "application/json", "Content-Length": "1001"}, (413, "too-large")),
        ({"Content-Length": "2"}, (415, "content-type")),
        ({"Content-Type": "application/json; charset=latin-1", "Content-Length": "2"}, (415, "charset")),
        (
            {"Content-Type": "application/json", "Content-Length": "2", "Content-Encoding": "deflate"},
            (415, "content-encoding"),
        ),
    ],
)
def test_headers_are_judged_before_the_body(headers, expected):
    assert refusal(inbound.check_headers, Headers(headers), 1000) == expected


def test_headers_that_are_right():
    headers = Headers({"content-type": 'Application/JSON ; charset="UTF-8"', "content-length": "1000"})
    assert inbound.check_headers(headers, 1000) == ("application/json", 1000)


@pytest.mark.parametrize("body", [b"[]", b" [ ] ", b"\n[\t]"])
def test_an_empty_batch_has_no_members(body):
    assert inbound.split("application/json", body) == (True, [])


def test_the_bytes_of_each_member_are_kept():
    members = ['{"a" : 1 }', '"] , ["', '{"b":[1,{"c":"}"}]}', '{"ü":"\\u00fc"}', "-1.50e3"]
    body = ("[ %s\n]" % " ,\t".join(members)).encode()
    assert inbound.split("application/json", body) == (True, [member.encode() for member in members])


@pytest.mark.parametrize(
    "body", [b"[", b"[1", b"[1,", b"[1,]", b"[,1]", b"[1 2]", b"[1]]", b"[1] 2", b"[nope]", b"[" + b"9" * 5000 + b"]"]
)
def test_an_array_that_is_none_is_refused(body):
    assert refusal(inbound.split, "application/json", body) == (400, "syntax")


def test_deep_nesting_is_an_answer_and_no_crash():
    assert refusal(inbound.split, "application/json", b"[" * 200_000)[0] == 400
    with pytest.raises(inbound.Unreadable):
        inbound.read(b'{"a":' * 40 + b"1" + b"}" * 40)


def test_a_batch_has_a_largest_size():
    most = b"[%s]" % b",".join([b"1"] * inbound.MAX_MEMBERS)
    assert len(inbound.split("application/json", most)[1]) == inbound.MAX_MEMBERS
    assert refusal(inbound.split, "application/json", most[:-1] + b",1]") == (413, "too-many")


def test_the_content_type_says_whether_it_is_a_batch():
    assert refusal(inbound.split, inbound.BATCH, b"{}") == (400, "batch")
    assert refusal(inbound.split, "application/cloudevents+json", b"[{}]") == (400, "batch")
    assert inbound.split("application/json", b"{}") == (False, [b"{}"])


def test_an_event_says_itself_what_it_is():
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    body = json.dumps({**EVENT, "subject": "S-1", "traceparent": "00-%s-00f067aa0ba902b7-01" % trace}).encode()
    message = inbound.read(body)
    assert (message.id, message.key, message.type, message.subject) == ("e-1", "id:e-1", "supplier.updated", "S-1")
    assert (message.data, message.trace, message.body) == ({"id": "S-1"}, trace, body)
    assert inbound.read(body, message_id="m-1").key == "id:m-1"


def test_numbers_keep_their_digits():
    assert inbound.read(b'{"amount": 1.10}').data == {"amount": Decimal("1.10")}


def test_without_an_id_the_bytes_are_the_key():
    one, same, other = (inbound.read(body).key for body in (b'{"a":1}', b'{"a":1}', b'{"a": 1}'))
    assert one == same != other
    assert one.startswith("bytes:")


def test_an_id_cannot_pose_as_something_else():
    body = b'{"a":1}'
    posing = json.dumps({"id": inbound.read(body).key}).encode()
    assert inbound.read(posing).key != inbound.read(body).key


def test_by_content_ids_and_the_order_of_members_do_not_count():
    def key(**change):
        return inbound.read(json.dumps({**EVENT, **change}).encode(), by_content=True).key

    assert key() == key(id="e-2") == key(time="2026-03-31T09:30:00Z")
    assert key() != key(type="supplier.created")
    assert key() != key(subject="S-1")
    assert key(data={"a": 1, "b": 2}) == key(data={"b": 2, "a": 1})
    assert key(data={"a": 1}) != key(data={"a": "1"})
    fraction = (inbound.read(body, by_content=True).key for body in (b'{"a":1.5}', b'{"a":"1.5"}'))
    assert len(set(fraction)) == 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"id":"%s"}' % (b"x" * 257),
        b'{"id":"a\\u0007"}',
        b'{"id":"a\\u202e"}',
        b'{"type":"two words"}',
        b'{"specversion":"1.0"}',
        b'{"specversion":1}',
    ],
)
def test_what_is_no_message_is_unreadable(body):
    with pytest.raises(inbound.Unreadable):
        inbound.read(body)


def test_paths_lead_to_text_and_integers():
    document = {"meta": {"id": 7, "yes": True}, "items": [{"no": "A"}], "n": Decimal("1.5")}
    assert json_path.text_at(document, "$.meta.id") == "7"
    assert json_path.text_at(document, "$.items[0].no") == "A"
    for path in ("$.meta", "$.meta.yes", "$.items[1].no", "$.items.no", "$.meta.id.x", "$.n", "$.nothing"):
        assert json_path.text_at(document, path) is None


@pytest.mark.parametrize("path", ["", "$", "id", "$..id", "$.*", "$.a[*]", "$.a[-1]", "$['a']", "$.a;b", "$.a" * 11])
def test_paths_that_are_cleverer_are_refused(path):
    with pytest.raises(ValueError, match=re.escape("is no path")):
        json_path.check(path)
