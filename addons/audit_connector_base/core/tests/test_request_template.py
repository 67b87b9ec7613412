import pytest

from odoo.addons.audit_connector_base.core.request_template import (
    check_name,
    check_path,
    check_value,
    fill_path,
    join,
    parse_headers,
    parse_success,
    without_secret_parameters,
)

VALUES = {"entity": "invoice", "id": "42", "type": "invoice.posted", "message_id": "0190-a"}


@pytest.mark.parametrize(
    "template, filled",
    [
        ("/v2/{entity}s/{id}", "/v2/invoices/42"),
        ("/events?type={type}&key={message_id}", "/events?type=invoice.posted&key=0190-a"),
        ("/plain", "/plain"),
        ("", ""),
    ],
)
def test_placeholders_are_replaced(template, filled):
    assert fill_path(check_path(template), VALUES) == filled


def test_a_value_cannot_leave_its_place_in_the_path():
    assert fill_path("/a/{id}", {"id": "../x?y#z {type}%2f"}) == "/a/..%2Fx%3Fy%23z%20%7Btype%7D%252f"


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_value_that_would_lead_elsewhere_is_refused(value):
    with pytest.raises(ValueError, match="no usable value"):
        fill_path("/a/{id}", {"id": value})


@pytest.mark.parametrize(
    "template",
    ["/{subject}", "/{id.__class__}", "/{id!r}", "/{id:>99}", "/{}", "/{0}", "/{{id}}", "/{id", "/id}", "/a b", "/a#b",
     "/../admin", "/a/%2e%2E/b", "/a/..", "/a\n"],
)  # fmt: skip
def test_a_path_that_is_more_than_placeholders_is_refused(template):
    with pytest.raises(ValueError):
        check_path(template)


def test_base_and_path_are_joined_by_one_slash():
    assert join("https://a.example/api/", "/x") == join("https://a.example/api", "x") == "https://a.example/api/x"
    assert join("https://a.example/api", "?x=1") == "https://a.example/api?x=1"
    assert join("https://a.example/in?key=1", "") == "https://a.example/in?key=1"
    with pytest.raises(ValueError, match="question mark"):
        join("https://a.example/in?key=1", "/x")


@pytest.mark.parametrize(
    "url, kept",
    [
        ("https://a.example/in", "https://a.example/in"),
        ("https://a.example/in?by=invoice.posted&id=7", "https://a.example/in?by=invoice.posted&id=7"),
        ("https://a.example/in?code=a%26b&id=7", "https://a.example/in?code=…&id=7"),
        ("https://a.example/in?X-Signature=ab&api%5Fkey=c", "https://a.example/in?X-Signature=…&api%5Fkey=…"),
        ("https://a.example/in?token", "https://a.example/in?token"),
    ],
)
def test_parameters_whose_names_tell_of_secrets_are_kept_without_their_values(url, kept):
    assert without_secret_parameters(url, "…") == kept


def test_headers_are_read_line_by_line():
    assert parse_headers("X-Tenant: 7\n\n  X-Note:  a: b \n") == {"X-Tenant": "7", "X-Note": "a: b"}
    assert parse_headers("") == {}


@pytest.mark.parametrize(
    "line, reason",
    [
        ("Host: a", "by Odoo"),
        ("content-length: 1", "by Odoo"),
        ("Transfer-Encoding: chunked", "by Odoo"),
        ("Proxy-Connection: close", "by Odoo"),
        ("Idempotency-Key: 1", "by Odoo"),
        ("Authorization: Bearer hunter2", "looks like a secret"),
        ("Cookie: hunter2", "looks like a secret"),
        ("X-Api-Key: hunter2", "looks like a secret"),
        ("X-Auth-Token: hunter2", "looks like a secret"),
        ("hunter2", "no header"),
        ("X Y: hunter2", "no header"),
        ("X-A:", "empty"),
        ("X-A: \u00e4", "ASCII"),
        ("X-A: 1\nx-a: 2", "twice"),
        ("\n".join("X-%d: 1" % number for number in range(33)), "more than 32"),
    ],
)
def test_headers_that_are_not_theirs_to_set_are_refused_and_not_repeated(line, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        parse_headers(line)
    assert "hunter2" not in str(caught.value)


def test_a_header_that_carries_the_secret_may_have_any_free_name():
    assert check_name("X-Api-Key", secret=True) == "X-Api-Key"
    with pytest.raises(ValueError):
        check_name("Host", secret=True)


@pytest.mark.parametrize(
    "value", ["", " hunter2", "hunter2 ", "hunter2\r\nX: 1", "hunter2\x00", "\u20achunter2", "hunter2" * 600]
)
def test_a_secret_that_cannot_be_sent_in_a_header_is_refused_and_not_repeated(value):
    with pytest.raises(ValueError) as caught:
        check_value(value)
    assert "hunter2" not in str(caught.value)


def test_success_is_2xx_or_what_is_listed():
    assert parse_success("") == parse_success("2xx") == set(range(200, 300))
    assert parse_success("201, 409") == {201, 409}
    for text in ("404", "3xx", "2", "abc", "200-204"):
        with pytest.raises(ValueError):
            parse_success(text)
