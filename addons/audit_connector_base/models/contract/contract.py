import re

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...core.contracts import ContractError, key_of_file

SENT, RECEIVED, BOTH = "sent", "received", "both"


class AuditContract(models.Model):
    """What Odoo and the platforms have agreed to say about one kind of thing; its text stands in its versions.

    Contracts hold for the whole database: what a message means does not depend on the company that says it.
    """

    _name = "audit.contract"
    _inherit = ["audit.text.export", "audit.configuration"]
    _description = "Data Contract"
    _order = "name, id"
    _rec_names_search = ["name", "entity"]

    name = fields.Char(required=True, help="What the messages are about, in a word: Invoice.")
    entity = fields.Char(
        string="Technical Name",
        required=True,
        help="As it stands in messages and addresses: small letters, digits and underscores, such as journal_entry.",
    )
    direction = fields.Selection(
        [(SENT, "Sent by Odoo"), (RECEIVED, "Received by Odoo"), (BOTH, "Sent and Received")],
        required=True,
        default=RECEIVED,
        help="Decides whom a change concerns: those who receive such messages, or those who send them.",
    )
    description = fields.Text(compute="_compute_current", help="As the newest approved version explains it.")
    gist = fields.Char(string="About", compute="_compute_current", help="The first sentence of the description.")
    version_ids = fields.One2many("audit.contract.version", "contract_id", string="Versions")
    current_id = fields.Many2one(
        "audit.contract.version",
        string="Newest Version",
        compute="_compute_current",
        help="The newest that is approved.",
    )
    open_count = fields.Integer(string="Being Worked On", compute="_compute_current")

    _sql_constraints = [("entity_unique", "UNIQUE (entity)", "There is a contract about this already.")]

    @api.depends("version_ids.state")
    def _compute_current(self):
        for contract in self:
            versions = contract.version_ids.sorted(lambda one: (one.major, one.minor))
            approved = versions.filtered(lambda one: one.state == "approved")
            contract.current_id = (approved or versions.filtered("is_published"))[-1:]
            contract.open_count = len(versions.filtered(lambda one: one.state in ("draft", "review")))
            contract.description = contract.current_id._schema().get("description", False)
            contract.gist = re.split(r"(?<=\.)\s", contract.description or "", maxsplit=1)[0]

    @api.constrains("entity")
    def _check_entity(self):
        for contract in self:
            try:
                key_of_file("%s.v1.json" % contract.entity)
            except ContractError:
                raise ValidationError(
                    _(
                        "“%s” cannot be a technical name: it begins with a small letter, followed by at most 63 small "
                        "letters, digits and underscores.",
                        contract.entity,
                    )
                ) from None

    def write(self, vals):
        """What versions were approved under stays as it was."""
        fixed = {"entity", "direction"}.intersection(vals)
        for contract in self:
            if any(contract[name] != vals[name] for name in fixed) and any(contract.version_ids.mapped("is_published")):
                raise UserError(
                    _("“%s” has been published, so its technical name and direction stay as they are.", contract.name)
                )
        return super().write(vals)

    def _turn(self, direction):
        """Set the direction of what is shipped, as builders and handlers know it now."""
        return super().write({"direction": direction})

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_of_published(self):
        for contract in self:
            if any(version.state != "draft" or version.submitted_at for version in contract.version_ids):
                raise UserError(
                    _("“%s” has versions that are more than drafts, so it stays. Retire them instead.", contract.name)
                )
        # The database would take the drafts along without a word in the log.
        self.version_ids.unlink()

    @api.model
    def _made_by_odoo(self, entity):
        """Return the major versions in which Odoo makes messages of ``entity``, the newest first; [] when it does not.

        The builder says it; see ``audit.source``. What is said without one, only the event type knows.
        """
        source = self.env["audit.source"]._of_entity(entity)
        if source is not None:
            return source._majors()
        kinds = self.env["audit.event.type"].sudo().search([("entity", "=", entity)])
        return sorted(set(kinds.mapped("contract_version")), reverse=True)

    def _take_turns(self):
        """Let only one transaction at a time change which versions are in force, or who uses them.

        Somebody may begin to use a version while it is retired. Whoever comes second has seen nothing of the first, so
        waiting is not enough: the row is written, and the database has the second begin anew.
        """
        self.env.cr.execute("UPDATE audit_contract SET entity = entity WHERE id = ANY(%s)", [self.ids])

    def _newest_of(self, major):
        """The version that is in force under a main one: the newest approved, else the newest that ends."""
        versions = self.version_ids.filtered(lambda one: one.major == major and one.state in ("approved", "deprecated"))
        return versions.sorted(lambda one: (one.state == "approved", one.minor))[-1:]

    def _newest_major(self):
        """The newest main version that is approved and that Odoo makes, for those who begin to listen; None if none."""
        self.ensure_one()
        approved = set(self.version_ids.filtered(lambda one: one.state == "approved").mapped("major"))
        return next((major for major in self._made_by_odoo(self.entity) if major in approved), None)

    @api.model
    def _taken_by_odoo(self, entity):
        """Return the major versions in which Odoo takes messages of ``entity``, the newest first."""
        contracts = [handler._contract() for handler in self.env["audit.inbound.handler"]._family()]
        return sorted({major for name, major in contracts if name == entity}, reverse=True)

    @api.model
    def _direction_of(self, entity):
        """Which way messages of ``entity`` go, as builders and handlers know it; sent when nobody does."""
        made, taken = self._made_by_odoo(entity), self._taken_by_odoo(entity)
        return BOTH if made and taken else RECEIVED if taken else SENT
