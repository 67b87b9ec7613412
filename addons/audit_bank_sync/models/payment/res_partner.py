from datetime import timedelta

from odoo import _, fields, models
from odoo.exceptions import AccessError

PARAMETER = "audit.payment_hold_days"
DAYS = 7


class ResPartner(models.Model):
    """Remembers when the bank details of a partner changed: what is paid soon after is looked at by a second person.

    The details that a partner begins with are no change, as long as nothing is owed to it yet.
    """

    _inherit = "res.partner"

    audit_bank_changed_at = fields.Datetime(string="Bank Details Changed On", readonly=True, copy=False)
    audit_bank_changed_by_id = fields.Many2one(
        "res.users", string="Bank Details Changed By", readonly=True, copy=False, ondelete="set null"
    )

    def write(self, vals):
        """Odoo's merge of partners writes what stands there already, which changes nothing and is let through."""
        remembered = {"audit_bank_changed_at", "audit_bank_changed_by_id"} & vals.keys()
        if any(self._is_other(name, vals[name]) for name in remembered):
            raise AccessError(_("When bank details were changed is for Odoo to remember."))
        families = self._families() if {"is_company", "parent_id"} & vals.keys() else {}
        result = super().write({name: value for name, value in vals.items() if name not in remembered})
        self._note_new_families(families)
        return result

    def _is_other(self, name, value):
        field = self._fields[name]
        wanted = field.convert_to_cache(value, self[:1])
        return any(field.convert_to_cache(partner[name], partner) != wanted for partner in self.sudo())

    def _note_new_bank_details(self):
        """Remember that the details of these holders changed, and hold what is about to be paid to them.

        Sudo: whoever changes bank details need not see payments; they are held nevertheless.
        """
        holders = self.sudo().exists()
        (holders | holders.commercial_partner_id)._hold_for_new_bank_details()

    def _hold_for_new_bank_details(self):
        """As ``_note_new_bank_details``, but of none other than these. Sudo: see there."""
        if not self:
            return
        self._remember_change()
        accounts = self.with_context(active_test=False).bank_ids
        payments = self.env["account.payment"].sudo().search(
            [
                "|",
                ("partner_id", "child_of", self.ids),
                ("partner_bank_id", "in", accounts.ids),
                ("payment_type", "=", "outbound"),
                # What went its way long ago is left alone without being read.
                "|",
                ("state", "=", "draft"),
                ("is_matched", "=", False),
            ]
        )  # fmt: skip
        payments.filtered(lambda payment: payment._can_be_stopped())._hold_where_needed()

    def _families(self):
        """Whose accounts count as their own, of these and of all below them: ``{partner: its parent and its head}``.

        Sudo: to compare; archived partners and accounts count as well, as they can be brought back.
        """
        everybody = self.sudo().with_context(active_test=False)
        below = everybody.search([("id", "child_of", self.ids)])
        return {one: (one.parent_id, one.commercial_partner_id) for one in below}

    def _note_new_families(self, before):
        """Take accounts that became a partner's own as somebody got another parent, given ``_families`` of before.

        Whoever brings accounts to another head changes what that one is paid into; whoever only comes to somebody that
        has accounts changes nothing for others.
        """
        for partner, (parent, head) in before.items():
            now = partner.commercial_partner_id
            if now != head and partner.bank_ids:
                partner._note_new_bank_details()
            elif ((partner.parent_id | now) - (parent | head | partner)).bank_ids:
                partner._hold_for_new_bank_details()

    def _begin_bank_details(self, accounts):
        """Take accounts (``res.partner.bank``) that were just added: a change, but for the very first of a partner.

        Sudo: see ``_note_new_bank_details``.
        """
        self.sudo().filtered(lambda holder: holder._is_known_to_us(accounts))._note_new_bank_details()

    def _is_known_to_us(self, accounts):
        """Whether it had bank details before ``accounts``, or we owe or paid it something already.

        Details that were removed left a change behind, so they count as well.
        """
        head = self.commercial_partner_id
        family = [("partner_id", "child_of", head.id)]
        if self.audit_bank_changed_at or head.audit_bank_changed_at:
            return True
        others = [*family, ("id", "not in", accounts.ids)]
        if self.env["res.partner.bank"].with_context(active_test=False).search_count(others, limit=1):
            return True
        if self.env["account.payment"].search_count([*family, ("payment_type", "=", "outbound")], limit=1):
            return True
        bills = [
            ("commercial_partner_id", "=", head.id),
            ("state", "=", "posted"),
            ("move_type", "in", ["in_invoice", "in_refund", "in_receipt"]),
        ]
        return bool(self.env["account.move"].search_count(bills, limit=1))

    def _remember_change(self):
        """Past this model's own guard."""
        return super().write({"audit_bank_changed_at": fields.Datetime.now(), "audit_bank_changed_by_id": self.env.uid})

    def _bank_details_are_new(self, released_at=None):
        """Whether they changed within the days that the company waits, and after ``released_at`` (datetime)."""
        changed_at, days = self.audit_bank_changed_at, self._days_of_new_bank_details()
        if not changed_at or not days or changed_at < fields.Datetime.now() - timedelta(days=days):
            return False
        return not (released_at and released_at >= changed_at)

    def _days_of_new_bank_details(self):
        """0 where the rule is switched off. Sudo: a setting, which is no secret."""
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
