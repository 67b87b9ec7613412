import base64
import binascii
import hashlib

from odoo import api, models
from odoo.exceptions import UserError

GUARDED = {"raw", "datas", "db_datas", "store_fname", "checksum", "res_model", "res_id", "res_field", "type", "url",
           "name", "public", "mimetype", "access_token"}  # fmt: skip


class IrAttachment(models.Model):
    """Files of records that keep them (``audit.keeps.attachments``) stay as they came, whoever would change them.

    Odoo may move its file store (``force_storage``), for which it writes each content anew: the very same bytes pass.
    """

    _inherit = "ir.attachment"

    def write(self, vals):
        kept = self._kept() if GUARDED & vals.keys() else {}
        for attachment, (keeper, sha256) in kept.items():
            if not attachment._is_unchanged_by(vals, sha256):
                raise UserError(keeper._words_to_changers())
        if not kept or not {"raw", "datas"} & vals.keys():
            return super().write(vals)
        kept_ones = self.browse([attachment.id for attachment in kept])
        for one in kept_ones.with_context(image_no_postprocess=True):
            # Odoo shrinks large pictures, and guesses the kind anew where none is given.
            super(IrAttachment, one).write({**vals, "mimetype": one.sudo().mimetype})
        others = self - kept_ones
        return super(IrAttachment, others).write(vals) if others else True

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_of_kept(self):
        for keeper, _sha256 in self._kept().values():
            raise UserError(keeper._words_to_changers())

    def _kept(self):
        """Return ``{attachment: (model that keeps it, SHA-256 of what came)}`` of those that stay. Sudo: to know."""
        keeps, kept = self.env.registry["audit.keeps.attachments"], {}
        for name in set(self.sudo().mapped("res_model")):
            if name in self.env and issubclass(self.env.registry[name], keeps):
                keeper = self.env[name].sudo()
                attachments = self.sudo().filtered(lambda one, name=name: one.res_model == name)
                for attachment_id, sha256 in keeper._hashes_kept(attachments).items():
                    kept[attachments.browse(attachment_id)] = keeper, sha256
        return kept

    def _is_unchanged_by(self, vals, sha256):
        """Whether what is guarded is the same after ``vals``; a content is compared with what came."""
        for name in GUARDED & vals.keys():
            if name in ("raw", "datas"):
                if hashlib.sha256(_content(name, vals[name] or b"")).hexdigest() != sha256:
                    return False
            elif (vals[name] or False) != (self.with_context(bin_size=False)[name] or False):
                return False
        return True


def _content(name, value):
    """The bytes that are written as ``raw`` or ``datas``; none where they cannot be read."""
    value = value.encode() if isinstance(value, str) else value
    if name == "raw":
        return value
    try:
        return base64.b64decode(value)
    except binascii.Error:
        return b""
