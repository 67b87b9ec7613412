from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..abstract.reauthentication import asks_identity

# When a hold keeps a row of ``told``; see ``kind.ABOUT``. In doubt it does: days are widened by one on either side, as
# those of the database are not those of the place, and what cannot be assigned to a document may belong to any, as a
# document that was deleted may have been of any day. Whom a partner belongs to is changed by anybody who keeps the
# address book, so who belonged together when the hold was made counts as well. Invoices are dated anew and files are
# moved: a hold that fits what was said of the document at any time keeps it, as does one that fits what it is now.
HELD = """
    hold.released_at IS NULL AND hold.company_id = told.company_id
AND (hold.date_from IS NULL AND hold.date_to IS NULL
     OR told.at >= coalesce(hold.date_from, '-infinity')::timestamp - interval '1 day'
        AND told.at < coalesce(hold.date_to, 'infinity')::timestamp + interval '2 days'
     OR told.doc_date BETWEEN coalesce(hold.date_from, '-infinity') AND coalesce(hold.date_to, 'infinity')
     OR told.doc_date IS NULL AND told.doc_model IN ('account.move', 'account.payment')
     OR EXISTS (SELECT 1 FROM audit_event said WHERE SAID
                   AND said.about_date BETWEEN coalesce(hold.date_from, '-infinity')
                                           AND coalesce(hold.date_to, 'infinity')))
AND (hold.document IS NULL OR told.any_document
     OR hold.document = told.doc_model || ',' || told.doc_id::varchar
     OR told.doc_model = 'account.move' AND EXISTS (
            SELECT 1 FROM account_payment paid
             WHERE paid.move_id = told.doc_id AND hold.document = 'account.payment,' || paid.id::varchar)
     OR told.doc_model = 'account.payment' AND EXISTS (
            SELECT 1 FROM account_payment paid
             WHERE paid.id = told.doc_id AND hold.document = 'account.move,' || paid.move_id::varchar)
     OR EXISTS (SELECT 1 FROM audit_event said WHERE SAID
                   AND (said.about_document = hold.document
                        OR split_part(hold.document, ',', 1) = 'account.payment' AND said.about_document = (
                            SELECT 'account.move,' || paid.move_id::varchar FROM account_payment paid
                             WHERE paid.id = split_part(hold.document, ',', 2)::integer)
                        OR split_part(hold.document, ',', 1) = 'account.move' AND EXISTS (
                            SELECT 1 FROM account_payment paid
                             WHERE paid.move_id = split_part(hold.document, ',', 2)::integer
                               AND said.about_document = 'account.payment,' || paid.id::varchar))))
AND (hold.partner_id IS NULL OR told.unclear
     OR told.doc_partner_id = (
            SELECT party.commercial_partner_id FROM res_partner party WHERE party.id = hold.partner_id)
     OR hold.kept_partner_ids @> to_jsonb(told.doc_partner_id) OR hold.kept_partner_ids @> to_jsonb(told.doc_person_id)
     OR EXISTS (SELECT 1 FROM audit_event said LEFT JOIN res_partner partner ON partner.id = said.about_partner_id
                 WHERE SAID AND (hold.kept_partner_ids @> to_jsonb(said.about_partner_id)
                                 OR partner.commercial_partner_id = (
                                    SELECT party.commercial_partner_id FROM res_partner party
                                     WHERE party.id = hold.partner_id))))
""".replace("SAID", "(said.res_model, said.res_id) IN ((told.res_model, told.res_id), (told.doc_model, told.doc_id))")
SCOPE = ("kind", "company_id", "date_from", "date_to", "document", "partner_id")


