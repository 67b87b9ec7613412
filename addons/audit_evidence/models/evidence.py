import hashlib

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.audit_connector_base.core.file_names import safe_name

from ..compat import check_access
from .request_terms import ANSWERABLE
from .roles import USER

LARGEST = 50 * 1024 * 1024  # bytes
MOST = 1000  # files of one request


class AuditEvidence(models.Model):
    """A file that is provided for a request, with the SHA-256 that it had when it was added.

    The file itself is an attachment of an ``audit.evidence.file``, which nobody may read: the routes of this addon hand
    it out, to whoever may read the request, and log it. It stays as it was added. Until it is provided for the first
    time it may be taken out again; afterwards it is kept for good, whatever the request comes to.
    """

    _name = "audit.evidence"
    _inherit = "audit.kept.file"
    _description = "File Provided for an Audit Request"
    _order = "id"

    request_id = fields.Many2one("audit.request", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="request_id.company_id", store=True, index=True, precompute=True)
    attachment_id = fields.Many2one("ir.attachment", required=True, readonly=True, ondelete="restrict", index=True)
    added_at = fields.Datetime(string="Added On", required=True, readonly=True, default=fields.Datetime.now)
    added_by_id = fields.Many2one("res.users", string="Added By", readonly=True, ondelete="restrict")
    provided_at = fields.Datetime(string="First Provided On", readonly=True)
    file_state = fields.Selection(
        [("intact", "As added"), ("missing", "File missing"), ("changed", "Not what was added")]
    )

    _sql_constraints = [
        ("once", "UNIQUE (request_id, sha256)", "That file is there already."),
        ("own_attachment", "UNIQUE (attachment_id)", "Each file is an attachment of its own."),
    ]

    @api.model_create_multi
    def create(self, vals_list):
        """Only what takes files in makes these: nobody says what a file hashes to."""
        if not self.env.su:
            raise UserError(_("Files are added with the button on the request."))
        return super().create(vals_list)

    def write(self, vals):
        """Nobody changes what was added, code of the suite included; that it was provided is noted once."""
        if vals.keys() != {"provided_at"} or not self.env.su or any(one.provided_at for one in self):
            raise UserError(_("A file is kept as it was added and cannot be changed. Add another one."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        """Sudo: whether it was provided is asked past rights."""
        for one in self.sudo():
            if one.provided_at:
                raise UserError(_("“%s” was provided to the auditor, so it is kept.", one.name))
        requests = self.request_id
        requests._check_may_prepare()
        requests._refuse_unless(*ANSWERABLE)

    def unlink(self):
        """With its attachment, which is kept as long as this is there. Sudo: ``_refuse_unlink`` asks who may."""
        said = [(one.request_id, one._in_words()) for one in self.sudo()]
        attachments = self.sudo().attachment_id
        places = self.env["audit.evidence.file"].sudo().browse(attachments.mapped("res_id"))
        result = super().unlink()
        attachments.unlink()
        places.unlink()
        for request, files in said:
            request._note_hand()
            request.with_env(self.env)._log("evidence.removed", files=files)
        return result

    def action_download(self):
        """Download the file as it was added."""
        self.ensure_one()
        self._check_may_read()
        return {"type": "ir.actions.act_url", "url": "/audit/evidence/%d" % self.id, "target": "self"}

    def action_remove(self):
        """Take a file out that was not provided yet."""
        for one in self:
            one.request_id._check_may_prepare()
            check_access(one, "read")
        self.sudo().unlink()
        return True

    def _check_may_read(self):
        if not self.env.user.has_group(USER):
            raise AccessError(_("Files for auditors are for people with a role in Audit."))
        check_access(self, "read")

    @api.model
    def _add(self, request, files):
        """Keep files for a request. The caller has asked who may add them.

        Sudo: nobody says by hand what a file hashes to.

        :param files: ``[(name, bytes), …]``
        :return: the evidence, with sudo
        :raises UserError: when a file is empty or too large, is there already, or could not be stored
        """
        request = request.sudo()
        request._refuse_unless(*ANSWERABLE)
        if len(request.evidence_ids) + len(files) > MOST:
            raise UserError(_("A request takes %s files. Put more of them into one archive.", MOST))
        known, values = set(request.evidence_ids.mapped("sha256")), []
        for name, content in files:
            sha256 = hashlib.sha256(content).hexdigest()
            if not content or len(content) > LARGEST:
                raise UserError(
                    _("“%(name)s” is empty, or larger than %(limit)s MB.", name=name, limit=LARGEST // (1024 * 1024))
                )
            if sha256 in known:
                raise UserError(_("“%s” is there already: its content is the same.", name))
            known.add(sha256)
            place = self.env["audit.evidence.file"].sudo().create({"request_id": request.id})
            attachment = place._attach(safe_name(name), content)
            values.append(
                {
                    "request_id": request.id,
                    "name": attachment.name,
                    "attachment_id": attachment.id,
                    "media_type": attachment.mimetype,
                    "size": len(content),
                    "sha256": sha256,
                    "added_by_id": self.env.uid,
                }
            )
        made = self.sudo().create(values)
        made._check_stored()
        request._note_hand()
        request.with_env(self.env)._log("evidence.added", files=made._in_words())
        return made

    def _attachment(self):
        """Sudo: the reader of the record has been asked for."""
        return self.sudo().attachment_id

    def _words_when_not_intact(self):
        return _("The file of “%s” is not there as it was added. Have the storage looked into.", self.name)

    def _note_provided(self):
        """From now on they are kept for good."""
        self.filtered(lambda one: not one.provided_at).write({"provided_at": fields.Datetime.now()})

    def _in_words(self):
        """One text a file, for the log and for whoever completes the request."""
        return ["%s (%d bytes, SHA-256 %s)" % (one.name, one.size, one.sha256) for one in self]
