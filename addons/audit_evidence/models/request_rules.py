from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..compat import check_access
from .request_terms import ANSWERABLE, ASKED, GIVEN, NEXT, PROVIDED, REASONS, STAMPS, UNFINISHED
from .roles import APPROVER, USER


class AuditRequest(models.Model):
    """Who may change what of a request, and when: asked by ``create`` and ``write``, so it holds for every caller."""

    _inherit = "audit.request"

    def _with_state(self, vals):
        """Return ``vals`` with what is noted of a new state.

        :raises UserError: when a request does not lead there, or this is not the person who decides it
        """
        state = vals["state"]
        for one in self.sudo():
            if state not in NEXT[one.state]:
                raise UserError(_("“%s” cannot go that way: its steps follow one another.", one.display_name))
            if one.engagement_id.state == "closed":
                raise UserError(_("The engagement of “%s” is closed.", one.display_name))
        if state in REASONS and not (vals.get(REASONS[state]) or "").strip():
            raise UserError(_("Say why."))
        if state in ("completed", "returned"):
            self._check_may_decide()
        if state == "completed":
            self._confirm_completion()
        noted = {}
        if state in STAMPS:
            noted = dict(zip(STAMPS[state], (self.env.uid, fields.Datetime.now())))
        return {**vals, **noted}

    def _labels(self, names):
        """What fields are called on the screen, in the language of the sources, as the log keeps it."""
        env = self.with_context(lang="en_US").env
        return sorted(str(self._fields[name]._description_string(env)) for name in names)

    def _is_same(self, name, value):
        """Whether a write leaves a field of all of them as it is; a form sends some that nobody changed."""
        field = self._fields[name]
        if field.type in ("one2many", "many2many"):
            return not value
        return all(field.convert_to_cache(value, one) == field.convert_to_cache(one[name], one) for one in self.sudo())

    def _check_may_note(self, vals):
        """What is noted of a step is written by that step alone; whoever had a hand in what is provided stays noted."""
        noted = {"number", "raised_by_id", "opened_at", *REASONS.values()}.union(*STAMPS.values())
        if vals.keys() & noted - {REASONS.get(vals.get("state"))}:
            raise UserError(_("Who did what of a request, when and why, follows from the buttons and stays."))
        hands = set(vals.get("worked_on_by") or ())
        if "worked_on_by" in vals and any(set(one.worked_on_by or ()) - hands for one in self.sudo()):
            raise UserError(_("Whoever had a hand in what is provided stays noted."))

    def _check_may_change(self, names):
        """What is asked belongs to whoever raised it, until it is provided; what is provided to the company's turn.

        :param names: fields that change
        """
        for one in self.sudo():
            if names & {"engagement_id", "company_id"}:
                raise UserError(_("A request stays with its engagement. Raise another one there."))
            if names & GIVEN and one.state not in UNFINISHED:
                raise UserError(_("“%s” is closed, so it stays as it is.", one.display_name))
            if names & (ASKED | PROVIDED) and one.state not in ANSWERABLE:
                raise UserError(_("“%s” was provided, so it stays as it is until it is returned.", one.display_name))
            if names & ASKED and one.raised_by_id.id != self.env.uid:
                raise UserError(
                    _(
                        "What is asked for is changed by whoever asked: %(name)s was raised by %(person)s.",
                        name=one.display_name,
                        person=one.raised_by_id.name,
                    )
                )

    def _check_may_prepare(self):
        if not self.env.su and not self.env.user.has_group(USER):
            raise UserError(_("Requests of auditors are for people with a role in Audit."))
        check_access(self, "read")

    def _check_may_decide(self):
        """The auditors named on the engagement, or an approver; never somebody who had a hand in what was provided.

        Sudo: the hands are noted past rights.

        :raises UserError: naming the request
        """
        outside = self._is_of_auditor()
        if not outside and (self.env.uid == api.SUPERUSER_ID or not self.env.user.has_group(APPROVER)):
            raise UserError(
                _("What was provided is completed or returned by the auditor, or by people with the role Approver.")
            )
        for one in self.sudo():
            if self.env.uid == one.provided_by_id.id or self.env.uid in (one.worked_on_by or []):
                raise UserError(
                    _("You provided “%s” or a part of it; somebody else completes or returns it.", one.display_name)
                )

    def _refuse_unless(self, *states):
        words = dict(self._fields["state"]._description_selection(self.env))
        for one in self.sudo():
            if one.state not in states:
                raise UserError(_("“%(name)s” is %(state)s.", name=one.display_name, state=words[one.state]))
