"""What the tests of the API for machines share: clients that were approved, their tokens, and requests over HTTP."""

import base64
import json
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import HttpCase

from ..core import flood, rate
from ..models.access import api_description, api_refusal
from .inbound import InboundHttpCase
from .source_common import SourceCase

TOKEN = "/audit/v1/token"
FORM = "application/x-www-form-urlencoded"


class ApiCase(SourceCase):
    """Clients of the API, without HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approver = cls._user("app", "audit_connector_base.group_audit_approver")
        for module, name, new in (
            (api_refusal, "_gate", flood.Gate()),
            (api_description, "_buckets", rate.Buckets()),
        ):
            fresh = patch.object(module, name, new)
            fresh.start()
            cls.addClassCleanup(fresh.stop)

    @classmethod
    def _prepared(cls, *scopes, **values):
        """A client as the administrator entered it."""
        lines = [dict(zip(("entity", "verb"), scope.split(":"))) for scope in scopes or ("invoice:read",)]
        return (
            cls.env["audit.api.client"]
            .with_user(cls.administrator)
            .create(
                {
                    "name": "Analytics",
                    "purpose": "Yearly audit",
                    "scope_ids": [Command.create(line) for line in lines],
                    "expires_on": fields.Date.today() + timedelta(days=30),
                    **values,
                }
            )
        )

    @classmethod
    def _active(cls, *scopes, **values):
        """A client that was requested and approved."""
        client = cls._prepared(*scopes, **values)
        client.action_request()
        cls._approve(client)
        return client

    @classmethod
    def _approve(cls, client, user=None):
        """What the button does once the password was given."""
        cls.confirmed(client.with_user(user or cls.approver), "approve").action_approve()

    @classmethod
    def _secret(cls, client, overlap=24):
        return (
            cls.env["audit.api.key"]
            .with_user(cls.administrator)
            ._make_secret(cls.confirmed(client.with_user(cls.administrator), "rotate"), overlap)
        )

    def _entries(self, kind):
        return self.env["audit.log.entry"].search([("kind", "=", kind)], order="id")

    def _facts(self, kind):
        """What the newest entry of a kind recorded."""
        entry = self._entries(kind)[-1:]
        return entry._payloads()[entry.id]


class ApiHttpCase(ApiCase, HttpCase):
    """Clients over real HTTP."""

    _raw = InboundHttpCase._raw
    _assert_problem = InboundHttpCase._assert_problem

    def _request(self, method, path, headers=None, data=None, **options):
        self.env.flush_all()
        response = self.opener.request(
            method,
            self.base_url() + path,
            headers=headers or {},
            data=data,
            timeout=20,
            allow_redirects=False,
            **options,
        )
        self.env.invalidate_all()
        return response

    def _ask_token(self, *basic, headers=None, **form):
        """Ask for a token; by HTTP Basic where client ID and secret are given."""
        headers = dict(headers or {})
        if basic:
            headers["Authorization"] = "Basic " + base64.b64encode(("%s:%s" % basic).encode()).decode()
        return self._request("POST", TOKEN, headers, {"grant_type": "client_credentials", **form})

    def _token(self, client, **form):
        """A new token of a client, which gets a new secret for it."""
        response = self._ask_token(client.client_id, self._secret(client), **form)
        self.assertEqual(response.status_code, 200, response.text)
        return response.json()["access_token"]

    def _get(self, path, token=None, **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            given["Authorization"] = "Bearer " + token
        return self._request("GET", "/audit/v1/" + path, given)

    def _post(self, path, token, body, key="key-1", content_type="application/json", **headers):
        given = {"Authorization": "Bearer " + token, "Content-Type": content_type}
        if key is not None:
            given["Idempotency-Key"] = key
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._request("POST", "/audit/v1/" + path, {**given, **headers}, body)
