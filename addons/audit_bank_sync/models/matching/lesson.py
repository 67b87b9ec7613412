from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core.matching import learning


class AuditMatchLesson(models.Model):
    """What one confirmed match taught: another name or account of a partner, or the word before our numbers.

    A lesson goes with its match: undoing it takes the lesson back. Matches without a person teach nothing.
    """

    _name = "audit.match.lesson"
    _inherit = "audit.kept.by.odoo"
    _description = "Lesson of a Confirmed Match"
    _order = "id desc"
    _rec_name = "key"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    proposal_id = fields.Many2one(
        "audit.match.proposal", string="Learned From", required=True, readonly=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="cascade", index=True)
    kind = fields.Selection(
        [
            (learning.NAME, "Name on Bank Lines"),
            (learning.IBAN, "Account"),
            (learning.WORD, "Word Before Our Number"),
        ],
        required=True,
        readonly=True,
    )
    key = fields.Char(string="As Written", required=True, readonly=True)

    def _words_to_people(self):
        return _("Odoo learns from confirmed matches only. Undo the match to take a lesson back.")

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if not self.env.su:
            raise UserError(_("Undo the match to take a lesson back."))
