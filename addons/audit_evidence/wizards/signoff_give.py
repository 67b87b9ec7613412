from odoo import _, api, fields, models

from odoo.addons.audit_connector_base.models.abstract.reauthentication import asks_identity

from ..models.signoff import LEVELS


class AuditSignoffGive(models.TransientModel):
    """Dialog in which a person signs a record off; the password is asked for next.

    What is confirmed with the password is the signature under that record, so it counts for the record, not for the
    dialog.
    """

    _name = "audit.signoff.give"
    _inherit = ["audit.company.bound", "audit.reauthentication"]
    _description = "Sign Off"

    res_model = fields.Selection(lambda self: self.env["audit.signoff"]._selection_res_model(), required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    document_name = fields.Char(string="What You Sign", compute="_compute_document_name")
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, precompute=True)
    level = fields.Selection(LEVELS, string="You Sign That It Was", required=True, default="prepared")
    note = fields.Text(help="What you did to come to it. It goes into the log.")

    @api.depends("res_model", "res_id")
    def _compute_document_name(self):
        """Reading it applies the rules of access."""
        for one in self:
            one.document_name = one._record().display_name if one.res_model and one.res_id else False

    @api.depends("res_model", "res_id")
    def _compute_company_id(self):
        for one in self:
            one.company_id = one._record().company_id if one.res_model and one.res_id else self.env.company

    @asks_identity("sign_off", before="_check_may_give")
    def action_sign(self):
        """Sign. Sudo: ``create`` asks who may, and for the password."""
        self.ensure_one()
        self.env["audit.signoff"].sudo().create(
            {"res_model": self.res_model, "res_id": self.res_id, "level": self.level, "note": self.note}
        )
        return {"type": "ir.actions.act_window_close"}

    def _check_may_give(self):
        self.ensure_one()
        self._record()._check_may_sign(self.level)

    def _record(self):
        """What is to be signed, with the rights of the current user."""
        return self.env["audit.signoff"]._signable(self.res_model, self.res_id)

    def _identity_keys(self, action):
        return self._record()._identity_keys(action)

    def _identity_purposes(self):
        return {**super()._identity_purposes(), "sign_off": _("Sign off")}

    def _identity_content(self, action):
        """What is signed, and by which digest; it must be the same when the password comes. Sudo: to compute it."""
        record = self._record()
        levels = dict(self._fields["level"]._description_selection(self.env))
        return [
            *super()._identity_content(action),
            (_("What"), record.display_name),
            (_("As"), levels.get(self.level)),
            (_("SHA-256 of what it says now"), record.sudo()._signed_digests()[record.id]),
            (_("Note"), self.note or ""),
        ]
