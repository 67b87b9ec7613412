"""Routes for machines: nothing is parsed before the route asked for it, and every refusal is a problem document."""

import io
import logging
import select
import time

import psycopg2
from werkzeug.exceptions import HTTPException

from odoo import SUPERUSER_ID, http

from ..core import problem
from ..core.problem import Refusal
from ..models.access.api import Answer, Asked, sender_address
from ..models.machine_route import MACHINE

_logger = logging.getLogger(__name__)

# Of each route for machines. Who may do what its own code decides, see ``serve``.
OPTIONS = {
    "type": MACHINE,
    "auth": "none",
    "methods": None,
    "csrf": False,
    "save_session": False,
    "readonly": False,
}
READ_SECONDS = 30
CHUNK = 65536
# What a refused sender may still be sending is read away up to here, so that it sees the answer and no broken pipe.
DISCARDED = 32 * 1024 * 1024


class MachineDispatcher(http.Dispatcher):
    """Requests to routes of ``type="audit_machine"``: parameters come from the path only, forms are never parsed."""

    routing_type = MACHINE

    @classmethod
    def is_compatible_with(cls, request):
        return True

    def dispatch(self, endpoint, args):
        self.request.params = dict(args)
        try:
            return self.request.registry["ir.http"]._dispatch(endpoint)
        except Refusal as refusal:
            return response(refusal)

    def handle_error(self, exc):
        """What went wrong is ours: the sender is asked to come again, and learns nothing else."""
        if isinstance(exc, psycopg2.OperationalError):
            _logger.info("A machine route gave up on a conflict: %s", type(exc).__name__)
        elif isinstance(exc, HTTPException) and exc.code and exc.code < 500:
            return response(Refusal(exc.code, "refused", exc.description or "The request was refused."))
        return response(unavailable())


def unavailable():
    """The ``Refusal`` for what is our own fault."""
    detail = "The request could not be handled now. Send it again later."
    return Refusal(503, "unavailable", detail, {"Retry-After": "30"})


def response(refusal):
    """Return the HTTP response of a ``Refusal``."""
    headers = {"Content-Type": problem.CONTENT_TYPE, "Cache-Control": "no-store", **refusal.headers}
    return http.Response(refusal.body(), status=refusal.status, headers=list(headers.items()))


def serve(request, actions, path):
    """Answer a request to the API for machines, and never with an exception.

    Superuser: a client is no user at all. Who may do what is decided by ``audit.api``, which the actions call.

    :param actions: ``{method: function (audit.api, Asked) -> Answer}``; ``GET`` serves ``HEAD`` as well
    :param path: address as its log shows it
    """
    env = request.env(user=SUPERUSER_ID)
    # Looking for the route may have begun a transaction: what is read is read as it stands after the client was let in.
    env.cr.rollback()
    asked = _asked(request, env, path)
    methods = sorted({*actions, "OPTIONS", *(["HEAD"] if "GET" in actions else [])})
    try:
        if asked.method == "OPTIONS":
            return _respond(Answer(204, b"", {"Allow": ", ".join(methods)}))
        act = actions.get("GET" if asked.method == "HEAD" else asked.method)
        if act is None:
            raise Refusal(405, "method", "This is not possible here.", {"Allow": ", ".join(methods)})
        return _respond(act(env["audit.api"], asked))
    except Refusal as refusal:
        discard_body(request, wait=refusal.status != 429)
        return response(refusal)
    except psycopg2.OperationalError:
        raise
    except Exception:
        _logger.exception("A request to the API could not be answered")
        env.cr.rollback()
        return response(unavailable())


def _asked(request, env, path):
    sent = request.httprequest
    address, _through_proxy = env["audit.connector"]._sender_address(peer(request), sent.headers)
    return Asked(
        method=sent.method,
        path=path,
        query=sent.environ.get("QUERY_STRING", ""),
        headers=sent.headers,
        address=sender_address(address),
        source=env["audit.connector"]._source_of(address),
        read=lambda length: read_body(request, length),
    )


def _respond(answer):
    return http.Response(answer.body, status=answer.status, headers=list(answer.headers.items()))


def peer(request):
    """Address at the other end of the socket, whatever ``proxy_mode`` made of it."""
    environ = request.httprequest.environ
    return environ.get("werkzeug.proxy_fix.orig", environ).get("REMOTE_ADDR") or ""


def read_body(request, length):
    """Return exactly ``length`` bytes; raises ``Refusal`` (400 or 408) when they do not come.

    Kept on the request object: after a serialization failure Odoo calls the route again, and the bytes come only once.
    """
    kept = getattr(request, "audit_raw_body", None)
    if kept is None:
        request.audit_raw_body = b""
        kept = request.audit_raw_body = b"".join(_chunks(request, length))
        # Before it calls the route again, Odoo looks for files in a form, and would wait for what has come already.
        request.httprequest._HTTPRequest__environ["wsgi.input"] = io.BytesIO()
    if len(kept) < length:
        raise Refusal(400, "incomplete", "The body ended before its Content-Length.")
    return kept


def discard_body(request, wait=True):
    """Read away, within limits, what a refused sender is still sending.

    :param wait: whether it is waited for; of who comes too fast only what has arrived is taken, so that small messages
        see the answer and a flood keeps nobody busy
    """
    length = request.httprequest.headers.get("Content-Length") or ""
    if getattr(request, "audit_raw_body", None) is None and length.isdigit() and int(length[:15]) <= DISCARDED:
        try:
            for _chunk in _chunks(request, int(length) if wait else min(int(length), CHUNK), wait):
                pass
        except Refusal:
            return


def _chunks(request, length, wait=True):
    """Yield the body in pieces as they arrive, until ``length`` bytes, the end, or the time is up."""
    stream = _input(request)
    until = time.monotonic() + READ_SECONDS
    while length > 0 and (wait or _has_arrived(request)):
        try:
            chunk = stream(min(length, CHUNK))
        except OSError:
            # The server's own time-out on the socket.
            raise _too_slow() from None
        if not chunk:
            return
        yield chunk
        length -= len(chunk)
        if time.monotonic() > until:
            raise _too_slow()


def _has_arrived(request):
    """Whether the socket has something to read; not where the server shows none."""
    connection = request.httprequest._HTTPRequest__environ.get("werkzeug.socket")
    try:
        return connection is not None and bool(select.select([connection], [], [], 0)[0])
    except (OSError, ValueError):
        return False


def _too_slow():
    return Refusal(408, "too-slow", "The body did not come in time.", {"Connection": "close"})


def _input(request):
    """The reading method of the body. Odoo's own reader would wait for all of it, and hides the stream."""
    stream = request.httprequest._HTTPRequest__environ["wsgi.input"]
    return getattr(stream, "read1", stream.read)
