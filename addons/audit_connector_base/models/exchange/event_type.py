from odoo import api, fields, models
from odoo.tools import ormcache

from .subscription_state import watch


class AuditEventType(models.Model):
    """A kind of thing that happens, which platforms can subscribe to."""

    _name = "audit.event.type"
    _inherit = ["audit.text.export", "audit.configuration"]
    _description = "Audit Event Type"
    _order = "sequence, code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="As receivers see it: <entity>.<past participle>, like invoice.posted.")
    category = fields.Selection(
        [
            ("invoice", "Invoices"),
            ("payment", "Payments"),
            ("entry", "Journal Entries"),
            ("supplier", "Suppliers"),
            ("attachment", "Attachments"),
            ("period", "Periods and Accounts"),
            ("audit", "Audit"),
        ],
        help="Under which heading people find it.",
    )
    sequence = fields.Integer(default=1000)
    entity = fields.Char(required=True, help="Canonical entity that the message carries.")
    contract_version = fields.Integer(required=True, default=1, help="Version of the contract the message follows.")
    description = fields.Char(translate=True)
    document_model = fields.Char(
        compute="_compute_document_model", help="Model of the documents that such events happen to, where it is known."
    )

    _sql_constraints = [("code_unique", "UNIQUE (code)", "This event type exists already.")]

    def init(self):
        watch(self.env.cr, self._table)

    @api.depends("entity")
    def _compute_document_model(self):
        for kind in self:
            source = self.env["audit.source"]._of_entity(kind.entity)
            kind.document_model = source._document_model if source is not None else False

    @api.model
    def _source(self, code):
        """Return the builder of the messages of an event type (``audit.source.<entity>``), None when there is none."""
        contract = self._contract_of(code)
        return self.env["audit.source"]._of_entity(contract[0]) if contract else None

    @api.model
    def _by_code(self):
        """Return ``{code: name}`` in the user's language."""
        return dict(self._names_by_code(self.env.lang))

    @ormcache("lang")
    def _names_by_code(self, lang):
        """Sudo: names of event types are no secret, and the trail of a document shows them to every reader."""
        return tuple((kind.code, kind.name) for kind in self.sudo().with_context(lang=lang).search([]))

    @api.model
    @ormcache("code")
    def _contract_of(self, code):
        """Return ``(entity, contract version)`` of an event type, None when it is not known.

        The builder says by which version it makes messages. Sudo: whoever posts need hold no right on event types.
        """
        kind = self.sudo().search([("code", "=", code)], limit=1)
        source = self.env["audit.source"]._of_entity(kind.entity)
        return (kind.entity, kind.contract_version if source is None else source._contract_version) if kind else None

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
