from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..abstract.reauthentication import asks_identity
from .api_client_changes import silently, told

ADMINISTRATOR = "audit_connector_base.group_audit_connector_admin"
APPROVER = "audit_connector_base.group_audit_approver"

# Who is called and who answers is kept right at any time; all else is what the approver approved.
FREE = {"name", "contact", "owner_id"}
# Written by this file only.
STAMPS = {
    "approved_at", "approved_by_id", "client_id", "ended_at", "ended_by_id", "key_ids", "prepared_at", "prepared_by_id",
    "requested_at", "requested_by_id", "worked_on_by",
}  # fmt: skip
# {(from, to): (kind of log entry, roles of which one is needed)}
STEPS = {
    ("draft", "requested"): ("api_client.requested", (ADMINISTRATOR,)),
    ("requested", "draft"): ("api_client.sent_back", (ADMINISTRATOR, APPROVER)),
    ("requested", "active"): ("api_client.approved", (APPROVER,)),
    ("active", "suspended"): ("api_client.suspended", (ADMINISTRATOR, APPROVER)),
    ("suspended", "active"): ("api_client.resumed", (APPROVER,)),
    ("active", "draft"): ("api_client.reopened", (ADMINISTRATOR,)),
    ("suspended", "draft"): ("api_client.reopened", (ADMINISTRATOR,)),
    **{
        (state, "revoked"): ("api_client.revoked", (ADMINISTRATOR, APPROVER))
        for state in ("draft", "requested", "active", "suspended")
    },
}
TRACKED = (
    "name", "owner_id", "contact", "purpose", "environment", "auth_method", "networks", "expires_on", "connector_id",
    "company_ids", "rate_per_minute", "burst",
)  # fmt: skip


