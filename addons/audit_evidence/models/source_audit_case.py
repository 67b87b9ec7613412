from itertools import islice

from odoo import _, api, models

from odoo.addons.audit_connector_base.models.source import filters, words

STATES = ("open", "in_progress", "provided", "returned", "completed", "cancelled")
MOST = 10_000  # documents or files of one message


class AuditSourceAuditCase(models.AbstractModel):
    """Canonical ``audit_case``: something that an auditor asked for, and how far it is dealt with."""

    _name = "audit.source.audit_case"
    _inherit = "audit.source"
    _description = "Audit Source of Requests of Auditors"
    _document_model = "audit.request"

    def _label(self):
        return _("Requests of auditors")

    def _filters(self):
        return {
            **filters.between("due_date", "due", "Due"),
            "state": filters.choice("state", {state: state for state in STATES}, "How far it is dealt with."),
            "kind": filters.choice("kind", {kind: kind for kind in ("request", "question")}, "What the matter is."),
            "number": filters.exact("number", "Number within its engagement, such as PBC-021."),
            "engagement": filters.record("engagement_id", "audit.engagement", "The audit that it is part of."),
        }

    @api.model
    def _backfill_domain(self, code, date_from, date_to, companies):
        """By the time at which it was completed, in UTC."""
        if code != "audit_request.completed":
            return None
        return [
            ("company_id", "in", companies.ids),
            ("state", "=", "completed"),
            ("closed_at", ">=", "%s 00:00:00" % date_from),
            ("closed_at", "<=", "%s 23:59:59" % date_to),
        ]

    @api.model
    def _search_by_name(self, operator, value, limit=1000):
        """By number as well as by title. Sudo: see ``audit.source``."""
        domain = ["|", ("number", operator, value), ("title", operator, value)]
        domain += [("company_id", "in", self.env.companies.ids)]
        return self.env["audit.request"].sudo().search(domain, limit=limit)

    def _facts(self, data):
        engagement = data.get("engagement") or {}
        return [
            (_("Request"), " ".join(filter(None, (data.get("number"), data.get("title"))))),
            (_("Engagement"), engagement.get("name")),
            (_("Due On"), data.get("due_date")),
            (_("Documents"), ", ".join(filter(None, (one.get("number") for one in data.get("documents") or ())))),
            (_("Files"), ", ".join(one.get("name") for one in data.get("evidence") or ())),
        ]

    def _bodies(self, documents, known):
        said = self._said_of_documents(documents.document_ids)
        return [
            {
                "kind": one.kind,
                "number": words.text(one.number, words.NUMBER),
                "title": words.name(one, one.title),
                "description": words.text(one.description, words.TEXT) or "",
                "state": one.state,
                "severity": None,
                "engagement": _engagement(one.engagement_id),
                "raised_by": words.person(one.raised_by_id),
                "assigned_to": words.person(one.assigned_to_id),
                "due_date": words.date(one.due_date),
                "opened_at": words.time(one.opened_at),
                "closed_at": words.time(one.closed_at),
                "documents": [said[line.id] for line in islice(one.document_ids, MOST) if line.id in said],
                "evidence": [_file(file) for file in islice(one.evidence_ids, MOST)],
            }
            for one in documents
        ]

    def _said_of_documents(self, lines):
        """Return ``{line id: what is said of its document}`` of those that are there, asked once for each model."""
        by_model = {}
        for line in lines:
            model, res_id = _place(line)
            by_model.setdefault(model, {})[line.id] = res_id
        said = {}
        for model, places in by_model.items():
            there = {one.id: one for one in lines.env[model].browse(set(places.values())).exists()}
            for line_id, res_id in places.items():
                if res_id in there:
                    said[line_id] = words.document(there[res_id], _number(there[res_id]))
        return said


def _place(line):
    """``(model, id)`` of what a line refers to, without asking whether it is there."""
    reference = line.document
    return (reference._name, reference.id) if reference else (None, None)


def _number(document):
    """The number or name of a document, as people know it; see ``words.number``."""
    return words.number(document) if document._name == "account.move" else document.display_name


def _engagement(engagement):
    period = None
    if engagement.date_from and engagement.date_to:
        period = {"from": words.date(engagement.date_from), "to": words.date(engagement.date_to)}
    return {
        "id": words.reference(engagement),
        "name": words.name(engagement, engagement.name),
        "period": period,
    }


def _file(evidence):
    """The hash at which it was added: that is what was provided, whatever the store gives back today."""
    return {
        "id": words.reference(evidence.attachment_id),
        "name": words.name(evidence, evidence.name),
        "sha256": evidence.sha256,
    }
