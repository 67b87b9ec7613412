from markupsafe import escape

from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

UNDECIDED = ("open", "proposed")
# What people may change themselves: who looks after it, and why they decided as they did.
OWN_FIELDS = {"user_id", "decision_note"}
MAIL_PREFIXES = ("activity_", "message_")


class AuditException(models.Model):
    """Something that a person has to decide, above all a value that Odoo and a platform have differently.

    Decisions are made by the buttons only. Bank details need two people: one who takes the new ones over, and an
    approver who is somebody else.
    """

    _name = "audit.exception"
    _description = "Audit Exception"
    _inherit = ["mail.thread", "mail.activity.mixin", "audit.company.bound"]
    _order = "state, severity desc, id desc"
    _rec_name = "title"
    _check_company_auto = True

    title = fields.Char(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("conflict", "Different Values"),
            ("unknown", "Not Known in Odoo"),
            ("bank_details", "Bank Details"),
            ("verdict", "Refused by the Platform"),
            ("control", "Control Failed"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    severity = fields.Selection(
        [("0", "Low"), ("1", "Normal"), ("2", "High")], required=True, readonly=True, default="1"
    )
    explanation = fields.Text(readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    connector_id = fields.Many2one(
        "audit.connector", string="Reported By", readonly=True, ondelete="restrict", index=True, check_company=True
    )
    message_id = fields.Many2one("audit.inbound.message", readonly=True, ondelete="restrict", index=True)
    brought_by_ids = fields.Many2many(
        "audit.inbound.message",
        "audit_exception_message_rel",
        "exception_id",
        "message_id",
        string="Messages That Wait for It",
        readonly=True,
        copy=False,
        help="The one that brought it, and those that said the same later.",
    )
    handler = fields.Char(readonly=True)
    entity = fields.Char(readonly=True)
    outside_id = fields.Char(string="Number There", readonly=True)
    res_model = fields.Char(string="Document Type", readonly=True)
    res_id = fields.Many2oneReference(string="Document ID", model_field="res_model", readonly=True)
    document_name = fields.Char(string="About", compute="_compute_document_name")
    line_ids = fields.One2many("audit.exception.line", "exception_id", readonly=True)
    state = fields.Selection(
        [
            ("open", "To Decide"),
            ("proposed", "Waits for Approval"),
            ("accepted", "Taken Over"),
            ("rejected", "Ours Kept"),
            ("settled", "Settled"),
            ("superseded", "No Longer Needed"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    user_id = fields.Many2one("res.users", string="Owner", index=True, help="Looks after it.")
    decision_note = fields.Text(string="Why", help="For whoever asks later why it was decided like this.")
    proposed_by_id = fields.Many2one("res.users", string="Proposed By", readonly=True)
    proposed_at = fields.Datetime(string="Proposed On", readonly=True)
    decided_by_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    decided_at = fields.Datetime(string="Decided On", readonly=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS audit_exception_document_idx ON audit_exception (res_model, res_id)
                WHERE res_id IS NOT NULL;
            -- Exceptions from before it was noted which messages wait for one.
            INSERT INTO audit_exception_message_rel (exception_id, message_id)
                SELECT id, message_id FROM audit_exception WHERE message_id IS NOT NULL
                ON CONFLICT DO NOTHING;
            """
        )

    @api.depends("res_model", "res_id")
    def _compute_document_name(self):
        """Sudo: the display name only, of the document of the exception's own company."""
        for model, exceptions in self.grouped("res_model").items():
            known = self.env[model].sudo().browse(exceptions.mapped("res_id")).exists() if model in self.env else ()
            names = {record.id: record.display_name for record in known}
            for exception in exceptions:
                exception.document_name = names.get(exception.res_id, False)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(_("Exceptions are raised by Odoo itself, from what was received."))
        return super().create(vals_list)

    def write(self, vals):
        """Decisions are made by the buttons. People change the owner and the reason themselves, while it is open."""
        if not self.env.su:
            own = {name for name in vals if not name.startswith(MAIL_PREFIXES) or name == "message_id"}
            if own - OWN_FIELDS:
                raise UserError(_("Decide with the buttons; what was received and decided cannot be changed."))
            if own and any(exception.state not in UNDECIDED for exception in self):
                raise UserError(_("It was decided already, so its owner and reason stay as they are."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("An exception is evidence and cannot be deleted. Decide it instead."))

    @api.model
    def _raise(self, message, kind, title, lines=(), record=None, speaks_of=None, **values):
        """Put something before a person, unless the very same waits already.

        What waited about the same record and kind is superseded as far as the message says something else about it: of
        each fact the latest word counts, and one that the message does not mention goes on waiting. Sudo: handlers
        raise, and nobody holds the right to.

        :param message: the ``audit.inbound.message`` that brought it
        :param lines: list of dicts with ``field_key``, ``field_group``, ``label``, ``value_odoo``, ``value_received``
        :param speaks_of: function of an ``audit.exception.line``: whether the message says anything about that fact,
            be it that both have the same by now; by default it speaks of all of them
        :return: the exception, or one that waits already where all of it does
        """
        connector = message.connector_id
        values = {
            "title": title,
            "kind": kind,
            "connector_id": connector.id,
            "company_id": message.company_id.id,
            "message_id": message.id,
            "res_model": record._name if record else False,
            "res_id": record.id if record else False,
            "user_id": connector.user_id.id,
            **values,
        }
        waiting = self.sudo().search(
            [
                ("connector_id", "=", connector.id),
                ("kind", "=", kind),
                ("state", "in", UNDECIDED),
                ("res_model", "=", values["res_model"]),
                ("res_id", "in", [record.id] if record else [0, False]),
                ("outside_id", "=", values.get("outside_id", False)),
                ("handler", "=", values.get("handler", False)),
                ("line_ids", "!=", False),
            ]
        )
        word = waiting._compare(lines, speaks_of or (lambda line: True), together=not record)
        if word.repeated:
            # The later message waits for these decisions as well.
            word.repeated.write({"message_id": message.id, "brought_by_ids": [Command.link(message.id)]})
            if not word.lines:
                word.outdated._close("superseded")
                return word.repeated[:1]
        exception = self.sudo().create(
            {
                **values,
                "brought_by_ids": [Command.set((word.brought_by | message).ids)],
                "line_ids": [Command.create(line) for line in word.lines],
            }
        )
        # Only now, as messages with nothing left to wait for are done.
        word.outdated._close("superseded")
        exception._log("exception.raised", actor="system/inbound")
        if exception.user_id:
            # Text of the platform's own, which a note would take for HTML.
            note = escape(exception.explanation or "")
            exception.activity_schedule(
                "mail.mail_activity_data_todo", summary=title, note=note, user_id=exception.user_id.id
            )
        return exception

    def action_take_over(self):
        """Apply what was received. Of bank details this is a proposal, which somebody else approves."""
        self._check_may_decide()
        self._check_has_values(True)
        for exception in self:
            if exception.state == "open" and exception.kind == "bank_details":
                exception.sudo().write(
                    {"state": "proposed", "proposed_by_id": self.env.uid, "proposed_at": fields.Datetime.now()}
                )
                exception._log("exception.proposed")
            else:
                exception._check_second_person()
                exception._apply()
                exception._close("accepted")
        return True

    def action_keep_ours(self):
        """Leave Odoo as it is."""
        self._check_may_decide()
        self._check_has_values(True)
        self._close("rejected")
        return True

    def action_settle(self):
        """Say that what was reported was looked into and dealt with, where there are no values to choose between."""
        self._check_may_decide()
        self._check_has_values(False)
        self._close("settled")
        return True

    def action_open_document(self):
        """Open what the exception is about."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists() if self.res_model in self.env else None
        if not record:
            raise UserError(_("There is no record in Odoo about “%s” yet, or it was deleted.", self.title))
        return record.get_formview_action()

    def _check_may_decide(self):
        """Decisions are made by people of the company who look after its audit, on what is not decided yet."""
        if not self.env.user.has_group("audit_connector_base.group_audit_user"):
            raise UserError(_("Only people with a role in Audit decide exceptions."))
        # Reading applies the rules of access, before anything is written as the superuser.
        for exception in self.read(["state", "title"]):
            if exception["state"] not in UNDECIDED:
                raise UserError(_("“%s” was decided already.", exception["title"]))

    def _check_has_values(self, expected):
        for exception in self:
            if bool(exception.line_ids) != expected:
                raise UserError(
                    _("“%s” has no values to choose between: deal with it, then settle it.", exception.title)
                    if expected
                    else _("“%s” is about different values: take them over, or keep ours.", exception.title)
                )

    def _check_second_person(self):
        """Bank details: an approver who is not the one that proposed them."""
        if self.kind != "bank_details":
            return
        if self.proposed_by_id == self.env.user:
            raise UserError(
                _("You proposed the new bank details of “%s” yourself; somebody else has to approve them.", self.title)
            )
        if not self.env.user.has_group("audit_connector_base.group_audit_approver"):
            raise UserError(_("New bank details are approved by people with the role Approver."))

    def _apply(self):
        """Have the handler write what was received. Sudo: the decision is the permission, and is recorded."""
        self.ensure_one()
        if self.handler:
            if self.handler not in self.env:
                raise UserError(_("What would take “%s” over is no longer installed. Keep ours instead.", self.title))
            exception = self.sudo().with_context(allowed_company_ids=self.company_id.ids)
            record = self.env(su=True, context=exception.env.context)[self.handler]._take_over(exception)
            if record and not self.res_id:
                self.sudo().write({"res_model": record._name, "res_id": record.id})

    def _close(self, state):
        """Write a decision, in the name of the current user, and end what waited for it. Sudo: see ``write``.

        What people decide is sealed at once. What went away by itself, with a job that goes on, waits for the others.
        """
        if not self:
            return
        self.sudo().write({"state": state, "decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()})
        for exception in self:
            exception._log("exception.%s" % state)
        if state != "superseded":
            self.env["audit.log"]._seal_now()
        self.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        self.sudo().brought_by_ids._decided()

    def _log(self, kind, actor=None):
        """One entry for each, in the trail of what it is about. Sudo: the reader of the trail is not known here."""
        for exception in self.sudo():
            subject = (exception.res_model, exception.res_id) if exception.res_id else (exception._name, exception.id)
            facts = {
                "title": exception.title,
                "exception": exception.id,
                "kind": exception.kind,
                "connector": {"id": exception.connector_id.id, "name": exception.connector_id.name or ""},
                "message": exception.message_id.id or 0,
                "note": exception.decision_note or "",
                "by": exception.proposed_by_id.name or "",
                "lines": [
                    {"label": line.label, "ours": line.value_odoo or "", "theirs": line.value_received or ""}
                    for line in exception.line_ids
                ],
            }
            self.env["audit.log.entry"]._append_facts(
                kind, [(exception.company_id, subject, facts)], actor=actor, correlation=exception.message_id.trace
            )
