import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AuditKeptFile(models.AbstractModel):
    """A file with the SHA-256 that it had when it came.

    Its bytes are an attachment (``_attachment``) of a record that nobody may read and that keeps it
    (``audit.keeps.attachments``), so that only routes that ask, compare and log hand it out. They are read back once
    they are stored (``_check_stored``), and compared with the hash when they are shown or handed out (``_intact``).
    """

    _name = "audit.kept.file"
    _inherit = "audit.company.bound"
    _description = "File That Stays as It Came"

    name = fields.Char(string="File", required=True, readonly=True)
    media_type = fields.Char(string="Kind of File", readonly=True)
    size = fields.Integer(string="Bytes", required=True, readonly=True)
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    file_state = fields.Selection(
        [("intact", "As received"), ("missing", "File missing"), ("changed", "Not what was received")],
        string="File Now",
        compute="_compute_file_state",
    )

    @api.depends("sha256")
    def _compute_file_state(self):
        for one in self:
            content = one._stored() if one.sha256 else None
            if content is None:
                one.file_state = False
            elif not content:
                one.file_state = "missing"
            else:
                one.file_state = "intact" if one._is_what_came(content) else "changed"

    def _attachment(self):
        """The attachment of this one record with the bytes, with sudo; empty when it is gone."""
        raise NotImplementedError

    def _words_when_not_intact(self):
        return _("The file of “%s” is not there as it was received. Have the storage looked into.", self.name)

    def _stored(self):
        """The bytes as they lie there now, empty when they are gone; also for screens, which ask for sizes."""
        return self._attachment().with_context(bin_size=False).raw or b""

    def _intact(self):
        """The bytes, after comparing them with the hash at receipt. Sudo: whether this may be read has been asked.

        :raises UserError: when the file is missing or is not what came
        """
        content = self._stored()
        if not self.sudo()._is_what_came(content):
            raise UserError(self.sudo()._words_when_not_intact())
        return content

    def _check_stored(self):
        """Read them back: Odoo swallows a full disk."""
        self.env.flush_all()
        self.env["ir.attachment"].invalidate_model(["raw", "datas"], flush=False)
        for one in self:
            if not one._is_what_came(one._stored()):
                raise UserError(
                    _("“%s” could not be stored as it was sent. Nothing was kept; send it again later.", one.name)
                )

    def _is_what_came(self, content):
        return hashlib.sha256(content).hexdigest() == self.sha256
