"""Access tokens by the client credentials grant (OAuth 2.0, RFC 6749, section 4.4).

A token is kept in the process until shortly before it expires and is shared by all who use the same credential.
However many threads need one, one asks; whoever waited meanwhile takes what came, be it a token or a failure. What the
token endpoint answers is never passed on: of its errors only the codes that the standard defines.
"""

import base64
import json
import re
import threading
import time
from datetime import datetime, timezone
from typing import NamedTuple
from urllib.parse import quote_plus, urlencode

from . import retry
from .dial import Refused, Unreachable

MARGIN = 60
MAX_LIFETIME = 24 * 3600
# RFC 6749, section 5.1, lets a server leave the lifetime out.
DEFAULT_LIFETIME = 300
MAX_KEPT = 256

_ERRORS = {
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
}
_TOKEN = re.compile(r"[!-~]{1,8192}")


class TokenError(Exception):
    """No token came. The text says why and holds no secret; ``retry_after``: seconds the endpoint asked for."""

    def __init__(self, reason, retry_after=None):
        super().__init__(reason)
        self.retry_after = retry_after


class Client(NamedTuple):
    """Who asks, and where. ``in_body``: the secret goes into the form instead of HTTP Basic; ``scope`` may be empty."""

    url: str
    client_id: str
    secret: str
    scope: str = ""
    in_body: bool = False

    def __repr__(self):
        return "Client(%r, %r)" % (self.url, self.client_id)


class TokenSource:
    """The token of one credential. May be used from several threads."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._token, self._until = None, 0
        self._failure, self._failed_at = None, 0

    def token(self, dialler, client, seconds, stale=None):
        """Return an access token, asking for one when there is none or the one at hand is ``stale``.

        ``seconds``: how long it may take; ``stale``: a token that was just refused. Raises ``TokenError``.
        """
        began = self._clock()
        if not self._lock.acquire(timeout=max(seconds, 0)):
            raise TokenError("no access token in time")
        try:
            if self._token is not None and self._token != stale and self._clock() < self._until:
                return self._token
            if self._failure is not None and self._failed_at >= began:
                raise TokenError(*self._failure)
            self._token = None
            try:
                self._token, lifetime = _ask(dialler, client, seconds - (self._clock() - began))
            except TokenError as error:
                self._failure, self._failed_at = (str(error), error.retry_after), self._clock()
                raise
            self._until = self._clock() + lifetime - min(MARGIN, lifetime / 10)
            return self._token
        finally:
            self._lock.release()


class TokenStore:
    """The sources of this process by ``key``, which names the credential and all that a token depends on."""

    def __init__(self):
        self._lock = threading.Lock()
        self._sources = {}

    def source(self, key):
        """Return the ``TokenSource`` of ``key`` (hashable), a new one when there is none."""
        with self._lock:
            found = self._sources.pop(key, None) or TokenSource()
            self._sources[key] = found
            while len(self._sources) > MAX_KEPT:
                del self._sources[next(iter(self._sources))]
            return found


def _ask(dialler, client, seconds):
    """Return ``(token, lifetime in seconds)``; raises ``TokenError``."""
    if seconds <= 0:
        raise TokenError("no access token in time")
    form = {"grant_type": "client_credentials"}
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if client.scope:
        form["scope"] = client.scope
    if client.in_body:
        form.update(client_id=client.client_id, client_secret=client.secret)
    else:
        # Section 2.3.1: both are form-encoded before they are joined.
        pair = "%s:%s" % (quote_plus(client.client_id), quote_plus(client.secret))
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    try:
        answer = dialler.request("POST", client.url, headers, urlencode(form).encode(), timeout=seconds)
    except Refused as error:
        raise TokenError("the token address is refused: %s" % error) from None
    except Unreachable as error:
        raise TokenError("no access token, the token address does not answer: %s" % error) from None
    members = _members(answer)
    if answer.status != 200:
        code = members.get("error")
        named = " (%s)" % code if isinstance(code, str) and code in _ERRORS else ""
        raise TokenError(
            "no access token, the token address answered HTTP %d%s" % (answer.status, named),
            retry.parse_retry_after(answer.headers.get("retry-after"), datetime.now(timezone.utc)),
        )
    token, kind = members.get("access_token"), members.get("token_type", "bearer")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise TokenError("no access token, the answer of the token address holds none that can be used")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenError("no access token, the token address gives another kind than Bearer")
    return token, _lifetime(members.get("expires_in"))


def _members(answer):
    try:
        members = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _lifetime(value):
    # Some servers write the number as text.
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        return DEFAULT_LIFETIME
    return min(value, MAX_LIFETIME)
