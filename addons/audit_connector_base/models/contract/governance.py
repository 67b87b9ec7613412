from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core.compatibility import OK
from ...core.contract_schema import renumbered
from .contract import RECEIVED, SENT
from .version import PUBLISHED

ADMINISTRATOR = "audit_connector_base.group_audit_connector_admin"
APPROVER = "audit_connector_base.group_audit_approver"
# In which state who may change what. Everything else is written by what happens to a version.
WRITABLE = {
    "draft": {"schema_text", "schema_upload", "major", "minor", "change_note"},
    "review": {"review_note"},
    "approved": {"deprecation_note", "sunset_date"},
    "deprecated": {"deprecation_note", "sunset_date"},
    "retired": set(),
}
TEXT, NUMBER = {"schema_text", "schema_upload"}, {"major", "minor"}
STEPS = {
    ("draft", "review"): "_submit",
    ("review", "draft"): "_return",
    ("review", "approved"): "_approve",
    ("approved", "deprecated"): "_deprecate",
    ("deprecated", "approved"): "_reinstate",
    ("deprecated", "retired"): "_retire",
}
SUNSET = timedelta(days=90)


class AuditContractVersion(models.Model):
    """The way of a version: draft, in review, approved, deprecated, retired.

    The rules stand in ``write``, so they hold for whoever calls it and as whom: a button, RPC, an import, or code that
    has become the superuser. Who acts is the user of the environment, whatever its rights.
    """

    _inherit = "audit.contract.version"

    def write(self, vals):  # pylint: disable=method-required-super
        state = vals.get("state")
        given = {name: value for name, value in vals.items() if name != "state"}
        for version in self:
            version._check_writable(given)
        self._check_text(given)
        if given and all(version.state == "draft" for version in self):
            given["editor_ids"] = [fields.Command.link(self.env.uid)]
        before = {version: (version._key(), version.sha256, version.schema_text or "") for version in self}
        notices = {version: version._notice() for version in self}
        result = super().write(given) if given or not state else True
        self._follow_up(given, before)
        for version in self.filtered(lambda one: one.state == "deprecated" and one._notice() != notices[one]):
            version._log("contract.notice_changed", **version._notice(), before=notices[version])
        for version in self if state else ():
            version._step(state)
        return result

    def _follow_up(self, given, before):
        """Judge a changed draft anew. ``before``: ``{version: (Key, SHA-256, text)}``."""
        text, number = TEXT & set(given), NUMBER & set(given)
        for version in self if number and not text else ():
            # Another number alone would contradict what the text says of itself.
            version._set({"schema_text": renumbered(version.schema_text or "", before[version][0], version._key())})
        if text or number:
            self._judge()
            for version in self.filtered(lambda one: one.sha256 != before[one][1]):
                version._log(
                    "contract.changed",
                    before=before[version][1] or "",
                    text_before=before[version][2],
                    text=version.schema_text or "",
                )

    def _notice(self):
        """What those who use a version are told of its end."""
        return {
            "note": self.deprecation_note or "",
            "sunset": self.sunset_date.isoformat() if self.sunset_date else "",
        }

    def _set(self, vals):
        """Write what happened to versions; not for what people give."""
        return super().write(vals)

    def _check_writable(self, given):
        foreign = set(given) - WRITABLE[self.state]
        if foreign:
            labels = ", ".join(sorted(self._fields[name].string for name in foreign if name in self._fields))
            raise UserError(
                _(
                    "%(version)s is %(state)s: “%(fields)s” cannot be changed now. A new text needs a new version.",
                    version=self.display_name,
                    state=self._state_name(),
                    fields=labels,
                )
            )
        if given:
            self._require(ADMINISTRATOR if self.state == "draft" else APPROVER)
        if self.state == "deprecated" and "sunset_date" in given:
            self._check_put_off(fields.Date.to_date(given["sunset_date"]))

    def _check_put_off(self, day):
        if not day or day < self.sunset_date:
            raise UserError(
                _(
                    "Those who use %s were told when it ends. The day can be put off, not brought forward.",
                    self.display_name,
                )
            )

    def _step(self, state):
        if state == self.state:
            return
        step = STEPS.get((self.state, state))
        if step is None:
            raise UserError(
                _(
                    "%(version)s is %(state)s; it cannot become %(wanted)s from there.",
                    version=self.display_name,
                    state=self._state_name(),
                    wanted=self._state_name(state),
                )
            )
        self.contract_id._take_turns()
        getattr(self, step)()
        self.env.registry.clear_cache()

    def _submit(self):
        self._require(ADMINISTRATOR)
        self._judge()
        self._check_ready()
        if not self.change_note:
            raise UserError(_("Say what changes and why, so that the approver of %s can judge it.", self.display_name))
        self._set(
            {
                "state": "review",
                "submitted_by_id": self.env.uid,
                "submitted_at": fields.Datetime.now(),
                "editor_ids": [fields.Command.link(self.env.uid)],
                "review_note": False,
            }
        )
        self._log("contract.submitted", note=self.change_note)

    def _return(self):
        """Back to the author: by an approver with a reason, or by those who wrote it."""
        if self.env.user not in self.editor_ids:
            self._require(APPROVER)
            if not self.review_note:
                raise UserError(_("Say what %s lacks, so that its author can repair it.", self.display_name))
        self._set({"state": "draft"})
        self._log("contract.returned", note=self.review_note or "")

    def _approve(self):
        self._require(APPROVER)
        if self.env.user in self.editor_ids | self.author_id | self.submitted_by_id:
            raise UserError(_("You had a part in writing %s, so somebody else has to approve it.", self.display_name))
        before = self.previous_id
        self._judge()
        self._check_ready()
        if self.previous_id != before:
            raise UserError(
                _(
                    "%s is compared with another version than when it was submitted. Read the report again.",
                    self.display_name,
                )
            )
        self._set({"state": "approved", "approved_by_id": self.env.uid, "approved_at": fields.Datetime.now()})
        self._explain()
        self._log("contract.approved", note=self.review_note or "")
        self.env["audit.log"]._seal_now()

    def _deprecate(self):
        self._require(APPROVER)
        today = fields.Date.context_today(self)
        sunset = self.sunset_date or today + SUNSET
        if sunset < today:
            raise UserError(_("The day on which %s ends lies in the past.", self.display_name))
        self._set(
            {
                "state": "deprecated",
                "deprecated_by_id": self.env.uid,
                "deprecated_at": fields.Datetime.now(),
                "sunset_date": sunset,
            }
        )
        self._log("contract.deprecated", note=self.deprecation_note or "", sunset=sunset.isoformat())
        self._warn_consumers()

    def _reinstate(self):
        self._require(APPROVER)
        self._set({"state": "approved", "deprecated_by_id": False, "deprecated_at": False, "sunset_date": False})
        self._log("contract.reinstated")

    def _retire(self):
        self._require(APPROVER)
        if fields.Date.context_today(self) < self.sunset_date:
            raise UserError(
                _(
                    "%(version)s was promised to serve until %(day)s. Retire it from then on.",
                    version=self.display_name,
                    day=self.sunset_date,
                )
            )
        self._refuse_while_needed()
        self._set({"state": "retired", "retired_by_id": self.env.uid, "retired_at": fields.Datetime.now()})
        self._log("contract.retired")

    def _check_ready(self):
        """Whether a version may be reviewed and approved at all.

        :raises UserError: with what to do
        """
        if self.problem:
            raise UserError(_("%(version)s: %(problem)s", version=self.display_name, problem=self.problem))
        others = self.contract_id.version_ids.filtered(lambda one: one.state in PUBLISHED and one.major == self.major)
        if any(one.minor >= self.minor for one in others):
            raise UserError(_("There is a later version than %s already. Give it a higher number.", self.display_name))
        if self.minor and not others:
            raise UserError(_("%(version)s: begin with %(major)s.0.", version=self.display_name, major=self.major))
        if self.minor:
            self._check_minor()

    def _check_minor(self):
        """A minor version reaches those who use the major one without their doing, so it must be proven harmless."""
        report = self.report or {}
        sent, received = self.direction != RECEIVED, self.direction != SENT
        if sent and report.get("forward", OK) != OK:
            raise UserError(
                _(
                    "%(version)s may hold what those who receive it do not expect; the report says where. Give it a "
                    "new first number, so that each of them moves to it when ready.",
                    version=self.display_name,
                )
            )
        if received and report.get("backward", OK) != OK:
            raise UserError(
                _(
                    "%(version)s may refuse what is still sent by the earlier one; the report says where. Give it a "
                    "new first number.",
                    version=self.display_name,
                )
            )

    def _require(self, group):
        if not self.env.user.has_group(group):
            raise UserError(
                _("Contracts are written by connector administrators.")
                if group == ADMINISTRATOR
                else _("Contracts are reviewed, approved and retired by people with the role Approver.")
            )

    def _state_name(self, state=None):
        return dict(self._fields["state"]._description_selection(self.env))[state or self.state]

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        for version in self:
            if version.state != "draft" or version.submitted_at:
                raise UserError(_("%s is part of the history of its contract and stays.", version.display_name))
        self._require(ADMINISTRATOR)
        self._log("contract.dropped")

    def action_submit(self):
        """Put a draft before the approvers."""
        self.write({"state": "review"})
        return True

    def action_return(self):
        """Give it back to its author."""
        self.write({"state": "draft"})
        return True

    def action_approve(self):
        """Put it into force."""
        self.write({"state": "approved"})
        return True

    def action_deprecate(self):
        """Announce its end."""
        self.write({"state": "deprecated"})
        return True

    def action_reinstate(self):
        """Take the announcement of its end back."""
        self.write({"state": "approved"})
        return True

    def action_retire(self):
        """End it."""
        self.write({"state": "retired"})
        return True
