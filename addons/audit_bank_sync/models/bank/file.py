from odoo import _, api, fields, models
from odoo.exceptions import UserError


class AuditBankFile(models.Model):
    """A file of a bank as it was received: its content, its hash, and the report of what was read.

    The same content is one file, whatever it is called and however often it comes.
    """

    _name = "audit.bank.file"
    _inherit = ["audit.kept.by.odoo", "audit.keeps.attachments"]
    _description = "Bank File"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    other_names = fields.Text(readonly=True, help="Under these names the same content came again.")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    connection_id = fields.Many2one(
        "audit.bank.connection", readonly=True, ondelete="restrict", index=True, check_company=True
    )
    mapping_id = fields.Many2one("audit.bank.mapping", string="CSV Mapping", readonly=True, ondelete="restrict")
    attachment_id = fields.Many2one("ir.attachment", string="Content", readonly=True, ondelete="restrict")
    sha256 = fields.Char(string="SHA-256", required=True, readonly=True)
    size = fields.Integer(string="Size (bytes)", readonly=True)
    format = fields.Char(readonly=True)
    source = fields.Selection(
        [("upload", "Upload"), ("pickup", "Folder or SFTP")], readonly=True, required=True, default="upload"
    )
    state = fields.Selection(
        [("received", "To Be Read"), ("imported", "Read"), ("failed", "Cannot Be Read")],
        string="Status",
        required=True,
        readonly=True,
        default="received",
        index=True,
    )
    received_at = fields.Datetime(readonly=True, default=fields.Datetime.now)
    received_by_id = fields.Many2one("res.users", string="Received From", readonly=True)
    posts_by_rule = fields.Boolean(
        string="May Post by Itself",
        readonly=True,
        help="Where an account posts by itself, this file may cause it: a connector brought it, or somebody who may "
        "post bank lines. What others bring waits to be confirmed.",
    )
    progress = fields.Float(readonly=True)
    window_ids = fields.One2many("audit.bank.window", "file_id", string="Statements", readonly=True)
    line_ids = fields.One2many("audit.bank.file.line", "file_id", string="Report", readonly=True)
    read_count = fields.Integer(string="Entries Read", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    known_count = fields.Integer(string="Known", readonly=True)
    promoted_count = fields.Integer(string="Booked Now", readonly=True)
    doubt_count = fields.Integer(string="To Decide", readonly=True)
    problem_count = fields.Integer(string="Problems", readonly=True)

    _sql_constraints = [
        ("content_once", "UNIQUE (company_id, sha256)", "This file was imported already, under this or another name."),
    ]

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A file of the bank is evidence and cannot be deleted."))

    def _words_to_people(self):
        return _("Files are kept as they came. Use “Import Statements” to add one.")
