import hashlib
import os
from datetime import timedelta
from pathlib import Path

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import config

from odoo.addons.queue_job.exception import RetryableJobError

from ...core import uuid7
from ...core.export import write_export
from ...core.merkle import MAX_SIZE
from .exported_log import exported

AT_ONCE = 20_000  # entries written while somebody waits; more are written by a job
MAX_ENTRIES = 1_000_000  # what one job writes below the time after which Odoo ends a worker
MAX_HELD = 200
KEPT = timedelta(days=7)
GIVEN = {"log_id", "company_id", "date_from", "date_to", "with_content", "held_sizes", "reason"}
PROGRAM = Path(__file__).parents[2] / "tools" / "audit_verify.py"


class AuditLogExport(models.Model):
    """An export of a log: a file with which an outsider verifies it offline, with nothing but a key and a program.

    It is kept for a week outside the database. That it was made and who took it stands in the log.
    """

    _name = "audit.log.export"
    _inherit = "audit.company.bound"
    _description = "Export of a Log"
    _order = "id desc"
    _rec_name = "log_id"

    log_id = fields.Many2one(
        "audit.log", required=True, ondelete="restrict", index=True, default=lambda self: self._default_log()
    )
    company_id = fields.Many2one(related="log_id.company_id", store=True, index=True)
    date_from = fields.Date(string="From", help="The first day, in universal time. Empty: from the first entry on.")
    date_to = fields.Date(string="To", help="The last day, in universal time. Empty: up to the last signed entry.")
    with_content = fields.Boolean(
        string="With Contents",
        help="The content of the entries as well, such as amounts and names. Without it the export proves that nothing "
        "was changed, and shows what happened when, to which document and by which user number.",
    )
    held_sizes = fields.Char(
        string="Notes That the Auditor Holds",
        help="The number in the second line of each note that the auditor has kept, separated by commas. The export "
        "then proves that these notes are continued. The last of each day, and the last that was handed over that day, "
        "need not be named.",
    )
    reason = fields.Char(string="For Whom and Why", help="It stands in the log.")
    exported_by_id = fields.Many2one("res.users", string="Made By", readonly=True, ondelete="set null", copy=False)
    state = fields.Selection(
        [
            ("draft", "New"),
            ("queued", "Being Written"),
            ("ready", "Ready"),
            ("failed", "Failed"),
            ("removed", "Removed"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    uuid = fields.Char(readonly=True, required=True, copy=False, default=lambda self: uuid7.uuid7())
    first = fields.Integer(string="First Entry", readonly=True, copy=False)
    end = fields.Integer(string="Entry After the Last", readonly=True, copy=False)
    entry_count = fields.Integer(string="Entries", compute="_compute_entry_count")
    signed_size = fields.Integer(string="Entries Signed", readonly=True, copy=False)
    file_size = fields.Integer(string="Size (KiB)", readonly=True, copy=False)
    sha256 = fields.Char(string="SHA-256", readonly=True, copy=False)
    program_sha256 = fields.Char(string="SHA-256 of audit_verify.py", compute="_compute_program_sha256")
    verifier_key = fields.Char(related="log_id.verifier_key")
    ready_at = fields.Datetime(string="Written On", readonly=True, copy=False)
    trouble = fields.Char(readonly=True, copy=False)

    def _default_log(self):
        return self.env["audit.log"].search([("company_id", "=", self.env.company.id), ("state", "=", "open")], limit=1)

    @api.depends("first", "end")
    def _compute_entry_count(self):
        for export in self:
            export.entry_count = export.end - export.first

    def _compute_program_sha256(self):
        digest = hashlib.sha256(PROGRAM.read_bytes()).hexdigest()
        for export in self:
            export.program_sha256 = digest

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for export in self:
            if export.date_from and export.date_to and export.date_to < export.date_from:
                raise ValidationError(_("The period ends before it begins."))

    @api.constrains("held_sizes")
    def _check_held_sizes(self):
        for export in self:
            export._held()

    def _held(self):
        """Return the sizes of the notes that the auditor holds, ascending; raises ``ValidationError``."""
        sizes = {part.strip() for part in (self.held_sizes or "").replace(";", ",").split(",")} - {""}
        if len(sizes) > MAX_HELD:
            raise ValidationError(_("At most %s notes at once; make another export for more.", MAX_HELD))
        for size in sizes:
            if not size.isdecimal() or not size.isascii() or not 0 < int(size) <= MAX_SIZE:
                raise ValidationError(
                    _("“%s” is not the size of a note. Enter the number in its second line, such as 1204.", size)
                )
        return sorted(map(int, sizes))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_given(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_given(vals)
        if not self.env.su and any(export.state != "draft" for export in self):
            raise UserError(_("It is written already. Make another export."))
        return super().write(vals)

    @api.model
    def _check_given(self, vals):
        if not self.env.su and set(vals) - GIVEN:
            raise UserError(_("What an export holds is found out by Odoo itself."))

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        if any(export.state != "draft" for export in self):
            raise UserError(_("That an export was made is evidence and stays."))

    def action_export(self):
        """Write the export; a small one at once, a large one in the background.

        Sudo: what Odoo fills in of an export is written by nobody else; who may export is checked.
        """
        self.ensure_one()
        self._check_may_export()
        if self.state not in ("draft", "failed"):
            raise UserError(_("It is written already. Make another export."))
        if self._waits_for_erasure():
            raise UserError(
                _("Contents of this log are being erased at the moment. Make the export when that is done.")
            )
        first, end = self._range()
        if first >= end:
            raise UserError(_("Nothing was signed in this log in that period."))
        if end - first > MAX_ENTRIES:
            raise UserError(
                _(
                    "These are %(count)s entries, and a file holds up to %(most)s. Choose shorter periods: each file "
                    "is verified for itself, and all of them lead to the same signed tree.",
                    count=end - first,
                    most=MAX_ENTRIES,
                )
            )
        given = {"state": "queued", "first": first, "end": end, "trouble": False, "exported_by_id": self.env.uid}
        self.sudo().write(given)
        if end - first <= AT_ONCE:
            self.sudo()._make()
            return True
        self.sudo().with_delay(
            priority=25, max_retries=0, identity_key="audit-export-%s" % self.uuid,
            description=_("Write the export of the log of %s", self.log_id.display_name),
        )._make()  # fmt: skip
        return True

    def action_download(self):
        """Download the file."""
        self.ensure_one()
        self._check_may_download()
        return {"type": "ir.actions.act_url", "url": "/audit/log/export/%d" % self.id, "target": "self"}

    def action_refresh(self):
        """Show whether it is written."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _check_may_export(self):
        """Contents are for administrators, as everywhere else; the rest is for people with a role in Audit."""
        wanted = "group_audit_connector_admin" if self.with_content else "group_audit_user"
        if not self.env.user.has_group("audit_connector_base.%s" % wanted):
            raise AccessError(_("Contents of the log are exported by connector administrators."))
        # Reading applies the rules of access.
        self.read(["state"])
        self.log_id.read(["origin"])
        if not self.log_id.company_id and not self.env.user.has_group("base.group_system"):
            # The rule of its entries, which says why.
            raise AccessError(
                _("The log of the system is exported by administrators of Odoo, who may read its entries.")
            )

    def _check_may_download(self):
        self._check_may_export()
        if self.state != "ready" or not self._path().is_file():
            raise UserError(_("The file is not there: it is not written yet, or it was removed after a week."))

    def _range(self):
        """Return ``(first, end)`` index of the entries of the period that the last note covers."""
        cr = self.env.cr
        cr.execute("SELECT coalesce(max(size), 0) FROM audit_log_checkpoint WHERE log_id = %s", [self.log_id.id])
        signed = cr.fetchone()[0]
        if not self.date_from and not self.date_to:
            return 0, signed
        cr.execute(
            "SELECT min(f.index), max(f.index) + 1 FROM audit_log_leaf f JOIN audit_log_entry e ON e.id = f.entry_id "
            "WHERE f.log_id = %s AND f.index < %s AND e.time >= %s AND e.time < %s",
            [
                self.log_id.id,
                signed,
                self.date_from or fields.Date.to_date("1970-01-01"),
                (self.date_to or fields.Date.to_date("9998-12-31")) + timedelta(days=1),
            ],
        )
        first, end = cr.fetchone()
        return (first, end) if end else (0, 0)

    def _make(self):
        """Write the file, and say in the log who had it made. Job method.

        :return: a sentence for the job's result
        :raises RetryableJobError: while contents that it would hold are being erased
        """
        self.ensure_one()
        if self.state != "queued":
            return _("It was written before.")
        if self._waits_for_erasure():
            raise RetryableJobError(_("Contents of the log are being erased."), seconds=60, ignore_retry=True)
        if not self.date_from and not self.date_to:
            # What was signed since somebody asked belongs to the whole of the log, too.
            first, end = self._range()
            self.write({"first": first, "end": end})
        # Reading portions of a large table is not worth compiling a query for, each time anew.
        self.env.cr.execute("SET LOCAL jit = off")
        path = self._path()
        draft = path.with_suffix(".part")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            logs = exported(self.log_id, self.first, self.end, self.with_content, self._held())
            with open(draft, "wb", opener=_for_owner_only) as stream:
                write_export(stream, logs, program=PROGRAM.read_bytes())
            values = {
                "state": "ready",
                "sha256": _sha256(draft),
                "file_size": -(-draft.stat().st_size // 1024),
                "ready_at": fields.Datetime.now(),
                "signed_size": logs[-1].tip.note.checkpoint.size,
            }
            draft.replace(path)
        except (OSError, ValueError) as error:
            # As when the disk is full, or the log is damaged so far that it cannot be laid out.
            draft.unlink(missing_ok=True)
            values = {"state": "failed", "trouble": str(error)[:500]}
        self.write(values)
        if self.state == "ready":
            self._log("log.exported", self.exported_by_id)
        return self.trouble or _("%s entries", self.entry_count)

    def _path(self):
        """Where the file lies: outside the database, as it may be large, and beside the attachments."""
        return Path(config["data_dir"]) / "audit_exports" / self.env.cr.dbname / ("%s.zip" % self.uuid)

    def _file_name(self):
        return "audit-log-%d-%d.zip" % (self.first, self.end)

    def _log(self, kind, user):
        """Record that it was made or taken, and by whom."""
        facts = {
            "export": self.id,
            "first": self.first,
            "end": self.end,
            "with_content": self.with_content,
            "reason": self.reason or "",
            "by": user.name or "",
            "sha256": self.sha256 or "",
        }
        log, actor = self.log_id, "user/%d" % user.id if user else "system/log"
        self.env["audit.log.entry"]._append_facts(kind, [(log.company_id, (log._name, log.id), facts)], actor=actor)

    @api.model
    def _cron_remove_files(self):
        """Remove files after a week. They can be made again as long as the log stands."""
        self.search([("state", "=", "ready"), ("ready_at", "<", fields.Datetime.now() - KEPT)])._remove_file()

    def _remove_file(self):
        for export in self:
            export._path().unlink(missing_ok=True)
            export.state = "removed"


def _for_owner_only(path, flags):
    return os.open(path, flags, 0o600)


def _sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
