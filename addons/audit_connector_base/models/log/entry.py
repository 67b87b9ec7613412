import json

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...core import canonical
from . import tables


class AuditLogEntry(models.Model):
    """One thing that happened, written once and never changed.

    ``entry`` (not a field) holds the exact bytes that a proof rests on; the columns are derived from them for
    searching. The payload stands in a table of its own behind a salted commitment, so that it can be erased while the
    proof survives. Neither has foreign keys to business records, whose deletion would have to change the log.
    """

    _name = "audit.log.entry"
    _inherit = ["audit.document.name", "audit.company.bound"]
    _description = "Audit Log Entry"
    _auto = False
    _log_access = False
    _order = "time desc, id desc"
    _rec_name = "summary"
    _rec_names_search = ["uuid", "correlation"]

    uuid = fields.Char(string="Entry Number", readonly=True)
    time = fields.Datetime(string="When", readonly=True)
    kind = fields.Char(readonly=True)
    direction = fields.Selection(
        [("in", "Received"), ("out", "Sent"), ("none", "Inside Odoo")], string="Direction", readonly=True
    )
    actor = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    correlation = fields.Char(string="Trace Number", readonly=True)
    log_id = fields.Many2one("audit.log", readonly=True)
    commitment = fields.Char(readonly=True)

    summary = fields.Char(string="What Happened", compute="_compute_summary")
    result = fields.Selection(
        [("good", "Done"), ("waiting", "Open"), ("bad", "Failed")], string="Outcome", compute="_compute_summary"
    )
    result_text = fields.Char(
        string="Result", compute="_compute_summary", help="Of what was not over with it: what it waited for."
    )
    actor_name = fields.Char(string="By", compute="_compute_actor_name")
    details = fields.Html(compute="_compute_details", sanitize_overridable=False)
    payload_text = fields.Text(
        string="Content", compute="_compute_payload_text", groups="audit_connector_base.group_audit_connector_admin"
    )
    sealed_text = fields.Text(
        string="Recorded Bytes",
        compute="_compute_sealed_text",
        groups="audit_connector_base.group_audit_connector_admin",
    )

    def init(self):
        tables.make(self.env.cr)

    @api.depends("kind")
    @api.depends_context("uid")
    def _compute_summary(self):
        """A sentence for people, made from what the entry recorded."""
        payloads, labels = self._payloads(), dict(self._fields["result"]._description_selection(self.env))
        bare = self.browse(one for one in self.ids if one not in payloads)._without_content()
        for entry in self:
            said = entry._summary_of(payloads.get(entry.id)) if entry.kind else (False, False)
            entry.summary, entry.result, *words = (_("It has no content"), "bad") if entry.id in bare else said
            entry.result_text = words[0] if words else labels.get(entry.result)

    def _summary_of(self, payload):
        """Return ``(sentence, result)`` for one entry; addons that write kinds of their own extend this.

        Where it was not over with that (result ``waiting``), a third member says in words what it waited for.

        :param payload: the decoded payload, or None when it is not JSON or was erased
        """
        payload = payload or {}
        if self.kind == "event.written":
            event_type = self.env["audit.event.type"]._by_code().get(payload.get("type"))
            return (event_type or payload.get("type") or _("Recorded"), "good")
        if self.kind == "delivery.attempted":
            return self._summary_of_attempt(payload)
        target = payload.get("connector", {}).get("name") or _("a connector")
        if self.kind == "delivery.replayed":
            return (
                _("Sent again to %(target)s: %(reason)s", target=target, reason=payload.get("reason")),
                "waiting",
                _("To Be Sent"),
            )
        if self.kind == "delivery.replay_asked":
            messages, reason = payload.get("messages"), payload.get("reason")
            text = _("%(count)s messages to be sent again to %(target)s: %(reason)s",
                     count=messages, target=target, reason=reason)  # fmt: skip
            return text, "waiting", _("To Be Sent")
        if self.kind == "delivery.cancelled":
            return _("Not sent to %(target)s: %(reason)s", target=target, reason=payload.get("reason")), "bad"
        return self.kind, "good"

    def _summary_of_attempt(self, payload):
        target = payload.get("connector", {}).get("name") or _("a connector")
        if payload.get("outcome") == "delivered":
            return _("Delivered to %s", target), "good"
        reason = payload.get("reason") or _("no answer")
        if payload.get("outcome") in ("dead", "gone"):
            return _("Refused by %(target)s: %(reason)s", target=target, reason=reason), "bad"
        awaited = _("Tried Again Later")
        if payload.get("outcome") == "unknown":
            return _("Interrupted on the way to %s: whether it arrived is not known", target), "waiting", awaited
        if payload.get("outcome") == "cut":
            text = _("Refused by %(target)s together with others: %(reason)s", target=target, reason=reason)
            return text, "waiting", _("Tried Again in a Smaller Batch")
        if payload.get("outcome") == "slow_down":
            awaited = _("Waits as the Platform Asked")
        return _("Not yet delivered to %(target)s: %(reason)s", target=target, reason=reason), "waiting", awaited

    @api.depends("kind")
    @api.depends_context("uid")
    def _compute_details(self):
        """The recorded facts as a table for people."""
        payloads = self._payloads()
        for entry in self:
            entry.details = facts_table(entry._facts_of(payloads.get(entry.id) or {}) if entry.kind else [])

    def _facts_of(self, payload):
        """Return ``[(label, text), …]``: what an entry recorded, in the words of its readers.

        Addons that write kinds of their own extend this.
        """
        if self.kind == "event.written":
            return self._facts_of_document(payload.get("data") or {})
        if self.kind == "delivery.attempted":
            milliseconds = payload.get("milliseconds") if payload.get("outcome") != "unknown" else None
            return _present(
                (_("Sent to"), payload.get("connector", {}).get("name")),
                (_("Attempt"), payload.get("attempt")),
                (_("Answer"), payload.get("reason")),
                (_("Took"), _("%s ms", milliseconds) if milliseconds is not None else None),
                (_("Message number"), payload.get("event")),
            )
        return []

    def _facts_of_document(self, data):
        """Facts of a document that its readers look for first, as the builder of its entity knows them."""
        source = self.env["audit.source"]._of_entity((data.get("contract") or "").partition("/")[0])
        facts = source._facts(data) if source is not None else []
        return _present(*facts, (_("By"), (data.get("actor") or {}).get("name")))

    @api.depends("actor")
    def _compute_actor_name(self):
        """Sudo: whoever may read the entry may read who acted, though not the user record itself."""
        ids = {int(entry.actor[5:]) for entry in self if (entry.actor or "").startswith("user/")}
        users = self.env["res.users"].sudo().with_context(active_test=False).search([("id", "in", list(ids))])
        names = {"user/%d" % user.id: user.name for user in users}
        for entry in self:
            entry.actor_name = names.get(entry.actor) or {"system/delivery": _("Automatic delivery")}.get(
                entry.actor, entry.actor
            )

    def _compute_payload_text(self):
        payloads = self._payloads()
        for entry in self:
            payload = payloads.get(entry.id)
            entry.payload_text = json.dumps(payload, indent=2, ensure_ascii=False) if payload is not None else False

    def _compute_sealed_text(self):
        self.env.cr.execute("SELECT id, entry FROM audit_log_entry WHERE id = ANY(%s)", [self.ids])
        sealed = {entry_id: bytes(entry).decode() for entry_id, entry in self.env.cr.fetchall()}
        for entry in self:
            entry.sealed_text = sealed.get(entry.id)

    def _payloads(self):
        """Return ``{entry id: decoded payload}`` of those whose payload is JSON and still there."""
        self.env.cr.execute(
            "SELECT entry_id, payload FROM audit_log_payload WHERE entry_id = ANY(%s) AND payload IS NOT NULL",
            [self.ids],
        )
        payloads = {}
        for entry_id, payload in self.env.cr.fetchall():
            try:
                payloads[entry_id] = canonical.loads_strict(bytes(payload))
            except canonical.CanonicalError:
                continue
        return payloads

    def _without_content(self):
        """Return the ids of those of which not even a row says that there was a content: Odoo writes none such."""
        if not self:
            return set()
        self.env.cr.execute("SELECT entry_id FROM audit_log_payload WHERE entry_id = ANY(%s)", [self.ids])
        return set(self.ids) - {entry_id for (entry_id,) in self.env.cr.fetchall()}

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(_("Entries of the audit log are written by Odoo itself and cannot be created by hand."))

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(_("The audit log is append-only: an entry cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("The audit log is append-only: an entry cannot be deleted."))

    def action_open_document(self):
        """Open the document that this entry speaks of."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            raise UserError(_("This entry does not belong to a document."))
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(_("The document was deleted since. Its entries in the log remain."))
        return record.get_formview_action()

    def action_open_delivery(self):
        """Open the delivery whose attempt this entry records."""
        self.ensure_one()
        attempt_id = (self._payloads().get(self.id) or {}).get("attempt_id")
        attempt = self.env["audit.delivery.attempt"].browse(attempt_id).exists() if attempt_id else None
        if not attempt:
            raise UserError(_("The delivery is no longer kept. What was recorded about it stands here."))
        return attempt.delivery_id.get_formview_action()


def facts_table(facts):
    """``[(label, text), …]`` as HTML, False when there are none."""
    rows = Markup().join(
        Markup("<tr><th class='pe-4 text-muted fw-normal'>%s</th><td>%s</td></tr>") % fact for fact in facts
    )
    return Markup("<table class='table table-sm table-borderless w-auto'>%s</table>") % rows if rows else False


def _present(*facts):
    return [(label, value) for label, value in facts if value not in (None, "")]
