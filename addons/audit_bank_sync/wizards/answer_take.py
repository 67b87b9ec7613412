import base64
import binascii

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AuditBankAnswerTake(models.TransientModel):
    """Dialog in which the company hands in what it received from the bank, or what it made itself.

    What comes through here is never of class A, whatever it is.
    """

    _name = "audit.bank.answer.take"
    _inherit = "audit.company.bound"
    _description = "Hand In an Answer of the Bank"

    confirmation_id = fields.Many2one("audit.bank.confirmation", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="confirmation_id.company_id", store=True, index=True, precompute=True)
    channel = fields.Selection(
        [
            ("bank_document", "A document of the bank, as we received it"),
            ("company", "Something that we made ourselves"),
        ],
        string="What It Is",
        required=True,
        default="bank_document",
    )
    content = fields.Binary(string="File", required=True, attachment=False)
    file_name = fields.Char()
    note = fields.Char(string="How We Came By It", help="Such as: letter of 4 January, scanned by the reception.")
    consequence = fields.Char(compute="_compute_consequence", string="Assurance")

    @api.depends("channel")
    def _compute_consequence(self):
        words = {
            "bank_document": _("B: a document of the bank that came through us. It is kept as it is now."),
            "company": _("C: an auditor gives it little weight, as the company made it."),
        }
        for one in self:
            one.consequence = words.get(one.channel, False)

    def action_take(self):
        """Keep the file as it is."""
        self.ensure_one()
        self.confirmation_id._check_may_prepare()
        try:
            content = base64.b64decode(self.content or b"", validate=True)
        except (binascii.Error, ValueError):
            raise UserError(_("The file could not be read. Choose it again.")) from None
        self.env["audit.bank.answer"]._receive(
            self.confirmation_id, self.file_name, content, self.channel, note=self.note
        )
        return {"type": "ir.actions.act_window_close"}
