from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged partners: the accounts of the others come to the one that stays, past every ``write``.

    Odoo moves them by SQL. To be paid under a partner's name, an account needs only be merged into it.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Sudo: see ``res.partner._note_new_bank_details``."""
        partners = self.env["res.partner"].browse(partner_ids).exists()
        stays = dst_partner if dst_partner and dst_partner in partners else None
        stays = stays or (partners and self._get_ordered_partner(partners.ids)[-1]) or partners
        others = (partners - stays).sudo()
        brings = others.with_context(active_test=False).bank_ids or any(others.mapped("audit_bank_changed_at"))
        if brings:
            # Odoo writes the values of all of them onto the one that stays; they have to be alike by then.
            (partners.sudo() | stays.sudo().commercial_partner_id)._remember_change()
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        if brings:
            stays._audit_say_bank_details()
            stays._note_new_bank_details()
        return result
