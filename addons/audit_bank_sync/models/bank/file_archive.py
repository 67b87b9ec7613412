import io

from odoo import _, api, models

from ...core.bank_files import archive
from ...core.bank_files.problems import Problem, Unreadable


class AuditBankFile(models.Model):
    """ZIP archives: taken apart when they come, or kept as they are with what is wrong with them."""

    _inherit = "audit.bank.file"

    @api.model
    def _receive_all(self, company, name, data, **options):
        """Keep what came, a file or those of an archive, and return them all.

        An archive that cannot be unpacked is kept as it came; reading it says what is wrong with it.

        :param options: as of ``_receive``
        """
        try:
            members = self._members(name, data)
        except Unreadable:
            members = [(name, data)]
        files = self.browse()
        for member, content in members:
            files |= self._receive(company, member, content, **options)[0]
        return files

    @api.model
    def _members(self, name, data):
        """Return ``[(name, bytes)]`` of an upload: itself, or the files of a ZIP archive; raises ``Unreadable``."""
        stream = io.BytesIO(data)
        if not archive.is_archive(stream):
            return [(name, data)]
        return [(member.name.rpartition("/")[2] or member.name, member.data) for member in archive.members(stream)]

    @api.model
    def _refuse_archive(self, stream):
        """Say of an archive why it could not be taken apart when it came; raises ``Unreadable``."""
        if archive.is_archive(stream):
            for _member in archive.members(stream):
                pass
            text = _("It can be taken apart now. Import it again, so that each file in it is read by itself.")
            raise Unreadable([Problem("error", "archive", text)])
