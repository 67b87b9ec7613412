from werkzeug.utils import send_file

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from .responses import SAVED, file_response, sentence


class LogController(http.Controller):
    @http.route("/audit/log/proof/<int(max=9223372036854775807):entry_id>", type="http", auth="user", methods=["GET"])
    def proof(self, entry_id):
        """The proof file of an entry (C2SP tlog-proof), for people with a role in Audit who may read the entry.

        What it holds is the entry's sealed bytes, hashes and the signed note: no content, no names.
        """
        entry = request.env["audit.log.entry"].browse(entry_id)
        try:
            entry._check_provable()
            proof = str(entry._proof())
        except (AccessError, MissingError):
            # Whether there is such an entry is not for everybody to know.
            raise request.not_found() from None
        except UserError as error:
            return sentence(str(error), 409)
        return _text_file("entry-%s.tlog-proof" % entry.uuid, proof)

    @http.route("/audit/log/note/<int(max=2147483647):checkpoint_id>", type="http", auth="user", methods=["GET"])
    def note(self, checkpoint_id):
        """A signed note as a file, for people with a role in Audit who may see the log. It is to be handed out."""
        try:
            note = request.env["audit.log.checkpoint"].browse(checkpoint_id).read(["note"])
        except (AccessError, MissingError):
            raise request.not_found() from None
        if not note:
            raise request.not_found()
        return _text_file(request.env["audit.log.checkpoint"].browse(checkpoint_id)._file_name(), note[0]["note"])

    @http.route("/audit/log/export/<int(max=2147483647):export_id>", type="http", auth="user", methods=["GET"])
    def export(self, export_id):
        """The file of an export, for those who may make one like it. Every download stands in the log."""
        export = request.env["audit.log.export"].browse(export_id)
        try:
            export._check_may_download()
        except (AccessError, MissingError):
            raise request.not_found() from None
        except UserError as error:
            return sentence(str(error), 409)
        export.sudo()._log("log.downloaded", request.env.user)
        response = send_file(
            export._path(),
            request.httprequest.environ,
            mimetype="application/zip",
            as_attachment=True,
            download_name=export._file_name(),
            conditional=False,
            etag=False,
        )
        response.headers.update(SAVED)
        return response


def _text_file(name, text):
    """Response with a text that the browser saves; see ``file_response``."""
    return file_response(name, text.encode(), "text/plain; charset=utf-8")
