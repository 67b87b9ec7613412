from datetime import timedelta

from odoo import _, fields, models
from odoo.exceptions import AccessError

PARAMETER = "audit.payment_hold_days"
DAYS = 7


class ResPartner(models.Model):
    """Remembers when the bank details of a partner changed: what is paid soon after is looked at by a second person.

    The details that a partner begins with are no change.
    """

    _inherit = "res.partner"

    audit_bank_changed_at = fields.Datetime(string="Bank Details Changed On", readonly=True, copy=False)
    audit_bank_changed_by_id = fields.Many2one(
        "res.users", string="Bank Details Changed By", readonly=True, copy=False, ondelete="set null"
    )

    def write(self, vals):
        if {"audit_bank_changed_at", "audit_bank_changed_by_id"} & vals.keys():
            raise AccessError(_("When bank details were changed is for Odoo to remember."))
        return super().write(vals)

    def _audit_say_bank_details(self):
        """Called by the base whenever bank accounts were added, changed or removed."""
        result = super()._audit_say_bank_details()
        self._note_new_bank_details()
        return result

    def _note_new_bank_details(self):
        """Sudo: whoever changes bank details need not see payments; they are held nevertheless."""
        partners = self.sudo().commercial_partner_id
        payments = self.env["account.payment"].sudo()
        known = partners.filtered(
            lambda partner: (
                len(partner.with_context(active_test=False).bank_ids) > 1
                or payments.search_count(
                    [("partner_id", "child_of", partner.id), ("payment_type", "=", "outbound")], limit=1
                )
            )
        )
        if not known:
            return
        known._remember_change()
        payments.search(
            [("partner_id", "child_of", known.ids), ("payment_type", "=", "outbound"), ("state", "=", "draft")]
        )._hold_for_new_bank_details()

    def _remember_change(self):
        """Past this model's own guard."""
        return super().write({"audit_bank_changed_at": fields.Datetime.now(), "audit_bank_changed_by_id": self.env.uid})

    def _bank_details_are_new(self, payment):
        """Whether they changed within the days that the company waits, and nobody released this payment since."""
        if not self.audit_bank_changed_at:
            return False
        if self.audit_bank_changed_at < fields.Datetime.now() - timedelta(days=self._days_of_new_bank_details()):
            return False
        return not payment.audit_hold_ids.filtered(
            lambda hold: (
                hold.kind == "bank_details" and hold.approved_at and hold.approved_at >= self.audit_bank_changed_at
            )
        )

    def _days_of_new_bank_details(self):
        """Sudo: a setting, which is no secret."""
        days = self.env["ir.config_parameter"].sudo().get_param(PARAMETER, "")
        return int(days) if days.isdigit() else DAYS

    def _words_on_new_bank_details(self):
        day = fields.Datetime.context_timestamp(self, self.audit_bank_changed_at).date()
        return _(
            "The bank details of %(partner)s were changed on %(day)s by %(person)s. Ask the partner under a number "
            "that you knew before.",
            partner=self.display_name,
            day=day,
            person=self.audit_bank_changed_by_id.name or _("Odoo"),
        )
