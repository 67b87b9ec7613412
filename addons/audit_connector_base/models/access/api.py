import hashlib
import ipaddress
import itertools
import json
import re
import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from odoo import api, models
from odoo.tools import ormcache

from ...core import cloudevents
from ...core.problem import Refusal

PATH = "/audit/v1"
JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store"}

_turn = itertools.count()
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,200}")


class Asked(NamedTuple):
    """A request in plain values.

    ``path`` and ``query``: as sent, the query without its question mark; ``headers``: a mapping with case-insensitive
    names; ``address``: of the sender, None when it has none; ``source``: what senders are counted by; ``read``:
    function of a length that returns so many bytes of the body.
    """

    method: str
    path: str
    query: str
    headers: Any
    address: str | None
    source: str
    read: Callable[[int], bytes]


class Answer(NamedTuple):
    """What is answered: HTTP status, the exact bytes, further header fields."""

    status: int
    body: bytes
    headers: dict


class AuditApi(models.AbstractModel):
    """What the routes of the API do once they hold a request. It knows nothing of HTTP but headers.

    Who may ask for what is decided here, once for all of it: the client by its token, the kind of document by the
    token's permissions, the company by the domain that is part of every search. The rest runs as the superuser.
    """

    _name = "audit.api"
    _description = "API for Machines"

    @api.model
    def _sources(self):
        """Return ``{entity: builder}`` of all that can be read."""
        return {entity: self.env["audit.source"]._of_entity(entity) for entity in self._readable()}

    @api.model
    @ormcache()
    def _readable(self):
        nobody = self.env["res.company"]
        members = self.env["audit.source"]._members()
        return [source._entity() for source in members if source._own_domain(nobody) is not None]

    @api.model
    def _writers(self):
        """Return ``{entity: handler}`` of all that can be added; see ``audit.inbound.handler._api_entity``."""
        found = {}
        for handler in self.env["audit.inbound.handler"]._family():
            if handler._api_entity():
                found[handler._api_entity()[0]] = handler
        return found

    @api.model
    def _labels(self):
        """Return ``{entity: name for people}`` of all that can be read or added."""
        labels = {entity: handler._api_entity()[1] for entity, handler in self._writers().items()}
        return labels | {entity: source._label() for entity, source in self._sources().items()}

    @api.model
    def _methods(self, entity):
        """Return the methods that a list of ``entity`` knows; of what does not exist any is asked, and refused."""
        methods = ["GET"] if entity in self._sources() else []
        if entity in self._writers():
            methods.append("POST")
        return methods or ["GET", "POST"]

    @api.model
    def _answer(self, asked, act):
        """Let the client of a request in, and return the ``Answer`` that ``act(caller)`` makes.

        :raises Refusal: with what the client may know; it has been counted
        """
        caller = self._caller(asked)
        limits = {**caller.allowance.headers(), **self._note_header(caller)}
        try:
            if not caller.allowance.allowed:
                seconds = caller.allowance.retry_after()
                raise Refusal(429, "rate", "Too many requests. Come again later.", {"Retry-After": str(seconds)})
            answer = act(caller)
        except Refusal as refusal:
            refusal.headers = {**refusal.headers, **limits}
            self.env["audit.api.refusal"]._count(
                caller.client_id, asked.source, refusal.code, refusal.note or refusal.detail
            )
            raise
        return answer._replace(headers={**answer.headers, **limits})

    @api.model
    def _note_header(self, caller):
        """The header with the last signed note of a company of the client, another one at each turn.

        One a time, because proxies refuse answers with long headers.
        """
        if not caller.company_ids:
            return {}
        company_id = caller.company_ids[next(_turn) % len(caller.company_ids)]
        return self.env["audit.log"]._note_header(self.env["res.company"].browse(company_id))

    @api.model
    def _system_note(self):
        """The header with the last signed note of the log of the system, for answers about no company."""
        return self.env["audit.log"]._note_header(self.env["res.company"])

    @api.model
    def _caller(self, asked):
        """Return the ``Caller`` of a request by its bearer token; raises ``Refusal`` (401, 429), the same for all."""
        kind, _space, token = (asked.headers.get("Authorization") or "").partition(" ")
        tokens = self.env["audit.api.token"]
        if kind.lower() != "bearer" or not _TOKEN.fullmatch(token):
            token = ""
        caller = tokens._enter(token, asked.address) if token else None
        if caller is None:
            client_id, note = tokens._why_not(token, asked.address) if token else (None, "no bearer token")
            raise self._refused(client_id, asked.source, note, 'Bearer realm="audit"')
        return caller

    @api.model
    def _refused(self, client_id, source, note, challenge):
        """Count wrong credentials and return the one ``Refusal`` for all of them; ``note`` is for our log only."""
        seconds = self.env["audit.api.refusal"]._count(client_id, source, "credentials", note, attempt=True)
        if seconds:
            return self._slow_down(seconds)
        return Refusal(401, "credentials", "The credentials were not accepted.", {"WWW-Authenticate": challenge})

    @api.model
    def _slow_down(self, seconds):
        detail = "Too many requests with wrong credentials. Come again later."
        return Refusal(429, "slow-down", detail, {"Retry-After": str(seconds)})

    @api.model
    def _check_scope(self, caller, entity, verb):
        """Raise ``Refusal`` (403) unless the token is good for it."""
        if not caller.may(entity, verb):
            scope = "%s:%s" % (entity, verb)
            raise Refusal(
                403,
                "scope",
                "The access token is not good for this.",
                {"WWW-Authenticate": 'Bearer realm="audit", error="insufficient_scope", scope="%s"' % scope},
                scope=scope,
            )

    @api.model
    def _trace(self, asked):
        """Return the trace number (32 hex digits) of a request: the client's, or a new one."""
        try:
            return cloudevents.parse_traceparent(asked.headers.get("traceparent"))[0]
        except ValueError:
            return secrets.token_hex(16)

    @api.model
    def _log_call(self, kind, asked, caller, trace, company_ids, subject, **facts):
        """Append what a client did to the log of each company concerned."""
        self.env["audit.log.entry"]._append_facts(
            kind,
            [
                (
                    self.env["res.company"].browse(company_id),
                    subject,
                    {
                        "client": {"id": caller.client_id, "name": caller.name},
                        "method": asked.method,
                        "path": asked.path,
                        "query": asked.query,
                        "source": asked.source,
                        **facts,
                    },
                )
                for company_id in company_ids
            ],
            direction="in" if kind == "api.written" else "out",
            actor="client/%s" % caller.uuid,
            correlation=trace,
        )

    @api.model
    def _note_headers(self, company_ids):
        """Return header fields with the newest signed note of the log, so that clients hold one.

        What a note is, is the log's business; see ``_note_header`` of ``audit.log``, where that is installed.
        """
        log = self.env.get("audit.log")
        if log is None or not hasattr(log, "_note_header"):
            return {}
        return log._note_header(self.env["res.company"].browse(company_ids[:1])) or {}


def as_json(value):
    """Return the bytes of a JSON answer."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def entity_tag(body):
    """Return the strong entity tag of the bytes of an answer (RFC 9110, section 8.8.3)."""
    return '"%s"' % digest(body)[:32]


def digest(body):
    """SHA-256 of bytes, as hex digits."""
    return hashlib.sha256(body).hexdigest()


def sender_address(address):
    """Return an address as PostgreSQL reads it, None for what is none."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    return str(getattr(ip, "ipv4_mapped", None) or ip)
