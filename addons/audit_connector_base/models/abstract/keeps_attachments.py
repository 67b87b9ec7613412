from odoo import _, api, models


class AuditKeepsAttachments(models.AbstractModel):
    """Records whose attachments stay as they came, for administrators and for code alike.

    ``ir.attachment`` asks here before it changes or deletes one. A model has the SHA-256 of the content in ``sha256``,
    or says in ``_hashes_kept`` which attachments stay, and what they hashed to.
    """

    _name = "audit.keeps.attachments"
    _description = "Records Whose Files Stay as They Came"

    def _attach(self, name, content, res_field=False):
        """Keep a file with this record, to the byte; it decides nothing about how a browser opens it.

        Sudo: the caller has asked who may hand it in, which need not be somebody who may read it.

        :return: the attachment, with sudo
        """
        self.ensure_one()
        attachments = self.env["ir.attachment"].sudo()
        return attachments.with_context(attachments_mime_plainxml=True, image_no_postprocess=True)._take_in(
            {
                "name": name,
                "raw": content,
                "res_model": self._name,
                "res_id": self.id,
                "res_field": res_field,
                "company_id": self.company_id.id,
            }
        )

    @api.model
    def _hashes_kept(self, attachments):
        """Return ``{attachment id: SHA-256 of what came}`` of those that stay, here of all. Sudo: to compare."""
        records = self.sudo().browse(set(attachments.mapped("res_id"))).exists()
        hashes = {record.id: record.sha256 for record in records}
        return {attachment.id: hashes.get(attachment.res_id) for attachment in attachments}

    @api.model
    def _words_to_changers(self):
        """Say to whoever would change or delete such a file why it stays."""
        return _("The file is evidence and is kept as it was received.")
