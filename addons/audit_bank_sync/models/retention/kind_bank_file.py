from odoo import _, api, models

from .kind_bank_transaction import ENTITY, NEEDED


class AuditRetentionKindBankFile(models.AbstractModel):
    """The files of banks themselves. What was read from them is a kind of its own; their hash and report stay.

    A file speaks of many documents, so whatever keeps one of a company's documents keeps it, as does a transaction in
    it that is still needed.
    """

    _name = "audit.retention.kind.bank_file"
    _inherit = "audit.retention.kind"
    _description = "Files of Banks"
    _record_model = "audit.bank.file"

    @api.model
    def _label(self):
        return _("Files of banks")

    @api.model
    def _goes(self):
        return _(
            "The file goes. Its name, its fingerprint, its report and what was read from it stay."
        )

    @api.model
    def _found(self):
        return """
            SELECT f.id, f.received_at AS at, f.company_id, 'audit.bank.file'::varchar AS res_model, f.id AS res_id,
                   coalesce(f.size, 0) AS size,
                   f.state = 'received' OR EXISTS (
                       SELECT 1 FROM audit_bank_window w
                         JOIN audit_bank_transaction t ON t.window_id = w.id
                         LEFT JOIN account_bank_statement_line l ON l.id = t.statement_line_id
                        WHERE w.file_id = f.id AND NEEDED) AS busy
              FROM audit_bank_file f
             WHERE f.attachment_id IS NOT NULL AND f.company_id = %(company)s AND f.received_at < %(before)s ENTITY
        """.replace("NEEDED", NEEDED).replace("ENTITY", ENTITY)

    @api.model
    def _empty(self, ids, erased_by):
        """SQL: for code and administrators a file of a bank stays as it was received, and this is the one exception.

        Odoo removes the bytes from the file store itself, unless another record has the same. Sudo: by the job of a run
        that two people decided on.
        """
        cr, attachments = self.env.cr, self.env["ir.attachment"].sudo()
        cr.execute("SELECT attachment_id FROM audit_bank_file WHERE id = ANY(%s)", [ids])
        contents = [row[0] for row in cr.fetchall()]
        gone = "UPDATE audit_bank_file SET attachment_id = NULL, erased_by = %s WHERE id = ANY(%s)"
        cr.execute(gone, [erased_by, ids])
        cr.execute("DELETE FROM ir_attachment WHERE id = ANY(%s) RETURNING store_fname", [contents])
        for (place,) in cr.fetchall():
            if place:
                attachments._file_delete(place)
        for name in ("audit.bank.file", "ir.attachment"):
            self.env[name].invalidate_model()
