import json
from collections import Counter

from odoo import _, fields, models
from odoo.exceptions import UserError

from ...core.contracts import ContractError
from .governance import ADMINISTRATOR, APPROVER

TRIED = 200  # messages
LOOKED_THROUGH = 20_000  # among so many of the newest, whatever they are about
MAX_PLACES = 10

SENT_MESSAGES = """
SELECT payload, contract_version
  FROM audit_event
 WHERE id > (SELECT coalesce(max(id), 0) FROM audit_event) - %(looked_through)s
   AND entity = %(entity)s AND company_id = ANY(%(companies)s) AND payload IS NOT NULL
 ORDER BY id DESC LIMIT %(limit)s
"""


class AuditContractVersion(models.Model):
    """Trying a version on messages that were sent and received, before anybody depends on it."""

    _inherit = "audit.contract.version"

    trial = fields.Text(string="Tried On Recent Messages", readonly=True, copy=False)

    def action_try(self):
        """Hold the newest messages against this version and say how many do not match, and where.

        Of the companies that the person may see. What is said names places and rules, never a value.
        """
        self.ensure_one()
        if not any(self.env.user.has_group(group) for group in (ADMINISTRATOR, APPROVER)):
            raise UserError(_("Versions are tried by those who write or approve them."))
        try:
            contract = self._contract()
        except ContractError as error:
            raise UserError(_("%(version)s: %(problem)s", version=self.display_name, problem=error)) from None
        messages = [*self._sent_messages(), *self._received_messages()]
        places, refused = Counter(), 0
        for message in messages:
            violations = contract.violations(message, limit=20)
            refused += bool(violations)
            places.update({"%s %s" % (one.path, one.message) for one in violations})
        self._set({"trial": self._trial_words(len(messages), refused, places)})
        return True

    def _trial_words(self, tried, refused, places):
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now()).strftime("%Y-%m-%d %H:%M")
        if not tried:
            return _("%s: there are no recent messages about this.", now)
        lines = [
            _(
                "%(now)s: of the last %(tried)s messages, %(refused)s do not match.",
                now=now,
                tried=tried,
                refused=refused,
            )
        ]
        for place, count in places.most_common(MAX_PLACES):
            lines.append(_("%(count)s times: %(place)s", count=count, place=place))
        return "\n".join(lines)

    def _sent_messages(self):
        """Messages that Odoo made, said by this main version where that can be; sudo: only counts are shown."""
        source = self.env["audit.source"]._of_entity(self.entity)
        self.env.cr.execute(
            SENT_MESSAGES,
            {
                "looked_through": LOOKED_THROUGH,
                "entity": self.entity,
                "companies": self.env.companies.ids,
                "limit": TRIED,
            },
        )
        for payload, made in self.env.cr.fetchall():
            message = json.loads(bytes(payload))
            if source is not None and self.major in source._majors() and self.major < made:
                message = source._in_major(message, made, self.major)
            # That the old main version is named is known; everything else is of interest.
            yield {**message, "contract": "%s/%d" % (self.entity, self.major)} if "contract" in message else message

    def _received_messages(self):
        """Messages that were received for the handlers of this contract; sudo: only counts are shown."""
        types = [
            kind
            for handler in self.env["audit.inbound.handler"]._family()
            if handler._contract()[0] == self.entity
            for kind in handler._message_types()
        ]
        domain = [("type", "in", types), ("company_id", "in", self.env.companies.ids)]
        messages = self.env["audit.inbound.message"].sudo().search(domain, limit=TRIED) if types else ()
        for message in messages:
            try:
                yield message._data()
            except UserError:
                # It is none, or its content was erased.
                continue
