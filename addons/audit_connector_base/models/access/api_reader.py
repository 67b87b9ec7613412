from datetime import datetime, timedelta
from urllib.parse import urlencode

from odoo import api, models

from ...core import api_query, page_cursor
from ...core.problem import Refusal
from ..source.filters import Filter
from .api import JSON, PATH, Answer, as_json, digest, entity_tag

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
COMPANY = Filter(
    "Only of this company, by its number or as res.company/1.",
    {"type": "string", "maxLength": 80, "pattern": r"^(res\.company/)?[1-9][0-9]{0,9}$"},
    None,
)
# Members that say what the others are; answered whichever are asked for.
ALWAYS = ("contract", "id")


class AuditApi(models.AbstractModel):
    """Reading: lists of one kind of document, and single ones, as the builders of the messages say them."""

    _inherit = "audit.api"

    @api.model
    def _read_list(self, asked, caller, entity):
        """Answer ``GET /audit/v1/<entity>``."""
        source = self._source_for(caller, entity)
        given = api_query.parameters(asked.query)
        filters = self._filters(source)
        question = api_query.question(given, filters, self._members(entity), source._longest_page)
        version = self._version(entity, question.version)
        companies = self._companies_of(caller, question.filters)
        domain = source._own_domain(companies) + self._filter_domain(filters, question.filters)
        asks = self._binding(caller, entity, question, companies)
        records, following = self._page(source, companies, domain, question, asks)
        said = self._said(source, records, version)
        counts = {company_id: 0 for company_id in companies.ids}
        for payload in said:
            counts[_company_id(payload)] += 1
        data = as_json([_chosen(payload, question.members) for payload in said])
        after = as_json(following and "%s/%s?%s" % (PATH, entity, urlencode({**given, "cursor": following})))
        as_of = as_json(caller.as_of.isoformat(timespec="microseconds") + "Z")
        body = b'{"data":%s,"next":%s,"as_of":%s}' % (data, after, as_of)
        # Weak: the time in the body is another one each time, and means nothing new.
        tag = "W/" + entity_tag(data + after)
        subject = ("audit.api.client", caller.client_id)
        return self._read_answer(asked, caller, entity, version, (body, tag), counts, subject)

    @api.model
    def _read_one(self, asked, caller, entity, number):
        """Answer ``GET /audit/v1/<entity>/<number>``; what the client may not see does not exist for it."""
        source = self._source_for(caller, entity)
        given = api_query.parameters(asked.query)
        api_query.check_names(given, {"fields", "contract"})
        members = api_query.chosen_members(given, self._members(entity))
        version = self._version(entity, api_query.version(given))
        res_id = api_query.record_number(number)
        companies = self.env["res.company"].browse(caller.company_ids)
        record = self._model(source, companies).browse()
        if res_id:
            record = record.search([*source._own_domain(companies), ("id", "=", res_id)], limit=1)
        if not record:
            raise Refusal(404, "not-found", "There is no such record that you may read.", parameter="id")
        (payload,) = self._said(source, record, version)
        body = as_json(_chosen(payload, members))
        counts, subject = {_company_id(payload): 1}, (record._name, record.id)
        return self._read_answer(asked, caller, entity, version, (body, entity_tag(body)), counts, subject)

    @api.model
    def _read_answer(self, asked, caller, entity, version, content, counts, subject):
        """Return the ``Answer`` with ``content``, or that it has not changed, and log what was answered.

        :param content: ``(bytes, entity tag)``
        :param counts: ``{company id: number of its documents}``
        :param subject: ``(model, id)`` that the log entry is about
        """
        body, tag = content
        unchanged = api_query.is_unchanged(asked.headers.get("If-None-Match"), tag)
        trace = self._trace(asked)
        for company_id, count in counts.items():
            self._log_call(
                "api.read",
                asked,
                caller,
                trace,
                [company_id],
                subject,
                entity=entity,
                count=count,
                status=304 if unchanged else 200,
                sha256=digest(body),
            )
        headers = {
            "Content-Type": JSON,
            "Cache-Control": "private, no-cache",
            "Vary": "Authorization",
            "ETag": tag,
            "Audit-Trace": trace,
            **self._contract_headers(entity, version),
            **self._note_headers(list(counts)),
        }
        return Answer(304, b"", headers) if unchanged else Answer(200, body, headers)

    @api.model
    def _source_for(self, caller, entity):
        """Return the builder of ``entity``; raises ``Refusal`` (403, 404)."""
        source = self._sources().get(entity)
        if source is None:
            raise Refusal(404, "unknown-path", "There is nothing to read here.", parameter="entity")
        self._check_scope(caller, entity, "read")
        return source

    @api.model
    def _filters(self, source):
        """Return ``{name: Filter}`` of an entity, with those that all have."""
        return {**source._filters(), "company": COMPANY}

    @api.model
    def _members(self, entity):
        """Return the names of the members that answers about ``entity`` have, of whichever version."""
        contracts = self.env["audit.contract"]
        return {
            name
            for major in self._versions(entity)
            for name in contracts._contract_in_force(entity, major).schema.get("properties", ())
        }

    @api.model
    def _versions(self, entity):
        """Return the major versions of the contract of ``entity`` that are answered, the newest last."""
        served = self.env["audit.contract"]._served(entity)
        return sorted({one["major"] for one in served if one["made"]})

    @api.model
    def _version(self, entity, wanted):
        versions = self._versions(entity)
        if not versions:
            raise Refusal(404, "unknown-path", "There is nothing to read here.", parameter="entity")
        if wanted is None:
            return versions[-1]
        if wanted not in versions:
            raise api_query.bad("contract", "is one of %s." % ", ".join(map(str, versions)))
        return wanted

    @api.model
    def _contract_headers(self, entity, version):
        """Return header fields about the contract of an answer: which it is, and whether it will end.

        Versions that will end add ``Deprecation`` (RFC 9745), ``Sunset`` (RFC 8594) and a link to what follows.
        """
        contracts = self.env["audit.contract"]
        served = [one for one in contracts._served(entity) if one["major"] == version]
        current = next((one for one in served if one["state"] == "approved"), served[0])
        return {"Audit-Contract": "%s/%d" % (entity, version), **contracts._ending_headers(entity, current)}

    @api.model
    def _said(self, source, records, version):
        """Return what is said of ``records`` after major ``version`` of the contract, one dict each."""
        made = source._contract_version
        return [source._in_major(payload, made, version) for payload in source._payloads(records)]

    @api.model
    def _companies_of(self, caller, filters):
        """Return the companies that are asked about; raises ``Refusal`` (400, 404)."""
        text = filters.get("company")
        if text is None:
            return self.env["res.company"].browse(caller.company_ids)
        company_id = api_query.record_number(text.removeprefix("res.company/"))
        if company_id is None:
            raise api_query.bad("company", "must be a number, or written like res.company/1.")
        if company_id not in caller.company_ids:
            raise Refusal(404, "not-found", "There is no such company that you may read.", parameter="company")
        return self.env["res.company"].browse(company_id)

    @api.model
    def _filter_domain(self, filters, given):
        domain = []
        for name, text in given.items():
            if filters[name].domain:
                try:
                    domain += filters[name].domain(text)
                except ValueError as error:
                    raise api_query.bad(name, "%s." % error) from None
        return domain

    @api.model
    def _page(self, source, companies, domain, question, asks):
        """Return ``(records, cursor of what follows or None)``.

        In the order of ids, or, where it is asked what changed, of the last change: a page is never torn by what is
        changed meanwhile, as each begins behind the last one by value.
        """
        model = self._model(source, companies)
        model.flush_model(["write_date"])
        order = "write_date, id" if question.since else "id"
        query = model._search(domain, order=order, limit=question.limit + 1)
        # By SQL: in a domain, 19.0 rounds times to seconds, and whole pages would be left out.
        for clause, values in self._bounds(query.table, question, asks):
            query.add_where(clause, values)
        found = model.browse(list(query))
        records = found[: question.limit]
        following = None
        if len(found) > question.limit:
            position = [records[-1].id]
            if question.since:
                position.insert(0, (records[-1].write_date - _EPOCH) // _MICROSECOND)
            following = page_cursor.encode(self._cursor_key(), asks, position)
        return records, following

    @api.model
    def _bounds(self, table, question, asks):
        """Return ``[(SQL, values), …]``: since when, and behind which place the page begins.

        ``table``: name of the documents' table, which is one of our own code.
        """
        bounds = []
        if question.since:
            bounds.append(('"%s".write_date >= %%s' % table, [question.since]))
        if question.cursor is not None:
            try:
                length = 2 if question.since else 1
                position = page_cursor.decode(self._cursor_key(), asks, question.cursor, length=length)
            except ValueError:
                raise api_query.bad("cursor", "is not one of this list: take it from “next” as it stands.") from None
            if question.since:
                changed_at = _EPOCH + position[0] * _MICROSECOND
                clause = '("%s".write_date, "%s".id) > (%%s, %%s)' % (table, table)
                bounds.append((clause, [changed_at, position[1]]))
            else:
                bounds.append(('"%s".id > %%s' % table, [position[0]]))
        return bounds

    @api.model
    def _model(self, source, companies):
        """The model of the documents, seen from ``companies``, with what is out of use."""
        context = {"active_test": False, "allowed_company_ids": companies.ids}
        return self.env[source._document_model].with_env(self.env(context=context))

    @api.model
    def _binding(self, caller, entity, question, companies):
        """The text by which one list is told from another, for cursors."""
        return repr(
            (caller.uuid, entity, sorted(question.filters.items()), question.since, question.version, companies.ids)
        )

    @api.model
    def _cursor_key(self):
        """Sudo: the secret of the database signs what never leaves our own hands but through clients."""
        return page_cursor.derive_key(self.env["ir.config_parameter"].sudo().get_param("database.secret"))


def _company_id(payload):
    return int(payload["company"]["id"].rpartition("/")[2])


def _chosen(payload, members):
    """``payload`` with those of its ``members`` that were asked for, in its own order."""
    if members is None:
        return payload
    return {name: value for name, value in payload.items() if name in ALWAYS or name in members}
