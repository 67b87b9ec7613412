from odoo import api, models
from odoo.tools import groupby

from . import words


class AuditSource(models.AbstractModel):
    """Family of the builders: each makes the messages of one canonical entity, ``audit.source.<entity>``.

    A member names the Odoo model that it speaks of and writes what its contract ``contracts/<entity>.v1.json`` asks
    for beyond the members that all contracts share.

    A member that moves on to a second main version sets ``_contract_version`` to 2, makes its messages by that, and
    returns in ``_steps_down`` how to say one by version 1. So it builds each message once, whoever listens to which
    version, and old versions cost nothing until somebody asks for one.
    """

    _name = "audit.source"
    _description = "Audit Source"
    _document_model = None
    _contract_version = 1
    # So many documents a client gets in one answer.
    _longest_page = 500

    @api.model
    def _label(self):
        """Name of such documents for people, in the plural."""
        return self._description

    @api.model
    def _payloads(self, records, by=None):
        """Return one payload (a dict without floats) for each of ``records``, in their order.

        The message is the same whoever causes it. Hence sudo, as that person may not read the partner or the tax, and
        a context of its own: names stand in the language of the company, not in that of the person, and without what
        a screen asks to be added to them. The number of queries grows with the companies, not with the recordset.

        :param by: the user who does what the message tells of; None when it is said again later
        """
        records = records.sudo()
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        if by:
            by.sudo().fetch(["partner_id"])
        actor = words.person(by)
        said = {}
        pairs = zip(records, self._companies(records))
        for company, documents in groupby(pairs, key=lambda pair: pair[1]):
            documents = self._as_of_company(records.browse(document.id for document, _company in documents), company)
            company = documents.env["res.company"].browse(company.id)
            known = self._known(documents)
            own = words.company(company)
            for document, body in zip(documents, self._bodies(documents, known)):
                said[document.id] = {
                    "contract": "%s/%d" % (self._entity(), self._contract_version),
                    "id": words.reference(document),
                    "odoo": {"database": database, "model": document._name, "id": document.id},
                    "external_ids": words.external_ids(document, known),
                    "company": own,
                    **body,
                    "actor": actor,
                    "updated_at": words.time(self._changed_at(document)),
                }
        return [said[record.id] for record in records]

    @api.model
    def _bodies(self, documents, known):
        """Return what the entity's own members are, one dict a document. All ``documents`` are of one company.

        :param known: what ``audit.external.id`` knows of them and of their partners
        """
        raise NotImplementedError("%s makes no messages" % self._name)

    @api.model
    def _changed_at(self, document):
        """Return when a document was last changed, in UTC and naive."""
        return document.write_date

    @api.model
    def _steps_down(self):
        """Return ``{main version: function message -> message}``: how to say a message by an older version.

        Each function takes a message (dict) by the next newer main version and returns it by its own. It changes
        nothing that it was given, asks nobody for more, and raises where the older version has no words for something.
        The member ``contract`` is set for it.
        """
        return {}

    @api.model
    def _majors(self):
        """Return the main versions of the contract that messages can be made by, the newest first."""
        return sorted({self._contract_version, *self._steps_down()}, reverse=True)

    @api.model
    def _in_major(self, payload, made, wanted):
        """Return a message (dict) by an older main version of its contract.

        :param made: main version that ``payload`` is made by
        :param wanted: main version that it shall be said by
        :raises ValueError: when nothing says how
        """
        steps = self._steps_down()
        for major in sorted((one for one in steps if wanted <= one < made), reverse=True):
            payload = {**steps[major](payload), "contract": "%s/%d" % (self._entity(), major)}
            made = major
        if made != wanted:
            raise ValueError("%s cannot be said by version %d, only by %s" % (self._entity(), wanted, self._majors()))
        return payload

    @api.model
    def _companies(self, records):
        """Return the company in whose books each record is, in their order; by default the record's own.

        What belongs to no company is said to the one in which the person works. Sudo: that everybody has a company
        is no secret, and the record may be out of the person's sight by now.
        """
        own = "company_id" in records._fields
        return [own and record.company_id or record.env.company for record in records.sudo()]

    @api.model
    def _held_by(self, records):
        """Return what retention holds go by, of each of ``records`` as it is now.

        Sudo as in ``_payloads``: what is told of is known.

        :return: list of ``(date, partner id, document)``, each None where there is none; ``document`` is
            ``"model,id"`` of another one that it belongs to
        """
        return [(*_date_and_partner(record), None) for record in records.sudo()]

    @api.model
    def _told_domain(self, companies):
        """Return the domain of all documents in the books of ``companies`` that messages of this kind speak of."""
        own = "company_id" in self.env[self._document_model]._fields
        return [("company_id", "in", companies.ids)] if own else []

    @api.model
    def _backfill_domain(self, code, date_from, date_to, companies):
        """Return the domain of the documents of which an event ``code`` would have been said in a period.

        :param code: event type, such as ``invoice.posted``
        :param date_from: first day, ``date_to``: last day (dates)
        :param companies: recordset of companies
        :return: None where saying it again makes no sense, as nothing tells when it happened
        """
        return None

    @api.model
    def _facts(self, data):
        """Return ``[(label, text or None), …]``: what people look for first in a payload, in their words."""
        return []

    @api.model
    def _filters(self):
        """Return ``{name: Filter}``: by what a client of the API may narrow a list; see ``filters``."""
        return {}

    @api.model
    def _own_domain(self, companies):
        """Return the domain of all that a client of ``companies`` may read; None where no client reads any.

        What is told of, unless that is not narrowed down to companies.
        """
        return self._told_domain(companies) or None

    @api.model
    def _search_by_name(self, operator, value, limit=1000):
        """Return documents that bear a name, of the user's companies as far as they belong to one.

        Sudo: the rules of access decide on what is then found by them.
        """
        model = self.env[self._document_model].sudo()
        domain = [(model._rec_name or "id", operator, value)]
        if "company_id" in model._fields:
            domain += [("company_id", "in", [*self.env.companies.ids, False])]
        return model.with_context(active_test=False).search(domain, limit=limit)

    @api.model
    def _entity(self):
        return self._name.removeprefix("audit.source.")

    @api.model
    def _members(self):
        """Return the builders of all entities, as a list of models."""
        return [self.env[name] for name in sorted(self.env.registry) if name.startswith("audit.source.")]

    @api.model
    def _of_entity(self, entity):
        """Return the builder of an entity, None when there is none."""
        return self.env.get("audit.source.%s" % entity)

    def _as_of_company(self, documents, company):
        """The documents as the company sees them: its language, its account codes."""
        language = company.partner_id.lang or "en_US"
        return documents.with_env(documents.env(context={"lang": language, "allowed_company_ids": company.ids}))

    def _known(self, documents):
        """Ids elsewhere of the documents and their partners, as the company knows them in whose name they are read."""
        partners = documents.partner_id if "partner_id" in documents._fields else self.env["res.partner"]
        return self.env["audit.external.id"]._known(documents.env.company, documents, partners)


def _date_and_partner(record):
    """The day that a record is dated and the id of its partner; None where it has none."""
    fields_ = record._fields
    date = record.date if "date" in fields_ and fields_["date"].type == "date" else None
    if record._name == "res.partner":
        return date or None, record.id
    has_partner = "partner_id" in fields_ and fields_["partner_id"].comodel_name == "res.partner"
    return date or None, has_partner and record.partner_id.id or None
