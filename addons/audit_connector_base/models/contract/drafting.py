from odoo import _, models
from odoo.exceptions import UserError


class AuditContract(models.Model):
    """Beginning a new version."""

    _inherit = "audit.contract"

    def action_draft_minor(self):
        """Begin a version under the same main one: for changes that nobody has to do anything about."""
        self.ensure_one()
        if not self.current_id:
            raise UserError(_("“%s” has no approved version yet. Begin a main version.", self.name))
        return self._draft(self.current_id.major)

    def action_draft_major(self):
        """Begin a main version: for changes that others have to adapt to."""
        self.ensure_one()
        return self._draft(max(self.version_ids.mapped("major"), default=0) + 1)

    def action_open_dictionary(self):
        """Show what the fields of the newest version mean."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_connector_base.audit_contract_field_action")
        return {**action, "domain": [("version_id", "=", self.current_id.id)], "context": {}}

    def _draft(self, major):
        """Make a draft of the next number under ``major``, with the text of the newest version, and open it."""
        version = self.env["audit.contract.version"].create({"contract_id": self.id, "major": major})
        return version.get_formview_action()
