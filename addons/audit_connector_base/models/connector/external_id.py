from odoo import fields, models


class AuditExternalId(models.Model):
    """Reference mapping: under which id the other side of a connector knows one of our records."""

    _name = "audit.external.id"
    _description = "Audit External ID"
    _order = "id desc"
    _check_company_auto = True

    connector_id = fields.Many2one("audit.connector", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True, precompute=True)
    res_model = fields.Char(string="Document Type", required=True)
    res_id = fields.Many2oneReference(string="Document ID", model_field="res_model", required=True)
    outside_id = fields.Char(string="ID There", required=True)
    active = fields.Boolean(default=True)

    def init(self):
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS audit_external_id_record_idx ON audit_external_id (res_model, res_id)
                WHERE active;
            """
        )

    def _known(self, records):
        """Return ``{record id: [{"system": connector's name, "id": outside id}, …]}`` of those that are known outside.

        One query whatever the size. Sudo: a message says under which ids others know a document, whoever posts it.
        """
        known = {}
        if records:
            self.flush_model()
            self.env.cr.execute(
                """
                SELECT x.res_id, c.name, x.outside_id
                  FROM audit_external_id x JOIN audit_connector c ON c.id = x.connector_id
                 WHERE x.active AND x.res_model = %s AND x.res_id = ANY(%s)
                 ORDER BY x.id
                """,
                [records._name, records.ids],
            )
            for res_id, system, outside_id in self.env.cr.fetchall():
                known.setdefault(res_id, []).append({"system": system, "id": outside_id})
        return known
