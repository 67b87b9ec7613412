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
        return self._sentences(values).get(said.get("code"), said.get("code") or "") % values

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

    def _sentences(self, values):
        """``{code of a reason: its sentence, with %(value)s where the values go}``."""
        return {
            **self._of_references(values),
            **self._of_amounts(),
            reasons.DATE: self._of_days(values),
            **self._of_partners(values),
            **self._of_barriers(),
        }

    def _of_references(self, values):
        by_account = _("The other account %(account)s is our own.")
        return {
            reasons.END_TO_END: _("The payer gave the end-to-end id %(value)s of this item."),
            reasons.STRUCTURED: _("It carries its %(scheme)s %(value)s."),
            reasons.MANDATE: _("Collection %(sequence)s under mandate %(mandate)s."),
            reasons.MANDATE_ONLY: _("Collected under its mandate %(mandate)s."),
            reasons.BATCH: _("All of it was handed to the bank as batch %(value)s."),
            reasons.NUMBER: _("The text names its number %(value)s."),
            reasons.NUMBER_BARE: _("The text names its number without the letters: %(value)s."),
            reasons.NUMBER_TAIL: _("The text has the last digits of its number: %(value)s."),
            reasons.NUMBER_SIMILAR: _("“%(written)s” in the text differs from %(value)s by one character."),
            reasons.PATTERN: _(
                "“%(word)s %(value)s”: this partner writes our numbers behind that word (confirmed %(times)s times)."
            ),
            reasons.REFERENCE_UNKNOWN: _("But it carries the %(scheme)s %(value)s of something else."),
            reasons.NUMBER_UNKNOWN: _("But it names %(value)s, which is not open."),
            reasons.BANK_CODE: _("The bank calls it an account transfer (%(code)s)."),
            reasons.OWN_ACCOUNT: by_account if values.get("account") else _("It is in our own company's name."),
            reasons.OTHER_SIDE: _("The other side is there: %(line)s, %(days)s days apart."),
            reasons.REGISTERED: _("The transfer %(number)s was registered and waits for its line."),
            reasons.REPEATS: _("It repeats %(line)s, %(days)s days later.")
            if values.get("days")
            else _("It repeats %(line)s, on the same day."),
            reasons.SAME_BANK_REFERENCE: _("Both carry the bank reference %(value)s."),
        }

    def _of_amounts(self):
        return {
            reasons.AMOUNT_EXACT: _("The amount is exact: %(amount)s."),
            reasons.AMOUNT_FEE: _("A fee of %(fee)s is missing; up to %(most)s may be one."),
            reasons.AMOUNT_CHARGES: _("Exact with the charges of %(charges)s that the bank states."),
            reasons.AMOUNT_DISCOUNT: _(
                "Exact with the cash discount of %(discount)s until %(until)s (accepted until %(latest)s)."
            ),
            reasons.AMOUNT_EXCHANGE: _(
                "At the rate of the day it would be %(expected)s: %(difference)s off, up to %(most)s may be."
            ),
            reasons.AMOUNT_ORIGINAL: _("What was instructed is exact: %(amount)s."),
            reasons.AMOUNT_PARTIAL: _("It pays %(paid)s of the %(open)s that are open."),
            reasons.AMOUNT_OVER: _("It is %(over)s more than is open."),
            reasons.AMOUNT_SUM: _("%(count)s items together make the amount: %(amount)s."),
            reasons.AMOUNT_SHARE: _("%(count)s lines together make the item: %(amount)s."),
            reasons.BEFORE_INVOICE: _("But it came %(days)s days before the item existed."),
            reasons.CURRENCY_SAME: _("Same currency: %(currency)s."),
        }

    def _of_days(self, values):
        days = values.get("days", 0)
        if not days:
            return _("Booked on the day it was due.")
        values["away"] = abs(days)
        return _("Booked %(away)s days after it was due.") if days > 0 else _("Booked %(away)s days before it is due.")

    def _of_partners(self, values):
        shared = _("The account %(iban)s is used by %(shared_by)s partners, this one among them.")
        return {
            reasons.PARTNER_SET: _("The partner stands on the bank line."),
            reasons.PARTNER_IBAN: shared
            if values.get("shared_by", 1) > 1
            else _("The account %(iban)s is that of the partner."),
            reasons.PARTNER_ALIAS: _("“%(alias)s” was confirmed as this partner %(times)s times."),
            reasons.PARTNER_NAME: _("“%(name)s” is %(similarity)s like the partner's name."),
            reasons.PARTNER_DIFFERS: _("But the account belongs to somebody else."),
        }

    def _of_barriers(self):
        return {
            reasons.OTHER_SIDE_MISSING: _("The other side of the transfer is not there yet."),
            reasons.OTHER_SIDE_AMBIGUOUS: _("%(count)s lines could be the other side."),
            reasons.AUTOMATIC_OFF: _("Matching without a person is switched off."),
            reasons.BELOW_THRESHOLD: _("Its score of %(score)s is below the %(needed)s that are asked for."),
            reasons.MARGIN_SMALL: _("Another proposal is nearly as good, or meant instead."),
            reasons.AMOUNT_ALONE: _("No reference of its own names the item."),
            reasons.CONTESTED: _("Another line may pay the same: %(line)s."),
            reasons.DIFFERENCE: _("There is a difference to judge: %(use)s %(amount)s."),
            reasons.NOT_WHOLE: _("A part stays open."),
            reasons.DUPLICATE_SUSPECTED: _("It may repeat %(line)s."),
            reasons.RETURNED: _("It is a payment that came back."),
            reasons.UNDONE: _("A match of this line was undone, so people decide about it."),
            reasons.NOT_BOOKED: _("Odoo could not book it: %(why)s"),
        }
