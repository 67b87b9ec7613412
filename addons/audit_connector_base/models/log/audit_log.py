import re
from urllib.parse import urlsplit

from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError

from ... import log_keys
from ...core import uuid7

# Two transactions that need a new log at the same time: the later one waits for the earlier, then finds its row, or is
# repeated by Odoo because its picture of the database is older.
CREATE = """
INSERT INTO audit_log (company_id, uuid, origin, database_uuid, state, create_date, predecessor_id)
VALUES (%(company)s, %(uuid)s, %(origin)s, %(database)s, 'open', now() AT TIME ZONE 'UTC', %(predecessor)s)
    ON CONFLICT DO NOTHING
RETURNING id, origin
"""
FIND = "SELECT id, origin FROM audit_log WHERE company_id IS NOT DISTINCT FROM %s AND state = 'open'"
NO_HOST = re.compile(r"[^a-z0-9.-]")


class AuditLog(models.Model):
    """One tree of entries, of a company or of the system, under a name that it keeps for ever.

    A log is made when the first entry is written for it. Its first entry tells who it is and is written by the sealer,
    as soon as there is a key to sign with. People change nothing here; the wizards do what has to be done by hand.
    """

    _name = "audit.log"
    _inherit = "audit.kept.by.odoo"
    _description = "Audit Log"
    _order = "state desc, company_id, id desc"
    _rec_name = "origin"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", readonly=True, ondelete="restrict", index=True)
    uuid = fields.Char(required=True, readonly=True)
    origin = fields.Char(
        string="Name of the Log",
        required=True,
        readonly=True,
        help="Stands in every signed note. Outsiders know the log by it.",
    )
    verifier_key = fields.Char(
        readonly=True,
        help="With it anybody can verify what was signed. It is no secret: give it to your auditor on a way of its "
        "own, on paper or in a letter.",
    )
    database_uuid = fields.Char(readonly=True)
    state = fields.Selection([("open", "In Use"), ("closed", "Closed")], required=True, readonly=True, default="open")
    predecessor_id = fields.Many2one("audit.log", string="Continues", readonly=True, ondelete="restrict")
    frozen_kind = fields.Selection(
        [
            ("truncated", "Shorter Than What Was Signed"),
            ("forked", "Differs From What Was Signed"),
            ("memory_missing", "Memory of the Signer Is Missing"),
            ("memory_damaged", "Memory of the Signer Is Damaged"),
            ("moved", "Database Was Copied or Moved"),
            ("gap", "Entries of the Tree Are Missing"),
            ("foreign", "Entries That Somebody Else Put There"),
        ],
        string="Stopped Because",
        readonly=True,
    )
    frozen_at = fields.Datetime(string="Stopped On", readonly=True)
    frozen_note = fields.Text(string="What Was Found", readonly=True)

    _sql_constraints = [("origin_unique", "UNIQUE (origin)", "The name of a log is used once.")]

    def init(self):
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS audit_log_open_idx ON audit_log (coalesce(company_id, 0))
             WHERE state = 'open'
            """
        )

    @api.depends("company_id", "state")
    def _compute_display_name(self):
        for log in self:
            name = log.company_id.name if log.company_id else _("System")
            log.display_name = name if log.state == "open" else _("%s (closed)", name)

    @api.model
    def _writing(self, company_id):
        """Return ``(id, origin)`` of the log that entries of a company (0: the system) are written for now.

        Whoever posts waits for it, so it is remembered by the process. One that a process remembers after it was closed
        does no harm: what is written for it is sealed in the log that continues it.
        """
        try:
            return self._remembered(company_id)
        except LookupError:
            return self._find_log(company_id) or self._create_log(company_id)

    @api.model
    @tools.ormcache("company_id")
    def _remembered(self, company_id):
        """Only what is committed may be remembered; a ``LookupError`` is not."""
        made_here = self.env.cr.postcommit.data.get("audit.logs_made", ())
        found = None if company_id in made_here else self._find_log(company_id)
        if not found:
            raise LookupError(company_id)
        return found

    @api.model
    def _find_log(self, company_id):
        self.env.cr.execute(FIND, [company_id or None])
        return self.env.cr.fetchone()

    @api.model
    def _create_log(self, company_id, predecessor=None):
        """Make the log of a company. SQL: whoever writes an entry holds no rights on logs.

        :return: ``(id, origin)``
        """
        cr = self.env.cr
        cr.postcommit.data.setdefault("audit.logs_made", set()).add(company_id)
        uuid = uuid7.uuid7()
        values = {
            "company": company_id or None,
            "uuid": uuid,
            "origin": "%s/odoo-audit/%s" % (self._domain(), uuid),
            "database": self._database_uuid(),
            "predecessor": predecessor.id if predecessor else None,
        }
        cr.execute(CREATE, values)
        return cr.fetchone() or self._find_log(company_id)

    @api.model
    def _domain(self):
        """The host that the name of a new log begins with: where Odoo was reached when the log was made."""
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        host = log_keys.domain() or urlsplit(base).hostname or ""
        return NO_HOST.sub("", host.lower())[:190] or "localhost"

    @api.model
    def _database_uuid(self):
        return self.env["ir.config_parameter"].sudo().get_param("database.uuid")

    @api.ondelete(at_uninstall=False)
    def _refuse_unlink(self):
        raise UserError(_("A log is evidence and cannot be deleted."))

    def _words_to_people(self):
        return _("Logs are kept by Odoo itself. Use the buttons to continue or to verify one.")
