from odoo import api, models
from odoo.exceptions import AccessError

from ...compat import check_access, fields_of_group_members
from .clean_context import without_context

MOST = 5  # people who are called for one approval


class AuditCallsApprovers(models.AbstractModel):
    """What waits for a second person stands in the list of activities of those who may decide, until it is decided.

    A model calls them with ``_call_approvers`` where something begins to wait, and lets them go with
    ``_let_approvers_go`` where it is decided. Who may decide is told by the role, by the companies that it is about,
    by who had a hand in it, and by whether they may read it at all.
    """

    _name = "audit.calls.approvers"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "What Approvers Are Called For"

    _approver_groups = ("audit_connector_base.group_audit_approver",)
    _approver_activity = "audit_connector_base.activity_approve"
    # Whether they get an e-mail as well, as where everything stands still until they decide.
    _approvers_get_mail = False

    def _had_a_hand(self, user):
        """Whether a person worked on this one record, so that somebody else has to decide."""
        return False

    def _companies_of_approval(self):
        """The companies that whoever decides on this one record has to work for."""
        return self.company_id if "company_id" in self._fields else self.env["res.company"]

    def _whom_to_call(self, approvers):
        """Of those who may decide, the few who are called."""
        return approvers[:MOST]

    def _call_approvers(self, summary, note=False):
        """Call those who may decide, in place of whoever was called before.

        Without the context of whoever asks, which could say that nobody is to be called. Sudo: these are activities of
        others.
        """
        self._let_approvers_go()
        for record in without_context(self.sudo(), mail_activity_quick_update=not self._approvers_get_mail):
            for user in record._whom_to_call(record._approvers()):
                record.activity_schedule(self._approver_activity, summary=summary, note=note, user_id=user.id)

    def _let_approvers_go(self):
        """Nothing is to be decided any more. Sudo: these are activities of others."""
        without_context(self.sudo()).activity_unlink([self._approver_activity])

    def _approvers(self):
        """People who may decide on this one record. Sudo: to find them."""
        members = self.env["res.users"].sudo()
        for group in self._approver_groups:
            members |= self.env.ref(group).sudo()[fields_of_group_members()]
        companies = self.sudo()._companies_of_approval()
        return members.filtered(
            lambda user: (
                user.active
                and user.id not in (api.SUPERUSER_ID, self.env.uid)
                and not companies - user.company_ids
                and not self.sudo()._had_a_hand(user)
                and self._is_readable_by(user)
            )
        )

    def _is_readable_by(self, user):
        try:
            check_access(self.with_user(user).with_context(allowed_company_ids=user.company_ids.ids), "read")
        except AccessError:
            return False
        return True
