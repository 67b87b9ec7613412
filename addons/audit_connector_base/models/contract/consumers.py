from typing import Any, NamedTuple

from markupsafe import escape

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .contract import RECEIVED, SENT
from .version import SERVED

# So many days before a version ends, its users are reminded of it; on the last day once more.
REMINDERS = (30, 7, 1)


class Consumer(NamedTuple):
    """Somebody who relies on a contract.

    ``record`` is what an administrator opens; ``kind`` and ``name`` are for people; ``direction`` is ``sent`` for those
    who receive its messages and ``received`` for those who send them; ``minor`` is None for the newest of ``major``.
    """

    record: Any
    kind: str
    name: str
    direction: str
    major: int
    minor: Any = None


class AuditContract(models.Model):
    """Who relies on a contract."""

    _inherit = "audit.contract"

    def _consumers(self):
        """Return everybody who relies on this contract, as a list of ``Consumer``, whatever the user may see.

        Sudo: a version is not retired because somebody does not see who needs it; what is shown of them is for
        ``_shown_consumers``. Whatever else uses contracts extends this.
        """
        self.ensure_one()
        chosen = self.env["audit.subscription.contract"].sudo().search([("contract_id", "=", self.id)])
        subscription, connector = _("Subscription"), _("Connector")
        found = [
            Consumer(
                one.subscription_id,
                subscription,
                "%s ▸ %s" % (one.subscription_id.connector_id.name, one.subscription_id.name),
                SENT,
                one.major,
                one.version_id.minor if one.version_id else None,
            )
            for one in chosen
        ]
        for major in self._taken_by_odoo(self.entity):
            connectors = self.env["audit.connector"].sudo().search([("inbound_active", "=", True)])
            found += [Consumer(one, connector, one.name, RECEIVED, major) for one in connectors]
        return found + self._clients()

    def _clients(self):
        """The programs that read or add such things by the API. They ask for a main version, or get the newest."""
        added = {
            handler._api_entity()[0]: handler._contract()[1]
            for handler in self.env["audit.inbound.handler"]._family()
            if handler._api_entity() and handler._contract()[0] == self.entity
        }
        scopes = self.env["audit.api.scope"].sudo().search([("client_id.state", "in", ("active", "suspended"))])
        newest = self._newest_major()
        read = scopes.filtered(lambda one: newest and one.verb == "read" and one.entity == self.entity)
        write = scopes.filtered(lambda one: one.verb == "write" and one.entity in added)
        kind = _("API Client")
        return [Consumer(one.client_id, kind, one.client_id.name, SENT, newest) for one in read] + [
            Consumer(one.client_id, kind, one.client_id.name, RECEIVED, added[one.entity]) for one in write
        ]

    def _shown_consumers(self, consumers):
        """Return ``(those that the user may see, number of the others)``."""
        visible = set()
        for model in {one.record._name for one in consumers}:
            ids = [one.record.id for one in consumers if one.record._name == model]
            try:
                found = self.env[model].with_context(active_test=False).search([("id", "in", ids)])
            except AccessError:
                continue
            visible.update((model, record.id) for record in found)
        shown = [one for one in consumers if (one.record._name, one.record.id) in visible]
        return shown, len(consumers) - len(shown)


class AuditContractVersion(models.Model):
    """Who relies on one version, and what they are told before it ends."""

    _inherit = "audit.contract.version"

    def _users(self):
        """Return those ``Consumer`` whose messages are held against this very version now."""
        self.ensure_one()
        Contract = self.env["audit.contract"]
        if self.state not in SERVED:
            return []
        newest = Contract._in_force(self.entity, self.major)[0] == self.id
        return [
            one
            for one in self.contract_id._consumers()
            if one.major == self.major and (one.minor == self.minor or one.minor is None and newest)
        ]

    def _refuse_while_needed(self):
        """Nobody's messages stop because a version is retired.

        :raises UserError: naming those whom the user may see, and the number of the others
        """
        users = self._users()
        if users:
            shown, hidden = self.contract_id._shown_consumers(users)
            names = [one.name for one in shown[:5]]
            if len(shown) + hidden > len(names):
                names.append(_("%s more", len(shown) + hidden - len(names)))
            raise UserError(
                _(
                    "%(version)s is still in use: %(names)s. Have them moved to a newer version first.",
                    version=self.display_name,
                    names=", ".join(names),
                )
            )
        last = not self.contract_id.version_ids.filtered(
            lambda one: one != self and one.major == self.major and one.state in SERVED
        )
        used_by_odoo = {
            *self.contract_id._taken_by_odoo(self.entity),
            *self.contract_id._made_by_odoo(self.entity)[:1],
        }
        if last and self.major in used_by_odoo:
            raise UserError(
                _(
                    "Odoo itself makes or takes messages by %s, and has no other approved version of it.",
                    self.display_name,
                )
            )

    def _warn_consumers(self):
        """Ask the owner of each connector concerned to move on before the version ends. Sudo: whoever decided that."""
        for version in self:
            users = [one.record for one in version._users()]
            subscriptions = [one for one in users if one._name == "audit.subscription"]
            concerned = [one for one in users if one not in subscriptions]
            version._remind({*concerned, *(one.connector_id for one in subscriptions)})

    def _remind(self, concerned):
        """``concerned``: connectors and API clients."""
        summary = _("%(version)s ends on %(day)s", version=self.display_name, day=self.sunset_date)
        note = escape(self.deprecation_note or "") or _(
            "Agree with the platform on a newer version, then choose it on the subscription."
        )
        for one in concerned:
            if summary not in one.activity_ids.mapped("summary"):
                owner = one.owner_id if "owner_id" in one._fields else one.user_id
                one.activity_schedule(
                    "mail.mail_activity_data_todo",
                    date_deadline=self.sunset_date,
                    summary=summary,
                    note=note,
                    user_id=(owner or self.env.user).id,
                )

    @api.model
    def _cron_remind(self):
        """Remind those who still use a version that ends soon, and say so in the log."""
        today = fields.Date.context_today(self)
        for version in self.search([("state", "=", "deprecated")]):
            if (version.sunset_date - today).days in REMINDERS or version.sunset_date <= today:
                version._warn_consumers()
