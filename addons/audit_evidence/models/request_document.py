from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .request_terms import ANSWERABLE


class AuditRequestDocument(models.Model):
    """An accounting document that a request concerns, or that answers it, shown by its name."""

    _name = "audit.request.document"
    _inherit = "audit.company.bound"
    _description = "Document of an Audit Request"
    _order = "id"
    _rec_name = "request_id"

    request_id = fields.Many2one("audit.request", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="request_id.company_id", store=True, index=True, precompute=True)
    document = fields.Reference("_selection_document", required=True)
    name = fields.Char(string="Number", compute="_compute_name")

    _sql_constraints = [("once", "UNIQUE (request_id, document)", "That document is listed already.")]

    @api.model
    def _selection_document(self):
        """Kinds of documents, by what people call them. Sudo: names of models."""
        known = [name for name in self.env["audit.source.attachment"]._accounting_documents() if name in self.env]
        return [(name, self.env[name]._description) for name in known]

    @api.depends("document")
    def _compute_name(self):
        """Sudo: the name only, of a document of the same company. What it refers to is read with the user's rights."""
        for one in self:
            document = one.document and one.document.sudo().exists()
            one.name = document.display_name if document else _("Deleted document")

    @api.depends("name")
    def _compute_display_name(self):
        for one in self:
            one.display_name = one.name

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        made._check_stage()
        made._check_own_company()
        return made

    def write(self, vals):
        self._check_stage()
        if "request_id" in vals:
            raise UserError(_("A document stays with its request. Add it to the other one."))
        result = super().write(vals)
        self._check_own_company()
        self._check_stage()
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        self._check_stage()

    def _check_stage(self):
        """Documents come and go while it is the company's turn; whoever changes them had a hand in it. Sudo: noted past
        rights."""
        requests = self.request_id
        requests._check_may_prepare()
        requests._refuse_unless(*ANSWERABLE)
        requests._note_hand()

    def _check_own_company(self):
        """Of the company of the request, whoever asks. Sudo: refused without naming another's."""
        for one in self.sudo():
            if one.document and one.document.company_id != one.company_id:
                raise UserError(_("The documents of a request belong to its company."))
