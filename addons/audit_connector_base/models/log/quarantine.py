from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AuditLogQuarantine(models.Model):
    """Entries that the sealer set aside, because nothing shows that Odoo itself wrote them."""

    _name = "audit.log.quarantine"
    _inherit = "audit.company.bound"
    _description = "Entry Set Aside"
    _log_access = False
    _order = "id desc"
    _rec_name = "reason"

    # Not a many2one: the entry may be gone.
    entry_id = fields.Integer(string="Entry ID", required=True, readonly=True)
    log_id = fields.Many2one("audit.log", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict", index=True)
    reason = fields.Selection(
        [
            ("no_mac", "Written without the key of the log"),
            ("bad_mac", "Written or changed by somebody else"),
            ("gone", "Deleted before it was sealed"),
            ("unannounced", "Never handed to the sealer"),
            ("early", "Recorded before the log had a key"),
        ],
        required=True,
        readonly=True,
    )
    found_at = fields.Datetime(string="Found On", required=True, readonly=True)
    state = fields.Selection(
        [("waiting", "Set Aside"), ("admitted", "Let In"), ("refused", "Kept Out")],
        string="Status",
        required=True,
        readonly=True,
        default="waiting",
    )
    decided_at = fields.Datetime(string="Decided On", readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            ALTER TABLE audit_log_quarantine ADD COLUMN IF NOT EXISTS mac bytea;
            ALTER TABLE audit_log_quarantine ALTER COLUMN entry_id TYPE bigint;
            CREATE UNIQUE INDEX IF NOT EXISTS audit_log_quarantine_entry_idx ON audit_log_quarantine (entry_id);
            CREATE INDEX IF NOT EXISTS audit_log_quarantine_waiting_idx ON audit_log_quarantine (log_id)
             WHERE state = 'waiting';
            """
        )

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_people()
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_people()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("What was set aside is evidence and cannot be deleted."))

    def _refuse_people(self):
        if not self.env.su:
            raise UserError(_("Decide with the buttons; what was found cannot be changed."))
