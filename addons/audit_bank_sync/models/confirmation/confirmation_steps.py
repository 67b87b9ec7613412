from odoo import _, fields, models
from odoo.exceptions import UserError

from odoo.addons.audit_connector_base.models.abstract.reauthentication import asks_identity

from .answer import TAKES


class AuditBankConfirmation(models.Model):
    """The steps of a confirmation, each a button, each with the person who took it."""

    _inherit = "audit.bank.confirmation"

    def action_fill(self):
        """List the accounts that the company keeps at the bank, with the balance of the ledger on that day.

        With those that were closed in the twelve months before; see ``accounts_asked``. Loans, securities and the like
        stand nowhere in Odoo, so a person adds them.
        """
        self._check_may_prepare()
        self._refuse_unless("draft")
        for one in self:
            one._note_hand(())
            one.sudo().line_ids._list_accounts(one.sudo())
        return True

    @asks_identity("approve", before="_check_may_sign")
    def action_approve(self):
        """Sign the mandate: from here on the request stays as it is."""
        for one in self:
            one.sudo().write({"approved_by_id": self.env.uid, "state": "approved"})
            one._log("bank_confirmation.approved", mandate=one.mandate_text, lines=one.line_ids._stated_in_words())
        return True

    def action_send(self):
        """Note that the letter went to the bank."""
        self._check_may_prepare()
        self._refuse_unless("approved")
        self.sudo().write({"state": "sent", "sent_at": fields.Datetime.now(), "sent_by_id": self.env.uid})
        ways = dict(self._fields["sent_how"]._description_selection(self.with_context(lang="en_US").env))
        for one in self:
            one._log("bank_confirmation.sent", sent_how=ways.get(one.sent_how, ""))
        return True

    def action_take_answer(self):
        """Open the dialog in which the company hands in what it received, or made."""
        self.ensure_one()
        self._check_may_prepare()
        self._refuse_unless(*TAKES)
        return {
            "type": "ir.actions.act_window",
            "name": _("Hand In an Answer"),
            "res_model": "audit.bank.answer.take",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_confirmation_id": self.id},
        }

    def action_compare(self):
        """Compare what the bank confirms with the books, and put what differs before a person."""
        self._check_may_prepare()
        self._refuse_unless("answered", "compared")
        for one in self:
            missing = one.line_ids.filtered(lambda line: line.result == "waiting")
            if missing:
                raise UserError(
                    _(
                        "The bank has not answered all lines: %s. Enter what it confirms, or what it says about them.",
                        ", ".join(missing.mapped("name")[:5]),
                    )
                )
            one.line_ids._explain()
            given = {"state": "compared", "compared_at": fields.Datetime.now(), "compared_by_id": self.env.uid}
            one.sudo().write(given)
            one._log("bank_confirmation.differs" if one.differing_count else "bank_confirmation.compared")
        return True

    @asks_identity("close", before="_check_may_close")
    def action_close(self):
        """Close it: an approver saw the comparison, and every difference was decided."""
        self._check_may_close()
        self._require_reauthentication("close")
        self.sudo().write({"state": "closed", "closed_at": fields.Datetime.now(), "closed_by_id": self.env.uid})
        self._log("bank_confirmation.closed")
        return True

    def action_cancel(self):
        """Stop asking. What was received stays; once the bank answered, somebody else than who prepared it stops."""
        self._check_may_prepare()
        self._refuse_unless("draft", "approved", "sent", "answered")
        self.filtered(lambda one: one.state == "answered")._check_is_second_person()
        self.sudo().write({"state": "cancelled"})
        self._log("bank_confirmation.cancelled")
        return True

    def _check_may_sign(self):
        self._refuse_unless("draft")
        self._check_may_approve()
        for one in self.sudo():
            if not one.line_ids:
                raise UserError(_("“%s” asks about nothing yet: list the accounts first.", one.name))
            if not (one.mandate_text or "").strip():
                raise UserError(_("“%s” has no text of the mandate.", one.name))

    def _check_may_close(self):
        """An approver who neither prepared nor compared it; what differs was decided. Sudo: see the class."""
        self._refuse_unless("compared")
        self._check_is_second_person()
        for one in self.sudo():
            about = [("res_model", "=", one.line_ids._name), ("res_id", "in", one.line_ids.ids)]
            waiting = [*about, ("state", "in", ("open", "proposed"))]
            if self.env["audit.exception"].sudo().search_count(waiting, limit=1):
                raise UserError(_("“%s” has differences that nobody decided yet: see Exceptions.", one.name))

    def _check_is_second_person(self):
        """An approver who had no hand in these: neither in the request, nor in what was received, entered and compared.

        Sudo: see the class.
        """
        if self and not self.env.user.has_group("audit_connector_base.group_audit_approver"):
            raise UserError(_("What a bank answered is closed or set aside by people with the role Approver."))
        for one in self.sudo():
            hands = (one.compared_by_id | one.line_ids.entered_by_id | one.answer_ids.received_by_id).ids
            hands += [user_id for line in one.line_ids for user_id in line.entered_by or []]
            if self.env.uid in hands or one._had_a_hand(self.env.user):
                raise UserError(
                    _("You prepared or compared “%s”, or entered what it says; somebody else does that.", one.name)
                )

    def _identity_content(self, action):
        """With what is asked of the bank, or with what came of it. Sudo: in words, for whoever may sign it."""
        content, label = super()._identity_content(action), _("Line")
        for one in self.sudo():
            lines = one.line_ids
            said = lines._stated_in_words() if action == "approve" else lines._compared_in_words()
            content += [(label, text) for text in said]
        return content

    def _identity_state(self, action):
        """Also the documents, by their hashes. Sudo: to compare."""
        return [super()._identity_state(action), [sorted(one.answer_ids.mapped("sha256")) for one in self.sudo()]]
