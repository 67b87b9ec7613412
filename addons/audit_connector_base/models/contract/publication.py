import hashlib
import json
from datetime import datetime, time, timezone
from email.utils import format_datetime

from odoo import api, models
from odoo.tools import config, ormcache

from ...core import dictionary
from ...core.problem import Refusal
from ...core.rate import Buckets

PLACE = "/audit/v1/contracts"
PUBLIC_RATE = 300  # requests a minute of one sender
MAX_AGE = 300  # seconds; how soon the announcement of an end is seen
# Nothing but the page itself and our own style sheet and images; no script, no frame, no form.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"

_buckets = Buckets()


class AuditContract(models.Model):
    """What outsiders read of contracts: their list, their exact texts, and their dictionary as a page.

    Each answer is ``(bytes, dict of headers)``. All of it is made once and kept, so that being read costs little.
    """

    _inherit = "audit.contract"

    @api.model
    def _check_public_rate(self, source):
        """Raise ``Refusal`` (429) when a sender comes too often. In memory: it costs us nothing."""
        seconds = _buckets.take((self.env.cr.dbname, source), PUBLIC_RATE, config["workers"] or 1)
        if seconds:
            raise Refusal(429, "rate", "Too many requests. Come again later.", {"Retry-After": str(seconds)})

    @api.model
    def _index(self):
        """The list for programs."""
        body = json.dumps({"contracts": self._listed()}, ensure_ascii=False, separators=(",", ":")).encode()
        return body, {**_headers(body, FILE_POLICY), "Content-Type": "application/json", "Vary": "Accept"}

    @api.model
    def _document(self, entity, name):
        """The exact text of a version: ``1.0``, or ``1`` for the newest under that main version."""
        version = self._published_version(entity, name)
        body = self._text_of(version["id"])
        ending = self._ending_headers(entity, version)
        links = ['<%s/%s>; rel="describedby"; type="text/html"' % (PLACE, entity), ending.pop("Link", None)]
        return body, {
            **_headers(body, FILE_POLICY),
            "Content-Type": "application/schema+json",
            "Content-Location": version["path"],
            "Link": ", ".join(filter(None, links)),
            **ending,
        }

    @api.model
    def _ending_headers(self, entity, version):
        """Return the header fields that announce an end, as RFC 9745 (Deprecation), 8594 (Sunset) and 5829 say.

        :param version: dict, as ``_served`` returns; nothing is announced of one that is approved
        """
        headers = {}
        if version["deprecated_at"]:
            ends = datetime.combine(version["sunset"], time(), timezone.utc)
            headers["Deprecation"] = "@%d" % version["deprecated_at"].timestamp()
            headers["Sunset"] = format_datetime(ends, usegmt=True)
        if version["successor"]:
            headers["Link"] = '<%s/%s/%s.json>; rel="successor-version"' % (PLACE, entity, version["successor"])
        return headers

    @api.model
    def _dictionary_page(self, entity, name=None):
        """The page of one contract; of its newest approved version unless ``name`` says another."""
        body = self._dictionary_bytes(entity, self._published_version(entity, name)["version"])
        return body, {**_headers(body, PAGE_POLICY), "Content-Type": "text/html; charset=utf-8"}

    @api.model
    def _index_page(self):
        body = self._index_bytes()
        return body, {**_headers(body, PAGE_POLICY), "Content-Type": "text/html; charset=utf-8", "Vary": "Accept"}

    @api.model
    def _published_version(self, entity, name=None):
        """Return what ``_publication`` says of a version.

        :raises Refusal: 404 when there is none, drafts included
        """
        versions = self._publication().get(entity, ())
        if name is None:
            versions = [one for one in versions if one["state"] == "approved"] or versions
        elif "." in name:
            versions = [one for one in versions if one["version"] == name]
        else:
            versions = [one for one in versions if str(one["major"]) == name]
            versions = [one for one in versions if one["state"] == "approved"] or versions
        if not versions:
            raise Refusal(404, "unknown-contract", "There is no such contract. %s/ lists all." % PLACE)
        return versions[0]

    @api.model
    @ormcache()
    def _listed(self):
        """Return ``[dict, …]`` of all contracts with what is published of their versions."""
        titles = {one.entity: one for one in self.sudo().search([("entity", "in", list(self._publication()))])}
        return [
            {
                "entity": entity,
                "title": titles[entity].name,
                "description": titles[entity].description or "",
                "direction": titles[entity].direction,
                "page": "%s/%s" % (PLACE, entity),
                "versions": [_told(one) for one in versions],
            }
            for entity, versions in sorted(self._publication().items())
        ]

    @api.model
    @ormcache()
    def _index_bytes(self):
        return self._rendered("contract_index", {"contracts": self._listed(), "place": PLACE})

    @api.model
    @ormcache("entity", "name")
    def _dictionary_bytes(self, entity, name):
        listed = next(one for one in self._listed() if one["entity"] == entity)
        version = self.env["audit.contract.version"].sudo().browse(self._published_version(entity, name)["id"])
        schema = version._schema()
        examples = schema.get("examples") or []
        values = {
            "contract": listed,
            "shown": next(one for one in listed["versions"] if one["version"] == name),
            "description": schema.get("description", ""),
            "entries": dictionary.entries(schema),
            "example": json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else "",
            "place": PLACE,
        }
        return self._rendered("contract_dictionary", values)

    @api.model
    def _rendered(self, template, values):
        """A whole page in English, in which the contracts are written."""
        view = "audit_connector_base.%s" % template
        page = self.env["ir.qweb"].sudo().with_context(lang="en_US")._render(view, values)
        return ("<!DOCTYPE html>\n%s" % page).encode()


def _told(version):
    """What the list says of a version, as JSON has it."""
    at, sunset = version["deprecated_at"], version["sunset"]
    return {
        "version": version["version"],
        "state": version["state"],
        "sha256": version["sha256"],
        "schema": version["path"],
        "approved_at": version["approved_at"] and version["approved_at"].isoformat(timespec="seconds"),
        "deprecated_at": at and at.isoformat(timespec="seconds"),
        "sunset": sunset and sunset.isoformat(),
        "successor": version["successor"],
    }


def _headers(body, policy):
    return {
        "ETag": '"%s"' % hashlib.sha256(body).hexdigest(),
        "Cache-Control": "public, max-age=%d" % MAX_AGE,
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
