import gzip
import hashlib
import http.client
import ipaddress
import socket
import struct
import threading
import time

import pytest

from odoo.addons.audit_connector_base.core import dial
from odoo.addons.audit_connector_base.core.dial import Dialler, Refused, Unreachable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answering(answer):
    """A handler that gives ``answer`` to every request of a connection."""

    def handler(server, sock):
        while server.read_request(sock):
            sock.sendall(answer)

    return handler


def once(answer):
    """A handler that gives ``answer`` to one request and closes."""

    def handler(server, sock):
        server.read_request(sock)
        sock.sendall(answer)

    return handler


def local(**options):
    return Dialler(allow=["127.0.0.1"], **options)


def unreachable(dialler, url, **request):
    started = time.monotonic()
    with pytest.raises(Unreachable) as caught:
        dialler.request("POST", url, **request)
    return caught.value.kind, time.monotonic() - started


def resolving(monkeypatch, answers):
    """Let each lookup of a name give the next list of addresses; returns the names looked up."""
    asked = []

    def getaddrinfo(host, port, *_args, **_kwargs):
        addresses = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        family = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [(family[ipaddress.ip_address(a).version], socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    monkeypatch.setattr(dial.socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_request_arrives_as_given_and_the_answer_is_told_whole(serve):
    server = serve(once(b"HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 5\r\n\r\nhello"))
    answer = local().request("POST", server.url("/hook?x=1"), {"Webhook-Id": "m1"}, b'{"n":1}')
    assert (answer.status, answer.body, answer.truncated) == (201, b"hello", False)
    assert answer.headers["x-a"] == "1, 2"
    assert answer.body_sha256 == hashlib.sha256(b"hello").hexdigest()
    assert answer.peer_address == "127.0.0.1"
    assert 0 < answer.duration < 5
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?x=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % server.port)
    assert b"\r\nWebhook-Id: m1\r\n" in head + b"\r\n"
    assert b"\r\nAccept-Encoding: identity" in head
    assert body == b'{"n":1}'


@pytest.mark.parametrize("status", [204, 404, 500])
def test_every_status_is_an_answer_and_no_error(serve, status):
    server = serve(once(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status))
    assert local().request("GET", server.url()).status == status


def test_a_chunked_answer_is_put_together(serve):
    server = serve(once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"))
    assert local().request("GET", server.url()).body == b"abc"


def test_a_redirect_is_answered_and_not_followed(serve):
    target = serve(answering(OK))
    server = serve(once(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % target.url().encode()))
    assert local().request("GET", server.url()).status == 302
    assert target.connections == 0


def test_proxies_and_netrc_of_the_environment_are_ignored(serve, monkeypatch, tmp_path):
    proxy, server = serve(answering(OK)), serve(answering(OK))
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url())
    local().request("GET", server.url())
    assert (proxy.connections, server.connections) == (0, 1)
    assert b"authorization" not in server.requests[0].lower()


@pytest.mark.parametrize("headers", [{"X": "a\r\nEvil: 1"}, {"X\r\nEvil": "1"}, {"X": "a\nb"}])
def test_a_header_cannot_smuggle_another(serve, headers):
    server = serve(answering(OK))
    with pytest.raises(ValueError):
        local().request("GET", server.url(), headers)
    assert server.requests == []


def test_a_body_that_is_not_bytes_is_refused():
    with pytest.raises(TypeError, match="bytes"):
        local().request("POST", "http://127.0.0.1:9/", body="text")


def test_an_early_refusal_of_a_long_body_is_still_an_answer(serve):
    def handler(_server, sock):
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(1 << 20):
            pass

    assert local().request("POST", serve(handler).url(), body=b"x" * 5_000_000).status == 413


def test_an_endless_body_is_cut_at_the_cap_and_the_rest_not_read(serve):
    sent = []

    def handler(server, sock):
        server.read_request(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            sock.sendall(b"x" * 65536)
            sent.append(65536)

    answer = local(max_answer=1000).request("GET", serve(handler).url())
    assert (answer.body, answer.truncated) == (b"x" * 1000, True)
    assert answer.body_sha256 == hashlib.sha256(b"x" * 1000).hexdigest()
    assert sum(sent) < 50_000_000


def test_a_body_of_exactly_the_cap_is_not_called_truncated(serve):
    answer = local(max_answer=2).request("GET", serve(once(OK)).url())
    assert (answer.body, answer.truncated) == (b"ok", False)


def test_a_gzip_bomb_is_not_expanded(serve):
    bomb = gzip.compress(b"\0" * 20_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    answer = local(max_answer=len(bomb)).request("GET", serve(once(head + bomb)).url())
    assert answer.body == bomb


def dripping(start, drop):
    def handler(server, sock):
        server.read_request(sock)
        sock.sendall(start)
        while True:
            sock.sendall(drop)
            time.sleep(0.02)

    return handler


@pytest.mark.parametrize(
    "start, drop",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["body", "header", "continue", "chunks"],
)
def test_dripping_bytes_win_no_time_beyond_the_deadline(serve, start, drop):
    kind, took = unreachable(local(total_timeout=0.4), serve(dripping(start, drop)).url())
    assert kind in ("timeout", "protocol")
    assert took < 1


def test_a_dripping_tls_server_is_stopped_at_the_deadline(serve, authority):
    server = serve(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"), authority.server("127.0.0.1"))
    kind, took = unreachable(local(total_timeout=0.4, authorities=authority.pem), server.url())
    assert kind == "timeout"
    assert took < 1


def test_endless_headers_are_stopped(serve):
    def handler(server, sock):
        server.read_request(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            sock.sendall(b"X-A: 1\r\n" * 1000)

    assert unreachable(local(), serve(handler).url())[0] == "protocol"


def test_a_server_that_never_answers_is_left_at_the_deadline(serve):
    kind, took = unreachable(local(total_timeout=0.3), serve(lambda _server, _sock: time.sleep(2)).url())
    assert kind == "timeout"
    assert took < 1


def test_a_server_that_does_not_read_is_left_at_the_deadline(serve):
    kind, took = unreachable(
        local(total_timeout=0.3), serve(lambda _server, _sock: time.sleep(2)).url(), body=b"x" * 20_000_000
    )
    assert kind == "timeout"
    assert took < 1


def test_a_server_silent_in_the_tls_handshake_is_left_at_the_connect_timeout(serve, authority):
    server = serve(lambda _server, _sock: time.sleep(2))
    kind, took = unreachable(
        local(connect_timeout=0.3, authorities=authority.pem), server.url().replace("http:", "https:")
    )
    assert kind == "timeout"
    assert took < 1


def test_a_lookup_that_hangs_is_abandoned_at_the_deadline(monkeypatch):
    monkeypatch.setattr(dial.socket, "getaddrinfo", lambda *_args, **_kwargs: time.sleep(1) or [])
    kind, took = unreachable(Dialler(total_timeout=0.2), "http://slow.example/")
    assert kind == "dns"
    assert took < 0.8


def test_a_full_backlog_is_left_at_the_connect_timeout():
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        time.sleep(0.05)
        url = "http://127.0.0.1:%d/" % listener.getsockname()[1]
        kind, took = unreachable(local(connect_timeout=0.3, total_timeout=10), url)
    assert kind == "timeout"
    assert took < 2


def test_a_port_that_nobody_listens_on_is_a_connect_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert unreachable(local(), "http://127.0.0.1:%d/" % free.getsockname()[1])[0] == "connect"


def test_an_unknown_name_is_a_dns_error(monkeypatch):
    def getaddrinfo(*_args, **_kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(dial.socket, "getaddrinfo", getaddrinfo)
    assert unreachable(Dialler(), "http://unknown.example/")[0] == "dns"


def test_a_reset_is_told_as_such(serve):
    def handler(server, sock):
        server.read_request(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert unreachable(local(), serve(handler).url())[0] == "reset"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
    ids=["nothing", "short", "chunk"],
)
def test_an_answer_that_ends_early_is_a_reset_and_no_success(serve, answer):
    assert unreachable(local(), serve(once(answer)).url())[0] == "reset"


def test_garbage_is_a_protocol_error(serve):
    assert unreachable(local(), serve(once(b"SSH-2.0-OpenSSH\r\n\r\n")).url())[0] == "protocol"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://[::1]:9/", "http://[::ffff:127.0.0.1]:9/"])
def test_a_closed_address_is_refused_before_anything_is_sent(serve, url):
    server = serve(answering(OK))
    with pytest.raises(Refused):
        Dialler().request("GET", url.replace(":9/", ":%d/" % server.port))
    assert server.connections == 0


def test_a_name_that_resolves_inside_is_refused_and_the_reason_names_both(serve, monkeypatch):
    server = serve(answering(OK))
    resolving(monkeypatch, [["127.0.0.1"]])
    with pytest.raises(Refused, match="127.0.0.1, to which evil.example resolves, is a closed address .loopback"):
        Dialler().request("GET", server.url(host="evil.example"))
    assert server.connections == 0


def test_one_closed_candidate_closes_the_name(serve, monkeypatch):
    server = serve(answering(OK))
    resolving(monkeypatch, [["127.0.0.1", "10.0.0.1"]])
    with pytest.raises(Refused, match="10.0.0.1"):
        local().request("GET", server.url(host="mixed.example"))
    assert server.connections == 0


def test_a_rebinding_name_is_dialled_at_the_address_that_was_checked(serve, monkeypatch):
    server = serve(once(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
    asked = resolving(monkeypatch, [["127.0.0.1"], ["127.0.0.2"]])
    dialler = Dialler(allow=["127.0.0.1"])
    assert dialler.request("GET", server.url(host="rebind.example")).peer_address == "127.0.0.1"
    assert asked == ["rebind.example"]
    with pytest.raises(Refused, match="127.0.0.2"):
        dialler.request("GET", server.url(host="rebind.example"))


def test_a_connection_never_dials_by_itself_past_the_policy(serve):
    server = serve(answering(OK))
    with pytest.raises(http.client.NotConnected):
        dial._Connection("127.0.0.1", server.port).request("GET", "/")
    assert server.connections == 0


def test_the_next_candidate_is_tried_when_one_is_down(serve, monkeypatch):
    server = serve(answering(OK))
    resolving(monkeypatch, [["127.0.0.9", "127.0.0.1"]])
    answer = Dialler(allow=["127.0.0.0/8"]).request("GET", server.url(host="two.example"))
    assert answer.peer_address == "127.0.0.1"


def test_an_address_that_cannot_be_used_is_a_value_error():
    with pytest.raises(ValueError, match="user name"):
        Dialler().request("GET", "http://a:b@example.com/")


def test_a_connection_is_used_again(serve):
    server, dialler = serve(answering(OK)), local()
    for _ in range(5):
        assert dialler.request("POST", server.url(), body=b"x").status == 200
    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_that_the_server_closed_is_replaced(serve):
    server, dialler = serve(once(OK)), local()
    for _ in range(3):
        assert dialler.request("GET", server.url()).status == 200
        time.sleep(0.05)
    assert server.connections == 3


def test_a_connection_on_which_the_server_talks_out_of_turn_is_not_used_again(serve):
    def handler(server, sock):
        server.read_request(sock)
        sock.sendall(OK)
        time.sleep(0.02)
        sock.sendall(b"HTTP/1.1 500 Injected\r\nContent-Length: 0\r\n\r\n")
        server.read_request(sock)

    server, dialler = serve(handler), local()
    for _ in range(2):
        assert dialler.request("GET", server.url()).status == 200
        time.sleep(0.05)
    assert server.connections == 2


def test_the_rest_of_a_truncated_answer_is_not_taken_for_the_next(serve):
    server, dialler = serve(answering(OK)), local(max_answer=1)
    for _ in range(2):
        assert dialler.request("GET", server.url()).body == b"o"
    assert server.connections == 2


def test_a_kept_connection_gets_a_deadline_of_its_own_each_time(serve):
    server, dialler = serve(answering(OK)), local(total_timeout=0.5)
    for _ in range(3):
        dialler.request("GET", server.url())
        time.sleep(0.3)
    assert server.connections == 1


def test_threads_share_the_connections_without_mixing_answers(serve):
    def handler(server, sock):
        while True:
            request = server.read_request(sock)
            if not request:
                return
            body = request.partition(b"\r\n\r\n")[2]
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server, dialler, wrong = serve(handler), local(), []

    def work(name):
        for n in range(50):
            body = b"%d-%d" % (name, n)
            if dialler.request("POST", server.url(), body=body).body != body:
                wrong.append(body)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(server.requests) == 400
    assert server.connections <= 8


def test_the_checked_address_is_dialled_while_name_and_certificate_stay_those_of_the_url(serve, authority, monkeypatch):
    resolving(monkeypatch, [["127.0.0.1"]])
    names = []
    context = authority.server("api.example")
    context.sni_callback = lambda _sock, name, _context: names.append(name)
    server = serve(answering(OK), context)
    dialler = local(authorities=authority.pem)
    for _ in range(3):
        assert dialler.request("POST", server.url(host="api.example"), body=b"x").status == 200
    assert names == ["api.example"]
    assert b"\r\nHost: api.example:%d\r\n" % server.port in server.requests[0]
    assert server.connections == 1


def test_a_certificate_for_another_name_is_refused(serve, authority, monkeypatch):
    resolving(monkeypatch, [["127.0.0.1"]])
    server = serve(answering(OK), authority.server("api.example"))
    assert unreachable(local(authorities=authority.pem), server.url(host="other.example"))[0] == "tls"
    assert server.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(serve, authority):
    server = serve(answering(OK), authority.server("127.0.0.1"))
    with pytest.raises(Unreachable, match="certificate is not accepted"):
        local().request("GET", server.url())
    assert server.requests == []


def test_a_certificate_that_has_expired_is_refused(serve, authority):
    server = serve(answering(OK), authority.server("127.0.0.1", days=-1))
    with pytest.raises(Unreachable, match="expired"):
        local(authorities=authority.pem).request("GET", server.url())
    assert server.requests == []


def test_one_exchange_may_be_given_less_time_than_the_others(serve):
    server = serve(lambda server, sock: (server.read_request(sock), time.sleep(2)))
    started = time.monotonic()
    with pytest.raises(Unreachable, match="in time"):
        local().request("GET", server.url(), timeout=0.2)
    assert time.monotonic() - started < 1


def test_a_certificate_for_an_ip_address_is_accepted(serve, authority):
    server = serve(answering(OK), authority.server("127.0.0.1"))
    assert local(authorities=authority.pem).request("GET", server.url()).status == 200


def test_a_server_without_tls_is_a_tls_error(serve, authority):
    server = serve(lambda _server, sock: (sock.sendall(OK), sock.recv(100)))
    url = server.url().replace("http:", "https:")
    assert unreachable(local(authorities=authority.pem), url)[0] == "tls"


def test_a_client_certificate_is_shown_when_configured(serve, authority):
    server = serve(answering(OK), authority.server("127.0.0.1", demand_client=True))
    mine = authority.issue("client.example")
    assert local(authorities=authority.pem, identity=mine).request("GET", server.url()).status == 200
    assert unreachable(local(authorities=authority.pem), server.url())[0] in ("tls", "reset")


def test_a_socket_for_another_protocol_obeys_the_same_policy(serve):
    server = serve(lambda _server, sock: sock.sendall(sock.recv(100).upper()))
    with local().connect("127.0.0.1", server.port) as sock:
        sock.sendall(b"hello")
        assert sock.recv(100) == b"HELLO"
    with pytest.raises(Refused):
        Dialler().connect("127.0.0.1", server.port)


def test_a_tls_socket_for_another_protocol_is_verified(serve, authority):
    server = serve(lambda _server, sock: sock.sendall(sock.recv(100).upper()), authority.server("127.0.0.1"))
    with local(authorities=authority.pem).connect("127.0.0.1", server.port, tls=True) as sock:
        sock.sendall(b"hello")
        assert sock.recv(100) == b"HELLO"
    with pytest.raises(Unreachable):
        local().connect("127.0.0.1", server.port, tls=True)


@pytest.mark.parametrize("host, port", [("127.0.0.1", 0), ("127.0.0.1", 65536), ("a b", 22), ("", 22)])
def test_a_socket_to_nowhere_is_a_value_error(host, port):
    with pytest.raises(ValueError):
        local().connect(host, port)
