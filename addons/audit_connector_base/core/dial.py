"""The one way out: every connection to the outside is dialled here, whatever its protocol.

A name is resolved once, every address it resolves to is held against the policy of ``address``, and exactly the
checked address is dialled; nothing resolves the name a second time. HTTP goes over kept-alive connections with one
deadline for the whole exchange, no redirects, no proxies or ``.netrc`` from the environment, and a capped answer.

It stands on ``http.client``: what the larger HTTP libraries add (redirects, proxies, decoding, retries, pools that
resolve names themselves) is what must not happen here, and the time-outs of theirs are per read, not in total.
"""

import hashlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from typing import NamedTuple

from .address import Policy, Refused, Url, check_host, check_url
from .tls import load_identity, trust

__all__ = ["Answer", "Dialler", "Refused", "Unreachable", "Url", "check_url"]

MAX_IDLE_PER_HOST = 16
MAX_IDLE_SECONDS = 30
MAX_LOOKUPS = 64
_CHUNK = 16384

# Lookups cannot be interrupted, only abandoned; this bounds how many abandoned ones may be under way.
_lookups = threading.BoundedSemaphore(MAX_LOOKUPS)


class Unreachable(Exception):
    """No complete answer came. ``kind``: ``dns``, ``connect``, ``timeout``, ``tls``, ``reset`` or ``protocol``."""

    def __init__(self, kind, reason):
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


class Answer(NamedTuple):
    """What came back.

    ``headers``: dict with lower-case names, repeated ones joined by ``", "``; ``body``: the bytes as received, never
    decompressed, at most ``max_answer`` of them; ``body_sha256``: hex digest of these; ``duration``: seconds;
    ``peer_address``: the IP address that answered.
    """

    status: int
    headers: dict
    body: bytes
    truncated: bool
    body_sha256: str
    duration: float
    peer_address: str


