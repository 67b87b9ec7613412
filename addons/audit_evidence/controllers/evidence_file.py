from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.audit_connector_base.controllers.responses import file_response, sentence


class EvidenceFiles(http.Controller):
    @http.route("/audit/evidence/<int(max=2147483647):evidence_id>", type="http", auth="user", methods=["GET"])
    def evidence(self, evidence_id):
        """A file provided for a request, as it was added. For people with a role in Audit who may read it; each
        download is logged. Nothing is handed out that is not what was added."""
        evidence = request.env["audit.evidence"].browse(evidence_id)
        try:
            evidence._check_may_read()
            content = evidence._intact()
        except (AccessError, MissingError):
            raise request.not_found() from None
        except UserError as error:
            return sentence(str(error), 409)
        evidence.request_id._log("evidence.downloaded", direction="out", files=evidence._in_words())
        return file_response(evidence.name, content, evidence.media_type)
