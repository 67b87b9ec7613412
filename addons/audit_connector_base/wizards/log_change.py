from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..models.abstract.reauthentication import asks_identity

KINDS = [
    ("key", "Replace the key that signs"),
    ("move", "This database was moved, and goes on"),
    ("anew", "Begin a new log that continues this one"),
]


class AuditLogChange(models.TransientModel):
    """The dialog of what has to be done to a log by hand; the reason and the person stand in the log afterwards."""

    _name = "audit.log.change"
    _inherit = ["audit.company.bound", "audit.reauthentication"]
    _description = "Change to a Log"
    _rec_name = "kind"

    log_id = fields.Many2one("audit.log", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="log_id.company_id", store=True)
    kind = fields.Selection(KINDS, string="What to Do", required=True, default="key")
    other_ids = fields.Many2many(
        "audit.log", string="Also", compute="_compute_other_ids", help="Logs that stopped for the same reason."
    )
    for_others = fields.Boolean(
        string="For All of Them", default=True, help="Do the same for the other logs that stopped for this reason."
    )
    reason = fields.Text(help="For whoever asks later why this was done. It stands in the log.")

    @api.depends("log_id", "kind")
    def _compute_other_ids(self):
        """Logs that the same decision concerns, as far as the person may see them."""
        for change in self:
            trouble = change.log_id.frozen_kind
            change.other_ids = trouble and change.kind != "key" and self.env["audit.log"].search(
                [("frozen_kind", "=", trouble), ("id", "!=", change.log_id.id), ("state", "=", "open")]
            )  # fmt: skip

    @asks_identity("change_log", before="_check_may_change")
    def action_confirm(self):
        """Do it."""
        self.ensure_one()
        self._check_may_change()
        self._require_reauthentication("change_log")
        logs = self.log_id | (self.other_ids if self.for_others else self.env["audit.log"])
        shown = self.log_id
        for log in logs:
            if self.kind == "key":
                log._replace_key(self.reason)
            elif self.kind == "move":
                log._confirm_move(self.reason)
            else:
                new = log._begin_anew(self.reason)
                shown = new if log == self.log_id else shown
        return {
            "type": "ir.actions.act_window",
            "res_model": "audit.log",
            "res_id": shown.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _check_may_change(self):
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Logs are changed by connector administrators."))
        # Reading applies the rules of access, before anything is done as the superuser.
        self.log_id.read(["state"])
        if not (self.reason or "").strip():
            raise UserError(_("Say why first."))

    @api.model
    def _identity_purposes(self):
        return {**super()._identity_purposes(), "change_log": _("Change the log")}
