from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..contract.version import SERVED
from .subscription_state import watch


class AuditSubscriptionContract(models.Model):
    """By which version of a contract a subscription is told of one kind of thing.

    The newest approved version of ``major``, or always ``version_id`` where that is set.
    """

    _name = "audit.subscription.contract"
    _inherit = "audit.company.bound"
    _description = "Contract of a Subscription"
    _order = "subscription_id, contract_id"

    subscription_id = fields.Many2one("audit.subscription", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True, precompute=True)
    contract_id = fields.Many2one(
        "audit.contract", string="Messages About", required=True, readonly=True, ondelete="restrict", index=True
    )
    entity = fields.Char(related="contract_id.entity", store=True, precompute=True)
    major = fields.Integer(
        string="Main Version",
        required=True,
        help="The first number of the version. Versions that differ in the second number only are compatible.",
    )
    version_id = fields.Many2one(
        "audit.contract.version",
        string="Fixed Version",
        ondelete="restrict",
        index=True,
        domain="[('contract_id', '=', contract_id), ('major', '=', major), ('state', 'in', %r)]" % (SERVED,),
        help="Empty: the newest approved version under the main version. Otherwise messages are always checked against "
        "this one.",
    )
    minor = fields.Integer(related="version_id.minor", store=True, precompute=True)
    current_id = fields.Many2one("audit.contract.version", string="Now", compute="_compute_current_id")
    warning = fields.Char(compute="_compute_current_id")

    _sql_constraints = [
        ("once", "UNIQUE (subscription_id, contract_id)", "A subscription follows one version of each contract."),
    ]

    def init(self):
        watch(self.env.cr, self._table)

    @api.depends("major", "version_id", "contract_id.version_ids.state")
    def _compute_current_id(self):
        for one in self:
            version = one.current_id = one.version_id or one.contract_id._newest_of(one.major)
            one.warning = version.state == "deprecated" and _(
                "%(version)s ends on %(day)s. Agree with the platform on a newer version, then choose it here.",
                version=version.display_name,
                day=version.sunset_date,
            )

    @api.constrains("major", "version_id", "contract_id")
    def _check_version(self):
        for one in self:
            one.contract_id._take_turns()
            if one.version_id and (one.version_id.contract_id, one.version_id.major) != (one.contract_id, one.major):
                raise ValidationError(
                    _("%s is not a version of what the subscription is about.", one.version_id.display_name)
                )
            if one.current_id.state not in SERVED:
                raise ValidationError(
                    _(
                        "There is no approved version %(major)s of “%(contract)s”.",
                        major=one.major,
                        contract=one.contract_id.name,
                    )
                )
            made = self.env["audit.contract"]._made_by_odoo(one.entity)
            if one.major not in made:
                raise ValidationError(
                    _(
                        "Odoo does not make messages about “%(contract)s” by version %(major)s. It can be: %(made)s.",
                        contract=one.contract_id.name,
                        major=one.major,
                        made=", ".join(map(str, made)) or _("none"),
                    )
                )

    @api.depends("contract_id", "major", "version_id")
    def _compute_display_name(self):
        for one in self:
            version = one.version_id.name or _("%s, newest", one.major)
            one.display_name = "%s %s" % (one.contract_id.name, version)

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        made._log_choice()
        return made

    def write(self, vals):
        """Refuse another subscription: the rules of access know the company it would come from, not where it goes."""
        for name in {"subscription_id", "contract_id"}.intersection(vals):
            if any(one[name].id != vals[name] for one in self):
                raise UserError(_("The choice of a version stays with its subscription and its contract."))
        before = {one.id: one._chosen() for one in self}
        result = super().write(vals)
        self.filtered(lambda one: one._chosen() != before[one.id])._log_choice(before)
        return result

    @api.ondelete(at_uninstall=False)
    def _log_end_of_choice(self):
        self._log_choice(kind="contract.unchosen")

    def _chosen(self):
        """The version by which messages are made, as the log says it."""
        self.ensure_one()
        return self.version_id.name or "%d.*" % self.major

    def _log_choice(self, before=None, kind="contract.chosen"):
        """``before``: ``{id: what was chosen before}``."""
        before = before or {}
        self.env["audit.log.entry"]._append_facts(
            kind,
            [
                (
                    one.company_id,
                    ("audit.subscription", one.subscription_id.id),
                    {
                        "contract": one.entity,
                        "version": one._chosen(),
                        **({"version_before": before[one.id]} if one.id in before else {}),
                        "connector": {
                            "id": one.subscription_id.connector_id.id,
                            "name": one.subscription_id.connector_id.name,
                        },
                        "subscription": one.subscription_id.name or "",
                    },
                )
                for one in self
            ],
        )


class AuditSubscription(models.Model):
    """Each subscription stays with the versions that it was made with, until somebody chooses others."""

    _inherit = "audit.subscription"

    contract_ids = fields.One2many("audit.subscription.contract", "subscription_id", string="Contracts")

    @api.model_create_multi
    def create(self, vals_list):
        subscriptions = super().create(vals_list)
        subscriptions._pin_contracts()
        return subscriptions

    def write(self, vals):
        result = super().write(vals)
        if "event_type_ids" in vals:
            self._pin_contracts()
        return result

    def _pin_contracts(self):
        """Note the newest approved main version of each contract that is not chosen yet, and forget those not needed.

        Sudo: it follows from the events that were chosen.
        """
        Contract = self.env["audit.contract"].sudo()
        for subscription in self.sudo():
            wanted = set(subscription.event_type_ids.mapped("entity"))
            known = subscription.contract_ids
            kept = known.filtered_domain([("entity", "in", sorted(wanted))])
            (known - kept).unlink()
            missing = wanted - set(kept.mapped("entity"))
            for contract in Contract.search([("entity", "in", sorted(missing))]):
                major = contract._newest_major()
                if major:
                    self.env["audit.subscription.contract"].sudo().create(
                        {"subscription_id": subscription.id, "contract_id": contract.id, "major": major}
                    )