class AuditRetentionHold(models.Model):
    """Something that must not be erased, whatever its age: for a lawsuit, an open audit, or another reason.

    A hold is made in a moment and released with care: by an approver, with the password. Its scope is never made
    smaller; who wants another one makes it first and then releases this one.
    """

    _name = "audit.retention.hold"
    _inherit = ["audit.company.bound", "audit.reauthentication", "audit.configuration"]
    _description = "Retention Hold"
    _order = "released_at desc, id desc"

    name = fields.Char(string="What For", required=True)
    kind = fields.Selection(
        [("litigation", "Lawsuit"), ("audit", "Open Audit"), ("other", "Other Reason")], required=True, default="audit"
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    date_from = fields.Date(string="From", help="What was recorded in the period, or is about documents dated in it.")
    date_to = fields.Date(string="To")
    partner_id = fields.Many2one("res.partner", string="Partner", help="What is about this company or its people.")
    kept_partner_ids = fields.Json(readonly=True, copy=False, help="Who belonged to the partner when it was made.")
    document = fields.Reference([("account.move", "Invoice or Journal Entry"), ("account.payment", "Payment")])
    note = fields.Text()
    scope = fields.Char(string="What Is Kept", compute="_compute_scope")
    released_at = fields.Datetime(string="Released On", readonly=True, copy=False)
    released_by_id = fields.Many2one("res.users", string="Released By", readonly=True, copy=False)
    release_note = fields.Text(string="Why It Was Released", copy=False)
    state = fields.Selection(
        [("active", "In Force"), ("released", "Released")], string="Status", compute="_compute_state"
    )

    _configuration_codes = ("kept_partner_ids",)

    _sql_constraints = [("period", "CHECK (date_from <= date_to)", "A period begins before it ends.")]

    def init(self):
        """Holds that were made before it was noted who belongs to the partner: as it is now."""
        self.env.cr.execute(
            """
            UPDATE audit_retention_hold hold SET kept_partner_ids = (
                SELECT jsonb_agg(person.id) FROM res_partner person JOIN res_partner party
                    ON party.commercial_partner_id = person.commercial_partner_id WHERE party.id = hold.partner_id)
             WHERE partner_id IS NOT NULL AND kept_partner_ids IS NULL
            """
        )

    @api.depends("released_at")
    def _compute_state(self):
        for hold in self:
            hold.state = "released" if hold.released_at else "active"

    @api.depends("date_from", "date_to", "partner_id", "document")
    def _compute_scope(self):
        """In one line, for the reports. Sudo: the name of the document or partner, for whoever may read the hold."""
        for hold in self:
            parts = []
            if hold.document:
                parts.append(hold.document.sudo().display_name)
            if hold.partner_id:
                parts.append(hold.partner_id.sudo().display_name)
            if hold.date_from or hold.date_to:
                parts.append("%s – %s" % (hold.date_from or "…", hold.date_to or "…"))
            hold.scope = ", ".join(parts) or _("Everything of the company")

    @api.constrains("document", "partner_id", "company_id")
    def _check_company_of_scope(self):
        """Sudo: what a hold is about may be of a company that its maker does not see, and is refused then."""
        for hold in self.sudo():
            for record in filter(None, (hold.document, hold.partner_id)):
                if record.company_id and record.company_id != hold.company_id:
                    raise ValidationError(_("A hold keeps documents and partners of its own company."))

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("released_at") or vals.get("released_by_id") for vals in vals_list):
            raise UserError(_("A hold is in force first; release it with the button."))
        empty = {"released_at": False, "released_by_id": False}
        given = self._add_missing_default_values({})
        holds = super().create(
            [
                {**vals, **empty, "kept_partner_ids": self._family_of(vals.get("partner_id", given.get("partner_id")))}
                for vals in vals_list
            ]
        )
        holds._stop_erasures_for_a_look()
        return holds

    def write(self, vals):
        if "kept_partner_ids" in vals:
            raise UserError(_("Who belongs to the partner is noted when the hold is made."))
        if {"released_at", "released_by_id"} & vals.keys():
            self._check_may_release()
            self._require_reauthentication("release")
            self._stop_erasures_for_a_look()
            vals = {**vals, "released_at": fields.Datetime.now(), "released_by_id": self.env.uid}
        elif any(hold.released_at for hold in self.sudo()):
            raise UserError(_("A hold that was released stays as it is. Make a new one."))
        if any(name in vals and not self._is_same(name, vals[name]) for name in SCOPE):
            raise UserError(_("The scope of a hold stays as it is. Make another one, then release this one."))
        return super().write(vals)

    @api.model
    def _family_of(self, partner_id):
        """Ids of all who belong to a partner now. Sudo: also those that the person does not see."""
        if not partner_id:
            return False
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        root = partners.browse(partner_id).commercial_partner_id
        return sorted({partner_id, root.id, *partners.search([("commercial_partner_id", "=", root.id)]).ids})

    def _is_same(self, name, value):
        """Whether a write leaves a field of all of them as it is; a form sends some that nobody changed."""
        field = self._fields[name]
        return all(field.convert_to_cache(value, hold) == field.convert_to_cache(hold[name], hold) for hold in self)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A hold is not deleted, as it says why something was kept. Release it instead."))

    @asks_identity("release", before="_check_may_release")
    def action_release(self):
        """Let go what it keeps; nothing is erased by that alone."""
        for hold in self:
            if not (hold.release_note or "").strip():
                raise UserError(_("Say first why “%s” is released, under Why It Was Released.", hold.name))
        self.write({"released_at": fields.Datetime.now()})
        return True

    def _check_may_release(self):
        """Refuse people without the role. Sudo: whoever releases a hold need not see the runs."""
        if not self.env.user.has_group("audit_connector_base.group_audit_approver"):
            raise UserError(_("A hold is released by people with the role Approver."))
        for hold in self:
            if hold.released_at:
                raise UserError(_("“%s” was released already.", hold.name))
            erasing = [("company_id", "=", hold.company_id.id), ("state", "=", "running")]
            if self.env["audit.retention.run"].sudo().search_count(erasing, limit=1):
                raise UserError(
                    _(
                        "Something is erased at this moment, by an approval that “%s” was kept out of. Release it "
                        "when that is done, or cancel the run.",
                        hold.name,
                    )
                )

    def _identity_content(self, action):
        """What would no longer be kept, and why. Sudo: names of documents, for whoever may release it."""
        content = []
        for hold in self.sudo():
            content += [(_("Kept until now"), hold.scope), (_("Why it is released"), hold.release_note)]
        return content

    def _stop_erasures_for_a_look(self):
        """Touch the runs that are not over: a job or an approval that began before this hold was there starts again.

        Its transaction sees the database as it was when it began, and has its run locked or writes it: so either this
        waits until it is done, or it fails to lock what was changed meanwhile. Sudo: nobody writes runs by hand.
        """
        self.env["audit.retention.run"].sudo().flush_model()
        self.env.cr.execute(
            "UPDATE audit_retention_run SET looked_at = now() AT TIME ZONE 'UTC' "
            "WHERE state IN ('counted', 'asked', 'running') AND company_id = ANY(%s)",
            [self.company_id.ids],
        )
