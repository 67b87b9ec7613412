from contextlib import contextmanager

from odoo import api, models

from ...compat import ranks_grow_by_statement

# What a platform that looks after suppliers compares; the rest of a partner changes without a message.
TOLD = {
    "active", "city", "company_registry", "country_id", "email", "is_company", "name", "phone", "ref", "state_id",
    "street", "street2", "vat", "zip",
}  # fmt: skip
# Companies in whose books somebody belongs to the supplier by a document of theirs.
COMPANIES = """
SELECT supplier.id, company.id
  FROM unnest(%s) AS supplier (id) CROSS JOIN res_company company
 WHERE EXISTS (
        SELECT 1 FROM res_partner p JOIN account_move m ON m.partner_id = p.id
         WHERE p.commercial_partner_id = supplier.id AND m.company_id = company.id
           AND m.move_type IN ('in_invoice', 'in_refund', 'in_receipt'))
"""
_KEY = "audit_connector_base.suppliers"


class ResPartner(models.Model):
    """Says that a supplier was entered or changed."""

    _name = "res.partner"
    _inherit = ["res.partner", "audit.trail"]

    @api.model_create_multi
    def create(self, vals_list):
        with self._audit_gathered() as gathered:
            partners = super().create(vals_list)
            suppliers = partners._audit_suppliers() & partners
            gathered["created"] |= set(suppliers.ids)
            suppliers._audit_say("supplier.created")
        return partners

    def write(self, vals):
        if "supplier_rank" not in vals and not TOLD & vals.keys():
            return super().write(vals)
        partners = self.sudo().filtered(lambda partner: partner.commercial_partner_id == partner)
        told = TOLD & vals.keys()
        before = {partner.id: [partner[field] for field in told] for partner in partners}
        suppliers = partners._audit_suppliers()
        result = super().write(vals)
        (partners._audit_suppliers() - suppliers)._audit_say("supplier.created")
        changed = suppliers.filtered(lambda partner: before[partner.id] != [partner[field] for field in told])
        changed._audit_say("supplier.updated")
        return result

    def _increase_rank(self, field, n=1):
        """Odoo counts the documents of suppliers here; a rank above 0 makes one."""
        if field != "supplier_rank" or not ranks_grow_by_statement():
            return super()._increase_rank(field, n)
        suppliers = self._audit_suppliers()
        result = super()._increase_rank(field, n)
        added = self._audit_suppliers() - suppliers
        added._audit_touch()
        added._audit_say("supplier.created")
        return result

    def _audit_suppliers(self):
        """The suppliers among these partners and those that they belong to. Sudo: whoever enters a partner may not
        see the one that it belongs to."""
        return self.sudo().commercial_partner_id.filtered(lambda partner: partner.supplier_rank > 0)

    def _audit_say(self, code):
        """Record an event of each of these suppliers in the companies concerned: that of the supplier; else those
        that have a document from it, and the one in which the person works."""
        if not self:
            return
        concerned = {(supplier.id, (supplier.company_id or self.env.company).id) for supplier in self}
        shared = self.filtered(lambda supplier: not supplier.company_id)
        if shared:
            self.env["account.move"].flush_model(["company_id", "move_type", "partner_id"])
            self.flush_model(["commercial_partner_id"])
            self.env.cr.execute(COMPANIES, [shared.ids])
            concerned |= set(self.env.cr.fetchall())
        for company in self.env["res.company"].browse(sorted({company for _supplier, company in concerned})):
            ids = [supplier for supplier in self.ids if (supplier, company.id) in concerned]
            self.env["audit.event"]._record(code, self.browse(ids).with_company(company))

    def _audit_say_bank_details(self):
        """Record that the bank details of these partners' suppliers changed; one that is just being entered says so
        with the rest of it."""
        suppliers = self._audit_suppliers()
        suppliers._audit_touch()
        gathered = self.env.cr.cache.get(_KEY)
        if gathered is None:
            suppliers._audit_say("supplier.bank_details_changed")
        else:
            gathered["bank"] |= set(suppliers.ids)

    def _audit_touch(self):
        """Mark these partners as changed where no write of their own did so: their bank accounts are part of what is
        said of them, and Odoo counts their documents by a statement.

        SQL: nothing of their own changed, so nobody has to be asked or told.
        """
        if not self:
            return
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = %s, write_uid = %s WHERE id = ANY(%s)",
            [self.env.cr.now(), self.env.uid, self.ids],
        )
        self.invalidate_recordset(["write_date", "write_uid"], flush=False)

    @contextmanager
    def _audit_gathered(self):
        """Hold back changes of bank details until the partners that the block enters have been told of."""
        cache = self.env.cr.cache
        if _KEY in cache:
            yield cache[_KEY]
            return
        gathered = cache[_KEY] = {"created": set(), "bank": set()}
        try:
            yield gathered
        finally:
            del cache[_KEY]
        others = self.sudo().browse(sorted(gathered["bank"] - gathered["created"]))
        others._audit_say("supplier.bank_details_changed")
