import base64
import binascii
import hashlib

from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

from ...compat import check_access
from ...core.settlement import PARTS, Unreadable, read

LARGEST = 20 * 1024 * 1024  # bytes
GIVEN = ("mapping_id", "file_name", "content")


class AuditCardSettlement(models.Model):
    """A settlement report as it was received from a card processor, and the payouts it tells of.

    Read whole or not at all. The same file is read once; a payout that another report told of already has to say the
    same here.

    Sudo throughout: nobody writes what a report says; who may hand one in is checked.
    """

    _name = "audit.card.settlement"
    _inherit = ["audit.company.bound", "audit.keeps.attachments"]
    _description = "Settlement Report"
    _order = "id desc"
    _rec_name = "file_name"

    mapping_id = fields.Many2one(
        "audit.card.mapping", string="Card Processor", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="mapping_id.company_id", store=True, index=True, precompute=True)
    file_name = fields.Char(string="File")
    content = fields.Binary(string="Report", attachment=True, required=True)
    sha256 = fields.Char(string="SHA-256", readonly=True, index=True)
    payout_ids = fields.One2many("audit.card.payout", "settlement_id", string="Payouts", readonly=True)
    payout_count = fields.Integer(string="Payouts Read", compute="_compute_counts", store=True)
    known_count = fields.Integer(string="Known Before", readonly=True)
    break_count = fields.Integer(string="To Look Into", compute="_compute_breaks")

    @api.depends("payout_ids")
    def _compute_counts(self):
        for one in self:
            one.payout_count = len(one.payout_ids)

    @api.depends("payout_ids.state")
    def _compute_breaks(self):
        for one in self:
            one.break_count = len(one.payout_ids.filtered(lambda payout: payout.state not in ("tied", "waiting")))

    @api.model_create_multi
    def create(self, vals_list):
        """Reads the file at once, and looks for each payout at the bank."""
        self._check_may_prepare()
        made = super().create([{name: vals.get(name) for name in GIVEN} for vals in vals_list])
        for one in made:
            one._take_in()
        return made

    def write(self, vals):
        if not self.env.su:
            raise UserError(_("A report stays as it was received. Hand in another one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A report that was read is kept."))

    def action_compare(self):
        """Look for the payouts at the bank again."""
        self._check_may_prepare()
        self.sudo().payout_ids._compare()
        return True

    def _check_may_prepare(self):
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Settlement reports are read by people with a role in Audit."))
        check_access(self, "read")

    def _take_in(self):
        """Make the payouts of the file. Sudo: see the class."""
        one = self.sudo()
        try:
            content = base64.b64decode(one.with_context(bin_size=False).content or b"", validate=True)
        except (binascii.Error, ValueError):
            content = b""
        if not content or len(content) > LARGEST:
            raise UserError(_("Choose a file of at most %s MB.", LARGEST // (1024 * 1024)))
        sha256 = hashlib.sha256(content).hexdigest()
        if one.search_count([("sha256", "=", sha256), ("mapping_id", "=", one.mapping_id.id)], limit=1):
            raise UserError(_("This very file was read already."))
        try:
            payouts = read(content, one.mapping_id._mapping())
        except Unreadable as error:
            raise UserError(_("The report was not read:\n%s", error)) from None
        new = one._without_known(payouts)
        currencies = self.env["res.currency"].sudo().with_context(active_test=False)
        by_name = {currency.name: currency.id for currency in currencies.search([])}
        strange = sorted({payout.currency for payout in payouts} - by_name.keys())
        if strange:
            raise UserError(_("No currency is called %s.", ", ".join(strange)))
        one.write(
            {
                "sha256": sha256,
                "known_count": len(payouts) - len(new),
                "payout_ids": [
                    Command.create(
                        {
                            "name": payout.number,
                            "date": payout.date,
                            "currency_id": by_name[payout.currency],
                            "net_stated": float(payout.stated or 0),
                            "is_stated": payout.stated is not None,
                            "row_count": payout.rows,
                            **{part: float(payout.parts[part]) for part in PARTS},
                        }
                    )
                    for payout in new
                ],
            }
        )
        facts = {"name": one.mapping_id.name, "file": one.file_name or "", "sha256": sha256, "items": len(new)}
        self.env["audit.log.entry"]._append_facts(
            "card_settlement.read", [(one.company_id, (one._name, one.id), facts)], direction="in"
        )
        one.payout_ids._compare()

    def _without_known(self, payouts):
        """Those that no report told of before.

        :raises UserError: when a report told something else of one
        """
        numbers = [payout.number for payout in payouts]
        found = (
            self.env["audit.card.payout"]
            .sudo()
            .search([("mapping_id", "=", self.mapping_id.id), ("name", "in", numbers)])
        )
        known = {one.name: one for one in found}
        for payout in payouts:
            one = known.get(payout.number)
            if one and one.currency_id.compare_amounts(one.net, float(payout.net)):
                raise UserError(
                    _(
                        "Payout %(number)s was read before with %(before)s, and here it is %(now)s. Ask the processor.",
                        number=payout.number,
                        before=one.net,
                        now=payout.net,
                    )
                )
        return [payout for payout in payouts if payout.number not in known]
