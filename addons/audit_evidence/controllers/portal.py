from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class AuditPortal(CustomerPortal):
    @http.route("/my/audits", type="http", auth="user", website=True, methods=["GET"])
    def my_audits(self, **_query):
        """The auditor's start page. Auth: any signed-in user; shows nothing but what was shared with that user."""
        values = self._prepare_portal_layout_values()
        values["page_name"] = "audits"
        return request.render("audit_evidence.portal_my_audits", values)
