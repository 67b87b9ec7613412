from odoo import _, models
from odoo.tools import groupby

from ...core.formats import in_utc
from . import words

OUTCOMES = {"pass": "passed", "fail": "failed", "not_applicable": "not_applicable"}


class AuditSourceControlResult(models.AbstractModel):
    """Canonical ``control_result``: what a test of a control found, as another system told it.

    The result is the message that told it. What it is about is another matter: the event happens to that document, and
    where there is none, to the message. So events of this type have no single kind of document to filter by.
    """

    _name = "audit.source.control_result"
    _inherit = "audit.source"
    _description = "Audit Source of Control Results"

    def _label(self):
        return _("Results of controls")

    def _own_domain(self, companies):
        """Clients add results, and read none: whoever wants to know of them subscribes."""
        return None

    def _known(self, documents):
        """The number under which the other system sent it."""
        return {
            (message._name, message.id): [{"system": message.connector_id.name, "id": message.message_id}]
            for message in documents
            if message.message_id
        }

    def _changed_at(self, document):
        return document.received_at

    def _bodies(self, documents, known):
        contents, about = documents._contents(), self._about(documents)
        return [_result(message, contents[message.id], about.get(message.id)) for message in documents]

    def _about(self, messages):
        """Return ``{message id: document}`` of those that are about one that is there."""
        found = {}
        for model, group in groupby(messages.filtered("res_id"), key=lambda message: message.res_model):
            if model in messages.env:
                there = messages.env[model].browse({message.res_id for message in group}).exists()
                by_id = {document.id: document for document in there}
                found.update((one.id, by_id[one.res_id]) for one in group if one.res_id in by_id)
        return found

    def _facts(self, data):
        control = data.get("control") or {}
        outcome = {
            "passed": _("Passed"),
            "failed": _("Failed"),
            "not_applicable": _("Does not apply"),
            "error": _("Could not be carried out"),
        }.get(data.get("outcome"))
        return [
            (_("Control"), " ".join(filter(None, (control.get("code"), control.get("name"))))),
            (_("Result"), outcome),
            (_("What was found"), data.get("summary")),
            (_("Carried out"), data.get("executed_at")),
            (_("Told by"), ", ".join(one["system"] for one in data.get("external_ids") or ())),
        ]


def _result(message, data, document):
    """What a result says beyond the members that all messages share.

    :param data: the content of its message, by the contract ``control_verdict``
    :param document: what the control was about, None when it was about no single document
    """
    deviates = document if data["result"] == "fail" else None
    return {
        "control": {
            "id": None,
            "code": words.text(data["control"], words.NUMBER),
            "name": words.text(data.get("title") or data["control"]),
            "framework": None,
        },
        "test": None,
        "period": None,
        "outcome": OUTCOMES[data["result"]],
        "population": None,
        "tested": None,
        "exceptions": None,
        "summary": words.text(data.get("summary"), words.TEXT) or "",
        "documents": [words.document(deviates, _number(deviates))] if deviates else [],
        "evidence": [],
        "performed_by": None,
        "reviewed_by": None,
        "executed_at": _moment(data.get("at")) or words.time(message.received_at),
    }


def _number(document):
    """The number or name of a document, as people know it; see ``words.number``."""
    return words.number(document) if document._name == "account.move" else document.display_name


def _moment(text):
    """A moment in UTC, None where none was told or none that the calendar knows there."""
    try:
        return in_utc(text)
    except ValueError:
        return None
