from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import address, checkpoint, tls

KINDS = [
    ("email", "By E-mail"),
    ("file", "Into a Folder"),
    ("tsa", "Time Stamp"),
    ("witness", "Witness"),
]
# How often each is handed a note unless somebody says otherwise: every hour where that costs nobody anything. Mails are
# read and filed by people; a witness comes by itself.
OFTEN = {"email": "day", "file": "hour", "tsa": "hour", "witness": "day"}
MAX_ADDRESSES = 20
# What decides who holds the notes, and whose word about the time is believed.
SETTINGS = ("kind", "addresses", "connector_id", "url", "roots", "allowed_destinations", "witness_key")
DECIDES = (*SETTINGS, "active")


class AuditLogAnchorTarget(models.Model):
    """Who is to hold the signed notes of a log: what nobody outside holds, nobody can compare with later.

    Whoever could lead the notes elsewhere alone would lose nothing but the witness against them. So a new holder is
    made by one administrator, which takes nothing from anybody, and one who has notes stays as it is until a second
    person confirms a change; see ``audit.log.anchor.change``.
    """

    _name = "audit.log.anchor.target"
    _inherit = ["audit.company.bound", "audit.configuration"]
    _description = "Holder of Signed Notes"
    _order = "company_id, name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", ondelete="restrict", index=True, default=lambda self: self.env.company,
        help="Whose log. Without one: that of the system.",
    )  # fmt: skip
    kind = fields.Selection(KINDS, string="How", required=True, default="email")
    interval = fields.Selection(
        [("hour", "Every Hour"), ("day", "Every Day")],
        string="How Often",
        required=True,
        compute="_compute_interval",
        store=True,
        readonly=False,
        precompute=True,
        help="Only when something was recorded since. People get a note every day and machines every hour, unless you "
        "choose otherwise.",
    )
    addresses = fields.Text(
        string="E-mail Addresses", help="Outsiders who keep the notes, such as your auditor; one a line."
    )
    connector_id = fields.Many2one(
        "audit.connector",
        string="Folder of Connector",
        ondelete="restrict",
        index=True,
        domain="[('adapter', '=', 'file'), ('company_id', '=', company_id)]",
        help="A connector of the protocol Files, whose folder or SFTP server the notes are written to.",
    )
    url = fields.Char(string="Address of the Authority", help="Of any time-stamping authority after RFC 3161.")
    roots = fields.Text(
        string="Certificate of the Authority",
        help="PEM text of the root that the certificates of the time-stamping authority lead to. What leads elsewhere "
        "is not believed.",
    )
    allowed_destinations = fields.Text(
        string="Internal Destinations Allowed",
        help="Only for an authority inside your own network: its host and port, one a line.",
    )
    witness_key = fields.Char(
        string="Verifier Key of the Witness",
        help="Of somebody outside who signs the notes that they have seen. They send their signature to "
        "/audit/v1/log/cosignature of this Odoo, or it is uploaded on the log.",
    )
    place = fields.Char(
        readonly=True, copy=False, help="Where the connector led to when the holder was made or last confirmed."
    )
    has_notes = fields.Boolean(compute="_compute_last")
    change_id = fields.Many2one("audit.log.anchor.change", string="Change Asked For", compute="_compute_change")
    anchor_ids = fields.One2many("audit.log.anchor", "target_id", readonly=True)
    last_at = fields.Datetime(string="Last Time", compute="_compute_last")
    last_trouble = fields.Char(string="Trouble", compute="_compute_last")

    @api.depends("kind")
    def _compute_interval(self):
        """What was chosen stays for as long as the way does."""
        for target in self:
            if not target.interval or target.kind != target._origin.kind:
                target.interval = OFTEN.get(target.kind)

    @api.depends("anchor_ids")
    def _compute_last(self):
        for target in self:
            last = target._last_anchor()
            target.has_notes = bool(target._origin) and target._holds_notes()
            target.last_at = target._last_anchor(("state", "=", "done")).made_at
            target.last_trouble = last.detail if last.state == "failed" else False

    def _compute_change(self):
        changes = self.env["audit.log.anchor.change"].search([("target_id", "in", self.ids), ("state", "=", "asked")])
        for target in self:
            target.change_id = changes.filtered(lambda change, target=target: change.target_id == target)[:1]

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create([{**vals, "place": False} for vals in vals_list])
        targets._note_place()
        return targets

    def write(self, vals):
        """Sudo, which ``audit.log.anchor.change`` uses once it is confirmed, changes a holder that has notes."""
        if not self.env.su:
            if "place" in vals:
                raise UserError(_("Where notes go is for Odoo to note."))
            for target in self:
                if target._is_decided_otherwise(vals) and target._holds_notes():
                    raise UserError(
                        _(
                            "“%s” holds notes already, so one person alone neither changes who gets them nor switches "
                            "it off. Press Change… on it: until a second person confirms, it goes on as before.",
                            target.name,
                        )
                    )
        result = super().write(vals)
        if set(DECIDES) & vals.keys():
            self._note_place()
        return result

    def action_change(self):
        """Open the change that is asked for, else the form in which to ask for one."""
        self.ensure_one()
        self.read(["name"])
        return {
            "type": "ir.actions.act_window",
            "name": _("Change of “%s”", self.name),
            "res_model": "audit.log.anchor.change",
            "res_id": self.change_id.id,
            "views": [(False, "form")],
            "context": {"default_target_id": self.id},
        }

    def _is_decided_otherwise(self, vals):
        for name in set(DECIDES) & vals.keys():
            value = self[name].id if self._fields[name].relational else self[name]
            if (value or False) != (vals[name] or False):
                return True
        return False

    def _holds_notes(self):
        """Whether anything was handed over, or signed by it. Sudo: everybody may know."""
        return bool(self.sudo()._last_anchor(("state", "=", "done")))

    def _note_place(self):
        """Remember where the connector of a folder leads to. Sudo: for Odoo to note."""
        for target in self.sudo():
            place = target.connector_id._place_of_notes() if target.kind == "file" else False
            if place != target.place:
                target.write({"place": place})

    def _last_anchor(self, *domain):
        """The last note that was handed to this holder, of those that a domain finds; empty when there is none.

        Of ``anchor_ids``, which grow by the hour, Odoo would read every time stamp there is.
        """
        anchors = self.env["audit.log.anchor"]
        return anchors.search([("target_id", "=", self._origin.id), *domain], limit=1) if self._origin else anchors

    @api.constrains("kind", "addresses", "connector_id", "url", "roots", "allowed_destinations", "witness_key")
    def _check_complete(self):
        for target in self:
            try:
                getattr(target, "_check_%s" % target.kind)()
            except ValueError as error:
                raise ValidationError(_("“%(name)s”: %(reason)s", name=target.name, reason=error)) from error

    def _address_list(self):
        return [line.strip() for line in (self.addresses or "").splitlines() if line.strip()]

    def _check_email(self):
        addresses = self._address_list()
        if not addresses:
            raise ValueError(_("enter at least one e-mail address."))
        if len(addresses) > MAX_ADDRESSES:
            raise ValueError(_("at most %s e-mail addresses; make another one for more.", MAX_ADDRESSES))
        for one in addresses:
            if not one.isprintable() or " " in one or one.count("@") != 1 or one.startswith("@") or one.endswith("@"):
                raise ValueError(_("“%s” is no e-mail address. One a line, without names.", one))

    def _check_file(self):
        """Sudo: a constraint may be checked for somebody who does not see the connector."""
        if not self.connector_id:
            raise ValueError(_("choose the connector whose folder the notes are written to."))
        connector = self.connector_id.sudo()
        if connector.adapter != "file" or connector.company_id != self.company_id:
            raise ValueError(_("choose a connector of the protocol Files of the same company."))

    def _check_tsa(self):
        if not self.url:
            raise ValueError(_("enter the address of the time-stamping authority."))
        address.check_url(self.url, require_tls=False)
        address.Policy(self._allow_list())
        if not self.roots:
            raise ValueError(_("enter the certificate of the authority; without it no time stamp is believed."))
        tls.read_certificates(self.roots)

    def _check_witness(self):
        if not self.witness_key:
            raise ValueError(_("enter the verifier key that the witness gave you."))
        if checkpoint.parse_key(self.witness_key).kind != checkpoint.COSIGNATURE:
            raise ValueError(_("this is not the key of a witness; it has to be one of the kind 0x04 (cosignature)."))

    def _allow_list(self):
        return [line.strip() for line in (self.allowed_destinations or "").splitlines() if line.strip()]
