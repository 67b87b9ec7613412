from odoo import _, api, models


class AuditEngagement(models.Model):
    """What the auditors named on an engagement see of it in the portal."""

    _name = "audit.engagement"
    _inherit = ["audit.engagement", "audit.shared.with.auditor"]

    @api.model
    def _shared_on(self, day):
        return [("auditor_ids", "in", self.env.uid), ("access_until", ">=", day), ("state", "=", "open")]

    def _words_to_others(self):
        return _("Only the auditors named on the engagement do that here.")


class AuditRequest(models.Model):
    """What the auditors named see and do of its requests: raise, complete, return."""

    _name = "audit.request"
    _inherit = ["audit.request", "audit.shared.with.auditor"]

    @api.model
    def _shared_on(self, day):
        """All of the engagements shared with them. Sudo: a domain holds ids; see ``audit.shared.with.auditor``."""
        return [("engagement_id", "in", self.env["audit.engagement"]._shared().ids)]

    def _words_to_others(self):
        return self.env["audit.engagement"]._words_to_others()

    @api.model
    def _raise_by_auditor(self, engagement, title, description="", kind="request", due_date=False):
        """Raise a request, or a question, in the name of the current user, an auditor of the engagement.

        :param engagement: whoever found it; whether it is shared with them is asked here
        :param title: text of one line
        :param due_date: date by which the auditor wants it, or False
        :return: the request, with sudo
        :raises AccessError: when it is not shared with them
        """
        engagement = engagement.with_env(self.env)
        engagement._check_is_auditor()
        return self.sudo().create(
            {
                "engagement_id": engagement.id,
                "kind": "question" if kind == "question" else "request",
                "title": title,
                "description": description,
                "due_date": due_date,
                "assigned_to_id": engagement._who_answers().id,
            }
        )

    def _complete_by_auditor(self):
        """Accept what was provided, in the name of the current user, an auditor of the engagement."""
        self.ensure_one()
        self._check_is_auditor()
        self._refuse_unless("provided")
        self.sudo().write({"state": "completed"})
        self._tell_completed()

    def _return_by_auditor(self, reason):
        """Give back what was provided, with the reason, in the name of the current user, an auditor."""
        self.ensure_one()
        self._check_is_auditor()
        self._return(reason)

    def _confirm_completion(self):
        """What people of the company complete they confirm with the password; an auditor signed in to do it."""
        if not self._is_of_auditor():
            self._require_reauthentication("complete")