class Dialler:
    """Connects to the outside under one connector's policy. May be used from several threads.

    ``allow``: the connector's allow-list (see ``address.Policy``); ``connect_timeout``: seconds for the TCP
    connection and again for the TLS handshake; ``total_timeout``: seconds for a whole exchange, from name lookup to
    the last byte; ``max_answer``: bytes of an answer's body that
    are read; ``authorities``: PEM text of further certificate authorities; ``identity``: ``(certificate, key)`` as
    PEM texts, for mutual TLS. Raises ``ValueError`` for texts that TLS does not accept.
    """

    def __init__(
        self, allow=(), connect_timeout=5, total_timeout=30, max_answer=65536, authorities=None, identity=None
    ):
        self._policy = Policy(allow)
        self._connect_timeout = connect_timeout
        self._total_timeout = total_timeout
        self._max_answer = max_answer
        self._tls = ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._tls.sslsocket_class = _TimedTlsSocket
        if authorities:
            trust(self._tls, authorities)
        if identity:
            load_identity(self._tls, *identity)
        self._idle = {}
        self._lock = threading.Lock()

    def request(self, method, url, headers=None, body=None, timeout=None):
        """Send one HTTP request and return its ``Answer``, whatever its status.

        ``body``: bytes; ``timeout``: seconds for this exchange, where it has less than ``total_timeout`` left. Raises
        ``ValueError`` for an address that cannot be used, ``Refused`` for one that the policy closes, and
        ``Unreachable`` when no complete answer came in time. Nothing is sent twice.
        """
        if not isinstance(body, (bytes, type(None))):
            raise TypeError("the body must be bytes, not %s" % type(body).__name__)
        url = check_url(url, require_tls=False)
        started = time.monotonic()
        deadline = started + min(self._total_timeout, self._total_timeout if timeout is None else timeout)
        connection = self._take_idle(url, deadline) or self._open(url, deadline)
        kept = False
        try:
            response = _exchange(connection, method, url.target, _with_defaults(headers), body)
            content, truncated = self._read(response)
            kept = response.isclosed() and not response.will_close and not truncated
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(error, deadline) from error
        finally:
            if kept:
                self._give_back(url, connection)
            else:
                connection.close()
        return Answer(
            status=response.status,
            headers=_merged(response),
            body=content,
            truncated=truncated,
            body_sha256=hashlib.sha256(content).hexdigest(),
            duration=time.monotonic() - started,
            peer_address=connection.peer_address,
        )

    def connect(self, host, port, tls=False):
        """Return a connected socket for another protocol, under the same policy.

        ``tls``: wrap it, verifying the certificate against ``host``. The socket's time-out is ``total_timeout``; the
        protocol's own library may change it. Raises as ``request`` does.
        """
        host = check_host(host)
        if not 1 <= port <= 65535:
            raise ValueError("The port must be between 1 and 65535.")
        deadline = time.monotonic() + self._total_timeout
        sock = self._dial(host, port, deadline, tls)
        sock.deadline = None
        sock.settimeout(self._total_timeout)
        return sock

    def resolve(self, host, port):
        """Return the addresses of ``host`` as texts, for a library that connects by itself, to exactly these.

        All were held against the policy. Raises as ``connect`` does.
        """
        host = check_host(host)
        return [address[0] for _family, address in self._checked(host, port, time.monotonic() + self._total_timeout)]

    @property
    def tls(self):
        """The TLS context, for a library that wraps its connections by itself, to be verified against the host."""
        return self._tls

    def close(self):
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for connections in idle.values():
            for connection in connections:
                connection.close()

    def _open(self, url, deadline):
        connection = _Connection(url.host, url.port)
        connection.default_port = 443 if url.scheme == "https" else 80
        connection.sock = self._dial(url.host, url.port, deadline, url.scheme == "https")
        connection.peer_address = connection.sock.dialled
        return connection

    def _dial(self, host, port, deadline, tls):
        """Resolve, check every candidate, connect to the first that answers."""
        failure = None
        for family, address in self._checked(host, port, deadline):
            sock = _TimedSocket(family, socket.SOCK_STREAM)
            sock.deadline = deadline
            try:
                sock.settimeout(self._connecting_time(deadline))
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock = self._wrap(sock, host, deadline) if tls else sock
                # Noted here, because a peer that has already hung up has no name to ask the socket for.
                sock.dialled = address[0]
                return sock
            except OSError as error:
                sock.close()
                failure = _unreachable(error, deadline, connecting=True)
        raise failure

    def _checked(self, host, port, deadline):
        """Return ``[(family, socket address)]`` of ``host``, all of which the policy permits."""
        candidates = _resolve(host, port, deadline)
        # All before any: a name of which one address is closed is not to be trusted with its others.
        for _family, address in candidates:
            self._policy.check(host, port, ipaddress.ip_address(address[0].partition("%")[0]))
        return candidates

    def _connecting_time(self, deadline):
        # Zero would mean "do not wait at all" and end in another error than a time-out.
        return max(min(self._connect_timeout, deadline - time.monotonic()), 0.001)

    def _wrap(self, sock, host, deadline):
        sock.settimeout(self._connecting_time(deadline))
        wrapped = self._tls.wrap_socket(sock, server_hostname=host)
        wrapped.deadline = deadline
        return wrapped

    def _read(self, response):
        """Return ``(body, truncated)``, reading no more than one byte beyond the cap."""
        content = bytearray()
        while len(content) <= self._max_answer:
            chunk = response.read(min(_CHUNK, self._max_answer + 1 - len(content)))
            if not chunk:
                break
            content += chunk
        truncated = len(content) > self._max_answer
        if not truncated and response.length:
            raise ConnectionResetError("the connection ended %d bytes before the answer did" % response.length)
        return bytes(content[: self._max_answer]), truncated

    def _take_idle(self, url, deadline):
        while True:
            with self._lock:
                idle = self._idle.get(url[:3])
                connection = idle.pop() if idle else None
            if connection is None:
                return None
            if time.monotonic() - connection.idle_since < MAX_IDLE_SECONDS and _is_quiet(connection.sock):
                connection.sock.deadline = deadline
                return connection
            connection.close()

    def _give_back(self, url, connection):
        connection.idle_since = time.monotonic()
        with self._lock:
            idle = self._idle.setdefault(url[:3], [])
            if len(idle) < MAX_IDLE_PER_HOST:
                idle.append(connection)
                return
        connection.close()


