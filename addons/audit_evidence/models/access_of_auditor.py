from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from .roles import AUDITOR


class AuditEngagement(models.Model):
    """What the auditors named on an engagement see of it in the portal.

    A portal user holds no right on any model of the suite. Who may see what is decided here, by name and by day.
    """

    _inherit = "audit.engagement"

    @api.model
    def _shared_domain(self):
        """Engagements that the current user may see in the portal today; of none where they are no auditor.

        Today is the day in UTC: people choose their own time zone, and with it half a day more.
        """
        if not self.env.user.has_group(AUDITOR):
            return [("id", "=", 0)]
        return [
            ("auditor_ids", "in", self.env.uid),
            ("access_until", ">=", fields.Date.today()),
            ("state", "=", "open"),
        ]

    @api.model
    def _shared(self, engagement_id=None):
        """Return what is shared with the current user, one of it or all; empty where it is not. Sudo: see the class."""
        domain = self._shared_domain()
        if engagement_id is not None:
            domain = [*domain, ("id", "=", engagement_id)]
        return self.sudo().search(domain)


class AuditRequest(models.Model):
    """What the auditors named see and do of its requests: raise, complete, return."""

    _inherit = "audit.request"

    @api.model
    def _shared_domain(self):
        """Requests that the current user may see in the portal today: all of the engagements shared with them.

        Sudo: a domain holds ids; see ``audit.engagement``.
        """
        return [("engagement_id", "in", self.env["audit.engagement"]._shared().ids)]

    @api.model
    def _shared(self, request_id=None):
        """Return what is shared with the current user, one of it or all; empty where it is not. Sudo: see the class."""
        domain = self._shared_domain()
        if request_id is not None:
            domain = [*domain, ("id", "=", request_id)]
        return self.sudo().search(domain)

    def _is_of_auditor(self):
        """Whether the current user is an auditor from outside with whom all of these are shared today."""
        return bool(self) and self.env.user.share and not self.sudo() - self._shared()

    def _check_is_auditor(self):
        """:raises AccessError: unless the current user is an auditor named, and their access has not ended"""
        if not self._is_of_auditor():
            raise AccessError(_("Only the auditors named on the engagement do that here."))

    @api.model
    def _raise_by_auditor(self, engagement, title, description="", kind="request", due_date=False):
        """Raise a request, or a question, in the name of the current user, an auditor of the engagement.

        :param engagement: one of ``_shared`` of engagements; asked for again
        :param title: text of one line
        :param due_date: date by which the auditor wants it, or False
        :return: the request, with sudo
        :raises AccessError: when it is not shared with them
        """
        shared = self.env["audit.engagement"]._shared(engagement.id)
        if not self.env.user.share or not shared:
            raise AccessError(_("Only the auditors named on the engagement do that here."))
        return self.sudo().create(
            {
                "engagement_id": shared.id,
                "kind": "question" if kind == "question" else "request",
                "title": title,
                "description": description,
                "due_date": due_date,
                "assigned_to_id": shared._who_answers().id,
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
