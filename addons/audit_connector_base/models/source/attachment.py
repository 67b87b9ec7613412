import hashlib

from odoo import _, models
from odoo.tools import groupby

from . import filters, words

ACCOUNTING_DOCUMENTS = ("account.move", "account.payment", "account.bank.statement")


class AuditSourceAttachment(models.AbstractModel):
    """Canonical ``attachment``: a file at an accounting document, by its hash."""

    _name = "audit.source.attachment"
    _inherit = "audit.source"
    _description = "Audit Source of Attachments"
    _document_model = "ir.attachment"
    # Each file is read to see what it hashes to.
    _longest_page = 50

    def _label(self):
        return _("Attachments of accounting documents")

    def _accounting_documents(self):
        """Return the names of the models whose attachments are spoken of; addons add theirs."""
        return ACCOUNTING_DOCUMENTS

    def _companies(self, records):
        """The company of the document, as that of the file is only the one in which somebody worked. Sudo as there."""
        documents = self._documents(records.sudo())
        return [
            documents[attachment.id].company_id or attachment.company_id or attachment.env.company
            if attachment.id in documents
            else attachment.company_id or attachment.env.company
            for attachment in records.sudo()
        ]

    def _held_by(self, records):
        """What a file belongs to, and what holds go by of that. Sudo: see ``audit.source``."""
        owners = self._documents(records.sudo())
        held = []
        for attachment in records.sudo():
            owner = owners.get(attachment.id)
            date, partner = super()._held_by(owner)[0][:2] if owner else (None, None)
            place = "%s,%d" % (attachment.res_model, attachment.res_id) if attachment.res_id else None
            held.append((date, partner, place))
        return held

    def _told_domain(self, companies):
        """By the company of the file itself, as that of its document is no field of it."""
        return [
            ("id", "!=", False),  # files of fields, such as the printed invoice, as well
            ("res_model", "in", list(self._accounting_documents())),
            ("res_id", "!=", 0),
            ("company_id", "in", [*companies.ids, False]),
        ]

    def _backfill_domain(self, code, date_from, date_to, companies):
        """By the time at which the file was added, in UTC, and the company of the document as it is now.

        Sudo: a domain holds ids; whoever searches with it sees what they may.
        """
        if code != "attachment.added":
            return None
        attachments = self.env["ir.attachment"].sudo()
        period = [
            ("id", "!=", False),  # files of fields, such as the printed invoice, as well
            ("create_date", ">=", "%s 00:00:00" % date_from),
            ("create_date", "<=", "%s 23:59:59" % date_to),
        ]
        found = attachments.browse()
        for model in self._accounting_documents():
            added = attachments.search([*period, ("res_model", "=", model)])
            own = (
                self.env[model]
                .sudo()
                .search([("id", "in", list(set(added.mapped("res_id")))), ("company_id", "in", companies.ids)])
            )
            own_ids = set(own.ids)
            found += added.filtered(lambda attachment, ids=own_ids: attachment.res_id in ids)
        return [("id", "in", found.ids)]

    def _search_by_name(self, operator, value, limit=1000):
        """See ``audit.source``. Sudo as there; only files that are spoken of."""
        domain = [
            ("id", "!=", False),
            ("res_model", "in", list(self._accounting_documents())),
            ("name", operator, value),
        ]
        return self.env["ir.attachment"].sudo().search(domain, limit=limit)

    def _own_domain(self, companies):
        """Files at accounting documents of ``companies``, those of fields, such as the printed invoice, as well.

        Sudo: a domain holds a condition; whoever searches with it sees what they may.
        """
        places = []
        for model in self._accounting_documents():
            if model in self.env:
                own = self.env[model].sudo().with_context(active_test=False)
                found = own._search([("company_id", "in", companies.ids)])
                places.append(["&", ("res_model", "=", model), ("res_id", "in", found)])
        return [("id", "!=", False), *["|"] * (len(places) - 1), *(leaf for place in places for leaf in place)]

    def _filters(self):
        return {
            "name": filters.exact("name", "File name."),
            "mimetype": filters.exact("mimetype", "Media type of the content."),
            "document": filters.place("res_model", "res_id", self._accounting_documents(), "What it belongs to."),
        }

    def _facts(self, data):
        content = {
            "missing": _("The file is missing in the store"),
            "damaged": _("The stored file is not what was added"),
            "link": data.get("url"),
        }.get(data.get("content"))
        return [
            (_("File"), data.get("name")),
            (_("Document"), (data.get("document") or {}).get("number")),
            (_("Size"), _("%s bytes", data["size"]) if "size" in data else None),
            (_("SHA-256"), data.get("sha256")),
            (_("Content"), content),
        ]

    def _bodies(self, documents, known):
        owners = self._documents(documents)
        return [
            {
                "document": words.document(owner, owner.display_name) if owner else None,
                "name": words.name(attachment, attachment.name),
                "mimetype": words.text(attachment.mimetype, words.NUMBER),
                "size": attachment.file_size or 0,
                **_content(attachment),
                "created_at": words.time(attachment.create_date),
            }
            for attachment in documents
            for owner in [owners.get(attachment.id)]
        ]

    def _documents(self, attachments):
        """Return ``{attachment id: document}`` of those whose document exists."""
        found = {}
        known = self._accounting_documents()
        for model, group in groupby(attachments, key=lambda attachment: attachment.res_model):
            if model in known and model in self.env:
                documents = attachments.env[model].browse({one.res_id for one in group if one.res_id}).exists()
                by_id = {document.id: document for document in documents}
                found.update((one.id, by_id[one.res_id]) for one in group if one.res_id in by_id)
        return found


def _content(attachment):
    """What reading the stored bytes back shows; Odoo answers with empty bytes for a file that is not there."""
    if attachment.type == "url":
        return {"content": "link", "sha256": None, "url": words.text(attachment.url, words.REFERENCE)}
    # What was written may still stand in the cache; what counts is what the store gives back.
    attachment.invalidate_recordset(["raw", "datas"], flush=False)
    content = attachment.raw or b""
    attachment.invalidate_recordset(["raw", "datas"], flush=False)
    if attachment.file_size and not content:
        return {"content": "missing", "sha256": None, "url": None}
    written = attachment.checksum or attachment._compute_checksum(b"")
    intact = attachment._compute_checksum(content) == written and len(content) == (attachment.file_size or 0)
    return {
        "content": "present" if intact else "damaged",
        "sha256": hashlib.sha256(content).hexdigest(),
        "url": None,
    }
