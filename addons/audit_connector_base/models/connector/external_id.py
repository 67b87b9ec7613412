from psycopg2.sql import SQL

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...compat import check_access

# What decides whether a person may make a mapping.
KNOWN = SQL(
    """
SELECT x.res_model, x.res_id, c.name, x.outside_id
  FROM audit_external_id x JOIN audit_connector c ON c.id = x.connector_id
 WHERE x.active AND ({about}) AND c.company_id = %s
 ORDER BY x.id
"""
)
LOOKED_AT = ("active", "connector_id", "entity", "outside_id", "record", "res_id", "res_model")


class AuditExternalId(models.Model):
    """Reference mapping: under which id the other side of a connector knows one of our records.

    A mapping that changes is closed and kept, and a new one is opened: what was exchanged earlier was exchanged under
    the id of its time.
    """

    _name = "audit.external.id"
    _inherit = "audit.company.bound"
    _description = "Audit External ID"
    _order = "id desc"
    _rec_name = "outside_id"
    _check_company_auto = True

    connector_id = fields.Many2one("audit.connector", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True, precompute=True)
    entity = fields.Char(
        required=True, default="document", index=True, help="What it is on the other side, like supplier or document."
    )
    res_model = fields.Char(string="Document Type", required=True)
    res_id = fields.Many2oneReference(string="Document ID", model_field="res_model", required=True)
    outside_id = fields.Char(string="ID There", required=True, index=True)
    active = fields.Boolean(string="Current", default=True)
    valid_from = fields.Datetime(readonly=True, default=fields.Datetime.now)
    valid_to = fields.Datetime(readonly=True)
    document_name = fields.Char(string="Record in Odoo", compute="_compute_document_name")
    entity_name = fields.Char(string="What It Is", compute="_compute_entity_name")
    record = fields.Reference(
        selection="_selection_record",
        string="Record to Map",
        compute="_compute_record",
        readonly=False,
        help="Takes a record in when a mapping is made by hand; afterwards its name stands in the mapping.",
    )

    def init(self):
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS audit_external_id_record_idx ON audit_external_id (res_model, res_id)
                WHERE active;
            CREATE UNIQUE INDEX IF NOT EXISTS audit_external_id_there_unique
                ON audit_external_id (connector_id, entity, outside_id) WHERE active;
            CREATE UNIQUE INDEX IF NOT EXISTS audit_external_id_here_unique
                ON audit_external_id (connector_id, entity, res_model, res_id) WHERE active;
            """
        )

    @api.depends("res_model", "res_id")
    def _compute_document_name(self):
        """Sudo: the display name only; who may read the mapping may know what is mapped."""
        for model, mappings in self.grouped("res_model").items():
            known = self.env[model].sudo().browse(mappings.mapped("res_id")).exists() if model in self.env else ()
            names = {record.id: record.display_name for record in known}
            for mapping in mappings:
                mapping.document_name = names.get(mapping.res_id) or "%s/%s" % (model, mapping.res_id)

    @api.model
    def _selection_record(self):
        kinds = [
            ("account.move", _("Invoice or journal entry")),
            ("account.payment", _("Payment")),
            ("res.partner", _("Supplier or customer")),
            ("account.account", _("Account")),
        ]
        return [kind for kind in kinds if kind[0] in self.env]

    @api.depends("entity")
    def _compute_entity_name(self):
        """The label of the handler that keeps such mappings, or the code in readable form."""
        family = self.env["audit.inbound.handler"]._family()
        names = dict(handler._entity() for handler in family if handler._entity())
        for mapping in self:
            code = mapping.entity or ""
            mapping.entity_name = names.get(code) or code.replace("_", " ").capitalize()

    def _compute_record(self):
        """Empty: whoever may see a mapping need not have the right to open the record."""
        self.record = False

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._with_record(vals) for vals in vals_list]
        for vals in vals_list:
            self._refuse_history(vals)
            self._refuse_unseen(vals)
            self._refuse_second(vals)
        mappings = super().create(vals_list)
        mappings._check_record()
        mappings._log_change("mapping.opened")
        return mappings

    def write(self, vals):
        """A mapping is only ever closed. Whoever wants another one closes it and makes a new one."""
        if set(vals) - {"active", "valid_to"} or vals.get("active") or ("valid_to" in vals and not self.env.su):
            raise UserError(
                _("A mapping is not changed, so that its history stays right. Archive it and make a new one.")
            )
        closing = self.filtered("active") if "active" in vals else self.browse()
        result = super().write({**vals, **({"valid_to": fields.Datetime.now()} if closing else {})})
        closing._log_change("mapping.closed")
        return result

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A mapping is not deleted, because messages were exchanged under it. Archive it instead."))

    def action_open_document(self):
        """Open the record that is mapped."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists() if self.res_model in self.env else None
        if not record:
            raise UserError(_("The record of “%s” was deleted since.", self.outside_id))
        return record.get_formview_action()

    @api.model
    def _with_record(self, vals):
        """Values with the chosen record in the form in which it is stored."""
        values = dict(vals)
        if not self.env.su:
            # What is not given comes from the context, and has to be looked at like all else.
            values = {**self.default_get([name for name in LOOKED_AT if name not in vals]), **vals}
        model, _comma, res_id = (values.pop("record", None) or "").partition(",")
        if model:
            values.update(res_model=model, res_id=int(res_id))
        return values

    def _refuse_history(self, vals):
        """People open a mapping now; since when and until when one counts is for Odoo to say."""
        if not self.env.su and (not vals.get("active", True) or vals.get("valid_from") or vals.get("valid_to")):
            raise UserError(_("A mapping begins when it is made. Leave its dates to Odoo."))

    def _refuse_unseen(self, vals):
        """Whoever maps a record shows its name to all who read the mapping, so they must be allowed to see it."""
        model = self.env.get(vals.get("res_model"))
        if self.env.su or model is None or model._abstract:
            return
        check_access(model.browse(vals.get("res_id")).exists(), "read")

    def _refuse_second(self, vals):
        """Say it in words before the database does: one current mapping either way. Sudo: see ``_check_record``."""
        check_access(self.env["audit.connector"].browse(vals.get("connector_id")), "read")
        here = ["&", ("res_model", "=", vals.get("res_model")), ("res_id", "=", vals.get("res_id"))]
        entity = vals.get("entity") or "document"
        current = self.sudo().search(
            [
                ("connector_id", "=", vals.get("connector_id")),
                ("entity", "=", entity),
                "|",
                ("outside_id", "=", vals.get("outside_id")),
                *here,
            ],
            limit=1,
        )
        if current and vals.get("active", True):
            raise UserError(
                _(
                    "“%(record)s” is known there as %(id)s already. Archive that mapping first.",
                    record=current.document_name,
                    id=current.outside_id,
                )
            )

    def _check_record(self):
        """Refuse what is not there, or belongs to another company than the connector. Sudo: to see that it does."""
        for mapping in self:
            model = self.env.get(mapping.res_model)
            there = model is not None and not model._abstract
            record = model.sudo().browse(mapping.res_id).exists() if there else None
            if not record:
                raise UserError(_("There is no record %(model)s/%(id)s.", model=mapping.res_model, id=mapping.res_id))
            company = record.company_id if "company_id" in record._fields else None
            if company and company != mapping.company_id:
                raise UserError(
                    _(
                        "“%(record)s” belongs to another company than the connector “%(connector)s”.",
                        record=record.display_name,
                        connector=mapping.connector_id.name,
                    )
                )

    def _log_change(self, kind):
        self.env["audit.log.entry"]._append_facts(
            kind,
            [
                (
                    mapping.company_id,
                    (mapping.res_model, mapping.res_id),
                    {
                        "connector": {"id": mapping.connector_id.id, "name": mapping.connector_id.name},
                        "entity": mapping.entity,
                        "outside_id": mapping.outside_id,
                    },
                )
                for mapping in self
            ],
        )

    @api.model
    def _find(self, connector, entity, outside_id):
        """Return the record that ``connector`` knows as ``outside_id``, or None. Sudo: for handlers."""
        mapping = self.sudo().search(
            [("connector_id", "=", connector.id), ("entity", "=", entity), ("outside_id", "=", outside_id)], limit=1
        )
        if not mapping or mapping.res_model not in self.env:
            return None
        return self.env[mapping.res_model].browse(mapping.res_id).exists() or None

    @api.model
    def _assign(self, connector, record, outside_id, entity="document"):
        """Let ``connector`` know ``record`` as ``outside_id`` from now on; what it was before is closed and kept.

        Sudo: for handlers, whoever runs them.

        :return: the current mapping
        """
        record.ensure_one()
        current = self.sudo().search(
            [
                ("connector_id", "=", connector.id),
                ("entity", "=", entity),
                "|",
                ("outside_id", "=", outside_id),
                "&",
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
            ]
        )
        same = current.filtered(
            lambda one: (one.outside_id, one.res_model, one.res_id) == (outside_id, record._name, record.id)
        )
        if same:
            return same
        current.write({"active": False})
        current.flush_recordset()
        return self.sudo().create(
            {
                "connector_id": connector.id,
                "entity": entity,
                "res_model": record._name,
                "res_id": record.id,
                "outside_id": outside_id,
            }
        )

    def _known(self, company, *recordsets):
        """Return ``{(model, id): [{"system": connector's name, "id": outside id}, …]}`` of those known outside.

        One query whatever the size, as posting waits for it. Only what the connectors of ``company`` told: a partner
        that several companies share must not carry the ids of one into the messages of another.
        """
        known = {}
        asked = [(records._name, records.ids) for records in recordsets if records.ids]
        if asked:
            self.flush_model()
            # A condition for each model rather than a join with what is asked for: posting waits for the planner too.
            about = SQL(" OR ").join([SQL("x.res_model = %s AND x.res_id = ANY(%s)")] * len(asked))
            statement = KNOWN.format(about=about)
            self.env.cr.execute(  # pylint: disable=sql-injection
                statement, [value for pair in asked for value in pair] + [company.id]
            )
            for model, res_id, system, outside_id in self.env.cr.fetchall():
                known.setdefault((model, res_id), []).append({"system": system, "id": outside_id})
        return known
