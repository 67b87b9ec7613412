from odoo import _, api, fields, models

# A search by a name that is not to be found is one by what is found, turned round.
NEGATIVE = {"!=": "=", "not in": "in", "not like": "like", "not ilike": "ilike"}


class AuditDocumentName(models.AbstractModel):
    """Adds the name of the document that a record of the exchange or the log speaks of, and the search by it."""

    _name = "audit.document.name"
    _description = "Name of an Audited Document"

    res_model = fields.Char(string="Document Type", readonly=True)
    res_id = fields.Many2oneReference(string="Document ID", model_field="res_model", readonly=True)
    document_name = fields.Char(string="Document", compute="_compute_document_name", search="_search_document_name")

    @api.depends("res_model", "res_id")
    def _compute_document_name(self):
        """Sudo: the display name only, of documents of the same company as the record."""
        for model, records in self.grouped("res_model").items():
            documents = self.env[model].sudo() if model and model in self.env else None
            existing = documents.browse(records.mapped("res_id")).exists() if documents is not None else ()
            names = {document.id: document.display_name for document in existing}
            for record in records:
                record.document_name = names.get(record.res_id) or (
                    _("Deleted document (%(model)s %(id)s)", model=model, id=record.res_id) if model else False
                )

    @api.model
    def _search_document_name(self, operator, value):
        """Find by the number or name of a document, of whatever kind the messages speak of."""
        if operator in NEGATIVE:
            return ["!", *self._search_document_name(NEGATIVE[operator], value)]
        documents = {}
        for source in self.env["audit.source"]._members():
            if source._document_model and source._document_model not in documents:
                documents[source._document_model] = source._search_by_name(operator, value).ids
        domain = ["|"] * (len(documents) - 1)
        for model, ids in documents.items():
            domain += ["&", ("res_model", "=", model), ("res_id", "in", ids)]
        return domain
