import base64
import json
import threading
import time
from urllib.parse import parse_qs

import pytest

from odoo.addons.audit_connector_base.core.dial import Dialler
from odoo.addons.audit_connector_base.core.oauth import MARGIN, Client, TokenError, TokenSource, TokenStore

SECRET = "hunter2 &+\u00e4"


class Endpoint:
    """A token endpoint: answers with ``answers`` in turn, then with a new token each time."""

    def __init__(self, serve):
        self.answers, self.wait = [], 0
        self.server = serve(self._answer)
        self.dialler = Dialler(allow=["127.0.0.1"])

    @property
    def asked(self):
        return len(self.server.requests)

    def client(self, **values):
        return Client(**{"url": self.server.url("/token"), "client_id": "odoo", "secret": SECRET, **values})

    def token(self, source, **options):
        return source.token(self.dialler, self.client(), 5, **options)

    def _answer(self, server, sock):
        while server.read_request(sock):
            time.sleep(self.wait)
            given = {"access_token": "token-%d" % self.asked, "token_type": "bearer", "expires_in": 3600}
            status, members, headers = self.answers.pop(0) if self.answers else (200, given, "")
            body = members if isinstance(members, bytes) else json.dumps({**given, **members}).encode()
            head = "HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n" % (status, headers, len(body))
            sock.sendall(head.encode() + body)


@pytest.fixture
def endpoint(serve):
    return Endpoint(serve)


def test_the_secret_goes_by_basic_or_in_the_form(endpoint):
    source = TokenSource()
    assert endpoint.token(source) == "token-1"
    head, _, body = endpoint.server.requests[0].decode().partition("\r\n\r\n")
    encoded = head.partition("Authorization: Basic ")[2].partition("\r\n")[0]
    assert base64.b64decode(encoded).decode() == "odoo:hunter2+%26%2B%C3%A4"
    assert parse_qs(body) == {"grant_type": ["client_credentials"]}
    TokenSource().token(endpoint.dialler, endpoint.client(in_body=True, scope="audit write"), 5)
    head, _, body = endpoint.server.requests[1].decode().partition("\r\n\r\n")
    assert "Authorization" not in head
    assert parse_qs(body)["client_secret"] == [SECRET]
    assert parse_qs(body)["scope"] == ["audit write"]


def test_a_token_is_kept_until_shortly_before_it_expires(endpoint):
    now = [1000.0]
    source = TokenSource(clock=lambda: now[0])
    assert endpoint.token(source) == endpoint.token(source) == "token-1"
    now[0] += 3600 - MARGIN - 1
    assert endpoint.token(source) == "token-1"
    now[0] += 2
    assert endpoint.token(source) == "token-2"


@pytest.mark.parametrize("expires_in, lasts", [("120", 100), (None, 250), (-5, 250), (True, 250), (1e99, 80000)])
def test_a_strange_lifetime_is_read_with_care(endpoint, expires_in, lasts):
    now = [1000.0]
    source = TokenSource(clock=lambda: now[0])
    endpoint.answers = [(200, {"expires_in": expires_in}, "")]
    endpoint.token(source)
    now[0] += lasts
    assert endpoint.token(source) == "token-1"
    now[0] += lasts / 4 + 100
    assert endpoint.token(source) == "token-2"


def test_a_token_that_was_refused_is_replaced_once_for_all(endpoint):
    source = TokenSource()
    first = endpoint.token(source)
    assert endpoint.token(source, stale=first) == "token-2"
    assert endpoint.token(source, stale=first) == "token-2"
    assert endpoint.asked == 2


def together(count, function):
    results = []

    def run():
        try:
            results.append(function())
        except TokenError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_many_threads_ask_once(endpoint):
    source, endpoint.wait = TokenSource(), 0.2
    assert set(together(8, lambda: endpoint.token(source))) == {"token-1"}
    assert endpoint.asked == 1


def test_those_who_waited_share_the_failure(endpoint):
    source, endpoint.wait = TokenSource(), 0.3
    endpoint.answers = [(500, {}, "")] * 8
    results = together(8, lambda: endpoint.token(source))
    assert {type(result) for result in results} == {TokenError}
    assert endpoint.asked == 1
    endpoint.answers = []
    assert endpoint.token(source) == "token-2"


def test_waiting_has_an_end(endpoint):
    source, endpoint.wait = TokenSource(), 2
    thread = threading.Thread(target=lambda: together(1, lambda: endpoint.token(source)))
    thread.start()
    time.sleep(0.2)
    started = time.monotonic()
    with pytest.raises(TokenError, match="in time"):
        source.token(endpoint.dialler, endpoint.client(), 0.2)
    assert time.monotonic() - started < 1
    thread.join()


@pytest.mark.parametrize(
    "answer, reason",
    [
        ((401, {"error": "invalid_client", "error_description": SECRET}, ""), r"401 \(invalid_client\)$"),
        ((400, {"error": SECRET}, ""), r"HTTP 400$"),
        ((503, b"busy", "Retry-After: 30\r\n"), r"HTTP 503$"),
        ((302, b"", "Location: https://elsewhere.example/\r\n"), r"HTTP 302$"),
        ((200, b"[1]", ""), "holds none"),
        ((200, b"{", ""), "holds none"),
        ((200, b"[" * 60000, ""), "holds none"),
        ((200, {"access_token": "a\r\nX: 1"}, ""), "holds none"),
        ((200, {"access_token": 5}, ""), "holds none"),
        ((200, {"token_type": "mac"}, ""), "another kind"),
    ],
)
def test_a_failure_says_why_and_nothing_of_the_answer(endpoint, answer, reason):
    endpoint.answers = [answer]
    with pytest.raises(TokenError, match=reason) as caught:
        endpoint.token(TokenSource())
    assert "hunter2" not in str(caught.value) + repr(endpoint.client())
    assert caught.value.retry_after == (30 if answer[0] == 503 else None)


def test_an_endpoint_that_is_not_there_or_closed_is_a_failure_in_words(endpoint):
    with pytest.raises(TokenError, match="refused"):
        TokenSource().token(endpoint.dialler, endpoint.client(url="http://127.0.0.1:9/"), 5)
    with pytest.raises(TokenError, match="closed address"):
        TokenSource().token(Dialler(), endpoint.client(), 5)


def test_a_store_gives_each_key_its_own_source_and_forgets_the_oldest():
    store = TokenStore()
    first = store.source("a")
    assert store.source("a") is first
    assert store.source("b") is not first
    for number in range(300):
        store.source(number)
    assert store.source("a") is not first
