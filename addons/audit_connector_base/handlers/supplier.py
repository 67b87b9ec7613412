import re

from odoo import _, api, models
from odoo.exceptions import UserError

from ..models.exchange.inbound_handler import Handled

# Member of the message: (group of fields, field of res.partner)
FIELDS = {
    "name": ("identity", "name"),
    "vat": ("identity", "vat"),
    "registration": ("identity", "company_registry"),
    "email": ("contact", "email"),
    "phone": ("contact", "phone"),
    "website": ("contact", "website"),
    "street": ("address", "street"),
    "street2": ("address", "street2"),
    "zip": ("address", "zip"),
    "city": ("address", "city"),
    "country": ("address", "country_id"),
    "payment_term": ("terms", "property_supplier_payment_term_id"),
}
BANK = "bank_account"


class AuditInboundHandlerSupplier(models.AbstractModel):
    """Suppliers that another system keeps.

    What the sender owns by an authority rule is written, all else that differs is put before a person. Bank accounts
    always are, whoever owns them, and need two people.
    """

    _name = "audit.inbound.handler.supplier"
    _inherit = "audit.inbound.handler"
    _description = "Supplier Handler"

    @api.model
    def _message_types(self):
        return ["supplier.created", "supplier.updated"]

    @api.model
    def _contract(self):
        return "supplier_update", 1

    @api.model
    def _entity(self):
        return "supplier", _("Supplier")

    @api.model
    def _field_groups(self):
        """Bank accounts are no group: no rule makes them come in by themselves."""
        return [
            ("identity", _("Name and registration")),
            ("contact", _("E-mail, telephone, web")),
            ("address", _("Address")),
            ("terms", _("Payment terms")),
        ]

    @api.model
    def _handle(self, message, data):
        connector = message.connector_id
        partner, is_new = self._partner(connector, data), False
        owned = self._owned_groups(connector, partner)
        differing = self._differing(partner, data)
        ours = {key: value for key, value in differing.items() if FIELDS[key][0] in owned}
        if not partner:
            if "identity" not in owned or not data.get("name"):
                return self._raise_unknown(message, data, differing)
            partner, is_new = self._create(connector, data["id"], ours), True
        elif ours:
            partner.write(self._partner_values(ours))
        self.env["audit.external.id"]._assign(connector, partner, data["id"], "supplier")
        left = {key: value for key, value in differing.items() if key not in ours}
        if left:
            self._raise_conflict(message, partner, left, data)
        added = self._new_accounts(partner, data)
        if added:
            self._raise_bank(message, partner, added, data)
        return Handled(self._sentence(partner, is_new, ours, left, added), partner)

    @api.model
    def _take_over(self, exception):
        """Write the values of the lines. A supplier that is not known yet is made of them."""
        values = {line.field_key: line.value_received or "" for line in exception.line_ids if line.field_key in FIELDS}
        connector = exception.connector_id
        partner = self.env["res.partner"].browse(exception.res_id).exists()
        if not partner and exception.kind != "unknown":
            raise UserError(_("The supplier of “%s” was deleted since. Keep ours instead.", exception.title))
        if partner:
            self._check_sign_in(partner, values)
            partner.write(self._partner_values(values))
        else:
            partner = self.env["audit.external.id"]._find(connector, "supplier", exception.outside_id)
            partner = partner or self._create(connector, exception.outside_id, values)
            told = self._accounts_told(exception)
            added = self._new_accounts(partner, told)
            if added:
                self._raise_bank(exception.message_id, partner, added, told)
        for line in exception.line_ids.filtered(lambda one: one.field_key == BANK):
            self._add_account(partner, line.value_received)
        return partner

    @api.model
    def _owned_groups(self, connector, partner):
        """The groups of facts that the platform may write: none of a partner who signs in here, or is a company here.

        Whoever writes the e-mail address of a user is sent the link that sets a new password. A person decides.
        """
        ours = partner.with_context(active_test=False)
        if ours.user_ids or self.env["res.company"].search_count([("partner_id", "in", partner.ids)], limit=1):
            return set()
        return self.env["audit.authority.rule"]._owned_groups(connector, "supplier")

    @api.model
    def _check_sign_in(self, partner, values):
        """Whoever decides about suppliers need not be one who may lead the passwords of users elsewhere."""
        if "email" in values and partner.with_context(active_test=False).user_ids:
            raise UserError(
                _(
                    "“%s” signs in here, so the e-mail address is changed on the contact itself, by somebody who may. "
                    "Keep ours here.",
                    partner.name,
                )
            )

    @api.model
    def _partner(self, connector, data):
        """The partner that the message is about: by its number there, else by its id here, else by its tax number."""
        Partner = self.env["res.partner"]
        partner = self.env["audit.external.id"]._find(connector, "supplier", data["id"])
        if not partner and data.get("odoo"):
            partner = Partner.browse(int(data["odoo"].partition("/")[2])).exists()
            if not partner:
                raise UserError(_("There is no partner %s. Check the number on the platform.", data["odoo"]))
        if not partner and data.get("vat"):
            of_company = ["|", ("company_id", "=", False), ("company_id", "=", connector.company_id.id)]
            partner = Partner.search([("vat", "=", _vat(data["vat"])), ("parent_id", "=", False), *of_company], limit=2)
            if len(partner) > 1:
                raise UserError(
                    _(
                        "The tax number %s belongs to several partners. Merge them, or name on the platform which one "
                        "is meant; then have the message worked on again.",
                        data["vat"],
                    )
                )
        if partner and partner.company_id and partner.company_id != connector.company_id:
            raise UserError(_("“%s” belongs to another company.", partner.display_name))
        return partner or Partner

    @api.model
    def _create(self, connector, outside_id, values):
        """Make a supplier of the connector's company, and remember its number there."""
        partner = self.env["res.partner"].create(
            {
                "name": outside_id,
                "is_company": True,
                "supplier_rank": 1,
                "company_id": connector.company_id.id,
                **self._partner_values(values),
            }
        )
        self.env["audit.external.id"]._assign(connector, partner, outside_id, "supplier")
        return partner

    @api.model
    def _differing(self, partner, data):
        """Return ``{member: value received}`` of what the partner has not got like that."""
        return {
            key: data[key].strip()
            for key in FIELDS
            if key in data and _comparable(key, data[key]) != _comparable(key, self._text_of(partner, key))
        }

    @api.model
    def _text_of(self, partner, key):
        """What Odoo has, as the message would say it."""
        value = partner[FIELDS[key][1]]
        if key == "country":
            return value.code or ""
        if key == "payment_term":
            return value.name or ""
        return value or ""

    @api.model
    def _partner_values(self, values):
        """Return the values for ``res.partner.write``; raises ``UserError`` for a name that Odoo does not know."""
        found = {}
        for key, text in values.items():
            field = FIELDS[key][1]
            if not text:
                found[field] = False
            elif key == "country":
                found[field] = self._one("res.country", "code", text, _("country")).id
            elif key == "payment_term":
                found[field] = self._one("account.payment.term", "name", text, _("payment term")).id
            else:
                found[field] = _vat(text) if key == "vat" else text
        return found

    @api.model
    def _one(self, model, field, text, label):
        record = self.env[model].search([(field, "=", text)], limit=1)
        if not record:
            raise UserError(_("Odoo has no %(what)s “%(name)s”. Add it or correct it there.", what=label, name=text))
        return record

    @api.model
    def _new_accounts(self, partner, data):
        """The bank accounts of the message that the partner has not got, as text that ``_add_account`` reads."""
        known = {_number(account.acc_number) for account in partner.with_context(active_test=False).bank_ids}
        return [
            " | ".join(
                [account["number"].strip(), account.get("bic", "") or "–", account.get("holder", "").strip() or "–"]
            )
            for account in data.get("bank_accounts", ())
            if _number(account["number"]) not in known
        ]

    @api.model
    def _accounts_told(self, exception):
        """What the messages that wait for ``exception`` say of bank accounts, as one; of each account the latest."""
        told = {}
        for message in exception.brought_by_ids.sorted("arrival"):
            told.update((_number(account["number"]), account) for account in message._data().get("bank_accounts", ()))
        return {"bank_accounts": list(told.values())}

    @api.model
    def _add_account(self, partner, text):
        """Add a bank account after two people decided so. It is not trusted for payments by that."""
        number, bic, holder = (part.strip(" –") for part in text.split(" | ", 2))
        if _number(number) in {_number(account.acc_number) for account in partner.bank_ids}:
            return
        bank = self.env["res.bank"].search([("bic", "=", bic)], limit=1) if bic else self.env["res.bank"]
        if bic and not bank:
            bank = self.env["res.bank"].create({"name": bic, "bic": bic})
        self.env["res.partner.bank"].create(
            {
                "acc_number": number,
                "partner_id": partner.id,
                "bank_id": bank.id,
                "acc_holder_name": holder or partner.name,
            }
        )

    @api.model
    def _lines(self, partner, values):
        labels = self.env["res.partner"].fields_get([field for _group, field in FIELDS.values()], ["string"])
        return [
            {
                "field_key": key,
                "field_group": FIELDS[key][0],
                "label": labels.get(FIELDS[key][1], {}).get("string", key),
                "value_odoo": self._text_of(partner, key),
                "value_received": value,
            }
            for key, value in values.items()
        ]

    @api.model
    def _bank_lines(self, partner, accounts):
        known = ", ".join(partner.bank_ids.mapped("acc_number"))
        label = _("Bank account")
        return [
            {
                "field_key": BANK,
                "field_group": "bank",
                "label": label,
                "value_odoo": known,
                "value_received": account,
            }
            for account in accounts
        ]

    @api.model
    def _raise_unknown(self, message, data, differing):
        name = data.get("name") or data["id"]
        self.env["audit.exception"]._raise(
            message,
            "unknown",
            _("%(platform)s reports the supplier “%(name)s”", platform=message.connector_id.name, name=name),
            self._lines(self.env["res.partner"], differing),
            speaks_of=lambda line: line.field_key in data,
            handler=self._name,
            entity="supplier",
            outside_id=data["id"],
            explanation=_(
                "Odoo does not know this supplier, and the platform may not add suppliers by itself. “Add to "
                "Odoo” adds it, without its bank accounts; two people decide about those afterwards."
            ),
        )
        return Handled(_("The supplier “%s” is not known here; a person decides.", name))

    @api.model
    def _raise_conflict(self, message, partner, values, data):
        platform = message.connector_id.name
        self.env["audit.exception"]._raise(
            message,
            "conflict",
            _("%(platform)s has other values for %(partner)s", platform=platform, partner=partner.name),
            self._lines(partner, values),
            record=partner,
            speaks_of=lambda line: line.field_key in data,
            handler=self._name,
            entity="supplier",
            explanation=_(
                "Odoo owns these facts, so nothing was changed. Take the received values over, or keep ours."
            ),
        )

    @api.model
    def _raise_bank(self, message, partner, accounts, data):
        platform = message.connector_id.name
        named = {_number(account["number"]) for account in data["bank_accounts"]}
        self.env["audit.exception"]._raise(
            message,
            "bank_details",
            _("%(platform)s has a new bank account of %(partner)s", platform=platform, partner=partner.name),
            self._bank_lines(partner, accounts),
            record=partner,
            speaks_of=lambda line: _number((line.value_received or "").split(" | ")[0]) in named,
            handler=self._name,
            entity="supplier",
            severity="2",
            explanation=_(
                "Changed bank details are the most frequent fraud. Call the supplier under a number that you know from "
                "elsewhere. One person proposes to take the account over, an approver approves it."
            ),
        )

    @api.model
    def _sentence(self, partner, is_new, ours, left, added):
        parts = [_("Supplier added: %s.", partner.name) if is_new else _("Supplier: %s.", partner.name)]
        if ours and not is_new:
            parts.append(_("Facts updated: %s.", len(ours)))
        if left:
            parts.append(_("Facts that differ and wait for a decision: %s.", len(left)))
        if added:
            parts.append(_("Bank accounts that wait for two people: %s.", len(added)))
        if not (ours or left or added or is_new):
            parts.append(_("Nothing new."))
        return " ".join(parts)


def _comparable(key, text):
    """``text`` without what does not change its meaning."""
    text = " ".join(text.split())
    if key == "vat":
        return _vat(text)
    if key == "phone":
        return re.sub(r"[^0-9+]", "", text)
    if key == "website":
        return re.sub(r"^https?://", "", text.rstrip("/").lower())
    if key == "email":
        return text.lower()
    return text


def _vat(text):
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _number(text):
    return re.sub(r"\W", "", text or "").upper()
