"""Platforms as the tests need them: real HTTP and HTTPS servers, a token endpoint, and servers that misbehave."""

import json
import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that goes away, or is turned away, is what the tests are about."""


class Platform:
    """A web server on loopback that keeps what it was sent.

    ``answer(request)``: returns ``(status, headers, body)`` for a request (dict with ``method``, ``path``, ``headers``
    with lower-case names, ``body``), or None after it dealt with the connection in ``request["socket"]`` itself;
    ``context``: speaks TLS with it.
    """

    def __init__(self, answer=None, context=None):
        self.requests = []
        self.answer = answer or (lambda request: (204, {}, b""))
        platform = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                if context:
                    self.request.settimeout(10)
                    self.request = context.wrap_socket(self.request, server_side=True)
                return super().setup()

            def _take(self):
                request = {
                    "method": self.command,
                    "path": self.path,
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                    "body": self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                    "socket": self.connection,
                }
                platform.requests.append(request)
                answered = platform.answer(request)
                if answered is None:
                    self.close_connection = True
                    return
                status, headers, body = answered
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PUT = do_PATCH = do_GET = _take

            def log_message(self, *args):
                pass

        self._scheme = "https" if context else "http"
        self._server = Quiet(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def host(self):
        return "127.0.0.1:%d" % self._server.server_address[1]

    def url(self, path="", name="127.0.0.1"):
        return "%s://%s:%d%s" % (self._scheme, name, self._server.server_address[1], path)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class TokenEndpoint(Platform):
    """Gives tokens by the client credentials grant; ``tokens``: those that are good, the newest last.

    ``lifetime``: seconds they last by its word; ``refuse``: an answer ``(status, members)`` instead.
    """

    def __init__(self):
        super().__init__(self._give)
        self.tokens = []
        self.lifetime = 3600
        self.refuse = None

    @property
    def given(self):
        return len(self.requests)

    def forms(self):
        return [parse_qs(request["body"].decode()) for request in self.requests]

    def protects(self, request):
        """Whether a request to the platform bears the token that is good now."""
        return bool(self.tokens) and request["headers"].get("authorization") == "Bearer " + self.tokens[-1]

    def _give(self, _request):
        if self.refuse:
            status, members = self.refuse
            return status, {}, json.dumps(members).encode()
        self.tokens.append("given-token-%d" % self.given)
        members = {"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": self.lifetime}
        return 200, {"Content-Type": "application/json"}, json.dumps(members).encode()


def slow(request):
    """Says nothing for longer than anybody waits."""
    time.sleep(3)
    return 204, {}, b""


def reset(request):
    """Drops the connection instead of answering."""
    sock = request["socket"]
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(sock, ssl.SSLSocket):
        sock = socket.socket(fileno=sock.detach())
    sock.close()


def endless(request):
    """Answers with a body that does not end."""
    sock = request["socket"]
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    try:
        while True:
            sock.sendall(b"x" * 65536)
    except OSError:
        return
