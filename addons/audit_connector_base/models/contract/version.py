import base64
import binascii
import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core import canonical, compatibility
from ...core.contract_schema import MAX_SIZE, ContractError, Key, renumbered, skeleton
from ...core.contracts import Contract
from .registry import compiled

STATES = [
    ("draft", "Draft"),
    ("review", "In Review"),
    ("approved", "Approved"),
    ("deprecated", "Deprecated"),
    ("retired", "Retired"),
]
SERVED = ("approved", "deprecated")
PUBLISHED = (*SERVED, "retired")
# What people may give a new version; all else is written by what happens to it.
GIVEN = {"contract_id", "major", "minor", "schema_text", "schema_upload", "change_note"}
NUMBER = 9_999


class AuditContractVersion(models.Model):
    """One version of a contract: its exact text, who wrote, approved and retired it, and what it changes.

    The text is changed in a draft only. Whoever had a part in it does not approve it; see ``governance.py``.
    """

    _name = "audit.contract.version"
    _inherit = ["audit.own.defaults", "audit.text.export"]
    _description = "Contract Version"
    _order = "contract_id, major desc, minor desc"

    contract_id = fields.Many2one("audit.contract", required=True, ondelete="cascade", index=True)
    entity = fields.Char(related="contract_id.entity")
    direction = fields.Selection(related="contract_id.direction")
    major = fields.Integer(
        required=True, copy=False, help="Another first number: whoever uses the contract has to adapt to it."
    )
    minor = fields.Integer(
        copy=False, help="Another second number: proven to be compatible, so that nobody has to do anything."
    )
    name = fields.Char(string="Version", compute="_compute_name", store=True)
    state = fields.Selection(
        STATES, string="Status", required=True, readonly=True, default="draft", copy=False, index=True
    )
    is_published = fields.Boolean(compute="_compute_is_published")
    schema_text = fields.Text(string="Schema", help="JSON Schema 2020-12. It refers to nothing outside of itself.")
    schema_upload = fields.Binary(
        string="Upload", compute="_compute_schema_upload", inverse="_inverse_schema_upload", help="A JSON file."
    )
    sha256 = fields.Char(string="SHA-256", readonly=True, copy=False, help="Of the text as it is published.")
    problem = fields.Text(string="To Be Repaired", readonly=True, copy=False)
    change_note = fields.Text(
        string="What Changes and Why", copy=False, help="For the approver, and for whoever asks later."
    )

    origin = fields.Selection(
        [("people", "Written Here"), ("shipped", "Shipped")], readonly=True, required=True, default="people", copy=False
    )
    file_name = fields.Char(string="File", readonly=True, copy=False)
    file_sha256 = fields.Char(readonly=True, copy=False)
    file_problem = fields.Char(string="Problem With the File", readonly=True, copy=False)

    author_id = fields.Many2one(
        "res.users", string="Begun By", readonly=True, copy=False, default=lambda self: self.env.user
    )
    author_name = fields.Char(string="Author", compute="_compute_author_name")
    editor_ids = fields.Many2many(
        "res.users", "audit_contract_version_editor_rel", string="Written By", readonly=True, copy=False
    )
    submitted_by_id = fields.Many2one("res.users", string="Submitted By", readonly=True, copy=False)
    submitted_at = fields.Datetime(string="Submitted On", readonly=True, copy=False)
    review_note = fields.Text(string="The Reviewer Says", copy=False)
    approved_by_id = fields.Many2one("res.users", string="Approved By", readonly=True, copy=False)
    approved_at = fields.Datetime(string="Approved On", readonly=True, copy=False)
    deprecation_note = fields.Text(
        string="What to Do Instead", copy=False, help="For those who still use this version."
    )
    deprecated_by_id = fields.Many2one("res.users", string="Deprecated By", readonly=True, copy=False)
    deprecated_at = fields.Datetime(string="Deprecated On", readonly=True, copy=False)
    sunset_date = fields.Date(string="Ends On", copy=False, help="The day from which on it may be retired.")
    retired_by_id = fields.Many2one("res.users", string="Retired By", readonly=True, copy=False)
    retired_at = fields.Datetime(string="Retired On", readonly=True, copy=False)

    previous_id = fields.Many2one("audit.contract.version", string="Compared With", readonly=True, copy=False)
    compatibility = fields.Selection(
        [
            ("first", "First Version"),
            ("full", "Fully Compatible"),
            ("backward", "Backward Compatible"),
            ("forward", "Forward Compatible"),
            ("none", "Not Compatible"),
            ("unknown", "Cannot Be Judged"),
        ],
        readonly=True,
        copy=False,
    )
    report = fields.Json(readonly=True, copy=False)
    field_ids = fields.One2many("audit.contract.field", "version_id", readonly=True)

    _sql_constraints = [
        ("number_unique", "UNIQUE (contract_id, major, minor)", "There is a version of this number already."),
    ]

    @api.depends("major", "minor")
    def _compute_name(self):
        for version in self:
            version.name = "%d.%d" % (version.major, version.minor)

    @api.depends("contract_id", "name")
    def _compute_display_name(self):
        for version in self:
            version.display_name = "%s %s" % (version.contract_id.name, version.name)

    @api.depends("state")
    def _compute_is_published(self):
        for version in self:
            version.is_published = version.state in PUBLISHED

    @api.depends("author_id", "origin")
    def _compute_author_name(self):
        """Sudo: the name only, of whoever wrote it."""
        for version in self:
            version.author_name = _("shipped") if version.origin == "shipped" else version.author_id.sudo().name

    def _compute_schema_upload(self):
        self.schema_upload = False

    def _inverse_schema_upload(self):
        for version in self.filtered("schema_upload"):
            version.schema_text = version._uploaded(version.schema_upload)

    @api.onchange("schema_upload")
    def _onchange_schema_upload(self):
        if self.schema_upload:
            self.schema_text = self._uploaded(self.schema_upload)

    @api.constrains("major", "minor")
    def _check_number(self):
        for version in self:
            if not (1 <= version.major <= NUMBER and 0 <= version.minor <= NUMBER):
                raise ValidationError(_("A version has a number from 1.0 to 9999.9999."))

    @api.model_create_multi
    def create(self, vals_list):
        """Everybody begins with a draft, the superuser as well; what is shipped comes by ``_create_shipped``."""
        for vals in vals_list:
            if any(name not in GIVEN and (vals[name] or None) not in (None, "draft") for name in vals):
                raise UserError(_("A version begins as a draft; what happens to it afterwards is recorded by Odoo."))
            self._check_text(vals)
        self._require_administrator()
        versions = super().create([self._completed(vals) for vals in vals_list])
        versions._judge()
        for version in versions:
            version._log("contract.drafted", text=version.schema_text or "")
        return versions

    @api.model
    def _create_shipped(self, vals):
        """Make a version that came with an addon and needs nobody's approval: it was reviewed where it was made."""
        return super().create([vals])

    @api.model
    def _completed(self, vals):
        """``vals`` of a new draft with the next free number, a text to begin with, and who writes it."""
        contract = self.env["audit.contract"].browse(vals.get("contract_id"))
        known = contract.version_ids.sorted(lambda one: (one.major, one.minor))
        vals = {name: value for name, value in vals.items() if name in GIVEN}
        vals["major"] = vals.get("major") or known[-1:].major or 1
        same = known.filtered(lambda one: one.major == vals["major"])
        if vals.get("minor") is None or "minor" not in vals:
            vals["minor"] = same[-1:].minor + 1 if same else 0
        if not vals.get("schema_text") and not vals.get("schema_upload"):
            key = Key(contract.entity, vals["major"], vals["minor"])
            source = (same or known.filtered("is_published"))[-1:]
            vals["schema_text"] = (
                renumbered(source.schema_text, source._key(), key) if source else skeleton(key, contract.name)
            )
        return {**vals, "author_id": self.env.uid, "editor_ids": [fields.Command.set([self.env.uid])]}

    @api.model
    def _check_text(self, vals):
        """What is too large is not even stored; all else that is wrong with a draft is said beside it."""
        text = vals.get("schema_text") or self._uploaded(vals.get("schema_upload")) or ""
        if len(text) > MAX_SIZE:
            raise UserError(_("A contract has at most %s kB; this has more.", MAX_SIZE // 1024))

    def _key(self):
        self.ensure_one()
        return Key(self.contract_id.entity, self.major, self.minor)

    def _text(self):
        """The exact bytes that are published and hashed."""
        self.ensure_one()
        return (self.schema_text or "").encode("utf-8", "surrogatepass")

    def _schema(self):
        """The schema as a dict; an empty one of no version, or where the text is none."""
        try:
            return canonical.loads_strict(self._text()) if self else {}
        except canonical.CanonicalError:
            return {}

    def _contract(self):
        """The compiled ``core.contracts.Contract`` of one version.

        :raises ContractError: when the text is none
        """
        return compiled(self._key(), hashlib.sha256(self._text()).hexdigest(), self._text)

    def _judge(self):
        """Say what is wrong with each draft and what it changes, as it stands now."""
        for version in self:
            values = {"problem": False, "report": False, "compatibility": False}
            values["previous_id"] = version._previous().id
            values["sha256"] = hashlib.sha256(version._text()).hexdigest()
            try:
                values |= version._judgement(Contract(version._text(), version._key()))
            except ContractError as error:
                values["problem"] = str(error)
            version._set(values)

    def _judgement(self, contract):
        previous = self._previous()
        if not previous:
            return {"compatibility": "first"}
        report = compatibility.compare(previous._contract().validator, contract.validator)
        return {
            "compatibility": report.level,
            "report": {
                "backward": report.backward,
                "forward": report.forward,
                "changes": [change._asdict() for change in report.changes],
            },
        }

    def _previous(self):
        """The published version that this one follows upon: the next lower number."""
        self.ensure_one()
        lower = self.contract_id.version_ids.filtered(
            lambda one: one.state in PUBLISHED and (one.major, one.minor) < (self.major, self.minor)
        )
        return lower.sorted(lambda one: (one.major, one.minor))[-1:]

    def _require_administrator(self):
        if not self.env.user.has_group("audit_connector_base.group_audit_connector_admin"):
            raise UserError(_("Contracts are written by connector administrators."))

    def _log(self, kind, **facts):
        """Contracts belong to no company: what happens to them stands in the log of the system."""
        self.env["audit.log.entry"]._append_facts(
            kind,
            [(None, (version._name, version.id), {**version._log_facts(), **facts}) for version in self],
        )

    def _log_facts(self):
        return {
            "contract": self.contract_id.entity,
            "version": self.name,
            "sha256": self.sha256 or "",
            "compatibility": self.compatibility or "",
            "state": self.state,
        }

    @api.model
    def _uploaded(self, content):
        """The text of an uploaded file (base64).

        :raises UserError: when it is no text
        """
        if not content:
            return None
        try:
            return base64.b64decode(content, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            raise UserError(_("The file is no text in UTF-8, so it is no JSON.")) from None
