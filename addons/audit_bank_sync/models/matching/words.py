from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.tools.misc import format_date, formatLang

from ...core.matching import reasons
from .money import major


class AuditMatchWords(models.AbstractModel):
    """What reasons and barriers say, made from their code and values in the language of whoever reads them."""

    _name = "audit.match.words"
    _description = "Words of the Matching"

    @api.model
    def _as_list(self, said, currency):
        """Return reasons (as stored) as an HTML list, False when there are none."""
        rows = Markup().join(Markup("<li>%s</li>") % self._sentence(one, currency) for one in said or ())
        return Markup("<ul class='mb-0 ps-3'>%s</ul>") % rows if rows else False

    @api.model
    def _sentence(self, said, currency):
        """Return one reason as a sentence.

        :param said: ``{"code", "points", "values"}`` as stored
        :param currency: of the line; amounts are in it where the values name no other
        """
        values = self._readable(said.get("values") or {}, currency)
        sentence = self._sentences().get(said.get("code"))
        if sentence is None:
            return said.get("code") or ""
        return sentence(values)

    def _readable(self, values, currency):
        """Values as people read them: amounts, dates and shares in their language, lines by date and text."""
        name = values.get("currency") or currency.name
        own = self.env["res.currency"].with_context(active_test=False).search([("name", "=", name)], limit=1)
        own = own or currency
        amounts = {
            "amount", "fee", "most", "charges", "discount", "expected", "difference", "paid", "open", "over",
        }  # fmt: skip
        readable = {}
        for key, value in values.items():
            if key in amounts and isinstance(value, int):
                # What was expected of an exchange is told in the currency of the line.
                of = currency if key in ("expected", "difference", "most") else own
                readable[key] = formatLang(self.env, major(value, of.name), currency_obj=of)
            elif key in ("until", "latest"):
                readable[key] = format_date(self.env, fields.Date.to_date(value))
            elif key in ("score", "needed", "margin", "similarity"):
                readable[key] = "%d %%" % round(100 * value)
            elif key == "line":
                readable[key] = self._line_named(value)
            elif key == "use":
                field = self.env["audit.match.allocation"]._fields["use"]
                readable[key] = dict(field._description_selection(self.env)).get(value, value)
            elif key == "scheme":
                readable[key] = self._schemes().get(value, value)
            else:
                readable[key] = value
        return readable

    def _line_named(self, line_id):
        """Sudo: date and text of a bank line of the company whose proposal is read."""
        line = self.env["account.bank.statement.line"].sudo().browse(line_id).exists()
        if not line:
            return _("a line that is gone")
        return _("%(date)s “%(text)s”", date=format_date(self.env, line.date), text=line.payment_ref or line.id)

    def _schemes(self):
        return {
            "rf": _("creditor reference (RF)"),
            "qrr": _("Swiss QR reference"),
            "ogm": _("structured communication"),
        }

    def _sentences(self):
        """``{code of a reason: function that makes the sentence of its values}``."""
        return {**self._of_references(), **self._of_amounts(), **self._of_partners(), **self._of_barriers()}

    def _of_references(self):
        return {
            reasons.END_TO_END: lambda v: _("The payer gave the end-to-end id %s of this item.", v["value"]),
            reasons.STRUCTURED: lambda v: _("It carries its %(scheme)s %(value)s.", **v),
            reasons.MANDATE: lambda v: _("Collection %(sequence)s under mandate %(mandate)s.", **v),
            reasons.MANDATE_ONLY: lambda v: _("Collected under its mandate %s.", v["mandate"]),
            reasons.BATCH: lambda v: _("All of it was handed to the bank as batch %s.", v["value"]),
            reasons.NUMBER: lambda v: _("The text names its number %s.", v["value"]),
            reasons.NUMBER_BARE: lambda v: _("The text names its number without the letters: %s.", v["value"]),
            reasons.NUMBER_TAIL: lambda v: _("The text has the last digits of its number: %s.", v["value"]),
            reasons.NUMBER_SIMILAR: lambda v: _("“%(written)s” in the text is one sign off %(value)s.", **v),
            reasons.PATTERN: lambda v: _(
                "“%(word)s %(value)s”: this partner writes our numbers behind “%(word)s” (confirmed %(times)s times).", **v
            ),
            reasons.REFERENCE_UNKNOWN: lambda v: _("But it carries the %(scheme)s %(value)s of something else.", **v),
            reasons.NUMBER_UNKNOWN: lambda v: _("But it names %s, which is not open.", v["value"]),
            reasons.BANK_CODE: lambda v: _("The bank calls it an account transfer (%s).", v["code"]),
            reasons.OWN_ACCOUNT: lambda v: (
                _("The other account %s is our own.", v["account"])
                if v["account"]
                else _("It is in our own company's name.")
            ),
            reasons.OTHER_SIDE: lambda v: _("The other side is there: %(line)s, %(days)s days apart.", **v),
            reasons.REPEATS: lambda v: _("It repeats %(line)s, %(days)s days later.", **v),
            reasons.SAME_BANK_REFERENCE: lambda v: _("Both carry the bank reference %s.", v["value"]),
        }

    def _of_amounts(self):
        return {
            reasons.AMOUNT_EXACT: lambda v: _("The amount is exact: %s.", v["amount"]),
            reasons.AMOUNT_FEE: lambda v: _("A fee of %(fee)s is missing; up to %(most)s may be one.", **v),
            reasons.AMOUNT_CHARGES: lambda v: _("Exact with the charges of %s that the bank states.", v["charges"]),
            reasons.AMOUNT_DISCOUNT: lambda v: _(
                "Exact with the cash discount of %(discount)s until %(until)s (accepted until %(latest)s).", **v
            ),
            reasons.AMOUNT_EXCHANGE: lambda v: _(
                "At the rate of the day it would be %(expected)s: %(difference)s off, up to %(most)s may be.", **v
            ),
            reasons.AMOUNT_ORIGINAL: lambda v: _("What was instructed is exact: %s.", v["amount"]),
            reasons.AMOUNT_PARTIAL: lambda v: _("It pays %(paid)s of the %(open)s that are open.", **v),
            reasons.AMOUNT_OVER: lambda v: _("It is %s more than is open.", v["over"]),
            reasons.AMOUNT_SUM: lambda v: _("%(count)s items together make the amount: %(amount)s.", **v),
            reasons.AMOUNT_SHARE: lambda v: _("%(count)s lines together make the item: %(amount)s.", **v),
            reasons.DATE: lambda v: self._of_days(v["days"]),
            reasons.BEFORE_INVOICE: lambda v: _("But it came %s days before the item existed.", v["days"]),
            reasons.CURRENCY_SAME: lambda v: _("Same currency: %s.", v["currency"]),
        }

    def _of_days(self, days):
        if not days:
            return _("Booked on the day it was due.")
        return _("Booked %s days after it was due.", days) if days > 0 else _("Booked %s days before it is due.", -days)

    def _of_partners(self):
        return {
            reasons.PARTNER_SET: lambda v: _("The partner stands on the bank line."),
            reasons.PARTNER_IBAN: lambda v: (
                _("The account %s is that of the partner.", v["iban"])
                if v["shared_by"] == 1
                else _("The account %(iban)s is used by %(shared_by)s partners, this one among them.", **v)
            ),
            reasons.PARTNER_ALIAS: lambda v: _("“%(alias)s” was confirmed as this partner %(times)s times.", **v),
            reasons.PARTNER_NAME: lambda v: _("“%(name)s” is %(similarity)s like the partner's name.", **v),
            reasons.PARTNER_DIFFERS: lambda v: _("But the account belongs to somebody else."),
        }

    def _of_barriers(self):
        return {
            reasons.OTHER_SIDE_MISSING: lambda v: _("The other side of the transfer is not there yet."),
            reasons.OTHER_SIDE_AMBIGUOUS: lambda v: _("%s lines could be the other side.", v["count"]),
            reasons.AUTOMATIC_OFF: lambda v: _("Matching without a person is switched off."),
            reasons.BELOW_THRESHOLD: lambda v: _("Its score of %(score)s is below the %(needed)s that are asked for.", **v),
            reasons.MARGIN_SMALL: lambda v: _("Another proposal is nearly as good, or meant instead."),
            reasons.AMOUNT_ALONE: lambda v: _("No reference of its own names the item."),
            reasons.CONTESTED: lambda v: _("Another line may pay the same: %s.", v["line"]),
            reasons.DIFFERENCE: lambda v: _("There is a difference to judge: %(use)s %(amount)s.", **v),
            reasons.NOT_WHOLE: lambda v: _("A part stays open."),
            reasons.DUPLICATE_SUSPECTED: lambda v: _("It may repeat %s.", v["line"]),
            reasons.RETURNED: lambda v: _("It is a payment that came back."),
        }
