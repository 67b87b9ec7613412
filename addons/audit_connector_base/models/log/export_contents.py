from odoo import api, models

WITH_CONTENT = [("with_content", "=", True)]
# Written anew as they are: who is about to write one of them, or wrote it meanwhile, has to start again.
TOUCH = "UPDATE audit_log_export SET state = state WHERE id = ANY(%s)"


class AuditLogExport(models.Model):
    """No file keeps contents that were erased from the log.

    While an erasure goes on, no file with contents is begun: whoever begins one sees the run as it stands. One that was
    begun before sees the contents as they were; it is removed, or cannot become ready, as ``_remove_contents_of`` has
    changed its row since.
    """

    _inherit = "audit.log.export"

    @api.model
    def _remove_contents_of(self, company):
        """Remove the files that hold contents of a company's log, of which some have just been erased.

        Those that are not written yet are touched, so that what is being written from an older picture of the database
        cannot be committed: its transaction, or this one, is repeated and sees what the other one did.
        """
        found = self.search([("company_id", "=", company.id), *WITH_CONTENT, ("state", "!=", "removed")])
        ready = found.filtered(lambda export: export.state == "ready")
        ready._remove_file()
        self.env.cr.execute(TOUCH, [(found - ready).ids])

    def _waits_for_erasure(self):
        """Whether contents that the file would hold are being erased; what was written of it before is removed then.

        Sudo: that something is erased is no secret from who may export.
        """
        self.ensure_one()
        running = [("company_id", "=", self.company_id.id), ("state", "=", "running")]
        if not self.with_content or not self.env["audit.retention.run"].sudo().search_count(running, limit=1):
            return False
        self._path().unlink(missing_ok=True)
        return True
