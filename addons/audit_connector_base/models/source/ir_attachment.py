from odoo import api, models


class IrAttachment(models.Model):
    """Says that a file was added to an accounting document, given another content, or removed from it."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        self.env["audit.event"]._record("attachment.added", attachments._audit_evidence())
        return attachments

    def write(self, vals):
        if not {"datas", "db_datas", "raw", "res_id", "res_model"} & vals.keys():
            return super().write(vals)
        attachments = self.sudo()
        evidence = attachments._audit_evidence()
        before = {one.id: (one.res_model, one.res_id, one.checksum) for one in evidence}
        leaving = evidence.filtered(
            lambda one: (
                (one.res_model, one.res_id) != (vals.get("res_model", one.res_model), vals.get("res_id", one.res_id))
            )
        )
        record = self.env["audit.event"]._record
        record("attachment.removed", leaving)
        result = super().write(vals)
        now = attachments._audit_evidence()
        record("attachment.added", now.filtered(lambda one: one.id not in before or one in leaving))
        record(
            "attachment.replaced",
            now.filtered(lambda one: one.id in before and one not in leaving and before[one.id][2] != one.checksum),
        )
        return result

    def unlink(self):
        """Said beforehand, while there is something to say it of."""
        self.env["audit.event"]._record("attachment.removed", self._audit_evidence())
        return super().unlink()

    def _audit_evidence(self):
        """Those that belong to an accounting document that is there. Sudo: whoever adds one need not read others."""
        source = self.env["audit.source.attachment"]
        models_told = source._accounting_documents()
        linked = self.sudo().filtered(lambda one: one.res_model in models_told and one.res_id)
        documents = source._documents(linked) if linked else {}
        return linked.filtered(lambda one: one.id in documents)
