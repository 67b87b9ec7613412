from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AuditBankFile(models.Model):
    """What people do with a file on its screen."""

    _inherit = "audit.bank.file"

    waiting_count = fields.Integer(string="To Confirm", compute="_compute_posted")
    posted_count = fields.Integer(string="Posted", compute="_compute_posted")

    @api.depends("window_ids.transaction_ids.posting_state")
    def _compute_posted(self):
        for file in self:
            groups = dict(
                self.env["audit.bank.transaction"]._read_group(
                    [("window_id", "in", file.window_ids.ids)], ["posting_state"], ["__count"]
                )
            )
            file.waiting_count = groups.get("waiting", 0)
            file.posted_count = groups.get("posted", 0)

    def action_confirm(self):
        """Post all that waits of this file."""
        self.ensure_one()
        transactions = self.env["audit.bank.transaction"].search(
            [("window_id", "in", self.window_ids.ids), ("posting_state", "=", "waiting")], order="date, id"
        )
        return transactions.action_confirm()

    def action_read_again(self):
        """Read a file again that could not be read, after what hindered it was repaired, a missing mapping included.

        Sudo for the mapping: the one that is named where the file came from.
        """
        self.ensure_one()
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Only people with a role in Audit import bank files."))
        self.read(["state"])
        self.sudo()._take_mapping()
        self._import()
        return True

    def action_refresh(self):
        """Show the form again, as far as reading has come."""
        return True

    def action_download(self):
        """Hand the file out as it came."""
        self.ensure_one()
        self.read(["attachment_id"])
        self._log("bank.file_downloaded")
        return {
            "type": "ir.actions.act_url",
            "url": "/web/content/%d?download=true" % self.sudo().attachment_id.id,
            "target": "self",
        }

    def action_open_transactions(self):
        """What was read from this file."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("audit_bank_sync.audit_bank_transaction_action")
        return {**action, "domain": [("window_id", "in", self.window_ids.ids)], "context": {}}
