import random
from datetime import datetime

import pytest

from odoo.addons.audit_connector_base.core import api_query
from odoo.addons.audit_connector_base.core.problem import Refusal

FILTERS = {"state", "company"}
MEMBERS = {"id", "number", "amounts"}


def asked(query):
    return api_query.question(api_query.parameters(query), FILTERS, MEMBERS, 500)


def refused(call, *arguments):
    with pytest.raises(Refusal) as caught:
        call(*arguments)
    return caught.value


def test_a_question_without_parameters_is_one_of_the_first_page():
    assert asked("") == ({}, None, 100, None, None, None)


def test_everything_that_may_be_asked():
    found = asked(
        "state=posted&limit=7&fields=number,amounts,number&changed_since=2026-03-31T22:00:00%2B02:00&contract=2"
    )
    assert found.filters == {"state": "posted"}
    assert (found.limit, found.members, found.version) == (7, ["number", "amounts"], 2)
    assert found.since == datetime(2026, 3, 31, 20)
    assert asked("cursor=abc").cursor == "abc"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("stat=posted", "stat"),
        ("state=posted&state=draft", "state"),
        ("STATE=posted", "?"),
        ("access_token=x", "access_token"),
        ("%F0%9F%92%A3=1", "?"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e2", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("fields=", "fields"),
        ("fields=number,", "fields"),
        ("fields=number,secret", "fields"),
        ("fields=__class__", "fields"),
        ("contract=0", "contract"),
        ("contract=invoice/1", "contract"),
        ("changed_since=yesterday", "changed_since"),
        ("changed_since=2026-03-31", "changed_since"),
        ("changed_since=2026-02-30T00:00:00Z", "changed_since"),
        ("changed_since=2026-03-31T22:00:00", "changed_since"),
        ("changed_since=0001-01-01T00:00:00%2B02:00", "changed_since"),
        ("changed_since=2026-03-31T22:00:00%2B25:00", "changed_since"),
        ("state=a%00b", "state"),
        ("state=a%0Ab", "state"),
        ("state=%E2%80%AEa", "state"),
        ("state=" + "x" * 2049, "state"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(query, parameter):
    refusal = refused(asked, query)
    assert (refusal.status, refusal.code) == (400, "parameter")
    assert refusal.members == {"parameter": parameter}
    assert refusal.detail.isprintable()


@pytest.mark.parametrize(
    "query",
    ["a", "a=1&&b=2", "=&=", "state=%FF", "state=%ED%A0%80", "state=\u00e9", "&".join("a%d=1" % n for n in range(51))],
)
def test_a_query_that_cannot_be_read_is_refused(query):
    assert refused(asked, query).status == 400


def test_a_query_that_is_too_long_is_not_read():
    assert refused(asked, "state=" + "x" * 8190).status == 414


def test_whatever_is_asked_is_answered_or_refused():
    chance = random.Random(20260331)
    pieces = [
        "state",
        "limit",
        "cursor",
        "fields",
        "=",
        "&",
        "%",
        "%00",
        "%FF",
        "\u00e9",
        "\0",
        ";",
        "[]",
        "+",
        "7",
        "x" * 3000,
    ]
    for _time in range(3000):
        query = "".join(chance.choices(pieces, k=chance.randrange(1, 8)))
        try:
            asked(query)
        except Refusal as refusal:
            assert refusal.status in (400, 414)
            assert refusal.body()


@pytest.mark.parametrize("text", ["0", "-1", "01", "1.0", "2147483648", "x", "", "1 ", "\u0661", "9" * 30])
def test_what_is_no_number_of_a_record(text):
    assert api_query.record_number(text) is None


def test_the_number_of_a_record():
    assert api_query.record_number("2147483647") == 2**31 - 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-31T22:00:00Z", datetime(2026, 3, 31, 22)),
        ("2026-03-31T22:00:00.5Z", datetime(2026, 3, 31, 22, 0, 0, 500_000)),
        ("2026-03-31T22:00:00.123456789-01:30", datetime(2026, 3, 31, 23, 30, 0, 123_456)),
    ],
)
def test_times_are_read_in_utc_to_the_microsecond(text, expected):
    assert api_query.time(text) == expected


@pytest.mark.parametrize(("header", "key"), [("a-1", "a-1"), ('"a-1"', "a-1"), ("x" * 255, "x" * 255)])
def test_an_idempotency_key(header, key):
    assert api_query.idempotency_key(header) == key


@pytest.mark.parametrize("header", [None, "", '""', "a b", "a\nb", '"a', "x" * 256, "\u00e9", "a\\b"])
def test_what_is_no_idempotency_key(header):
    refusal = refused(api_query.idempotency_key, header)
    assert (refusal.status, refusal.members) == (400, {"header": "Idempotency-Key"})


@pytest.mark.parametrize(
    ("header", "unchanged"),
    [
        (None, False),
        ("", False),
        ("*", True),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", W/"a"', True),
        ('"ab"', False),
        ("a", False),
        ('"' * 10_000, False),
    ],
)
def test_whether_the_client_has_it_already(header, unchanged):
    assert api_query.is_unchanged(header, '"a"') is unchanged
    assert api_query.is_unchanged(header, 'W/"a"') is unchanged


def form(body, **headers):
    given = {"Content-Type": api_query.FORM, "Content-Length": str(len(body)), **headers}
    return api_query.form(given, lambda length: body[:length])


def test_a_form():
    assert form(b"grant_type=client_credentials&scope=invoice%3Aread+payment%3Aread") == {
        "grant_type": "client_credentials",
        "scope": "invoice:read payment:read",
    }
    assert form(b"a=1", **{"Content-Type": api_query.FORM + "; charset=UTF-8"}) == {"a": "1"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"a=1", {"Content-Type": "application/json"}, 415),
        (b"a=1", {"Content-Type": "multipart/form-data"}, 415),
        (b"a=1", {"Content-Encoding": "gzip"}, 415),
        (b"a=1", {"Content-Length": None}, 411),
        (b"a=1", {"Transfer-Encoding": "chunked"}, 400),
        (b"a=1", {"Content-Length": "-1"}, 400),
        (b"a=1", {"Content-Length": "16385"}, 413),
        (b"a=1&a=2", {}, 400),
        (b"a", {}, 400),
        (b"\xff=1", {}, 400),
        (b"a=%FF", {}, 400),
    ],
)
def test_what_is_no_form(body, headers, status):
    assert refused(lambda: form(body, **headers)).status == status
