from odoo import _, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.models.abstract.reauthentication import asks_identity

from .request_terms import ANSWERABLE
from .roles import APPROVER


class AuditRequest(models.Model):
    """The steps of a request, each a button, each with the person who took it."""

    _inherit = "audit.request"

    def action_start(self):
        """Say that somebody works on it; who is not named yet is whoever presses the button."""
        self._check_may_prepare()
        self._refuse_unless("open")
        for one in self.sudo():
            one.write({"state": "in_progress", "assigned_to_id": (one.assigned_to_id or self.env.user).id})
        self._log("audit_request.started")
        return True

    def action_add_files(self):
        """Open the dialog in which files are added."""
        self.ensure_one()
        self._check_may_prepare()
        self._refuse_unless(*ANSWERABLE)
        return self._dialog("audit.evidence.add", _("Add Files"), default_request_id=self.id)

    def action_provide(self):
        """Hand it over to the auditor, as it is now."""
        self._check_may_prepare()
        self._refuse_unless(*ANSWERABLE)
        for one in self.sudo():
            if not (one.evidence_ids or one.document_ids or (one.answer or "").strip()):
                raise UserError(
                    _("“%s” has nothing to provide yet: add a file or a document, or answer it.", one.display_name)
                )
            one._note_hand()
            one.write({"state": "provided"})
            one._log(
                "audit_request.provided",
                answer=one.answer or "",
                files=one.evidence_ids._in_words(),
                documents=[document.name or "" for document in one.document_ids],
            )
        return True

    @asks_identity("complete", before="_check_may_complete")
    def action_complete(self):
        """Accept what was provided."""
        self.sudo().write({"state": "completed"})
        self._tell_completed()
        return True

    def action_return(self):
        """Open the dialog in which what was provided is returned, with the reason."""
        self.ensure_one()
        self._check_may_prepare()
        self._refuse_unless("provided")
        self._check_may_decide()
        return self._dialog("audit.reason", _("Return It"), default_request_id=self.id, default_step="return")

    def action_cancel(self):
        """Open the dialog in which it is cancelled, with the reason."""
        self.ensure_one()
        self._check_may_cancel()
        return self._dialog("audit.reason", _("Cancel the Request"), default_request_id=self.id, default_step="cancel")

    def _return(self, reason):
        """Give back what was provided, and say why."""
        self._refuse_unless("provided")
        self.sudo().write({"state": "returned", "return_reason": reason})
        self._log("audit_request.returned", reason=reason)
        self.env["audit.log"]._seal_now()

    def _cancel(self, reason):
        """Stop asking; what was provided stays. By whoever raised it, or an approver."""
        self._check_may_cancel()
        self.sudo().write({"state": "cancelled", "cancel_reason": reason})
        self._log("audit_request.cancelled", reason=reason)

    def _tell_completed(self):
        """Record that they were completed, and tell platforms."""
        for one in self:
            one._log("audit_request.completed", files=one.sudo().evidence_ids._in_words())
        self.env["audit.event"]._record("audit_request.completed", self.sudo(False))
        self.env["audit.log"]._seal_now()

    def _check_may_complete(self):
        self._check_may_prepare()
        self._refuse_unless("provided")
        self._check_may_decide()

    def _check_may_cancel(self):
        self._check_may_prepare()
        self._refuse_unless(*ANSWERABLE, "provided")
        for one in self.sudo():
            if one.raised_by_id.id != self.env.uid and not self.env.user.has_group(APPROVER):
                raise UserError(
                    _(
                        "“%(name)s” is cancelled by %(person)s, who raised it, or by people with the role Approver.",
                        name=one.display_name,
                        person=one.raised_by_id.name,
                    )
                )

    def _dialog(self, model, title, **context):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    def _identity_purposes(self):
        return {**super()._identity_purposes(), "complete": _("Complete")}

    def _identity_content(self, action):
        """What was provided. Sudo: in words, for whoever may complete it."""
        content, file, listed = super()._identity_content(action), _("File"), _("Document")
        for one in self.sudo():
            content += [
                (_("Request"), one.display_name),
                (_("Answer"), one.answer or ""),
                *((file, text) for text in one.evidence_ids._in_words()),
                *((listed, document.name) for document in one.document_ids),
            ]
        return content