class _Connection(http.client.HTTPConnection):
    # Dialling by itself would resolve the name again, past the policy.
    auto_open = 0


class _Timed:
    """A socket of which every single operation ends at one deadline, so that dripping bytes win no time."""

    deadline = None

    def recv_into(self, *args, **kwargs):
        self._arm()
        return super().recv_into(*args, **kwargs)

    def send(self, *args, **kwargs):
        self._arm()
        return super().send(*args, **kwargs)

    def sendall(self, *args, **kwargs):
        self._arm()
        return super().sendall(*args, **kwargs)

    def _arm(self):
        if self.deadline is not None:
            remaining = self.deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError("the deadline has passed")
            self.settimeout(remaining)


class _TimedSocket(_Timed, socket.socket):
    pass


class _TimedTlsSocket(_Timed, ssl.SSLSocket):
    pass


def _resolve(host, port, deadline):
    """Return ``[(family, socket address)]`` of ``host``; the lookup is abandoned at the deadline."""
    found = []

    def lookup():
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)
        finally:
            _lookups.release()

    if not _lookups.acquire(timeout=max(deadline - time.monotonic(), 0)):
        raise Unreachable("dns", "too many name lookups are under way")
    thread = threading.Thread(target=lookup, name="dial-lookup", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        _lookups.release()
        raise
    thread.join(max(deadline - time.monotonic(), 0))
    if not found:
        raise Unreachable("dns", "no answer to the lookup of %s in time" % host)
    if isinstance(found[0], Exception) or not found[0]:
        raise Unreachable("dns", "the name %s cannot be resolved" % host)
    return [(family, address) for family, _type, _protocol, _name, address in found[0]]


def _exchange(connection, method, target, headers, body):
    try:
        connection.request(method, target, body, headers)
    except (BrokenPipeError, ConnectionResetError):
        # A server may refuse a long body early, answer, and close: the answer counts.
        pass
    return connection.getresponse()


def _with_defaults(headers):
    names = {name.lower() for name in headers or ()}
    defaults = {"Accept-Encoding": "identity", "User-Agent": "odoo-audit-connector"}
    return {**{name: value for name, value in defaults.items() if name.lower() not in names}, **(headers or {})}


def _merged(response):
    merged = {}
    for name, value in response.getheaders():
        name = name.lower()
        merged[name] = merged[name] + ", " + value if name in merged else value
    return merged


def _is_quiet(sock):
    """Whether an idle connection is still open: one that can be read was closed or talks out of turn."""
    sock.deadline = None
    sock.settimeout(0)
    try:
        if isinstance(sock, ssl.SSLSocket):
            sock.read(1)
        else:
            sock.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    return False


def _unreachable(error, deadline, connecting=False):
    """Translate an error of the socket, TLS or HTTP layer; its text never quotes what the other side sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable("tls", "the certificate is not accepted: %s" % error.verify_message)
    if isinstance(error, TimeoutError) or time.monotonic() >= deadline:
        return Unreachable("timeout", "no connection in time" if connecting else "no complete answer in time")
    if isinstance(error, ssl.SSLError):
        return Unreachable("tls", "TLS failed: %s" % (error.reason or "connection ended").replace("_", " ").lower())
    if isinstance(error, (ConnectionError, http.client.RemoteDisconnected, http.client.IncompleteRead)):
        if isinstance(error, ConnectionRefusedError):
            return Unreachable("connect", "the connection was refused")
        return Unreachable("reset", "the connection was closed before the answer was complete")
    if isinstance(error, http.client.HTTPException):
        return Unreachable("protocol", "the answer is not valid HTTP (%s)" % type(error).__name__)
    return Unreachable("connect", "no connection: %s" % (error.strerror or type(error).__name__))
