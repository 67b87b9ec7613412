from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class AuditPortal(CustomerPortal):
    @http.route("/my/audits", type="http", auth="user", website=True, methods=["GET"])
    def my_audits(self, **_query):
        """The auditor's start page. Auth: any signed-in user; shows nothing but what was shared with that user.

        Each view is recorded in the log, for the same reason as every other way in which something leaves the books.
        """
        request.env["audit.log.entry"]._append_view("/my/audits")
        values = self._prepare_portal_layout_values()
        values["page_name"] = "audits"
        return request.render("audit_evidence.portal_my_audits", values)
