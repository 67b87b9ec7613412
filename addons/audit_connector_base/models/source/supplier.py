from odoo import _, models

from . import filters, words

COMMERCIAL = ["|", ("is_company", "=", True), ("parent_id", "=", False)]


class AuditSourceSupplier(models.AbstractModel):
    """Canonical ``supplier``: a partner that has issued a bill or was entered as a supplier.

    In Odoo's terms a commercial partner (a company, or a person who belongs to none) whose supplier rank is above 0.
    """

    _name = "audit.source.supplier"
    _inherit = "audit.source"
    _description = "Audit Source of Suppliers"
    _document_model = "res.partner"

    def _label(self):
        return _("Suppliers")

    def _told_domain(self, companies):
        return [("supplier_rank", ">", 0), *COMMERCIAL, ("company_id", "in", [*companies.ids, False])]

    def _backfill_domain(self, code, date_from, date_to, companies):
        """By the day on which the partner was entered, in UTC; it may have become a supplier later."""
        if code != "supplier.created":
            return None
        return [
            *self._told_domain(companies),
            ("create_date", ">=", "%s 00:00:00" % date_from),
            ("create_date", "<=", "%s 23:59:59" % date_to),
        ]

    def _filters(self):
        return {
            "name": filters.exact("name", "Its name."),
            "vat": filters.exact("vat", "Its VAT or other tax number."),
            "reference": filters.exact("ref", "The number it has with us."),
            "country": filters.exact("country_id.code", "ISO 3166-1 code of its country, two letters."),
            "active": filters.flag("active", "Whether it is in use."),
        }

    def _facts(self, data):
        accounts = [masked(account.get("number") or "") for account in data.get("bank_accounts") or ()]
        return [
            (_("Supplier"), data.get("name")),
            (_("Tax Number"), data.get("vat")),
            (_("Country"), (data.get("address") or {}).get("country")),
            (_("Bank Accounts"), ", ".join(accounts) or _("None")),
        ]

    def _bodies(self, documents, known):
        accounts = self._bank_accounts(documents)
        return [
            {
                "name": words.name(partner, partner.name),
                "kind": "company" if partner.is_company else "person",
                "vat": words.text(partner.vat, words.NUMBER),
                "registry_number": words.text(partner.company_registry, words.NUMBER),
                "reference": words.text(partner.ref, words.REFERENCE),
                "address": {
                    "street": words.text(partner.street),
                    "street2": words.text(partner.street2),
                    "zip": words.text(partner.zip, words.NUMBER),
                    "city": words.text(partner.city),
                    "state": words.text(partner.state_id.code, words.NUMBER),
                    "country": partner.country_id.code or None,
                },
                "email": words.text(partner.email),
                "phone": words.text(partner.phone, words.NUMBER),
                "active": partner.active,
                "bank_accounts": [words.bank_account(account) for account in accounts.get(partner.id, ())],
            }
            for partner in documents
        ]

    def _bank_accounts(self, suppliers):
        """Return ``{supplier id: [bank account, …]}``, those of their contacts included, the oldest first.

        A bank account of one company only is nothing that the others are told of.
        """
        accounts = suppliers.env["res.partner.bank"].search(
            [
                ("partner_id.commercial_partner_id", "in", suppliers.ids),
                ("company_id", "in", [*suppliers.env.companies.ids, False]),
            ],
            order="id",
        )
        found = {}
        for account in accounts:
            found.setdefault(account.partner_id.commercial_partner_id.id, []).append(account)
        return found


def masked(number):
    """An account number as far as people need it to tell it from another."""
    return "…%s" % number[-4:] if len(number) > 8 else number
