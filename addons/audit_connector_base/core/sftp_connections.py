"""Connections to SFTP servers: dialled by ``dial``, to a server whose host key was confirmed, and kept for a while.

``paramiko`` is imported when it is needed, because it is an optional library.
"""

import errno
import io
import logging
import threading
import time
from contextlib import contextmanager
from typing import NamedTuple

from . import ssh_keys
from .dial import Refused, Unreachable
from .folders import FolderError

MAX_CONNECTIONS = 4  # servers turn away more that come at once (OpenSSH: MaxStartups)
MAX_IDLE_SECONDS = 30

# paramiko writes whole tracebacks where we tell in an outcome; who looks for trouble gives this log a level.
_LOG_CHANNEL = "audit_connector_paramiko"
_RSA = ("rsa-sha2-512", "rsa-sha2-256")


class Login(NamedTuple):
    """How we sign in. ``private_key``: PEM or OpenSSH text; ``password`` also opens the key where it is encrypted."""

    user: str
    password: str = ""
    private_key: str = ""

    def __repr__(self):
        return "Login(%r)" % self.user


class ConnectionFailed(FolderError):
    """The connection could not be made, or is of no more use."""


class SftpConnections:
    """Up to ``MAX_CONNECTIONS`` kept connections to one server. May be used from several threads.

    ``dialler``: a ``dial.Dialler``; ``host_keys``: list of ``ssh_keys.HostKey``, one of which the server must show;
    ``timeout``: seconds for connecting, and again for all that is done with a connection at a time.
    """

    def __init__(self, dialler, host, port, login, host_keys, timeout=30):
        self._dialler = dialler
        self._host, self._port = host, port
        self._login = login
        self._host_keys = host_keys
        self._timeout = timeout
        self._idle = []
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)

    @contextmanager
    def session(self):
        """Yield a ``paramiko.SFTPClient`` that nobody else uses meanwhile.

        Raises ``FolderError`` in words, also for what the block did. A connection that failed is not used again.
        """
        if not self._free.acquire(timeout=self._timeout):
            raise ConnectionFailed("retry", "no connection to %s became free in time" % self._host, "timeout")
        try:
            client = self._take_idle() or self._open()
            transport, usable = client.get_channel().get_transport(), False
            try:
                with _explained(self._host, self._timeout, transport):
                    yield client
                usable = True
            except ConnectionFailed:
                raise
            except FolderError:
                usable = True
                raise
            finally:
                self._give_back(client) if usable else transport.close()
        finally:
            self._free.release()

    def close(self):
        """Close the kept connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for client, _since in idle:
            client.get_channel().get_transport().close()

    def _take_idle(self):
        while True:
            with self._lock:
                if not self._idle:
                    return None
                client, since = self._idle.pop()
            transport = client.get_channel().get_transport()
            if transport.is_active() and time.monotonic() - since < MAX_IDLE_SECONDS:
                return client
            transport.close()

    def _give_back(self, client):
        with self._lock:
            self._idle.append((client, time.monotonic()))

    def _open(self):
        import paramiko

        transport = _transport(self._dialler, self._host, self._port, self._host_keys)
        try:
            with _explained(self._host, self._timeout, transport):
                transport.start_client(timeout=self._timeout)
                self._check_host_key(transport.get_remote_server_key())
                self._sign_in(transport)
                client = paramiko.SFTPClient.from_transport(transport)
                client.get_channel().settimeout(self._timeout)
                return client
        except FolderError:
            transport.close()
            raise

    def _check_host_key(self, shown):
        """Before anything is said about us: whoever stands in between would hear the password."""
        fingerprint = ssh_keys.fingerprint(shown.asbytes())
        if fingerprint not in {key.fingerprint for key in self._host_keys}:
            raise ConnectionFailed(
                "retry",
                "%s showed another host key (%s %s) than the one that was confirmed, so nothing was sent. Ask who runs "
                "the server whether its key was changed; if so, confirm the new one on the connector"
                % (self._host, shown.get_name(), fingerprint),
            )

    def _sign_in(self, transport):
        import paramiko

        user, password, private_key = self._login
        try:
            missing = []
            if private_key:
                missing = transport.auth_publickey(user, load_private_key(private_key, password))
            if password and (not private_key or "password" in missing):
                missing = transport.auth_password(user, password)
        except ValueError as error:
            raise ConnectionFailed("retry", str(error), "login") from None
        except paramiko.AuthenticationException:
            missing = True
        if missing or not transport.is_authenticated():
            raise ConnectionFailed(
                "retry",
                "%s does not let “%s” sign in. Check the user name and the %s on the connector"
                % (self._host, user, "private key" if private_key else "password"),
                "login",
            )


def fetch_host_key(dialler, host, port, timeout=30):
    """Return ``(type, key bytes)`` that the server shows now, to be confirmed by a person. Raises ``FolderError``.

    Nothing is said about us, and the connection is closed again.
    """
    transport = _transport(dialler, host, port, ())
    try:
        with _explained(host, timeout, transport):
            transport.start_client(timeout=timeout)
            shown = transport.get_remote_server_key()
            return shown.get_name(), shown.asbytes()
    finally:
        transport.close()


def load_private_key(text, password=""):
    """Return the ``paramiko`` key in ``text``; raises ``ValueError`` in words, which never quote it."""
    import paramiko

    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text.strip() + "\n"), password or None)
        except paramiko.PasswordRequiredException:
            raise ValueError("The private key is encrypted. Enter its passphrase as the password.") from None
        except Exception:  # each kind refuses the others' keys with errors of its own
            continue
    raise ValueError(
        "The private key cannot be read, or the password does not open it. Paste the whole file, from “-----BEGIN” to "
        "“-----END”; Ed25519, ECDSA and RSA keys are understood."
    )


def _transport(dialler, host, port, host_keys):
    """A ``paramiko.Transport`` over a socket that was checked against the policy, not started yet."""
    import paramiko

    try:
        sock = dialler.connect(host, port)
    except Refused as error:
        raise ConnectionFailed("dead", "address refused: %s" % error, "refused") from error
    except Unreachable as error:
        raise ConnectionFailed("retry", str(error), error.kind) from error
    log = logging.getLogger(_LOG_CHANNEL)
    if log.level == logging.NOTSET:
        log.setLevel(logging.CRITICAL)
    transport = paramiko.Transport(sock)
    transport.set_log_channel(_LOG_CHANNEL)
    types = [name for key in host_keys for name in (_RSA if key.type == "ssh-rsa" else [key.type])]
    if types and all(types):
        # A server has several keys and would show the one that we name first.
        transport.get_security_options().key_types = tuple(dict.fromkeys(types))
    return transport


@contextmanager
def _explained(host, timeout, transport):
    """Raise what goes wrong in the block as ``FolderError``, and end it after ``timeout`` seconds.

    The time-outs of paramiko are for each reading, which dripping bytes win any time against.
    """
    import paramiko

    late = threading.Event()

    def hang_up():
        late.set()
        transport.close()

    watch = threading.Timer(timeout, hang_up)
    watch.daemon = True
    watch.start()
    try:
        yield
    except FolderError:
        raise
    except OSError as error:
        if late.is_set():
            raise _too_late(host) from error
        if error.errno == errno.EACCES:
            words = "%s: permission denied; give our user the right to write there" % host
            raise FolderError("retry", words) from error
        if error.errno == errno.ENOENT:
            raise FolderError("retry", "%s: the folder is not there; create it on the server" % host) from error
        if error.errno is None and not isinstance(error, TimeoutError):
            # An answer of the server; version 3 of the protocol has no number for a full disk.
            words = "%s cannot do it: “%s”; perhaps its disk is full" % (host, str(error)[:200])
            raise FolderError("slow_down", words) from error
        raise ConnectionFailed("retry", "the connection to %s ended: %s" % (host, _words(error)), "reset") from error
    except (EOFError, paramiko.SSHException) as error:
        if late.is_set():
            raise _too_late(host) from error
        words = "the connection to %s failed: %s" % (host, _words(error))
        raise ConnectionFailed("retry", words, "reset") from error
    except Exception as error:
        if late.is_set():
            raise _too_late(host) from error
        words = "what %s answers is no SFTP (%s)" % (host, type(error).__name__)
        raise ConnectionFailed("retry", words, "reset") from error
    finally:
        watch.cancel()


def _too_late(host):
    return ConnectionFailed("retry", "%s did not finish in time" % host, "timeout")


def _words(error):
    return str(error)[:200] or type(error).__name__
