from odoo import api, fields, models


class AuditRetentionRun(models.Model):
    """What a run lets go and what stays, in words, for those who ask for it and approve it."""

    _inherit = "audit.retention.run"

    goes = fields.Text(string="What Goes and What Stays", compute="_compute_goes")

    @api.depends("line_ids.kind")
    def _compute_goes(self):
        """Sudo: whoever sees the run may know what it is about."""
        kinds = self.env["audit.retention.kind"]._members()
        for run in self:
            codes = dict.fromkeys(code for code in run.sudo().line_ids.mapped("kind") if code in kinds)
            said = ["%s: %s" % (kinds[code]._label(), kinds[code]._goes()) for code in codes]
            run.goes = "\n".join(said) or False
