from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.audit_connector_base.controllers.responses import file_response, sentence

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BankFiles(http.Controller):
    @http.route("/audit/bank/answer/<int(max=2147483647):answer_id>", type="http", auth="user", methods=["GET"])
    def answer(self, answer_id):
        """A bank's answer as it was received. For people with a role in Audit who may read it; each download is logged.

        Nothing is handed out that is not what was received.
        """
        answer = request.env["audit.bank.answer"].browse(answer_id)
        try:
            answer._check_may_read()
            content = answer._intact()
        except (AccessError, MissingError):
            raise request.not_found() from None
        except UserError as error:
            return sentence(str(error), 409)
        answer._log("bank_confirmation.downloaded", direction="out")
        return file_response(answer.name, content, answer.media_type)

    @http.route(
        "/audit/bank/reconciliation/<int(max=2147483647):reconciliation_id>.xlsx",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def reconciliation(self, reconciliation_id):
        """A bank reconciliation as a spreadsheet. For people with a role in Audit who may read it; it is logged."""
        one = request.env["audit.bank.reconciliation"].browse(reconciliation_id)
        try:
            one._check_may_prepare()
            one.read(["name"])
        except (AccessError, MissingError, UserError):
            raise request.not_found() from None
        content = one._spreadsheet()
        one._log("bank_reconciliation.exported")
        return file_response("%s.xlsx" % one.name, content, XLSX)