class AuditApiClient(models.Model):
    """From the request to the end of a client: two people let it in, one is enough to shut it out.

    All of it is guarded in ``create`` and ``write``, whoever calls them and with whatever rights; the buttons only
    write the state, and ask for the password where that is needed.
    """

    _inherit = "audit.api.client"
    _approved_states = ("active", "suspended")
    _prepared_fields = (
        "purpose", "environment", "auth_method", "networks", "expires_on", "connector_id", "company_ids",
        "rate_per_minute", "burst", "scope_ids",
    )  # fmt: skip

    may_change = fields.Boolean(compute="_compute_may_change")

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_may_change(self):
        """Whether the form offers to change anything: approvers read what administrators prepared.

        It depends on the state so that the form of a new client asks for it as well.
        """
        self.may_change = self.env.user.has_group(ADMINISTRATOR)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_stamps(vals)
            if vals.get("state", "draft") != "draft":
                raise UserError(_("A new client is prepared first, then requested, then approved by somebody else."))
        clients = super().create([{name: vals[name] for name in vals if name != "scope_ids"} for vals in vals_list])
        with silently(clients):
            # What it may is told of with the client itself.
            for client, vals in zip(clients, vals_list):
                if vals.get("scope_ids"):
                    client._stamp({"scope_ids": vals["scope_ids"]})
        clients._check_may_prepare()
        clients._log("api_client.created")
        return clients

    def write(self, vals):
        self._refuse_stamps(vals)
        if "state" in vals:
            if set(vals) != {"state"}:
                raise UserError(_("Save the changes first, then take the next step."))
            for client in self:
                client._step(vals["state"])
            return True
        prepared = set(vals) - FREE - {"activity_ids"}
        if prepared:
            self._check_may_prepare()
        elif set(vals) & FREE:
            self._check_role(ADMINISTRATOR)
        with told(self):
            result = super().write(vals)
            if prepared:
                # Once more: the companies are others now.
                self._check_may_prepare()
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if any(client.requested_at for client in self):
            raise UserError(
                _("A client that was requested once is not deleted, so that its history stays. Revoke it instead.")
            )
        self._log("api_client.deleted")

    def action_request(self):
        """Ask somebody else to approve what was prepared."""
        return self.write({"state": "requested"})

    def action_send_back(self):
        """Let it be prepared further."""
        return self.write({"state": "draft"})

    @asks_identity("approve", before="_check_may_approve")
    def action_approve(self):
        """Let it in, as another person than those who prepared it."""
        return self.write({"state": "active"})

    def action_suspend(self):
        """Refuse it from now on, until it is resumed."""
        return self.write({"state": "suspended"})

    def action_resume(self):
        """Let it in again as it was."""
        return self.write({"state": "active"})

    def action_change(self):
        """Refuse it from now on, and prepare a change that has to be approved."""
        return self.write({"state": "draft"})

    def action_revoke(self):
        """Refuse it for ever."""
        return self.write({"state": "revoked"})

    def _step(self, state):
        """Take one client from its state to another one, as far as the user may. Stamps are written here only."""
        self.ensure_one()
        if state == self.state:
            return
        kind, roles = STEPS.get((self.state, state), (None, ()))
        if not kind:
            names = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                _("“%(client)s” is “%(state)s” and takes no such step.", client=self.name, state=names[self.state])
            )
        self._check_role(*roles)
        if state in ("requested", "active"):
            self._check_all_companies()
        now, user = fields.Datetime.now(), self.env.uid
        stamps = {"state": state}
        if kind == "api_client.requested":
            self._check_complete()
            stamps |= {"requested_by_id": user, "requested_at": now}
        elif kind == "api_client.resumed":
            # To let it in again takes as much as to let it in.
            self._check_may_approve()
        elif kind == "api_client.approved":
            self._check_complete()
            stamps |= {"approved_by_id": user, "ended_by_id": False, "ended_at": False}
        elif state in ("suspended", "revoked"):
            stamps |= {"ended_by_id": user, "ended_at": now}
        elif kind == "api_client.reopened":
            stamps["approved_by_id"] = False
        self._stamp(stamps)
        if state != "active":
            self.env["audit.api.token"]._end(self)
        self._log(kind)
        self._ask_approvers(state)

    def _stamp(self, vals):
        """Write what nobody enters, past the guards of ``write``."""
        return super().write(vals)

    def _refuse_stamps(self, vals):
        if STAMPS & set(vals):
            raise UserError(_("Who prepared, requested and approved a client is recorded by Odoo, not entered."))

    def _check_role(self, *roles):
        if not any(self.env.user.has_group(role) for role in roles):
            raise UserError(
                _("Only people with the role Approver may do this.")
                if roles == (APPROVER,)
                else _("Only connector administrators may do this.")
                if roles == (ADMINISTRATOR,)
                else _("Only connector administrators and approvers may do this.")
            )

    def _check_may_prepare(self):
        """What a client may do is prepared by administrators of all its companies, before it is requested."""
        self._check_role(ADMINISTRATOR)
        for client in self:
            if client.state != "draft":
                raise UserError(
                    _(
                        "What “%s” may do is approved or waits for approval. To change it, send it back or use Change; "
                        "it is then approved again.",
                        client.name,
                    )
                )
            client._check_all_companies()
        self._note_hand(["scope_ids"])

    def _check_all_companies(self):
        """Nobody gives access to the books of a company that they do not work for. Sudo: to see all of them."""
        if self.sudo().company_ids - self.env.user.company_ids:
            raise UserError(
                _(
                    "“%s” may see a company that you do not work for. Somebody of that company has to do this.",
                    self.name,
                )
            )

    def _check_may_approve(self):
        """Neither those who worked on it nor who requested it, and people of all its companies."""
        for client in self:
            if self.env.user in client.requested_by_id:
                raise UserError(_("You requested “%s” yourself; somebody else has to approve it.", client.name))
        result = super()._check_may_approve()
        for client in self:
            client._check_all_companies()
        return result

    def _identity_content(self, action):
        """Who answers for it is shown as well. Sudo: for whoever may approve it."""
        owner = _("Owner")
        people = [(owner, client.owner_id.name) for client in self.sudo()]
        return [*people, *super()._identity_content(action)]

    def _identity_state(self, action):
        """What was requested anew is another request. Sudo: to compare."""
        requests = [[client.requested_at, client.requested_by_id.id, client.owner_id.id] for client in self.sudo()]
        return [super()._identity_state(action), requests]

    def _check_complete(self):
        missing = [
            label
            for label, present in (
                (_("a purpose"), (self.purpose or "").strip()),
                (_("a company"), self.sudo().company_ids),
                (_("a permission"), self.scope_ids),
                (_("a day until which it is good"), self.expires_on and not self.is_expired),
                (_("a platform that it writes as"), self.connector_id or "write" not in self.scope_ids.mapped("verb")),
            )
            if not present
        ]
        if missing:
            raise UserError(
                _("“%(client)s” cannot be approved without %(missing)s.", client=self.name, missing=", ".join(missing))
            )

    def _ask_approvers(self, state):
        if state == "requested":
            self._call_approvers(_("Approve API client"))
        else:
            self._let_approvers_go()

    def _companies_of_approval(self):
        return self.company_ids

    def _had_a_hand(self, user):
        return super()._had_a_hand(user) or user == self.requested_by_id

    def _facts(self):
        """What the log says of a client. Sudo: the names of all its companies belong to it."""
        client = self.sudo()
        return {
            "name": client.name or "",
            "client_id": client.client_id,
            "owner": client.owner_id.name or "",
            "contact": client.contact or "",
            "purpose": client.purpose or "",
            "environment": client.environment,
            "auth_method": client.auth_method,
            "networks": client.networks or "",
            "expires_on": str(client.expires_on or ""),
            "writes_as": client.connector_id.name or "",
            "companies": client.company_ids.mapped("name"),
            "rate_per_minute": client.rate_per_minute,
            "burst": client.burst,
            "scopes": client._scopes(),
        }

    def _log(self, kind, **facts):
        """Append an entry for each of these clients to the log of the system, where clients belong."""
        self.env["audit.log.entry"]._append_system(
            kind, [((client._name, client.id), {**client._facts(), **facts}) for client in self]
        )

    def _log_change(self, before):
        after = self._facts()
        changed = [name for name in after if before[name] != after[name]]
        if changed:
            self._log("api_client.changed", before={name: before[name] for name in changed}, changed=changed)
