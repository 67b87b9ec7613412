from datetime import timedelta

from odoo import _, fields, models
from odoo.exceptions import UserError

from ...core import erasures


class AuditRetentionRun(models.Model):
    """What whoever approves an erasure is shown, and what must not have changed since it was asked for."""

    _inherit = "audit.retention.run"

    def _check_may_erase(self):
        self._refuse_unless("asked", _("It has to be asked for first, by somebody else."))
        self._check_may_approve()

    def _identity_content(self, action):
        """What would go, line by line. Sudo: for whoever may erase it."""
        content = []
        for run in self.sudo():
            for line in run.line_ids.filtered("to_erase"):
                text = _("%(number)s, older than %(day)s", number=line.to_erase, day=line.before_day)
                if line.is_listed:
                    text = _(
                        "%(text)s, the oldest of %(oldest)s, %(size)s", text=text, oldest=line.oldest_day,
                        size=line.size_text,
                    )  # fmt: skip
                content.append((line.display_name, text))
            content += [(_("Note"), run.note), (_("Asked for by"), run.asked_by_id.name)]
        return content

    def _identity_state(self, action):
        """Counted once more is another count, also with the same figures. Sudo: to compare."""
        counts = [
            [run.counted_at, run.asked_by_id.id, [[line.id, line.sha256] for line in run.line_ids]]
            for run in self.sudo()
        ]
        return [super()._identity_state(action), counts]

    def _check_nothing_more(self):
        """Refuse when more would be erased than was counted, or earlier than the policies ask for now.

        :raises UserError: asking for another count
        """
        now = fields.Datetime.now()
        lines = self.env["audit.retention.policy"]._lines(self.company_id)
        asked = {(line["kind"], line["entity"]): line for line in lines}
        for line in self.sudo().line_ids:
            policy = asked.get((line.kind, line.entity or None))
            too_early = not policy or line.before > now - timedelta(days=policy["keep_days"])
            is_other = policy and policy["others"] != (line.others or [])
            if too_early or is_other or not line.is_listed or line._counted()["to_erase"] > line.to_erase:
                line._refuse_more()
            if line.sha256 != line._listed_sha256():
                raise UserError(
                    _(
                        "The list of “%s” is no longer the one that was asked for: somebody changed it in the "
                        "database. Have it counted again, and look at it anew.",
                        line.display_name,
                    )
                )

    def _check_same_log(self):
        """Refuse to approve in one log what was asked for in another: neither would tell the whole of it.

        :raises UserError: asking for another count
        """
        asked = "SELECT log_id FROM audit_log_entry WHERE res_model = %s AND res_id = %s AND kind = %s ORDER BY id DESC"
        self.env.cr.execute(asked + " LIMIT 1", [self._name, self.id, erasures.ASKED])
        if self.env.cr.fetchone() != self.env["audit.log"]._writing(self.company_id.id)[:1]:
            raise UserError(
                _("A new log was begun since this was asked for. Have it counted again, and look at it anew.")
            )
