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
    time it may be taken out again; afterwards it is kept for good, whatever the request comes to. It is compared with
    its hash whenever it is shown or handed out.
    """

    _name = "audit.evidence"
    _inherit = "audit.company.bound"
    _description = "File Provided for an Audit Request"
    _order = "id"

    request_id = fields.Many2one("audit.request", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="request_id.company_id", store=True, index=True, precompute=True)
    name = fields.Char(string="File", required=True, readonly=True)
    attachment_id = fields.Many2one("ir.attachment", required=True, readonly=True, ondelete="restrict", index=True)
    media_type = fields.Char(string="Kind of File", readonly=True)
    size = fields.Integer(string="Bytes", required=True, readonly=True)
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    added_at = fields.Datetime(string="Added On", required=True, readonly=True, default=fields.Datetime.now)
    added_by_id = fields.Many2one("res.users", string="Added By", readonly=True, ondelete="restrict")
    provided_at = fields.Datetime(string="First Provided On", readonly=True)
    file_state = fields.Selection(
        [("intact", "As added"), ("missing", "File missing"), ("changed", "Not what was added")],
        string="File Now",
        compute="_compute_file_state",
    )

    _sql_constraints = [
        ("once", "UNIQUE (request_id, sha256)", "That file is there already."),
        ("own_attachment", "UNIQUE (attachment_id)", "Each file is an attachment of its own."),
    ]

    @api.depends("sha256")
    def _compute_file_state(self):
        for one in self:
            content = one._stored() if one.sha256 else None
            if content is None:
                one.file_state = False
            elif not content:
                one.file_state = "missing"
            else:
                same = hashlib.sha256(content).hexdigest() == one.sha256
                one.file_state = "intact" if same else "changed"

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
            attachment = self._store(request, safe_name(name), content)
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

    @api.model
    def _store(self, request, name, content):
        place = self.env["audit.evidence.file"].sudo().create({"request_id": request.id})
        return (
            self.env["ir.attachment"]
            .sudo()
            .with_context(attachments_mime_plainxml=True, image_no_postprocess=True)
            .create(
                {
                    "name": name,
                    "raw": content,
                    "res_model": place._name,
                    "res_id": place.id,
                    "company_id": request.company_id.id,
                }
            )
        )

    def _check_stored(self):
        """Read them back: Odoo swallows a full disk."""
        self.env.flush_all()
        self.attachment_id.invalidate_recordset(["raw", "datas"], flush=False)
        if any(hashlib.sha256(one._stored()).hexdigest() != one.sha256 for one in self):
            raise UserError(_("A file could not be stored as it was sent. Nothing was kept; send it again later."))

    def _stored(self):
        """The bytes as they lie there now, empty when they are gone; also for screens, which ask for sizes. Sudo: the
        reader of the record has been asked for."""
        return self.sudo().attachment_id.with_context(bin_size=False).raw or b""

    def _intact(self):
        """The bytes, after comparing them with the hash at receipt.

        :raises UserError: when the file is missing or is not what was added
        """
        content = self._stored()
        if hashlib.sha256(content).hexdigest() != self.sudo().sha256:
            raise UserError(
                _("The file of “%s” is not there as it was added. Have the storage looked into.", self.sudo().name)
            )
        return content

    def _note_provided(self):
        """From now on they are kept for good."""
        self.filtered(lambda one: not one.provided_at).write({"provided_at": fields.Datetime.now()})

    def _in_words(self):
        """One text a file, for the log and for whoever completes the request."""
        return ["%s (%d bytes, SHA-256 %s)" % (one.name, one.size, one.sha256) for one in self]
