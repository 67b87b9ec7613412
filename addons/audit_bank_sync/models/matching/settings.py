from decimal import Decimal

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.audit_connector_base.models.abstract.reauthentication import asks_identity

from ...core.matching.values import Settings, Use

MOST_FEE, MOST_SHARE = 100, 5.0
DISCOUNTS = {
    "discount_loss_account_id": "account_journal_early_pay_discount_loss_account_id",
    "discount_gain_account_id": "account_journal_early_pay_discount_gain_account_id",
}
"""Our fields, and those of the company that say the same."""
WHERE = "Audit ▸ Configuration ▸ Bank Matching"


class AuditMatchSettings(models.Model):
    """How one company matches: from which score on, with which limits, and where differences are booked.

    Matching without a person is off until somebody switches it on who did not choose its threshold (two persons,
    ``audit.two.persons``); while it is on, threshold and margin stay as they were approved.
    """

    _name = "audit.match.settings"
    _inherit = ["audit.company.bound", "audit.two.persons", "audit.configuration"]
    _description = "Bank Matching Settings"
    _rec_name = "company_id"
    _check_company_auto = True
    _prepared_fields = ("automatic_at", "margin")

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    suggest_at = fields.Integer(
        string="Suggest From (%)", required=True, default=42, help="Weaker proposals are not shown."
    )
    automatic_at = fields.Integer(
        string="Automatic From (%)",
        required=True,
        default=85,
        help="Least score of a match that Odoo may carry out by itself. It is never the amount alone that decides.",
    )
    margin = fields.Integer(
        string="Margin (%)",
        required=True,
        default=15,
        help="How far the second best has to be behind, for a match without a person.",
    )
    fee_most = fields.Integer(
        string="Largest Fee",
        required=True,
        default=5,
        help="In whole units of the currency. A difference up to this, and up to the share below, may be a bank fee.",
    )
    fee_share = fields.Float(string="Largest Fee (% of the Amount)", required=True, default=0.5, digits=(5, 2))
    write_off_most = fields.Integer(
        string="Largest Write-off",
        required=True,
        default=5,
        help="In whole units of the currency. More is written off by people with the role Approver only.",
    )
    fee_account_id = fields.Many2one(
        "account.account", string="Bank Fees", check_company=True, help="Where fees that the bank kept are booked."
    )
    exchange_account_id = fields.Many2one(
        "account.account",
        string="Exchange Differences",
        check_company=True,
        help="Where it is booked that the bank's rate differs from that of the day.",
    )
    write_off_account_id = fields.Many2one(
        "account.account", string="Write-offs", check_company=True, help="Where small differences are written off."
    )
    discount_loss_account_id = fields.Many2one(
        "account.account",
        string="Discounts Given",
        check_company=True,
        help="Where cash discounts taken by customers are booked.",
    )
    discount_gain_account_id = fields.Many2one(
        "account.account",
        string="Discounts Received",
        check_company=True,
        help="Where cash discounts of suppliers are booked.",
    )
    automatic = fields.Boolean(string="Matches Without a Person", compute="_compute_automatic")

    _sql_constraints = [("company", "UNIQUE (company_id)", "A company has one set of matching settings.")]

    @api.depends("approved_by_id")
    def _compute_automatic(self):
        for settings in self:
            settings.automatic = bool(settings.approved_by_id)

    @api.constrains("suggest_at", "automatic_at", "margin", "fee_most", "fee_share", "write_off_most")
    def _check_limits(self):
        for settings in self:
            if not 1 <= settings.suggest_at <= settings.automatic_at <= 100:
                raise ValidationError(
                    _("Suggest from 1 % at least; automatic from no less than that, and 100 % at most.")
                )
            if not 0 <= settings.margin <= 100:
                raise ValidationError(_("The margin lies between 0 and 100 %."))
            if not (0 <= settings.fee_most <= MOST_FEE and 0 <= settings.fee_share <= MOST_SHARE):
                raise ValidationError(_("A fee is at most %(fee)s, and %(share)s %%.", fee=MOST_FEE, share=MOST_SHARE))
            if not 0 <= settings.write_off_most <= MOST_FEE:
                raise ValidationError(_("What is written off without an approver is at most %s.", MOST_FEE))

    def write(self, vals):
        result = super().write(vals)
        if DISCOUNTS.keys() & vals.keys():
            self._tell_company()
        return result

    def _tell_company(self):
        """Odoo books the taxes of discounts by accounts of the company. Sudo: the right to these settings is enough."""
        for settings in self.sudo():
            settings.company_id.write({ours: settings[mine].id for mine, ours in DISCOUNTS.items()})

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("The settings of a company stay with it."))

    @asks_identity("approve", before="_check_may_approve")
    def action_switch_on(self):
        """Let Odoo carry out by itself what is above the threshold."""
        if any(settings.automatic for settings in self):
            raise UserError(_("It is switched on already."))
        self.write({"approved_by_id": self.env.uid})
        return True

    def action_switch_off(self):
        """Leave every match to people again. Sudo: whoever may see the settings and has a role may stop it."""
        self._check_role()
        self.read(["automatic"])
        self.sudo().write({"approved_by_id": False})
        return True

    def _check_role(self):
        groups = ("group_audit_approver", "group_audit_connector_admin")
        if not any(self.env.user.has_group("audit_connector_base.%s" % group) for group in groups):
            raise UserError(_("Only approvers and connector administrators do this."))

    @api.model
    def _of_company(self, company):
        """Return the settings of a company, those that a new one begins with where there are none.

        Sudo and in the name of Odoo: nobody prepared them, so everybody with the role may approve them.
        """
        mine = self.sudo().search([("company_id", "=", company.id)])
        if not mine:
            known = company.sudo()
            values = {mine: known[ours].id for mine, ours in DISCOUNTS.items()}
            values["exchange_account_id"] = known.expense_currency_exchange_account_id.id
            made = self.with_user(SUPERUSER_ID).with_company(company).create({"company_id": company.id, **values})
            mine = made.with_env(self.sudo().env)
        return mine

    @api.model
    def _open(self):
        """Return the way to the settings of the companies at work, which are made where they are missing."""
        self._check_role()
        mine = self.browse([self._of_company(company).id for company in self.env.companies])
        action = {"type": "ir.actions.act_window", "name": _("Bank Matching"), "res_model": self._name}
        if len(mine) == 1:
            return {**action, "res_id": mine.id, "views": [(False, "form")]}
        return {**action, "view_mode": "tree,form", "domain": [("id", "in", mine.ids)]}

    def _for_engine(self):
        """Return them as the engine's ``Settings``."""
        self.ensure_one()
        return Settings(
            suggest_at=self.suggest_at / 100,
            automatic_at=self.automatic_at / 100 if self.automatic else None,
            margin=self.margin / 100,
            fee_most=self.fee_most,
            fee_share=Decimal(str(round(self.fee_share, 2))) / 100,
        )

    def _account(self, use, incoming):
        """Return the account on which a difference is booked.

        :param use: ``fee``, ``exchange``, ``discount``, ``write_off`` or ``transfer``
        :param incoming: whether the line brings money in
        :raises UserError: saying where to choose it, when nobody has
        """
        self.ensure_one()
        if use == Use.TRANSFER.value:
            account = self.company_id.transfer_account_id
            if not account:
                raise UserError(_("Choose the account for internal transfers first, in the settings of Invoicing."))
            return account
        name = {
            Use.FEE.value: "fee_account_id",
            Use.EXCHANGE.value: "exchange_account_id",
            Use.DISCOUNT.value: "discount_loss_account_id" if incoming else "discount_gain_account_id",
            "write_off": "write_off_account_id",
        }[use]
        if not self[name]:
            label = self.fields_get([name], ["string"])[name]["string"]
            raise UserError(
                _(
                    "Choose an account for “%(label)s” first: %(where)s. An administrator or an approver does that.",
                    label=label,
                    where=WHERE,
                )
            )
        return self[name]
