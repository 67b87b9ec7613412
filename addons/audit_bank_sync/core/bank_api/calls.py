"""Requests to one bank: dialled under the connector's policy, answered in JSON that is read strictly."""

import datetime
import re
import time
import uuid
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from odoo.addons.audit_connector_base.core import canonical, dial, retry

from .failures import ANSWER, OUTAGE, REQUEST, BankApiFailure

MAX_ANSWER = 16 * 1024 * 1024
"""Bytes of one answer that a dialler for banks should take; a page of transactions is seldom above 1 MB."""

_KEPT = re.compile(r"content-type|date|retry-after|x-request-id|.*rate[-_]?limit.*")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")


class Reply(NamedTuple):
    """An answer: ``content`` is its JSON (None for an empty body), ``body`` its bytes; headers in lower case."""

    status: int
    headers: dict
    content: Any
    body: bytes


class Call(NamedTuple):
    """What was asked and how it ended, for the log: ``target`` without its query, ``headers`` by an allow-list.

    ``counts``: it is one of the fetches that a bank permits a day. A page that follows is not, nor are balances that
    come with a fetch: banks count them apart, and there are never more of them.
    """

    method: str
    target: str
    request_id: str
    status: int | None
    seconds: float
    sha256: str | None
    headers: dict
    counts: bool = False


class Caller:
    """Asks one bank. ``base``: address below which its interface lies; ``sign``: a function that returns the headers
    which prove who asks, called for each request; ``judge``: a function ``(status, content, retry_after)`` that returns
    the ``BankApiFailure`` of an answer other than success.

    ``attended``: headers about the person at the screen (PSU-IP-Address …); without them a call counts as unattended.
    ``calls``: what was asked so far.
    """

    def __init__(self, dialler, base, judge, sign=None, attended=None):
        self._dialler = dialler
        self._base = base.rstrip("/")
        self._judge = judge
        self._sign = sign or dict
        self.attended = dict(attended or {})
        self.calls = []
        self._replies = None

    @contextmanager
    def keeping(self):
        """Yield a list to which each good ``Reply`` is added meanwhile, for what is kept as it was received."""
        self._replies = replies = []
        try:
            yield replies
        finally:
            self._replies = None

    def call(self, method, path, query=None, body=None, headers=None, counts=False):
        """Make a request and return its ``Reply``; raises ``BankApiFailure``.

        ``path``: below the base, or what ``follow`` returned; ``query`` and ``body``: dicts; ``counts``: see ``Call``.
        """
        url = path if "://" in path else self._base + path
        if query:
            url += "?" + urlencode({name: value for name, value in query.items() if value is not None})
        request_id = str(uuid.uuid4())
        sent = {"Accept": "application/json", "X-Request-ID": request_id, **self.attended, **(headers or {})}
        sent.update(self._sign())
        data = None
        if body is not None:
            data = canonical.dumps(body)
            sent["Content-Type"] = "application/json"
        started = time.monotonic()
        answer = None
        try:
            answer = self._dialler.request(method, url, sent, data)
        except dial.Refused as error:
            raise BankApiFailure(REQUEST, "address refused: %s" % error) from None
        except dial.Unreachable as error:
            raise BankApiFailure(OUTAGE, str(error)) from None
        except ValueError:
            # its text may quote a header with a secret
            raise BankApiFailure(REQUEST, "address or header not usable") from None
        finally:
            self._note(method, url, request_id, answer, time.monotonic() - started, counts and not self.attended)
        reply = self._read(answer)
        if self._replies is not None:
            self._replies.append(reply)
        return reply

    def follow(self, here, link):
        """Return the address of a ``link`` that the answer to ``here`` gave, below this bank's base or origin.

        Raises ``BankApiFailure`` for one that leads elsewhere: what the request carries is meant for this bank only.
        """
        base = urlsplit(self._base)
        if not isinstance(link, str) or not link or len(link) > 4096:
            raise BankApiFailure(ANSWER, "the link to the next page cannot be used")
        if link.startswith("/") and not link.startswith("//") and not link.startswith(base.path or "/"):
            link = self._base + link
        found = urlsplit(urljoin(here if "://" in here else self._base + here, link))
        if (found.scheme, found.netloc) != (base.scheme, base.netloc) or found.fragment:
            raise BankApiFailure(ANSWER, "the link to the next page leads to another host")
        return found.geturl()

    def _read(self, answer):
        content = None
        good = 200 <= answer.status < 300
        if answer.truncated:
            raise BankApiFailure(ANSWER, "longer than is read", status=answer.status)
        if answer.body:
            try:
                content = canonical.loads_strict(answer.body, floats="decimal")
            except canonical.CanonicalError as error:
                if good:
                    raise BankApiFailure(ANSWER, "no sound JSON: %s" % error.reason, status=answer.status) from None
        if not good:
            wait = retry.parse_retry_after(
                answer.headers.get("retry-after"), datetime.datetime.now(datetime.timezone.utc)
            )
            raise self._judge(answer.status, content, wait)
        return Reply(answer.status, answer.headers, content, answer.body)

    def _note(self, method, url, request_id, answer, seconds, counts):
        kept = {name: value for name, value in answer.headers.items() if _KEPT.fullmatch(name)} if answer else {}
        self.calls.append(
            Call(
                method,
                url.partition("?")[0],
                request_id,
                answer and answer.status,
                round(seconds, 3),
                answer and answer.body_sha256,
                kept,
                counts and answer is not None,
            )
        )


def code(value):
    """Return a bank's error code, or None for what does not look like one: it goes into texts for people."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else None


def member(content, name, kind=dict):
    """Return ``content[name]`` of ``kind``; raises ``BankApiFailure`` when the answer lacks it or has another there."""
    value = content.get(name) if isinstance(content, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BankApiFailure(ANSWER, "the member %s is missing or of another kind" % name)
    return value


def objects(content, name, optional=False):
    """Return the list of objects ``content[name]``; raises ``BankApiFailure``.

    ``optional``: whether a list that is missing is empty; of others it would be a guess.
    """
    listed = content.get(name) if isinstance(content, dict) else None
    if listed is None and optional and isinstance(content, dict):
        return []
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BankApiFailure(ANSWER, "the member %s is no list of objects" % name)
    return listed
