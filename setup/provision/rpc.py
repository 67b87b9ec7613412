"""Odoo's remote interface, for what looks at the suite from outside.

JSON-RPC and not XML-RPC: the latter can neither carry None nor integers above 32 bits.
"""

from __future__ import annotations

import itertools
import json
import urllib.request


class RemoteError(Exception):
    """What Odoo raised: `kind` is the name of its exception class, `debug` its traceback."""

    def __init__(self, message: str, kind: str, debug: str):
        super().__init__(message)
        self.kind, self.debug = kind, debug


class Session:
    """One user of one database."""

    def __init__(self, url: str, database: str, login: str, password: str, *, timeout: float = 120):
        self.url, self.database, self.login, self.timeout = url.rstrip("/"), database, login, timeout
        self._password = password
        self._numbers = itertools.count(1)
        self.uid = self._ask("common", "authenticate", database, login, password, {})
        if not self.uid:
            raise PermissionError(f"Odoo at {self.url} does not let {login} in")

    def call(self, model: str, method: str, *arguments, **options):
        """Call a public method of a model; options are its keyword arguments (`context` among them)."""
        return self._ask(
            "object", "execute_kw", self.database, self.uid, self._password, model, method, list(arguments), options
        )

    def _ask(self, service: str, method: str, *arguments):
        question = {
            "jsonrpc": "2.0",
            "method": "call",
            "params": {"service": service, "method": method, "args": arguments},
            "id": next(self._numbers),
        }
        request = urllib.request.Request(
            f"{self.url}/jsonrpc", json.dumps(question).encode(), {"Content-Type": "application/json"}
        )
        # The server is on this machine: a proxy of the environment has no business in between.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=self.timeout) as answer:
            said = json.load(answer)
        if "error" in said:
            data = said["error"].get("data", {})
            raise RemoteError(
                data.get("message") or said["error"]["message"], data.get("name", ""), data.get("debug", "")
            )
        return said.get("result")
