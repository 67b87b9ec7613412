import base64
import binascii
import hashlib

from odoo import _, api, models
from odoo.exceptions import UserError

GUARDED = {"raw", "datas", "db_datas", "store_fname", "checksum", "res_model", "res_id", "res_field", "type", "url",
           "name", "public", "mimetype", "access_token"}  # fmt: skip
PLACE = {"res_model", "res_id", "res_field"}


class IrAttachment(models.Model):
    """Files of records that keep them (``audit.keeps.attachments``) stay as they came, whoever would change them.

    Odoo may move its file store (``force_storage``), for which it writes each content anew: the very same bytes pass.
    """

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        """Afterwards it is known where they belong: what is not given comes from defaults."""
        made = super().create(vals_list)
        made._refuse_beside_kept()
        return made

    @api.model
    def _take_in(self, vals):
        """Create an attachment of a record that keeps it; see ``audit.keeps.attachments``."""
        return super().create([vals])

    def write(self, vals):
        kept = self._kept() if GUARDED & vals.keys() else {}
        for attachment, (keeper, sha256) in kept.items():
            # Only who may move the store has the contents compared: others would learn whether they guessed one.
            if not (self.env.is_admin() and attachment._is_unchanged_by(vals, sha256)):
                raise UserError(keeper._words_to_changers())
        kept_ones = self.browse([attachment.id for attachment in kept])
        if not kept or not {"raw", "datas"} & vals.keys():
            result = super().write(vals)
            if PLACE & vals.keys():
                (self - kept_ones)._refuse_beside_kept()
            return result
        for one in kept_ones.with_context(image_no_postprocess=True):
            # Odoo shrinks large pictures, and guesses the kind anew where none is given. Sudo: what it is stays.
            super(IrAttachment, one).write({**vals, "mimetype": one.sudo().mimetype})
        others = self - kept_ones
        return others.write(vals) if others else True

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink_of_kept(self):
        """What lies where no record is, is nobody's evidence: administrators clear it away."""
        for keeper, sha256 in self._kept().values():
            if sha256 is not None or not self.env.is_admin():
                raise UserError(keeper._words_to_changers())

    def _refuse_beside_kept(self):
        """Nobody puts a file beside one that is kept, where it would be taken for it.

        Records that keep files take them in by ``_take_in``; the content of a field is Odoo's, as the superuser.
        Sudo: where an attachment came to lie is asked past rights.
        """
        for one in self.sudo():
            if not (self.env.su and one.res_field) and one._keeper() is not None:
                raise UserError(_("Files are handed in there with the buttons of the suite, and not attached."))

    def _kept(self):
        """Return ``{attachment: (model that keeps it, SHA-256 of what came)}`` of those that stay. Sudo: to know."""
        kept = {}
        for _name, attachments in self.sudo().grouped("res_model").items():
            keeper = attachments[0]._keeper()
            if keeper is not None:
                for attachment_id, sha256 in keeper._hashes_kept(attachments).items():
                    kept[attachments.browse(attachment_id)] = keeper, sha256
        return kept

    def _keeper(self):
        """The model, with sudo, that keeps attachments of the records of this one; None where none does."""
        models_known = self.env.registry
        name = self.res_model
        if name in models_known and issubclass(models_known[name], models_known["audit.keeps.attachments"]):
            return self.env[name].sudo()
        return None

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
