import json
import re

from markupsafe import Markup, escape

from odoo import api, models
from odoo.modules.module import get_manifest
from odoo.tools import config, ormcache

from ...core import api_query, dictionary, openapi
from ...core.problem import Refusal
from ...core.rate import Buckets
from ..environment import environment_of
from .api import JSON, Answer, as_json, entity_tag

PUBLIC_RATE = 300  # requests a minute of one sender to what anybody may read
# Nothing but the page itself and our own style sheet and images; no script, no frame, no form.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_buckets = Buckets()


class AuditApi(models.AbstractModel):
    """What the API says of itself, for programs and for people; made from the contracts, the builders and handlers."""

    _inherit = "audit.api"

    @api.model
    def _describe(self, asked):
        """Answer ``GET /audit/v1/openapi.json``."""
        return self._public(asked, self._openapi(), {"Content-Type": JSON})

    @api.model
    def _show_docs(self, asked):
        """Answer ``GET /audit/v1/docs``."""
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": PAGE_POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return self._public(asked, self._docs_page(), headers)

    @api.model
    def _health(self, asked):
        """Answer ``GET /audit/v1/health``: that it works, and to a client what it is to us."""
        headers = {"Content-Type": "application/health+json", "Cache-Control": "no-store"}
        if asked.headers.get("Authorization") is None:
            self._check_public_rate(asked)
            return Answer(200, as_json({"status": "pass"}), {**headers, **self._system_note()})

        def tell(caller):
            known = {
                "status": "pass",
                "environment": environment_of(self.env),
                "client": {
                    "id": caller.uuid,
                    "name": caller.name,
                    "scopes": sorted(caller.scopes),
                    "companies": ["res.company/%d" % company_id for company_id in caller.company_ids],
                    "token_expires_at": caller.expires_at.isoformat(timespec="seconds") + "Z",
                },
            }
            return Answer(200, as_json(known), headers)

        return self._answer(asked, tell)

    @api.model
    def _check_public_rate(self, asked):
        """Raise ``Refusal`` (429) when a sender without credentials comes too often. In memory: it costs us nothing."""
        seconds = _buckets.take((self.env.cr.dbname, asked.source), PUBLIC_RATE, config["workers"] or 1)
        if seconds:
            raise Refusal(429, "rate", "Too many requests. Come again later.", {"Retry-After": str(seconds)})

    @api.model
    def _public(self, asked, body, headers):
        self._check_public_rate(asked)
        tag = entity_tag(body)
        headers = {**headers, "ETag": tag, "Cache-Control": "public, max-age=300", **self._system_note()}
        unchanged = api_query.is_unchanged(asked.headers.get("If-None-Match"), tag)
        return Answer(304, b"", headers) if unchanged else Answer(200, body, headers)

    @api.model
    def _entities(self):
        """Return the ``Entity`` of each kind of document, in English, as all that machines are told."""
        english = self.with_context(lang="en_US")
        sources, writers, labels = english._sources(), english._writers(), english._labels()
        contracts = self.env["audit.contract"]
        entities = []
        for name in sorted(labels):
            source, writer = sources.get(name), writers.get(name)
            majors = self._versions(name) if source is not None else []
            contract = contracts._contract_in_force(name, majors[-1]).schema if majors else None
            entities.append(
                openapi.Entity(
                    name=name,
                    label=labels[name],
                    contract=contract,
                    filters=self._filters(source) if source is not None else {},
                    longest_page=source._longest_page if source is not None else 0,
                    upload=contracts._contract_in_force(*writer._contract()).schema if writer is not None else None,
                )
            )
        return entities

    @api.model
    @ormcache()
    def _openapi(self):
        """Return the OpenAPI document as bytes."""
        release = get_manifest("audit_connector_base")["version"]
        most = self.env["audit.connector"]._inbound_max_size()
        return as_json(openapi.describe(self._entities(), release, most))

    @api.model
    @ormcache()
    def _docs_page(self):
        """Return the page for people as bytes: one document, without scripts and without anything from elsewhere."""
        entities = [
            {
                "entity": entity,
                "parameters": openapi.list_parameters(entity) if entity.contract else [],
                "fields": self._described(entity.contract),
                "upload_fields": self._described(entity.upload),
                "example": self._example(entity.contract),
                "upload_example": self._example(entity.upload),
            }
            for entity in self._entities()
        ]
        values = {
            "entities": entities,
            "scopes": openapi.scopes([one["entity"] for one in entities]),
            "with_code": with_code,
            "base_url": self.env["ir.config_parameter"].sudo().get_param("web.base.url", ""),
        }
        page = self.env["ir.qweb"].sudo().with_context(lang="en_US")._render("audit_connector_base.api_docs", values)
        return ("<!DOCTYPE html>\n%s" % page).encode()

    @api.model
    def _described(self, contract):
        """The members of a contract as ``Field``, those inside of others included."""
        return dictionary.fields(contract) if contract else []

    @api.model
    def _example(self, contract):
        examples = (contract or {}).get("examples") or [None]
        return json.dumps(examples[0], indent=2, ensure_ascii=False) if examples[0] else ""


def with_code(text):
    """``text`` of a contract as HTML, in which what stands between backticks is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text or ""))))
