from markupsafe import escape

from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...compat import check_access

# Written by Odoo alone: whoever could write them would approve their own change.
GUARDED = {
    "approved_destination",
    "asked_destination",
    "destination_changed_at",
    "destination_changed_by_id",
    "destination_worked_on_by",
}

MOST_NAMED = 3  # people on the card of a connector


class AuditConnector(models.Model):
    """What becomes of secrets when the destination changes, and who agrees to the new one.

    A secret serves the destination that it was entered for and no other. Where a connector to production, which was in
    use, is led somewhere else, be it another path of the same host or another folder, nothing is sent there before a
    second person has approved it. Hence neither a stolen session nor a single administrator redirects what is told to a
    platform.
    """

    _inherit = "audit.connector"

    _approver_groups = ("audit_connector_base.group_audit_connector_admin", "audit_connector_base.group_audit_approver")
    _approver_activity = "audit_connector_base.activity_approve_destination"
    _approvers_get_mail = True

    approved_destination = fields.Char(readonly=True, copy=False)
    asked_destination = fields.Char(string="New Destination", readonly=True, copy=False)
    destination_changed_by_id = fields.Many2one("res.users", string="Changed By", readonly=True, copy=False)
    destination_changed_at = fields.Datetime(string="Changed On", readonly=True, copy=False)
    destination_worked_on_by = fields.Json(
        readonly=True, copy=False, help="Ids of all who led it somewhere else since the last approval."
    )
    approval_trouble = fields.Char(compute="_compute_approval")
    approval_by = fields.Char(compute="_compute_approval")
    may_approve_destination = fields.Boolean(compute="_compute_approval")

    @api.depends("approved_destination", "asked_destination", "destination_changed_by_id", "adapter", "url")
    @api.depends_context("uid")
    def _compute_approval(self):
        """As it is stored: while a form is edited nothing has changed yet."""
        for connector in self:
            stored = connector._origin
            connector.approval_trouble = stored._approval_trouble() if stored else False
            connector.may_approve_destination = bool(connector.approval_trouble) and not stored._unfit_to_approve()
            connector.approval_by = connector.approval_trouble and stored._approval_by(
                connector.may_approve_destination
            )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_approving(vals)
        connectors = super().create(vals_list)
        connectors._follow_destination()
        return connectors

    def write(self, vals):
        self._refuse_approving(vals)
        result = super().write(vals)
        if not GUARDED.issuperset(vals):
            self._void_unfit_secrets()
            self._follow_destination()
        return result

    def _refuse_approving(self, vals):
        if not self.env.su and GUARDED.intersection(vals):
            raise UserError(_("A destination is approved with the button on the connector."))

    def _check_secret_destinations(self):
        """Refuse settings under which stored secrets would serve something else than they were entered for.

        Those that the protocol does not use are not asked for; see ``_void_unfit_secrets``.
        """
        for connector in self:
            for name in connector._adapter()._secrets_needed(connector):
                binding = connector._secret_binding(name)
                credential = connector._credential_of(connector.SECRETS[name][0])
                if credential and credential._binding() != binding:
                    raise ValidationError(
                        _(
                            "The secret of “%(name)s” was entered for %(old)s. Enter it again to use it for %(new)s.",
                            name=connector.name,
                            old=self._words_of(credential._binding()),
                            new=self._words_of(binding),
                        )
                    )

    def _words_of(self, binding):
        labels = dict(self.env["audit.credential"]._fields["kind"]._description_selection(self.env))
        environments = dict(self._fields["environment"]._description_selection(self.env))
        return _(
            "%(destination)s (%(kind)s, %(environment)s)",
            destination=binding.destination or _("no address"),
            kind=labels[binding.kind],
            environment=environments[binding.environment],
        )

    def _void_unfit_secrets(self):
        """End the secrets that were entered for something else. Sudo: see ``audit.credential``.

        Whoever leads an archived connector elsewhere, or away and back, enters them anew.
        """
        for connector in self.filtered(lambda one: one._speaks() and one.sudo().credential_ids):
            needed = connector._adapter()._secrets_needed(connector)
            for credential in connector.sudo().credential_ids:
                name = connector._secret_field(credential.purpose)
                binding = connector._secret_binding(name)
                if name not in needed:
                    # Of what the protocol does not use, the kind means nothing.
                    binding = binding._replace(kind=credential.kind)
                if credential._binding() != binding:
                    credential._end(credential._why_void(binding))

    def _follow_destination(self):
        """Note where messages go, and ask for approval where that is another place than the one approved.

        Sudo: the notes are Odoo's.
        """
        for connector in self.sudo().filtered(lambda one: one._speaks()):
            there = connector._destination_now()
            if connector._is_approved(there):
                if connector.asked_destination:
                    connector._forget_asking()
            elif not connector.approved_destination or not connector._was_used():
                # The first place in production is chosen with the connector itself.
                first = there if connector.environment == "production" else False
                if (connector.approved_destination or "") != (first or ""):
                    connector.approved_destination = first
            elif there != (connector.asked_destination or ""):
                connector._ask_approval(there)

    def _speaks(self):
        """Whether the addon of the protocol is installed, without which nothing can be said of the destination."""
        return "audit.adapter.%s" % self.adapter in self.env

    def _destination_now(self):
        return self._adapter()._sends_to(self) or ""

    def _is_approved(self, there):
        """Whether that is the approved place. Of places approved in the past, when paths did not count, the host."""
        approved = self.sudo().approved_destination or ""
        return there == approved or bool(approved) and approved == (self._adapter()._destination(self) or "")

    def _was_used(self):
        """Whether anything was ever sent. Sudo: everybody may know."""
        return bool(self.env["audit.connector.day"].sudo().search_count([("connector_id", "=", self.id)], limit=1))

    def _ask_approval(self, there):
        """Note who leads the connector where, in the log as well, and call somebody to approve it."""
        self.write(
            {
                "asked_destination": there,
                "destination_changed_by_id": self.env.uid,
                "destination_changed_at": fields.Datetime.now(),
                "destination_worked_on_by": sorted({*(self.destination_worked_on_by or []), self.env.uid}),
            }
        )
        self._log_destination("destination.changed")
        self._call_approvers(
            _("Approve where “%s” sends to", self.name),
            note=escape(_("From %(old)s to %(new)s", old=self.approved_destination, new=there)),
        )

    def _forget_asking(self):
        self.write(dict.fromkeys(GUARDED - {"approved_destination"}, False))
        self._let_approvers_go()

    def _approval_trouble(self):
        """Why nothing may be sent before somebody approves, as a sentence; empty when it may.

        It is judged by the address as it is, and so also finds one that was changed past Odoo.
        """
        approved = self.sudo().approved_destination
        if not approved or not self._speaks() or self._is_approved(self._destination_now()):
            return ""
        return _(
            "“%(name)s” leads to %(new)s now, and was approved for %(old)s. Nothing is sent before somebody else than "
            "who changed it approves that; what happens meanwhile waits.",
            name=self.name,
            new=self._destination_now() or _("no address"),
            old=approved,
        )

    def _approval_by(self, is_mine):
        """Who can give the approval that is missing, as a sentence. Sudo: names, for whoever sees the connector."""
        people = [_("you")] * is_mine + self._approvers().sudo().mapped("name")
        if not people:
            return _("Nobody can approve it yet: somebody else needs the role Approver or Connector Administrator.")
        return _("Can be given by %s", ", ".join(people[:MOST_NAMED]) + (", …" if len(people) > MOST_NAMED else ""))

    def _unfit_to_approve(self):
        """Why the current user may not approve, as a sentence; empty when they may."""
        if self.env.uid == SUPERUSER_ID or not any(self.env.user.has_group(group) for group in self._approver_groups):
            return _("Only connector administrators and approvers may approve a destination.")
        if self.sudo()._had_a_hand(self.env.user) and self.company_id.sudo().audit_second_person:
            return _(
                "Whoever changed a destination does not approve it: ask another connector administrator or an "
                "approver. Where there is nobody else, the settings (Audit) let one person do both."
            )
        return ""

    def _had_a_hand(self, user):
        return user.id in (self.destination_worked_on_by or [])

    def _whom_to_call(self, approvers):
        """One is enough, the owner first."""
        return (approvers & self.user_id) or approvers[:1]

    def action_approve_destination(self):
        """Show where messages would go, to be approved."""
        self.ensure_one()
        check_access(self, "read")
        return self.env["audit.destination.approval"]._shown(self)

    def _approve_destination(self, there):
        """Let messages go to ``there``. Sudo: an approver does not change connectors otherwise.

        :raises UserError: for people who may not, and when the connector leads to another place than ``there`` by now
        """
        self.ensure_one()
        check_access(self, "read")
        unfit = self._unfit_to_approve()
        if unfit:
            raise UserError(unfit)
        if not self._approval_trouble():
            raise UserError(_("There is nothing to approve: “%s” sends to where it was approved for.", self.name))
        if {there, self.sudo().asked_destination or ""} != {self._destination_now()}:
            raise UserError(_("The address was changed meanwhile. Open the connector again, then approve it."))
        self._require_reauthentication("approve")
        alone = self.sudo()._had_a_hand(self.env.user)
        self._log_destination("destination.approved", alone=alone)
        self.sudo().write({"approved_destination": there})
        self.sudo()._forget_asking()
        self._request_drain()

    def _log_destination(self, kind, **further):
        connector = self.sudo()
        facts = {
            "connector": {"id": self.id, "name": self.name},
            "old": connector.approved_destination or "",
            "new": connector.asked_destination or "",
            "changed_by": connector.destination_changed_by_id.name or "",
            **further,
        }
        self.env["audit.log.entry"]._append_facts(kind, [(self.company_id, (self._name, self.id), facts)])


class AuditCredential(models.Model):
    """Why a secret does not serve what it is wanted for."""

    _inherit = "audit.credential"

    def _why_void(self, binding):
        """Of ``ended_because``: what differs between this secret and what it is wanted for."""
        if self.environment != binding.environment:
            return "environment"
        return "destination" if (self.destination or "") != binding.destination else "kind"
